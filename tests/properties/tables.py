"""Random tables: columns of every type, values up to the ends of their ranges, NULLs anywhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

__all__ = ["ColumnKind", "Table", "storage_settings", "tables"]


@dataclass(frozen=True)
class ColumnKind:
    sql: str
    arrow: pa.DataType
    values: st.SearchStrategy[Any]


@dataclass(frozen=True)
class Table:
    """`rows` hold an id, from 0 on, and then a value or None for each column."""

    kinds: tuple[ColumnKind, ...]
    rows: list[tuple[Any, ...]]

    @property
    def ddl(self) -> str:
        columns = "".join(f", c{i} {kind.sql}" for i, kind in enumerate(self.kinds))
        return f"CREATE TABLE t (id INTEGER NOT NULL{columns})"

    def arrow(self, rows: list[tuple[Any, ...]]) -> pa.Table:
        types = [pa.int32(), *(kind.arrow for kind in self.kinds)]
        names = ["id", *(f"c{i}" for i in range(len(self.kinds)))]
        columns = zip(*rows, strict=True) if rows else [()] * len(types)
        arrays = [pa.array(column, type) for column, type in zip(columns, types, strict=True)]
        return pa.table(arrays, names)


def _integers(bits: int) -> st.SearchStrategy[int]:
    bound = 2 ** (bits - 1)
    near = st.integers(-5, 5)
    ends = st.sampled_from([-bound, -bound + 1, bound - 1, 0])
    return near | ends | st.integers(-bound, bound - 1)


def _decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    bound = 10**precision - 1
    units = st.integers(-bound, bound) | st.integers(-99, 99) | st.sampled_from([bound, -bound])
    return units.map(lambda value: Decimal(value).scaleb(-scale, _EXACT))


_EXACT = Context(prec=60)

_text = st.sampled_from(
    ["", "a", "A", "ä", "a ", " a", "NULL", "日本", "😀", "a\x00b", "x" * 300]
) | st.text(st.characters(exclude_categories=("Cs",)), max_size=12)

KINDS = (
    ColumnKind("BOOLEAN", pa.bool_(), st.booleans()),
    ColumnKind("SMALLINT", pa.int16(), _integers(16)),
    ColumnKind("INTEGER", pa.int32(), _integers(32)),
    ColumnKind("BIGINT", pa.int64(), _integers(64)),
    ColumnKind("REAL", pa.float32(), st.floats(width=32)),
    ColumnKind("DOUBLE PRECISION", pa.float64(), st.floats()),
    ColumnKind("DECIMAL(9, 2)", pa.decimal128(9, 2), _decimals(9, 2)),
    ColumnKind("DECIMAL(18, 0)", pa.decimal128(18, 0), _decimals(18, 0)),
    ColumnKind("DECIMAL(38, 10)", pa.decimal128(38, 10), _decimals(38, 10)),
    ColumnKind("DATE", pa.date32(), st.dates()),
    ColumnKind("TIMESTAMP", pa.timestamp("us"), st.datetimes(min_value=dt.datetime(1, 1, 1))),
    ColumnKind("TIME", pa.time64("us"), st.times()),
    ColumnKind(
        "TIMESTAMPTZ",
        pa.timestamp("us", "UTC"),
        st.datetimes(min_value=dt.datetime(1, 1, 1), timezones=st.just(dt.UTC)),
    ),
    ColumnKind("BLOB", pa.binary(), st.binary(max_size=20)),
    ColumnKind("UUID", pa.uuid(), st.uuids()),
    ColumnKind("VARCHAR", pa.string(), _text),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    kinds = tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)))
    count = draw(st.integers(0, 60))
    columns = [draw(_column(kind, count)) for kind in kinds]
    return Table(kinds, list(zip(range(count), *columns, strict=True)))


def _column(kind: ColumnKind, count: int) -> st.SearchStrategy[list[Any]]:
    """Any values; or few that repeat, in runs or in order, as in real columns."""
    anything = st.lists(st.none() | kind.values, min_size=count, max_size=count)
    few = st.lists(st.none() | kind.values, min_size=1, max_size=3).flatmap(
        lambda members: st.lists(st.sampled_from(members), min_size=count, max_size=count)
    )
    runs = few.map(lambda values: sorted(values, key=repr))
    return anything | few | runs


def storage_settings(encodings: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "block_rows": st.sampled_from([1, 7, 131_072]),
            "segment_rows": st.sampled_from([21, 1_048_576]),
            "force_encoding": st.sampled_from([None, *encodings]),
            "force_dictionary": st.sampled_from([None, True, False]),
        }
    )
