"""How much room tables and columns take, in which encodings.

Nothing is read for it but dictionaries, and the headers of chunks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from coldb_warehouse.chunks.layout import FormKind
from coldb_warehouse.domain import Dictionary, Rows

if TYPE_CHECKING:
    from coldb_warehouse.chunks.layout import ChunkHeader
    from coldb_warehouse.domain import Domain
    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
    from coldb_warehouse.schema import TableKind
    from coldb_warehouse.types import Type
    from coldb_warehouse.versions.manifest import Manifest

__all__ = ["ColumnInfo", "TableInfo", "VersionInfo", "describe", "describe_version"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column on disk. `domain` is 'dictionary of 25' or 'rows of customer', or None, and
    `domain_size` is the number of its entries.

    `nbytes` includes the dictionary. `plain_bytes` is what the values would take one after the
    other, those of a dictionary being taken to be of average length. `blocks` are counted over all
    segments. `is_sorted` tells that no value is larger than the next in the whole table.
    """

    name: str
    type: Type
    encodings: tuple[str, ...]
    domain: str | None
    nulls: int
    nbytes: int
    plain_bytes: int
    domain_size: int | None
    blocks: int
    is_sorted: bool

    @property
    def ratio(self) -> float | None:
        """How many times smaller than plain the column is; None if it takes no room."""
        return self.plain_bytes / self.nbytes if self.nbytes else None


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

    @property
    def ratio(self) -> float | None:
        """How many times smaller than plain the table is; None if it takes no room."""
        plain = sum(column.plain_bytes for column in self.columns)
        return plain / self.nbytes if self.nbytes else None


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
    headers = [segment.header(name) for segment in table.segments]
    match domain:
        case Dictionary():
            described: str | None = f"dictionary of {domain.size}"
        case Rows():
            described = f"rows of {domain.table}"
        case None:
            described = None
    if type.is_bytes:
        average = _average_bytes(domain)
        plain = sum(
            _text_bytes(header, segment.rows, average)
            for header, segment in zip(headers, table.segments, strict=True)
        )
    else:
        plain = table.rows * type.dtype.itemsize
    return ColumnInfo(
        name=name,
        type=type,
        encodings=statistics.encodings,
        domain=described,
        nulls=statistics.nulls,
        nbytes=statistics.nbytes + table.dictionary_bytes(name),
        plain_bytes=round(plain),
        domain_size=None if domain is None else domain.size,
        blocks=sum(len(header.blocks) for header in headers if header is not None),
        is_sorted=statistics.is_sorted,
    )


def _text_bytes(header: ChunkHeader | None, rows: int, average: float) -> float:
    """What the strings of a segment would take: known if they are no codes, else estimated."""
    if header is not None and header.form is FormKind.TEXT:
        return float(header.parts["raw"][1].sum())
    return average * rows


def _average_bytes(domain: Domain | None) -> float:
    if not isinstance(domain, Dictionary):
        return 0.0
    import pyarrow.compute as pc

    return float(pc.mean(pc.binary_length(domain.values)).as_py() or 0)
