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
from coldb_warehouse.chunks.statistics import is_ascending
from coldb_warehouse.reading.moves import GONE, Move, filled, read_move
from coldb_warehouse.types import BIGINT
from coldb_warehouse.versions.manifest import MoveEntry, position_key
from coldb_warehouse.writing.references import foreign_keys_to
from coldb_warehouse.writing.segment_writer import StoredColumn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.versions.manifest import ChunkEntry, TableEntry
    from coldb_warehouse.writing.segment_writer import SegmentWriter

__all__ = ["compose_moves", "drop_unused_moves", "move_rows", "with_moved_codes"]


def move_rows(workspace: Workspace, entry: TableEntry, move: Move) -> None:
    """Puts a table in place whose rows have moved, and begins the next generation of them.

    `move` leads from the positions before to those in `entry`. In `entry`, keys that reference the
    table itself lead to the new positions already.
    """
    name = entry.schema.name
    before = workspace.entry(name)
    holders = [
        (table.schema.name, position_key(table.schema, key), key.position_column)
        for table, key in foreign_keys_to(workspace.snapshot(), name)
        if table.schema.name != name
    ]
    used = {
        segment.chunks[key].generation
        for holder, key, _ in holders
        for segment in workspace.entry(holder).segments
    }
    older = compose_moves(workspace.files, before.moves, before.rows, move, used)
    moves = write_moves(workspace.writer, {**older, before.generation: move}, used)
    workspace.replace(replace(entry, generation=before.generation + 1, moves=moves))
    for holder, key, column in holders:
        workspace.replace(with_moved_codes(workspace.entry(holder), key, column, move))


def compose_moves(
    files: DataFiles, moves: Sequence[MoveEntry], size: int, move: Move, used: Collection[int]
) -> dict[int, Move]:
    """By generation, where the codes of older ones lead after one more move.

    `moves` lead into a domain of `size` entries, from which `move` leads on. Only the generations
    that are `used` are there.
    """
    composed = {}
    for entry in moves:
        if entry.generation in used:
            first = read_move(entry, size, files)
            composed[entry.generation] = np.where(first == GONE, GONE, move.take(first))
    return composed


def write_moves(
    writer: SegmentWriter, moves: dict[int, Move], used: Collection[int]
) -> tuple[MoveEntry, ...]:
    """Writes the moves of the generations that are used."""
    kept = {generation: move for generation, move in moves.items() if generation in used}
    groups = [[StoredColumn("", BIGINT, Fixed(move), None, None)] for move in kept.values()]
    return tuple(
        MoveEntry(generation, chunks[""].place, len(move))
        for (generation, move), chunks in zip(
            kept.items(), writer.write_columns(groups), strict=True
        )
    )


def with_moved_codes(entry: TableEntry, key: str, column: str, move: Move) -> TableEntry:
    """The table with what the manifest says of one column's codes after these have moved.

    A move that keeps the order keeps bounds and sortedness; otherwise they are not known any more.
    """
    codes = filled(move)
    keeps_order = is_ascending(codes)

    def moved(chunk: ChunkEntry) -> ChunkEntry:
        if not chunk.coded:
            return chunk
        if not keeps_order or chunk.low is None or chunk.high is None:
            return replace(chunk, low=None, high=None, is_sorted=False)
        return replace(chunk, low=int(codes[int(chunk.low)]), high=int(codes[int(chunk.high)]))

    stays_sorted = keeps_order or column not in entry.schema.sort_columns
    segments = tuple(
        replace(
            segment,
            is_sorted=segment.is_sorted and stays_sorted,
            chunks={**segment.chunks, key: moved(segment.chunks[key])},
        )
        if key in segment.chunks
        else segment
        for segment in entry.segments
    )
    return replace(entry, segments=segments)


def drop_unused_moves(workspace: Workspace, name: str) -> None:
    """Forgets the moves that no chunk needs any more: of a table's dictionaries, and of the rows
    of the tables that it references."""
    entry = workspace.entry(name)
    dictionaries = {}
    for key, dictionary in entry.dictionaries.items():
        used = {
            segment.chunks[key].generation for segment in entry.segments if key in segment.chunks
        }
        moves = tuple(move for move in dictionary.moves if move.generation in used)
        dictionaries[key] = replace(dictionary, moves=moves)
    if dictionaries != entry.dictionaries:
        workspace.replace(replace(entry, dictionaries=dictionaries))
    for referenced in {key.table for key in entry.schema.foreign_keys}:
        target = workspace.entry(referenced)
        used = {
            segment.chunks[position_key(table.schema, key)].generation
            for table, key in foreign_keys_to(workspace.snapshot(), referenced)
            for segment in workspace.entry(table.schema.name).segments
        }
        moves = tuple(move for move in target.moves if move.generation in used)
        if moves != target.moves:
            workspace.replace(replace(target, moves=moves))
