"""Columns in memory become segments and dictionaries on disk."""

from __future__ import annotations

import itertools
import os
import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from coldb_warehouse.chunks.chunk import Coded, Fixed, Form, Mask, Text
from coldb_warehouse.chunks.layout import MAX_ROWS
from coldb_warehouse.chunks.writer import EncodedChunk, encode_chunk
from coldb_warehouse.errors import ConstraintError
from coldb_warehouse.loading.loaded import slice_form, take_form
from coldb_warehouse.values import fixed_values
from coldb_warehouse.versions.manifest import (
    ChunkEntry,
    DictionaryEntry,
    PartEntry,
    Place,
    SegmentEntry,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.domain import Dictionary, Domain
    from coldb_warehouse.loading.arrange import Order
    from coldb_warehouse.partitioning import PartitionNumbers
    from coldb_warehouse.settings import Settings
    from coldb_warehouse.types import Type

__all__ = ["ColumnSource", "SegmentWriter", "StoredColumn"]

_ROWS_WORTH_THREADS = 65_536
_SHARED_FILE_ROWS = 65_536  # smaller segments share one file, because each file costs an fsync
_MOST_PARTITIONS = 4_096  # each is at least a segment in the manifest
_MOST_PARTS = 8  # a dictionary in more parts than this is written anew as one


@dataclass(frozen=True, slots=True, eq=False)
class StoredColumn:
    """A column to be written: its key in the manifest, its rows, the encoding it must have."""

    key: str
    type: Type
    form: Form
    valid: Mask | None
    encoding: str | None

    def read(self) -> StoredColumn:
        """Itself: the source of a column that is in memory."""
        return self


class ColumnSource(Protocol):
    """A column that is read when it is to be written."""

    @property
    def key(self) -> str:
        """Its key in the manifest."""

    def read(self) -> StoredColumn:
        """The whole column."""


class SegmentWriter:
    """Writes the data files of one transaction. `names` are those written so far."""

    def __init__(self, files: DataFiles, settings: Settings, version: int) -> None:
        self.names: list[str] = []
        self._files = files
        self._settings = settings
        self._prefix = f"{version}-{secrets.token_hex(6)}"
        self._counter = itertools.count()

    def new_name(self, ending: str) -> str:
        """A name for a file of this transaction, which is removed if that is rolled back."""
        name = f"{self._prefix}-{next(self._counter)}.{ending}"
        self.names.append(name)
        return name

    def rows_of_whole_segments(self, rows: int, partitions: PartitionNumbers | None) -> int:
        """How many of these rows `write_segments` would put into segments that no more rows join."""
        last = _pieces(rows, self._settings.segment_rows, partitions)[-1]
        return last.last if last.rows == self._settings.segment_rows else last.first

    def write_segments(
        self,
        columns: Sequence[ColumnSource],
        rows: int,
        order: Order | None,
        *,
        is_sorted: bool = True,
        partitions: PartitionNumbers | None = None,
    ) -> tuple[SegmentEntry, ...]:
        """Writes `rows` rows, in that order, as segments of at most `segment_rows`.

        A column is read when a thread begins with it. `is_sorted` says whether the order is that of
        the table. If the rows have partitions, these too ascend in that order, NULL's last, and each
        segment is of one of them.
        """
        pieces = _pieces(rows, self._settings.segment_rows, partitions)
        files = list(_files(pieces))
        small: dict[tuple[int, str], list[tuple[EncodedChunk, Domain | None]]] = {}

        def write(source: ColumnSource) -> None:
            column = source.read()
            domain = _domain(column.form)
            for number, group in enumerate(files):
                chunks = [self._encode(_in_order(column, it.first, it.last, order)) for it in group]
                if group[0].rows >= _SHARED_FILE_ROWS:
                    place = self._write(chunks)[0]
                    group[0].chunks[column.key] = _entry(chunks[0], place, domain)
                else:
                    small[number, column.key] = [(chunk, domain) for chunk in chunks]

        threads = _threads() if rows >= _ROWS_WORTH_THREADS else 1
        _run([partial(write, source) for source in columns], threads)
        for number, group in enumerate(files):
            if group[0].rows < _SHARED_FILE_ROWS:
                self._write_shared(group, {it.key: small[number, it.key] for it in columns})
        return tuple(
            SegmentEntry(
                piece.rows,
                is_sorted,
                {column.key: piece.chunks[column.key] for column in columns},
                partition=piece.partition,
            )
            for piece in pieces
        )

    def _write_shared(
        self,
        pieces: Sequence[_Piece],
        encoded: Mapping[str, Sequence[tuple[EncodedChunk, Domain | None]]],
    ) -> None:
        """Writes the chunks of all columns of small pieces into one file, piece by piece."""
        keyed = [
            (piece, key, *chunks[number])
            for number, piece in enumerate(pieces)
            for key, chunks in encoded.items()
        ]
        places = self._write([chunk for _, _, chunk, _ in keyed])
        for (piece, key, chunk, domain), place in zip(keyed, places, strict=True):
            piece.chunks[key] = _entry(chunk, place, domain)

    def write_columns(
        self, groups: Iterable[Sequence[StoredColumn]]
    ) -> list[dict[str, ChunkEntry]]:
        """Writes each group of columns whole, whatever its number of rows, and gives its chunks.

        The groups are taken one at a time; small ones share files.
        """
        written: list[dict[str, ChunkEntry]] = []
        waiting: list[tuple[Sequence[StoredColumn], list[EncodedChunk]]] = []
        rows = 0
        for columns in groups:
            chunks = [self._encode(column) for column in columns]
            waiting.append((columns, chunks))
            rows += max((chunk.rows for chunk in chunks), default=0)
            if rows >= _SHARED_FILE_ROWS:
                written += self._write_groups(waiting)
                waiting, rows = [], 0
        return written + self._write_groups(waiting)

    def write_dictionary(
        self, dictionary: Dictionary, before: DictionaryEntry | None
    ) -> DictionaryEntry:
        """Writes the entries that the one before has not; if it is in many parts, all but those of
        the first part, which was sorted as a whole."""
        parts = () if before is None else before.parts
        parts = parts[:1] if len(parts) >= _MOST_PARTS else parts
        written = sum(part.size for part in parts)
        if before is not None and dictionary.size == before.size:
            return before
        values: pa.LargeStringArray = dictionary.values
        chunks = [
            encode_chunk(
                Text(values[first : first + MAX_ROWS]), None, block_rows=self._settings.block_rows
            )
            for first in range(written, max(dictionary.size, written + 1), MAX_ROWS)
        ]
        new = [
            PartEntry(place, chunk.rows)
            for place, chunk in zip(self._write(chunks), chunks, strict=True)
        ]
        parts = (*parts, *new)
        if before is None:
            return DictionaryEntry(parts, dictionary.is_sorted, dictionary.generation)
        return replace(before, parts=parts, is_sorted=dictionary.is_sorted)

    def _write_groups(
        self, groups: Sequence[tuple[Sequence[StoredColumn], list[EncodedChunk]]]
    ) -> list[dict[str, ChunkEntry]]:
        """Writes the groups into one file."""
        chunks = [chunk for _, encoded in groups for chunk in encoded]
        places = iter(self._write(chunks) if chunks else ())
        return [
            {
                column.key: _entry(chunk, next(places), _domain(column.form))
                for column, chunk in zip(columns, encoded, strict=True)
            }
            for columns, encoded in groups
        ]

    def _encode(self, column: StoredColumn) -> EncodedChunk:
        form = column.form
        force = column.encoding or self._settings.force_encoding
        if isinstance(form, Fixed) and force == "plain":
            form = Fixed(fixed_values(form, column.type))
        return encode_chunk(form, column.valid, block_rows=self._settings.block_rows, force=force)

    def _write(self, chunks: Sequence[EncodedChunk]) -> list[Place]:
        return self._files.write(self.new_name("col"), chunks)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Rows from `first` to `last` - 1, which become a segment; its chunks as they get written."""

    first: int
    last: int
    partition: int | None
    chunks: dict[str, ChunkEntry] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.last - self.first


def _pieces(rows: int, most: int, partitions: PartitionNumbers | None) -> list[_Piece]:
    """Runs of at most so many rows, each of one partition."""
    if partitions is None:
        return [_Piece(first, min(first + most, rows), None) for first in range(0, rows, most)]
    starts = [0, *(np.flatnonzero(partitions[1:] != partitions[:-1]) + 1).tolist()]
    if len(starts) > _MOST_PARTITIONS:
        raise ConstraintError(
            f"the rows belong to {len(starts)} partitions, and at most {_MOST_PARTITIONS} can be "
            f"written at once; choose larger partitions, or load fewer rows at a time"
        )
    return [
        _Piece(first, min(first + most, end), int(partitions[start]))
        for start, end in pairwise([*starts, rows])
        for first in range(start, end, most)
    ]


def _files(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces that share a file: neighbours, as long as each, and all together, are small."""
    group: list[_Piece] = []
    rows = 0
    for piece in pieces:
        if group and rows + piece.rows > _SHARED_FILE_ROWS:
            yield group
            group, rows = [], 0
        group.append(piece)
        rows += piece.rows
    if group:
        yield group


def _in_order(column: StoredColumn, first: int, last: int, order: Order | None) -> StoredColumn:
    """The rows from first to last - 1 of those in that order."""
    form, valid = column.form, column.valid
    if order is None:
        form = slice_form(form, first, last)
        valid = None if valid is None else valid[first:last]
    else:
        form = take_form(form, order[first:last])
        valid = None if valid is None else valid[order[first:last]]
    return replace(column, form=form, valid=valid)


def _threads() -> int:
    """One more than there are processors, because a thread that waits for the disk uses none."""
    return (os.cpu_count() or 1) + 1


def _domain(form: Form) -> Domain | None:
    return form.domain if isinstance(form, Coded) else None


def _entry(chunk: EncodedChunk, place: Place, domain: Domain | None) -> ChunkEntry:
    return ChunkEntry(
        place=place,
        coded=domain is not None,
        nulls=chunk.nulls,
        low=chunk.low,
        high=chunk.high,
        distinct=chunk.distinct,
        is_sorted=chunk.is_sorted,
        encodings=chunk.encodings,
        generation=0 if domain is None else domain.generation,
    )


def _run(tasks: Sequence[Callable[[], None]], threads: int) -> None:
    """Runs the tasks; the first error is raised when none is running any more."""
    if threads == 1:
        for work in tasks:
            work()
        return
    with ThreadPoolExecutor(threads) as pool:
        running = deque(pool.submit(task) for task in tasks)
        try:
            # Taken out: a frame with a name for the future of an error would keep itself in memory.
            while running:
                running.popleft().result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
