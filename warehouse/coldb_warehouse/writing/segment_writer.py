"""Columns in memory become segments and dictionaries on disk."""

from __future__ import annotations

import itertools
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Coded, Fixed, Form, Mask, Text
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
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.domain import Dictionary
    from coldb_warehouse.loading.arrange import Order
    from coldb_warehouse.partitioning import PartitionNumbers
    from coldb_warehouse.settings import Settings
    from coldb_warehouse.types import Type

__all__ = ["SegmentWriter", "StoredColumn"]

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


class SegmentWriter:
    """Writes the data files of one transaction. `names` are those written so far."""

    def __init__(self, files: DataFiles, settings: Settings, version: int) -> None:
        self.names: list[str] = []
        self._files = files
        self._settings = settings
        self._prefix = f"{version}-{secrets.token_hex(6)}"
        self._counter = itertools.count()

    def write_segments(
        self,
        columns: Sequence[StoredColumn],
        rows: int,
        order: Order | None,
        *,
        is_sorted: bool = True,
        partitions: PartitionNumbers | None = None,
    ) -> tuple[SegmentEntry, ...]:
        """Writes `rows` rows, in that order, as segments of at most `segment_rows`.

        `is_sorted` says whether that is the table's order. If the rows have partitions, these too
        ascend in that order, NULL's last, and each segment is of one of them.
        """
        pieces = _pieces(rows, self._settings.segment_rows, partitions)
        tasks: list[Callable[[], None]] = []
        for group in _files(pieces):
            if group[0].rows >= _SHARED_FILE_ROWS:
                tasks += [self._task(group, [column], order) for column in columns]
            else:
                tasks.append(self._task(group, columns, order))
        _run(tasks, _threads() if rows >= _ROWS_WORTH_THREADS else 1)
        return tuple(
            SegmentEntry(
                piece.rows,
                is_sorted,
                {column.key: piece.chunks[column.key] for column in columns},
                partition=piece.partition,
            )
            for piece in pieces
        )

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
        """Writes the entries that the one before has not, or all of them if it is in many parts."""
        parts = () if before is None or len(before.parts) >= _MOST_PARTS else before.parts
        written = sum(part.size for part in parts)
        if before is not None and dictionary.size == before.size:
            return before
        values: pa.LargeStringArray = dictionary.values
        chunk = encode_chunk(Text(values[written:]), None, block_rows=self._settings.block_rows)
        place = self._write([chunk])[0]
        parts = (*parts, PartEntry(place, dictionary.size - written))
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
                column.key: _entry(chunk, next(places), column.form)
                for column, chunk in zip(columns, encoded, strict=True)
            }
            for columns, encoded in groups
        ]

    def _task(
        self, pieces: Sequence[_Piece], columns: Sequence[StoredColumn], order: Order | None
    ) -> Callable[[], None]:
        """Writes these columns of these pieces into one file."""

        def write() -> None:
            groups = []
            for piece in pieces:
                parts = [_in_order(column, piece.first, piece.last, order) for column in columns]
                groups.append((columns, [self._encode(part) for part in parts]))
            for piece, chunks in zip(pieces, self._write_groups(groups), strict=True):
                piece.chunks.update(chunks)

        return write

    def _encode(self, column: StoredColumn) -> EncodedChunk:
        form = column.form
        if isinstance(form, Fixed):
            form = Fixed(fixed_values(form, column.type))
        return encode_chunk(
            form,
            column.valid,
            block_rows=self._settings.block_rows,
            force=column.encoding or self._settings.force_encoding,
        )

    def _write(self, chunks: Sequence[EncodedChunk]) -> list[Place]:
        name = f"{self._prefix}-{next(self._counter)}.col"
        self.names.append(name)
        return self._files.write(name, chunks)


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


def _entry(chunk: EncodedChunk, place: Place, form: Form) -> ChunkEntry:
    return ChunkEntry(
        place=place,
        coded=isinstance(form, Coded),
        nulls=chunk.nulls,
        low=chunk.low,
        high=chunk.high,
        distinct=chunk.distinct,
        is_sorted=chunk.is_sorted,
        encodings=chunk.encodings,
        generation=form.domain.generation if isinstance(form, Coded) else 0,
    )


def _run(tasks: Sequence[Callable[[], None]], threads: int) -> None:
    """Runs the tasks; the first error is raised when none is running any more."""
    if threads == 1:
        for work in tasks:
            work()
        return
    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(task) for task in tasks]
        try:
            for task in running:
                task.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
