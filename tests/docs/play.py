"""Runs the examples of a page, in order, and tells what they say now."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tests.docs.pages import OUTPUT, POSTGRESQL_OUTPUT, examples
from tests.docs.runners import ConsoleRunner, PostgresRunner, PythonRunner, SqlRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.docs.pages import Block, Example

__all__ = ["play", "play_postgres"]


def play(text: str, directory: str) -> Iterator[tuple[Example, Block | None, str]]:
    """For each example: the block that its output belongs in, None if it has none, and the output."""
    with contextlib.closing(SqlRunner()) as sql:
        python, console = PythonRunner(), ConsoleRunner(directory)
        for example in examples(text):
            match example.block.info:
                case "sql":
                    yield example, example.outputs.get(OUTPUT), sql.run(example.block.text)
                case "python":
                    yield example, example.outputs.get(OUTPUT), python.run(example.block.text)
                case _:
                    yield example, example.block, console.run(example.block.text)


def play_postgres(
    text: str, connection: psycopg.Connection
) -> Iterator[tuple[Example, Block | None, str]]:
    """The same for the SQL that PostgreSQL is to run: what says so, and what has no output at all."""
    postgres = PostgresRunner(connection)
    for example in examples(text):
        if example.block.info == "sql" and POSTGRESQL_OUTPUT in example.outputs:
            yield example, example.outputs[POSTGRESQL_OUTPUT], postgres.run(example.block.text)
        elif example.block.info == "sql" and not example.outputs:  # makes what others use
            told = postgres.run(example.block.text)
            yield example, None, told if told.startswith("error") else ""
