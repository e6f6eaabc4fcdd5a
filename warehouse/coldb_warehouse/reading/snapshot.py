"""A warehouse as it was at one version. Nothing that is written later changes it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from coldb_warehouse.chunks.chunk import Chunk, Coded, Fixed, Mask, Text
from coldb_warehouse.chunks.concatenate import concatenate_chunks
from coldb_warehouse.domain import Codes, Dictionary, Domain, Rows
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.nearest import nearest
from coldb_warehouse.reading.column_reader import ColumnReader
from coldb_warehouse.reading.column_statistics import ColumnStatistics, combine_statistics
from coldb_warehouse.reading.key_index import KeyIndex, Numbers
from coldb_warehouse.reading.row_numbers import row_numbers
from coldb_warehouse.reading.segment import Segment
from coldb_warehouse.reading.segment_group import SegmentGroup, group_segments
from coldb_warehouse.schema import ROW
from coldb_warehouse.values import all_valid, fixed_values, take

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coldb_warehouse.convert import Values
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.disk.lock import ReaderLock
    from coldb_warehouse.reading.cache import Cache
    from coldb_warehouse.schema import Source, TableSchema
    from coldb_warehouse.types import Type
    from coldb_warehouse.versions.manifest import Manifest, TableEntry
    from coldb_warehouse.views import Macro, View

__all__ = ["Snapshot", "TableSnapshot"]


class Snapshot:
    """Tables, views, macros, sources and properties at one version.

    `version` is that of the last commit it rests on: a transaction's own snapshots share it with
    what they were derived from, although they differ.
    """

    def __init__(
        self,
        manifest: Manifest,
        files: DataFiles,
        cache: Cache,
        before: Snapshot | None = None,
        lock: ReaderLock | None = None,
    ) -> None:
        """Tables that have not changed since the snapshot `before` are taken from it.

        The lock, if any, is held as long as the snapshot exists.
        """
        self._lock = lock
        self.version = manifest.version
        self.sources: tuple[Source, ...] = manifest.sources
        self.views: tuple[View, ...] = manifest.views
        self.macros: tuple[Macro, ...] = manifest.macros
        self.properties: Mapping[str, Any] = MappingProxyType(dict(manifest.properties))
        self._tables: dict[str, TableSnapshot] = {}
        for entry in manifest.tables:  # a table comes after all that it references
            name = entry.schema.name
            referenced = {
                key.table: self._tables[key.table]
                for key in entry.schema.foreign_keys
                if key.table != name
            }
            old = before._tables.get(name) if before else None
            if old is None or not old.is_same(entry, referenced):
                old = TableSnapshot(entry, referenced, files, cache)
            self._tables[name] = old

    @property
    def tables(self) -> tuple[TableSchema, ...]:
        return tuple(table.schema for table in self._tables.values())

    def has_table(self, name: str) -> bool:
        return name in self._tables

    def table(self, name: str) -> TableSnapshot:
        """The table of that name; CatalogError names the nearest one."""
        if name not in self._tables:
            raise CatalogError(f'no table "{name}"{nearest(name, list(self._tables))}')
        return self._tables[name]


class TableSnapshot:
    """A table at one version: `rows` rows in `segments`, one after the other.

    Deleted rows keep their positions and count as rows; `live_rows` have not been deleted.
    """

    def __init__(
        self,
        entry: TableEntry,
        referenced: Mapping[str, TableSnapshot],
        files: DataFiles,
        cache: Cache,
    ) -> None:
        """`referenced` are the other tables that foreign keys of this one reference."""
        self.schema = entry.schema
        self.rows = entry.rows
        self.live_rows = entry.live_rows
        self.generation = entry.generation
        self._entry = entry
        self._referenced = dict(referenced)
        entries = {name: table._entry for name, table in referenced.items()}
        entries[self.schema.name] = entry
        self._reader = ColumnReader(entry, entries, files, cache)
        self.segments = _segments(entry, self._reader)
        self._statistics: dict[str, ColumnStatistics] = {}
        self._groups: dict[int, tuple[Segment | SegmentGroup, ...]] = {}
        self._cache_key = object()

    def is_same(self, entry: TableEntry, referenced: Mapping[str, TableSnapshot]) -> bool:
        """Whether this is what a table of that entry, referencing those tables, looks like."""
        return self._entry == entry and all(
            table is self._referenced.get(name) for name, table in referenced.items()
        )

    def chunk(self, column: str) -> Chunk:
        """The column over all segments as one chunk.

        Also takes the name of a foreign key's hidden column (`ForeignKey.position_column`), and
        ROW. Raises CatalogError, CorruptionError, StorageError.
        """
        if column == ROW:
            return row_numbers(0, self.rows)
        if len(self.segments) == 1:
            return self.segments[0].chunk(column)
        key = (self._cache_key, self._reader.key(column))
        return self._reader.cache.get(key, lambda: self._whole(column), lambda chunk: chunk.nbytes)

    @property
    def live(self) -> Mask | None:
        """Which rows have not been deleted; None if none has."""
        if self.live_rows == self.rows:
            return None
        return self._reader.cache.get((self._cache_key, "live"), self._live, lambda m: m.nbytes)

    def segment_groups(self, most_rows: int) -> tuple[Segment | SegmentGroup, ...]:
        """All segments, neighbours that have no more than so many rows together as one."""
        groups = self._groups.get(most_rows)
        if groups is None:
            groups = tuple(group_segments(self.segments, most_rows, self._reader.cache))
            self._groups[most_rows] = groups
        return groups

    def values(self, column: str) -> tuple[Values, Mask | None]:
        """The column's values as types.py has them, and which are not null (None if all are not).

        Foreign keys are looked up in the table that they reference. Null rows hold any value.
        """
        chunk = self.chunk(column)
        return self.values_of(column, chunk), chunk.valid

    def values_of(self, column: str, chunk: Chunk) -> Values:
        """The values in a chunk of that column of this table, as `values` has them."""
        match chunk.form:
            case Fixed() as fixed:
                return fixed_values(fixed, chunk.type)
            case Text(strings=strings):
                return strings
            case Coded(codes=codes, domain=domain):
                match domain:
                    case Dictionary(values=entries):
                        return take(entries, codes)
                    case Rows(table=table):
                        return self._looked_up(column, codes, table)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The declared columns, then the hidden position columns of foreign keys."""
        names = [column.name for column in self.schema.columns]
        keys = self.schema.foreign_keys
        return (*names, *(key.position_column for key in keys if len(key.columns) > 1))

    def key(self, column: str) -> str:
        """The key by which the manifest has the column's data; raises CatalogError."""
        return self._reader.key(column)

    def encoding(self, column: str) -> str | None:
        """The encoding that the column is declared to have."""
        return None if column.startswith("#") else self.schema.column(column).encoding

    def type_of(self, column: str) -> Type:
        """The declared type; BIGINT for hidden position columns."""
        return self._reader.type(column)

    def referenced(self, name: str) -> TableSnapshot:
        """The table of that name, which this one references, at the same version."""
        return self if name == self.schema.name else self._referenced[name]

    def dictionary_bytes(self, column: str) -> int:
        """Bytes on disk of the column's dictionary, 0 if it has none."""
        entry = self._entry.dictionaries.get(self._reader.key(column))
        return sum(part.place.length for part in entry.parts) if entry else 0

    def domain(self, column: str) -> Domain | None:
        """What the column's codes point into; None if the column, or a part of it, is not coded."""
        if self.rows and not self.statistics(column).is_coded:
            return None
        return self._reader.domain(column)

    def dictionary(self, column: str) -> Dictionary | None:
        """The dictionary of a text column, if it has one, even if not all of it is coded."""
        domain = self._reader.domain(column)
        return domain if isinstance(domain, Dictionary) else None

    def statistics(self, column: str) -> ColumnStatistics:
        """The column's statistics, from the manifest: nothing is read."""
        if column not in self._statistics:
            self._reader.type(column)  # raises CatalogError, also where there are no segments
            parts = [segment.statistics(column) for segment in self.segments]
            self._statistics[column] = combine_statistics(parts)
        return self._statistics[column]

    def key_index(self, columns: tuple[str, ...] = ()) -> KeyIndex:
        """Finds rows that are not deleted by these columns, without the columns by primary key.

        Rows with a NULL among them are not found. CatalogError if the table has no primary key.
        """
        names = columns or self.schema.primary_key
        if not names:
            raise CatalogError(f'table "{self.schema.name}" has no primary key')
        return self._reader.cache.get(
            (self._cache_key, "key index", names),
            lambda: self._index_keys(names),
            lambda index: index.nbytes,
        )

    def positions_of(
        self, keys: Sequence[Values], valid: Mask | None = None, columns: tuple[str, ...] = ()
    ) -> Numbers:
        """The position of the row of each key, -1 where there is none or `valid` is False.

        `keys` has the values of each of the columns, or of each column of the primary key.
        """
        return self.key_index(columns).positions(keys, valid)

    def may_have_keys(self, keys: Sequence[Values], columns: tuple[str, ...] = ()) -> bool:
        """Whether the statistics allow any of these keys to be in the table."""
        if not self.rows or not len(keys[0]):
            return False
        known = self.statistics((columns or self.schema.primary_key)[0])
        first = keys[0]
        if known.is_coded or known.low is None or known.high is None:
            return True
        if not isinstance(first, np.ndarray) or first.dtype.kind not in "bi":
            return True
        return bool(first.max() >= known.low and first.min() <= known.high)

    def _index_keys(self, names: tuple[str, ...]) -> KeyIndex:
        columns = [self.values(name) for name in names]
        there = all_valid([self.live, *(valid for _, valid in columns)])
        if there is None:
            return KeyIndex([values for values, _ in columns])
        positions = np.flatnonzero(there)
        return KeyIndex([take(values, positions) for values, _ in columns], positions)

    def _live(self) -> Mask:
        live = np.ones(self.rows, np.bool_)
        for segment in self.segments:
            mask = segment.live
            if mask is not None:
                live[segment.first_row : segment.first_row + segment.rows] = mask
        live.flags.writeable = False
        return live

    def _whole(self, column: str) -> Chunk:
        if self.segments:
            # What goes into the whole is not kept beside it.
            parts = [segment.chunk(column, keep=False) for segment in self.segments]
            return concatenate_chunks(parts)
        return self._reader.empty_chunk(column)

    def _looked_up(self, column: str, codes: Codes, referenced: str) -> Values:
        key = self.schema.foreign_key_on(column)
        if key is None:  # a hidden column: its values are the positions
            return codes.astype(np.int64)
        table = self.referenced(referenced)
        return take(table.values(key.referenced[0])[0], codes)


def _segments(entry: TableEntry, reader: ColumnReader) -> tuple[Segment, ...]:
    segments = []
    first_row = 0
    for segment in entry.segments:
        segments.append(Segment(segment, first_row, reader))
        first_row += segment.rows
    return tuple(segments)
