"""What CSV and Parquet files say of themselves. They declare no keys: names and values suggest them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    VARCHAR,
    decimal,
)
from pyarrow import csv

from coldb_etl.discovery.spelling import snake_case
from coldb_etl.discovery.tables import Reference, SourceColumn, SourceTable
from coldb_etl.errors import SourceError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from coldb_warehouse.types import Type

__all__ = ["FileSurvey"]

_KEY_ENDINGS = ("id", "key", "code", "no")


class FileSurvey:
    """The files of one kind in a directory, or one file; each is a table named like the file."""

    can_join = False

    def __init__(self, path: Path, kind: str) -> None:
        files = [path] if path.is_file() else sorted(path.glob(f"*.{kind}"))
        self._files = {file.stem: file for file in files}
        self._is_csv = kind == "csv"
        self._delimiter = _sniffed_delimiter(files[0]) if self._is_csv else ","

    @property
    def options(self) -> dict[str, str]:
        """The options of the source that are not the usual ones."""
        return {} if self._delimiter == "," else {"delimiter": self._delimiter}

    def tables(self) -> list[SourceTable]:
        found = [self._table(name) for name in self._files]
        return [self._with_references(table, found) for table in found]

    def query(self, table: str) -> str:
        return self._files[table].name

    def determines(self, table: str, fine: str, coarse: str) -> bool:
        pairs = pa.table(
            [self._column(table, fine), self._column(table, coarse)], ["fine", "coarse"]
        )
        groups = pairs.filter(pc.field("fine").is_valid()).group_by("fine")
        counts = groups.aggregate([("coarse", "count_distinct")]).column("coarse_count_distinct")
        return not pc.any(pc.greater(counts, 1)).as_py()

    def counts(self, table: str, columns: Sequence[str]) -> list[tuple[int, int]]:
        found = [self._column(table, name) for name in columns]
        return [(len(c) - c.null_count, pc.count_distinct(c).as_py()) for c in found]

    def _column(self, table: str, name: str) -> pa.ChunkedArray:
        """All values of a column, in a form that they can be counted in."""
        return _countable(self._typed_column(table, name))

    def _typed_column(self, table: str, name: str) -> pa.ChunkedArray:
        """All values of a column; of a CSV file as numbers or dates if all of them are."""
        file = self._files[table]
        with _errors(file):
            if not self._is_csv:
                return pq.read_table(file, columns=[name]).column(0)
            try:
                return self._read_csv(file, name)
            except pa.ArrowInvalid:
                return self._read_csv(file, name, pa.string())

    def _read_csv(self, file: Path, name: str, type: pa.DataType | None = None) -> pa.ChunkedArray:
        parse = csv.ParseOptions(
            delimiter=self._delimiter,
            newlines_in_values=True,
            invalid_row_handler=lambda row: "skip",
        )
        convert = csv.ConvertOptions(
            include_columns=[name],
            column_types={} if type is None else {name: type},
            check_utf8=False,
            strings_can_be_null=True,
            null_values=[""],
        )
        return csv.read_csv(file, parse_options=parse, convert_options=convert).column(0)

    def _names(self, file: Path) -> list[str]:
        with _errors(file):
            if not self._is_csv:
                return list(pq.read_schema(file).names)
            with csv.open_csv(
                file, parse_options=csv.ParseOptions(delimiter=self._delimiter)
            ) as first:
                return list(first.schema.names)

    def _table(self, name: str) -> SourceTable:
        columns = []
        key: tuple[str, ...] = ()
        rows = 0
        for column in self._names(self._files[name]):
            typed = self._typed_column(name, column)
            values, rows = _countable(typed), len(typed)
            columns.append(SourceColumn(column, _type(typed), not typed.null_count))
            is_key = snake_case(column).rpartition("_")[2] in _KEY_ENDINGS
            if (
                not key
                and is_key
                and rows
                and pc.count_distinct(values, mode="all").as_py() == rows
            ):
                key = (column,)
        return SourceTable(name, tuple(columns), key, (), rows)

    def _with_references(
        self, table: SourceTable, all_tables: Sequence[SourceTable]
    ) -> SourceTable:
        references = []
        for parent in all_tables:
            names = _names_of_key(parent)
            for column in table.columns:
                if parent is table or column.name in table.primary_key:
                    continue
                if snake_case(column.name) in names and self._have_one_type(table, column, parent):
                    orphans = self._orphans(table.name, column.name, parent)
                    references.append(
                        Reference((column.name,), parent.name, parent.primary_key, orphans)
                    )
        return SourceTable(
            table.name, table.columns, table.primary_key, tuple(references), table.rows
        )

    def _have_one_type(self, table: SourceTable, column: SourceColumn, parent: SourceTable) -> bool:
        key = parent.column(parent.primary_key[0]).type
        both_integers = column.type and key and column.type.is_integer and key.is_integer
        return column.type == key or bool(both_integers)

    def _orphans(self, table: str, column: str, parent: SourceTable) -> int:
        keys = self._column(parent.name, parent.primary_key[0])
        values = self._column(table, column).drop_null()
        known = pc.is_in(values, value_set=keys.combine_chunks().cast(values.type))
        return len(values) - int(pc.sum(known).as_py() or 0)


def _sniffed_delimiter(file: Path) -> str:
    """The likeliest delimiter, by the first line."""
    with _errors(file), file.open(encoding="utf-8", errors="replace") as text:
        line = text.readline()
    return max(",;\t|", key=line.count)


def _names_of_key(table: SourceTable) -> set[str]:
    """What a column that refers to the table may be called."""
    if not table.primary_key:
        return set()
    key, name = snake_case(table.primary_key[0]), snake_case(table.name)
    if key not in _KEY_ENDINGS:
        return {key}
    return {f"{each}_{key}" for each in (name, name.removesuffix("s"))}


def _countable(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """UUIDs as the bytes that they are."""
    if values.type != pa.uuid():
        return values
    return pa.chunked_array([each.storage for each in values.chunks], values.type.storage_type)


def _type(values: pa.ChunkedArray) -> Type | None:
    type = values.type
    if pa.types.is_dictionary(type):
        type = type.value_type
    if pa.types.is_integer(type):
        largest = pc.max(pc.abs_checked(values.cast(pa.decimal128(20)))).as_py() or 0
        return INTEGER if largest < 2**31 else BIGINT if largest < 2**63 else decimal(20, 0)
    if pa.types.is_decimal(type) and 0 <= type.scale <= type.precision <= 38:
        return decimal(type.precision, type.scale)
    if pa.types.is_timestamp(type):
        return TIMESTAMP if type.tz is None else TIMESTAMPTZ
    for is_kind, made in (
        (pa.types.is_boolean, BOOLEAN),
        (pa.types.is_float32, REAL),
        (pa.types.is_floating, DOUBLE),
        (pa.types.is_date, DATE),
        (pa.types.is_time, TIME),
        (pa.types.is_string, VARCHAR),
        (pa.types.is_large_string, VARCHAR),
        (pa.types.is_null, VARCHAR),
        (pa.types.is_binary, BLOB),
        (pa.types.is_large_binary, BLOB),
        (pa.types.is_fixed_size_binary, BLOB),
        (pa.uuid().equals, UUID),
    ):
        if is_kind(type):
            return made
    return None


@contextmanager
def _errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f'file "{file}": {one_line(error)}') from error
