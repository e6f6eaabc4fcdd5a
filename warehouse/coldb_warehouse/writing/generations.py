"""Moving the entries of a domain, whose codes are in use.

The entries get other codes, and the domain its next generation. Chunks that hold its codes are left
as they are: the move is kept beside the domain, and applied when they are read. It is dropped when
no chunk of an older generation is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Fixed
from coldb_warehouse.chunks.layout import MAX_ROWS
from coldb_warehouse.reading.moves import GONE, Move, by_generation, filled, read_move
from coldb_warehouse.types import BIGINT
from coldb_warehouse.versions.manifest import MoveEntry, column_key, position_key
from coldb_warehouse.writing.references import foreign_keys_to
from coldb_warehouse.writing.segment_writer import StoredColumn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.domain import Dictionary
    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.versions.manifest import ChunkEntry, SegmentEntry, TableEntry
    from coldb_warehouse.writing.segment_writer import SegmentWriter

__all__ = ["drop_unused", "move_entries", "move_rows"]


def move_rows(workspace: Workspace, entry: TableEntry, move: Move) -> None:
    """Puts a table in place whose rows have moved, and begins the next generation of them.

    `move` leads from the positions before to those in `entry`. Chunks of `entry` that hold keys on
    the table itself are of the next generation already if they have been written for it.
    """
    name = entry.schema.name
    before = workspace.entry(name)
    holders = [
        (table.schema.name, position_key(table.schema, key), key.position_column)
        for table, key in foreign_keys_to(workspace.snapshot(), name)
    ]
    used = {
        generation
        for holder, key, _ in holders
        for generation in _generations(entry if holder == name else workspace.entry(holder), key)
    }
    older = _composed(workspace.files, before.moves, before.rows, move, used)
    moves = _write_moves(workspace.writer, {**older, before.generation: move}, used)
    workspace.replace(replace(entry, generation=before.generation + 1, moves=moves))
    for holder, key, column in holders:
        workspace.replace(
            _with_moved_codes(workspace.entry(holder), key, column, move, before.generation)
        )


def move_entries(
    workspace: Workspace, entry: TableEntry, column: str, dictionary: Dictionary, move: Move
) -> TableEntry:
    """The table with a dictionary in its next generation; `move` leads from the entries before."""
    key = column_key(entry.schema, column)
    before, used = entry.dictionaries[key], _generations(entry, key)
    older = _composed(workspace.files, before.moves, before.size, move, used)
    moves = _write_moves(workspace.writer, {**older, before.generation: move}, used)
    after = replace(workspace.writer.write_dictionary(dictionary, None), moves=moves)
    entry = replace(entry, dictionaries={**entry.dictionaries, key: after})
    return _with_moved_codes(entry, key, column, move, before.generation)


def _composed(
    files: DataFiles, moves: Sequence[MoveEntry], size: int, move: Move, used: Collection[int]
) -> dict[int, Move]:
    """By generation, where the codes of older ones lead after one more move.

    `moves` lead into a domain of `size` entries, from which `move` leads on. Only the generations
    that are `used` are there.
    """
    composed = {}
    for generation, parts in by_generation(moves).items():
        if generation in used:
            first = read_move(parts, size, files)
            there = first != GONE
            composed[generation] = whole = np.full(len(first), GONE)
            whole[there] = move[first[there]]
    return composed


def _write_moves(
    writer: SegmentWriter, moves: dict[int, Move], used: Collection[int]
) -> tuple[MoveEntry, ...]:
    """Writes the moves of the generations that are used, in as many parts as chunks can hold."""
    kept = [
        (generation, move[first : first + MAX_ROWS])
        for generation, move in moves.items()
        if generation in used
        for first in range(0, max(len(move), 1), MAX_ROWS)
    ]
    groups = [[StoredColumn("", BIGINT, Fixed(part), None, None)] for _, part in kept]
    return tuple(
        MoveEntry(generation, chunks[""].place, len(part))
        for (generation, part), chunks in zip(kept, writer.write_columns(groups), strict=True)
    )


def _with_moved_codes(
    entry: TableEntry, key: str, column: str, move: Move, generation: int
) -> TableEntry:
    """The table with what the manifest says of one column's codes after these have moved.

    Concerned are the chunks of that generation and of those before. Where the move keeps the order
    of a chunk's codes, bounds and sortedness stay; else they are not known any more.
    """
    codes = filled(move) if (move != GONE).any() else move[:0]
    falls = np.cumsum(np.concatenate([[False], codes[1:] < codes[:-1]]))
    is_order = column in entry.schema.sort_columns
    segments = []
    for segment in entry.segments:
        chunk = segment.chunks.get(key)
        if chunk is not None and chunk.coded and chunk.generation <= generation:
            moved = _with_moved_bounds(chunk, codes, falls)
            keeps_order = chunk.nulls == segment.rows or moved.low is not None
            is_sorted = segment.is_sorted and (keeps_order or not is_order)
            chunks = {**segment.chunks, key: moved}
            segment = replace(segment, is_sorted=is_sorted, chunks=chunks)
        segments.append(segment)
    return replace(entry, segments=tuple(segments))


def _with_moved_bounds(chunk: ChunkEntry, codes: Move, falls: Numbers) -> ChunkEntry:
    """`codes` are the new ones, if any are left, and `falls` counts where they descend."""
    if chunk.low is None or chunk.high is None:
        return chunk
    low, high = int(chunk.low), int(chunk.high)
    if not len(codes) or falls[low] != falls[high]:
        return replace(chunk, low=None, high=None, is_sorted=False)
    return replace(chunk, low=int(codes[low]), high=int(codes[high]))


def _generations(entry: TableEntry, key: str) -> set[int]:
    """The generations in which the chunks of one column were written."""
    return {segment.chunks[key].generation for segment in entry.segments if key in segment.chunks}


def _is_coded(segment: SegmentEntry, key: str) -> bool:
    """Whether a column needs its dictionary here, be it for the initial value alone."""
    return key not in segment.chunks or segment.chunks[key].coded


def drop_unused(workspace: Workspace, name: str) -> None:
    """Forgets the dictionaries of a table that nothing is coded by, and the moves that no chunk
    needs any more: of these, and of the rows of the tables that it references."""
    entry = workspace.entry(name)
    dictionaries = {
        key: replace(dictionary, moves=_used_moves(dictionary.moves, _generations(entry, key)))
        for key, dictionary in entry.dictionaries.items()
        if any(_is_coded(segment, key) for segment in entry.segments)
    }
    if dictionaries != entry.dictionaries:
        workspace.replace(replace(entry, dictionaries=dictionaries))
    for referenced in {key.table for key in entry.schema.foreign_keys}:
        target = workspace.entry(referenced)
        used = {
            generation
            for table, key in foreign_keys_to(workspace.snapshot(), referenced)
            for generation in _generations(
                workspace.entry(table.schema.name), position_key(table.schema, key)
            )
        }
        moves = _used_moves(target.moves, used)
        if moves != target.moves:
            workspace.replace(replace(target, moves=moves))


def _used_moves(moves: Sequence[MoveEntry], used: Collection[int]) -> tuple[MoveEntry, ...]:
    return tuple(move for move in moves if move.generation in used)
