"""Helpers that make sources and read them to the end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from coldb_warehouse.schema import Column

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_etl.sources.source import Source
    from coldb_warehouse.types import Type


def make_sqlite(path: Path, script: str, **tables: list[tuple]) -> Path:
    """A SQLite file: the script is run, then rows are inserted into tables by name."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        for name, rows in tables.items():
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
        connection.commit()
    return path


def columns(**types: Type) -> list[Column]:
    return [Column(name, type) for name, type in types.items()]


def extracted(
    source: Source, query: str, wanted: list[Column]
) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], str]]]:
    """All rows that go on, and all that are rejected, with their reasons."""
    stream = source.extract(query, wanted)
    rows: list[dict[str, Any]] = []
    rejected = []
    for piece in stream.pieces:
        assert piece.rows.schema == stream.schema
        piece.rows.validate(full=True)
        rows += piece.rows.to_pylist()
        if piece.rejected is not None:
            rejected += [
                (json.loads(row["row"]), row["reason"]) for row in piece.rejected.to_pylist()
            ]
    return rows, rejected
