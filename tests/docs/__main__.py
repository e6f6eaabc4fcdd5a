"""`python -m tests.docs PAGE...`: writes what the examples say now into the pages, to be read and committed."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import psycopg

from tests.docs.function_table import with_function_table
from tests.docs.measured import comparable
from tests.docs.pages import POSTGRESQL_OUTPUT, replaced
from tests.docs.play import play, play_postgres
from tests.oracles import postgres_server


def _rewrite(path: Path) -> None:
    text = with_function_table(path.read_text(encoding="utf-8"))
    contents = {}
    with (
        tempfile.TemporaryDirectory(prefix="coldb-docs-") as directory,
        contextlib.chdir(directory),
    ):
        for example, block, output in play(text, directory):
            if block is None:
                if output:
                    print(f"{path}:{example.block.line}: no place for: {output}")
            elif comparable(output, transcript=True) != comparable(block.text, transcript=True):
                contents[block] = output
    if POSTGRESQL_OUTPUT in text:
        with postgres_server(str(os.getpid())) as uri, psycopg.connect(uri, autocommit=True) as one:
            for example, block, output in play_postgres(text, one):
                if block is not None:
                    contents[block] = output
                elif output:
                    print(f"{path}:{example.block.line}: no place for: {output}")
    path.write_text(replaced(text, contents), encoding="utf-8")


for name in sys.argv[1:]:
    _rewrite(Path(name).absolute())
