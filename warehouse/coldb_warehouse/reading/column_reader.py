"""From a column's name to its chunks and its domain, for one table at one version."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Chunk, Coded, Fixed, Form, Mask, Text
from coldb_warehouse.chunks.concatenate import concatenate_chunks
from coldb_warehouse.chunks.encoded import EncodedColumn
from coldb_warehouse.chunks.layout import header_length, unpack_header
from coldb_warehouse.chunks.reader import damaged, decode_chunk
from coldb_warehouse.chunks.writer import encode_chunk
from coldb_warehouse.domain import Dictionary, Domain, Rows
from coldb_warehouse.errors import CatalogError, CorruptionError
from coldb_warehouse.nearest import nearest
from coldb_warehouse.reading.added_column import initial_chunk, initial_code, initial_statistics
from coldb_warehouse.reading.moves import Move, by_generation, moved_chunk, read_move
from coldb_warehouse.schema import ROW
from coldb_warehouse.types import BIGINT, BOOLEAN, Type
from coldb_warehouse.versions.manifest import (
    DictionaryEntry,
    MoveEntry,
    SegmentEntry,
    TableEntry,
    column_key,
    position_key,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coldb_warehouse.chunks.layout import ChunkHeader
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.reading.cache import Cache
    from coldb_warehouse.reading.column_statistics import ColumnStatistics
    from coldb_warehouse.schema import Column, ForeignKey

__all__ = ["ColumnReader"]

_HEADER_START = 64  # bytes that tell how long a header is
_NUMBER_BYTES = 64  # of a remembered sum, about


class ColumnReader:
    """Reads chunks, through the cache. Columns are those declared, and the position columns of
    foreign keys of several columns by the name `ForeignKey.position_column`."""

    def __init__(
        self,
        table: TableEntry,
        referenced: Mapping[str, TableEntry],
        files: DataFiles,
        cache: Cache,
    ) -> None:
        """`referenced` has every table that a foreign key references, the own one too."""
        self.cache = cache
        self._schema = table.schema
        self._dictionaries = table.dictionaries
        self._referenced = referenced
        self._files = files
        self._domains: dict[str, Dictionary] = {}
        self._lock = Lock()

    def key(self, column: str) -> str:
        """The key under which the manifest has the column; raises CatalogError."""
        hidden = self._hidden(column)
        if hidden is not None:
            return position_key(self._schema, hidden)
        names = [declared.name for declared in self._schema.columns]
        if column not in names:
            hint = nearest(column, names)
            raise CatalogError(f'table "{self._schema.name}" has no column "{column}"{hint}')
        return column_key(self._schema, column)

    def type(self, column: str) -> Type:
        """The declared type; BIGINT for a hidden position column and for ROW."""
        return BIGINT if column == ROW or self._hidden(column) else self._schema.column(column).type

    def domain(self, column: str) -> Domain | None:
        """What the codes of the column's coded chunks point into; None if it can have none."""
        foreign_key = self._hidden(column) or self._schema.foreign_key_on(column)
        if foreign_key is not None:
            table = self._referenced[foreign_key.table]
            return Rows(foreign_key.table, table.rows, table.generation)
        key = self.key(column)
        entry = self._dictionaries.get(key)
        if entry is None:
            return None
        with self._lock:
            if key not in self._domains:
                self._domains[key] = self._read_dictionary(entry, self.type(column))
            return self._domains[key]

    def chunk(self, column: str, segment: SegmentEntry, *, keep: bool) -> Chunk:
        """One segment of the column; from the cache if it is there, and left there if `keep`."""
        key = self.key(column)
        entry = segment.chunks.get(key)
        where = f'column "{column}" of table "{self._schema.name}"'
        if entry is None:
            return self._initial_chunk(column, segment)
        place, path = entry.place, self._files.path_of(entry.place)
        domain = self.domain(column) if entry.coded else None
        if entry.coded and domain is None:
            raise CorruptionError(f"the manifest names no dictionary for {where}")
        move, codes = None, domain
        if domain is not None and entry.generation != domain.generation:
            move = self._move(column, entry.generation)
            codes = Rows("", sum(part.size for part in move))

        def read() -> Chunk:
            chunk = decode_chunk(
                self._files.read(place),
                self.type(column),
                codes,
                where=f'file "{path}" ({where})',
                header_crc=place.crc,
            )
            if chunk.rows != segment.rows:
                raise CorruptionError(
                    f'file "{path}" ({where}) has {chunk.rows} rows, not {segment.rows}'
                )
            if move is not None and domain is not None:
                return moved_chunk(chunk, self._read_move(move, domain.size), domain)
            return chunk

        # A column that was given a wider type may be read by its old one meanwhile.
        cache_key = place, self.type(column), None if move is None else move[0].place
        if keep:
            chunk = self.cache.get(cache_key, read, lambda chunk: chunk.nbytes)
        else:
            chunk = self.cache.peek(cache_key) or read()
        return chunk if domain is None else with_domain(chunk, domain)

    def initial_statistics(
        self, column: str, segment: SegmentEntry, *, is_exact: bool
    ) -> ColumnStatistics:
        """Those of a column that is younger than the segment."""
        declared, dictionary = self._added(column, segment)
        return initial_statistics(declared, dictionary, segment.rows, is_exact=is_exact)

    def encoded(self, column: str, segment: SegmentEntry) -> EncodedColumn | None:
        """One segment of the column as it is on disk; None of text, of columns that were added
        later, and of codes that have moved."""
        entry = segment.chunks.get(self.key(column))
        if entry is None or (not entry.coded and self.type(column).is_bytes):
            return None
        domain = self.domain(column) if entry.coded else None
        if domain is not None and entry.generation != domain.generation:
            return None
        path = self._files.path_of(entry.place)
        where = f'file "{path}" (column "{column}" of table "{self._schema.name}")'
        data = self.cache.get(("encoded", entry.place), lambda: self._files.read(entry.place), len)
        return EncodedColumn(
            data, self.type(column), domain, where=where, header_crc=entry.place.crc
        )

    def sum(self, column: str, segment: SegmentEntry) -> int | None:
        """The sum of one segment of the column, where it can be had run by run; remembered."""
        entry = segment.chunks.get(self.key(column))
        if entry is None:
            return None

        def add_up() -> int | None:
            encoded = self.encoded(column, segment)
            return None if encoded is None else encoded.sum()

        return self.cache.get(("sum", entry.place), add_up, lambda _: _NUMBER_BYTES)

    def header(self, column: str, segment: SegmentEntry) -> ChunkHeader | None:
        """What a chunk says of itself; None of columns that were added later."""
        entry = segment.chunks.get(self.key(column))
        if entry is None:
            return None
        place = entry.place
        try:
            start = self._files.read(replace(place, length=min(place.length, _HEADER_START)))
            length = min(place.length, header_length(memoryview(start)))
            data = memoryview(self._files.read(replace(place, length=length)))
            return unpack_header(data, place.crc, place.length)[0]
        except ValueError as error:
            where = f'file "{self._files.path_of(place)}" (column "{column}")'
            raise damaged(where, error) from None

    def live(self, segment: SegmentEntry) -> Mask | None:
        """Which rows of a segment have not been deleted; None if none has."""
        entry = segment.deleted
        if entry is None:
            return None

        def read() -> Mask:
            where = f'file "{self._files.path_of(entry.place)}" (deleted rows)'
            data = self._files.read(entry.place)
            form = decode_chunk(data, BOOLEAN, None, where=where, header_crc=entry.place.crc).form
            deleted = form.stored if isinstance(form, Fixed) else np.empty(0, np.bool_)
            if len(deleted) != segment.rows or np.count_nonzero(deleted) != entry.count:
                raise CorruptionError(f"{where} is not the one of the manifest")
            live = ~deleted
            live.flags.writeable = False
            return live

        return self.cache.get(entry.place, read, lambda live: live.nbytes)

    def empty_chunk(self, column: str) -> Chunk:
        """What the column is in a table without rows."""
        import pyarrow as pa

        type, domain = self.type(column), self.domain(column)
        if domain is not None:
            form: Form = Coded(np.empty(0, np.uint8), domain)
        elif type.is_bytes:
            form = Text(pa.array([], type.bytes_array))
        else:
            form = Fixed(np.empty(0, type.dtype))
        data = b"".join(encode_chunk(form, None, block_rows=1).parts)
        return decode_chunk(data, type, domain, where=f'column "{column}"')

    def _initial_chunk(self, column: str, segment: SegmentEntry) -> Chunk:
        rows = segment.rows
        declared, dictionary = self._added(column, segment)
        code = None if dictionary is None else initial_code(declared, dictionary)
        chunk = self.cache.get(
            ("initial", declared.type, declared.initial, code, rows),
            lambda: initial_chunk(declared, dictionary, rows),
            lambda chunk: chunk.nbytes,
        )
        return chunk if dictionary is None else with_domain(chunk, dictionary)

    def _added(self, column: str, segment: SegmentEntry) -> tuple[Column, Dictionary | None]:
        """A column that a segment has nothing of, which it must be younger than, then.

        Deleted rows may be NULL in any column, since NOT NULL is asked of the others alone.
        """
        declared = None if self._hidden(column) else self._schema.column(column)
        domain = self.domain(column)
        may_be_null = declared is not None and (declared.nullable or not segment.live_rows)
        is_lost = declared is None or (declared.initial is None and not may_be_null)
        if declared is None or is_lost or isinstance(domain, Rows):
            raise CorruptionError(
                f'the manifest names no data for column "{column}" of table "{self._schema.name}"'
            )
        return declared, domain

    def _move(self, column: str, generation: int) -> Sequence[MoveEntry]:
        """The parts of how codes of the column that were written in that generation move."""
        foreign_key = self._hidden(column) or self._schema.foreign_key_on(column)
        if foreign_key is not None:
            moves = self._referenced[foreign_key.table].moves
        else:
            moves = self._dictionaries[self.key(column)].moves
        parts = by_generation(moves).get(generation)
        if parts is not None:
            return parts
        raise CorruptionError(
            f'the manifest does not say how generation {generation} of what column "{column}" of '
            f'table "{self._schema.name}" points into has moved'
        )

    def _read_move(self, parts: Sequence[MoveEntry], size: int) -> Move:
        return self.cache.get(
            (parts[0].place, size),
            lambda: read_move(parts, size, self._files),
            lambda move: move.nbytes,
        )

    def _hidden(self, column: str) -> ForeignKey | None:
        if not column.startswith("#"):
            return None
        keys = self._schema.foreign_keys
        return next((k for k in keys if len(k.columns) > 1 and k.position_column == column), None)

    def _read_dictionary(self, entry: DictionaryEntry, type: Type) -> Dictionary:
        def read() -> Dictionary:
            parts = [
                decode_chunk(
                    self._files.read(part.place),
                    type,
                    None,
                    where=f'file "{self._files.path_of(part.place)}" (dictionary)',
                    header_crc=part.place.crc,
                )
                for part in entry.parts
            ]
            whole = concatenate_chunks(parts)
            if not isinstance(whole.form, Text) or whole.rows != entry.size:
                path = self._files.path_of(entry.parts[0].place)
                raise CorruptionError(f'file "{path}" (dictionary) is not the one of the manifest')
            return Dictionary(whole.form.strings, entry.is_sorted, entry.generation)

        return self.cache.get(entry, read, lambda dictionary: int(dictionary.values.nbytes))


def with_domain(chunk: Chunk, domain: Domain) -> Chunk:
    """The same codes in the domain of this version: it may have grown since they were read."""
    if not isinstance(chunk.form, Coded) or chunk.form.domain is domain:
        return chunk
    return replace(chunk, form=Coded(chunk.form.codes, domain))
