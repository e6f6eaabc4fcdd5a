"""What is stored is read back, bit for bit, now and after reopening."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from coldb_warehouse.encodings import ENCODINGS
from hypothesis import given
from hypothesis import strategies as st

import coldb
from tests.properties.profiles import FEW, MANY
from tests.properties.tables import Table, storage_settings, tables

SETTINGS = storage_settings([encoding.name for encoding in ENCODINGS])
PARTS = st.lists(st.floats(0, 1), max_size=2)


@FEW
@given(tables(), SETTINGS, PARTS)
def test_a_table_is_read_back(table: Table, settings: dict[str, Any], parts: list[float]) -> None:
    _round_trip(table, settings, parts)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(tables(), SETTINGS, PARTS)
def test_many_tables_are_read_back(
    table: Table, settings: dict[str, Any], parts: list[float]
) -> None:
    _round_trip(table, settings, parts)


def _round_trip(table: Table, settings: dict[str, Any], parts: list[float]) -> None:
    """Load a table from Parquet in one or more parts, and read it before and after reopening."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "test.coldb"
        with coldb.connect(path, settings=settings) as connection:
            connection.execute(table.ddl)
            for number, rows in enumerate(_split(table.rows, parts)):
                file = Path(scratch) / f"{number}.parquet"
                pq.write_table(table.arrow(rows), file)
                connection.execute(f"COPY t FROM '{file}'")
            _assert_holds(connection, table)
        with coldb.connect(path, settings=settings, read_only=True) as connection:
            _assert_holds(connection, table)


def _split(rows: list[Any], parts: list[float]) -> list[list[Any]]:
    cuts = sorted(int(part * len(rows)) for part in parts)
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def _assert_holds(connection: coldb.Connection, table: Table) -> None:
    cursor = connection.execute("SELECT * FROM t ORDER BY id")
    read = [tuple(map(_bits, row)) for row in cursor.fetchall()]
    assert read == [tuple(map(_bits, row)) for row in table.rows]
    arrow = connection.execute("SELECT * FROM t ORDER BY id").arrow()
    assert arrow.equals(table.arrow(table.rows).cast(arrow.schema)) or _has_nan(arrow)
    for number in range(len(table.kinds)):
        column = [row[number + 1] for row in table.rows]
        counts = connection.execute(f"SELECT count(*), count(c{number}) FROM t").fetchall()
        assert counts == [(len(column), sum(value is not None for value in column))]


def _bits(value: Any) -> Any:
    """Floats by their bits, but any NaN is as good as another."""
    if isinstance(value, float):
        return "NaN" if value != value else struct.pack("d", value)
    return value


def _has_nan(table: pa.Table) -> bool:
    return any(value != value for column in table.columns for value in column.to_pylist())
