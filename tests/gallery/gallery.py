"""Wrong statements and the whole of what a user is told of them, as the shell shows it."""

from __future__ import annotations

from pathlib import Path

from coldb.shell.report import error_text

import coldb

__all__ = ["FOLDER", "Entry", "files", "message", "open_shop", "read", "rewrite"]

FOLDER = Path(__file__).parent

Entry = tuple[str, str]
"""A statement and its message. In a file: the statement, a line of dots, the message, an empty line."""


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def read(file: Path) -> list[Entry]:
    entries = file.read_text(encoding="utf-8").strip().split("\n\n")
    return [(sql, told) for sql, _, told in (entry.partition("\n...\n") for entry in entries)]


def open_shop(folder: Path) -> coldb.Connection:
    """A warehouse of a few orders, which the statements are about."""
    connection = coldb.connect(folder / "shop.coldb")
    for statement in (FOLDER / "shop.sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(statement)
    return connection


def message(connection: coldb.Connection, sql: str) -> str | None:
    """What the user is told; None if the statement is not wrong at all."""
    try:
        connection.execute(sql).fetchall()
    except coldb.Error as error:
        return error_text(error)
    return None


def rewrite(folder: Path) -> None:
    """Writes what is told today behind every statement; the change is to be read and judged."""
    with open_shop(folder) as connection:
        for file in files():
            parts = []
            for sql, _ in read(file):
                told = message(connection, sql)
                parts.append(f"{sql}\n...\n{told or '(no error)'}\n")
            file.write_text("\n".join(parts), encoding="utf-8")
