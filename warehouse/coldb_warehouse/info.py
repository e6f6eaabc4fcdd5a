"""How much room tables and columns take, in which encodings. Only dictionaries are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from coldb_warehouse.domain import Dictionary, Rows
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
    from coldb_warehouse.schema import TableKind
    from coldb_warehouse.types import Type
    from coldb_warehouse.versions.manifest import Manifest

__all__ = ["ColumnInfo", "TableInfo", "VersionInfo", "describe", "describe_version"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column on disk. `domain` is 'dictionary of 25' or 'rows of customer', or None.

    `nbytes` includes the dictionary. `plain_bytes` is what the values would take one after the
    other; None for text without a dictionary, which would have to be read to know.
    """

    name: str
    type: Type
    encodings: tuple[str, ...]
    domain: str | None
    nulls: int
    nbytes: int
    plain_bytes: int | None

    @property
    def ratio(self) -> float | None:
        """How many times smaller than plain the column is."""
        if self.plain_bytes is None or not self.nbytes:
            return None
        return self.plain_bytes / self.nbytes


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table on disk. Hidden columns of foreign keys are among its columns."""

    name: str
    kind: TableKind
    rows: int
    segments: int
    columns: tuple[ColumnInfo, ...]

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in self.columns)


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version that is kept: when it was committed, and what it consists of.

    `rows` are those of all tables, without the deleted ones; `nbytes` are the bytes of data that it
    names, most of which other versions name too.
    """

    number: int
    committed_at: datetime
    tables: int
    rows: int
    nbytes: int


def describe_version(manifest: Manifest) -> VersionInfo:
    """What the manifest says of itself."""
    places = {place for table in manifest.tables for place in table.places()}
    return VersionInfo(
        number=manifest.version,
        committed_at=_EPOCH + timedelta(microseconds=manifest.committed_at),
        tables=len(manifest.tables),
        rows=sum(table.live_rows for table in manifest.tables),
        nbytes=sum(place.length for place in places),
    )


def describe(snapshot: Snapshot) -> tuple[TableInfo, ...]:
    """All tables of a version."""
    return tuple(_table(snapshot.table(schema.name)) for schema in snapshot.tables)


def _table(table: TableSnapshot) -> TableInfo:
    return TableInfo(
        name=table.schema.name,
        kind=table.schema.kind,
        rows=table.rows,
        segments=len(table.segments),
        columns=tuple(_column(table, name) for name in table.column_names),
    )


def _column(table: TableSnapshot, name: str) -> ColumnInfo:
    statistics, domain = table.statistics(name), table.domain(name)
    type = table.type_of(name)
    plain: int | None = None
    match domain:
        case Dictionary():
            described: str | None = f"dictionary of {domain.size}"
            plain = _average_bytes(domain) * table.rows
        case Rows():
            described = f"rows of {domain.table}"
        case None:
            described = None
    if type.kind is not Kind.VARCHAR:
        plain = table.rows * type.dtype.itemsize
    return ColumnInfo(
        name=name,
        type=type,
        encodings=statistics.encodings,
        domain=described,
        nulls=statistics.nulls,
        nbytes=statistics.nbytes + table.dictionary_bytes(name),
        plain_bytes=plain,
    )


def _average_bytes(dictionary: Dictionary) -> int:
    import pyarrow.compute as pc

    return round(pc.mean(pc.binary_length(dictionary.values)).as_py() or 0)
