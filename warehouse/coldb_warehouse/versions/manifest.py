"""The whole state of a warehouse at one version: what is declared, and where its data lies.

A manifest is a value. A transaction derives a new one from the newest, and a commit publishes it.
Inside a segment and a table, data is found by the column's key: its id in digits ("3"), or "#1+2"
for the positions that a foreign key of columns 1 and 2 resolves to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from coldb_warehouse.versions.retention import Retention

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coldb_warehouse.schema import ForeignKey, Source, TableSchema
    from coldb_warehouse.views import Macro, View

__all__ = [
    "ChunkEntry",
    "DeletedEntry",
    "DictionaryEntry",
    "Manifest",
    "MoveEntry",
    "PartEntry",
    "Place",
    "SegmentEntry",
    "TableEntry",
    "column_key",
    "position_key",
]


@dataclass(frozen=True, slots=True)
class Place:
    """`length` bytes of a data file from `offset` on; `crc` is that of their header.

    `file_bytes` is the length of the whole file, so that one that was cut or grew is noticed.
    """

    file: str
    offset: int
    length: int
    crc: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class ChunkEntry:
    """A chunk on disk. `low` and `high` are codes if it is coded, else values; None if unknown.

    `generation` is that of the domain into which the codes of a coded chunk point.
    """

    place: Place
    coded: bool
    nulls: int
    low: int | float | None
    high: int | float | None
    distinct: int | None
    is_sorted: bool
    encodings: tuple[str, ...]
    generation: int = 0


@dataclass(frozen=True, slots=True)
class DeletedEntry:
    """The deletion vector of a segment: a chunk of BOOLEAN, true for the `count` deleted rows."""

    place: Place
    count: int


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """Consecutive rows of a table, one chunk a column. `is_sorted`: by the table's order.

    A column that was added to the table later has no chunk here: all rows have its initial value.
    `partition` is the number of the partition that all rows belong to, if the table has any.
    """

    rows: int
    is_sorted: bool
    chunks: Mapping[str, ChunkEntry]
    deleted: DeletedEntry | None = None
    partition: int | None = None

    @property
    def live_rows(self) -> int:
        return self.rows - (self.deleted.count if self.deleted else 0)


@dataclass(frozen=True, slots=True)
class PartEntry:
    """A run of dictionary entries, stored as a chunk of text without nulls."""

    place: Place
    size: int


@dataclass(frozen=True, slots=True)
class MoveEntry:
    """How codes of an older generation of a domain become codes of the current one.

    A chunk of BIGINT: for each entry of the domain in `generation`, its place in the current
    generation; -1 for one that is gone. Where one chunk cannot hold that of all entries, further
    ones of the same generation follow.
    """

    generation: int
    place: Place
    size: int


@dataclass(frozen=True, slots=True)
class DictionaryEntry:
    """The parts of a dictionary, one after the other.

    Entries are appended within a generation. Sorting them anew begins the next one; `moves` serves
    the chunks that were written in an older one.
    """

    parts: tuple[PartEntry, ...]
    is_sorted: bool
    generation: int = 0
    moves: tuple[MoveEntry, ...] = ()

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table's declaration and data.

    The rows are themselves a domain, that of the foreign keys which reference them: they are
    appended within a generation, and moved only by beginning the next one. `next_column_id` is
    larger than the id of every column that the table has ever had.
    """

    schema: TableSchema
    segments: tuple[SegmentEntry, ...] = ()
    dictionaries: Mapping[str, DictionaryEntry] = field(default_factory=dict)
    generation: int = 0
    moves: tuple[MoveEntry, ...] = ()
    next_column_id: int = 1

    @property
    def rows(self) -> int:
        """All rows, the deleted ones included: as many as there are positions."""
        return sum(segment.rows for segment in self.segments)

    @property
    def live_rows(self) -> int:
        return sum(segment.live_rows for segment in self.segments)

    def places(self) -> Iterator[Place]:
        for segment in self.segments:
            for chunk in segment.chunks.values():
                yield chunk.place
            if segment.deleted is not None:
                yield segment.deleted.place
        for dictionary in self.dictionaries.values():
            for part in dictionary.parts:
                yield part.place
            for move in dictionary.moves:
                yield move.place
        for move in self.moves:
            yield move.place


@dataclass(frozen=True, slots=True)
class Manifest:
    """`previous` is the SHA-256 of the file of the version before, empty for the first.

    `committed_at` is in microseconds since 1970-01-01 00:00 UTC.
    """

    version: int
    committed_at: int = 0
    previous: str = ""
    tables: tuple[TableEntry, ...] = ()
    sources: tuple[Source, ...] = ()
    views: tuple[View, ...] = ()
    macros: tuple[Macro, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    next_table_id: int = 1
    retention: Retention = field(default_factory=Retention)

    def with_table(self, entry: TableEntry) -> Manifest:
        """This manifest with a table of the same id put in another's place."""
        changed = tuple(
            entry if table.schema.id == entry.schema.id else table for table in self.tables
        )
        return replace(self, tables=changed)

    def places(self) -> Iterator[Place]:
        """Where all data is that is in use."""
        for table in self.tables:
            yield from table.places()

    def files(self) -> set[str]:
        """The names of all data files that are in use."""
        return {place.file for place in self.places()}

    def file_sizes(self) -> dict[str, int]:
        """The data files that are in use, and how many bytes each has."""
        return {place.file: place.file_bytes for place in self.places()}


def column_key(schema: TableSchema, column: str) -> str:
    """The key of a column's chunks; raises CatalogError."""
    return str(schema.column(column).id)


def position_key(schema: TableSchema, key: ForeignKey) -> str:
    """The key of the chunks that hold a foreign key's positions."""
    ids = [column_key(schema, name) for name in key.columns]
    return ids[0] if len(ids) == 1 else "#" + "+".join(ids)
