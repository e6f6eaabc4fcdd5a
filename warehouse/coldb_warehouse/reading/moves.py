"""Codes of an older generation of a domain become those of the current one when they are read.

A move says of each old code which one it is now, or that it is gone. Only deleted rows can have had
what is gone, and these may hold any code: they get that of the neighbour before, so that a move
which keeps the order of the codes keeps that of all rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import Chunk, Coded, Fixed
from coldb_warehouse.chunks.reader import decode_chunk
from coldb_warehouse.chunks.statistics import block_bounds, is_ascending
from coldb_warehouse.domain import Codes, Domain, code_dtype
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.types import BIGINT
from coldb_warehouse.values import fixed_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.versions.manifest import MoveEntry

__all__ = ["GONE", "Move", "by_generation", "filled", "moved_chunk", "moved_codes", "read_move"]

GONE = -1

Move: TypeAlias = npt.NDArray[np.int64]  # the new code of each old one, or GONE


def by_generation(moves: Sequence[MoveEntry]) -> dict[int, list[MoveEntry]]:
    """The parts of the move of each generation, in order."""
    parts: dict[int, list[MoveEntry]] = {}
    for entry in moves:
        parts.setdefault(entry.generation, []).append(entry)
    return parts


def read_move(parts: Sequence[MoveEntry], size: int, files: DataFiles) -> Move:
    """The move to a domain of `size` entries; raises CorruptionError, StorageError."""
    return np.concatenate([_read_part(entry, size, files) for entry in parts])


def _read_part(entry: MoveEntry, size: int, files: DataFiles) -> Move:
    where = f'file "{files.path_of(entry.place)}" (moves of codes)'
    data = files.read(entry.place)
    chunk = decode_chunk(data, BIGINT, None, where=where, header_crc=entry.place.crc)
    assert isinstance(chunk.form, Fixed), "integers are decoded to nothing else"
    move: Move = fixed_values(chunk.form, BIGINT)
    if len(move) != entry.size or move.min(initial=0) < GONE or move.max(initial=GONE) >= size:
        raise CorruptionError(f"{where} does not lead into a domain of {size} entries")
    return move


def filled(move: Move) -> Move:
    """The move with codes in place of GONE."""
    places = np.maximum.accumulate(np.where(move == GONE, 0, np.arange(len(move))))
    return np.maximum(move.take(places), 0)


def moved_chunk(chunk: Chunk, move: Move, domain: Domain) -> Chunk:
    """A coded chunk in the current generation of its domain, its statistics with it."""
    assert isinstance(chunk.form, Coded), "only codes move"
    codes = moved_codes(chunk.form.codes, move, domain.size)
    valid = chunk.valid if domain.size else np.zeros(chunk.rows, np.bool_)
    block_rows = int(chunk.blocks.rows[0]) if len(chunk.blocks.rows) else 1
    low, high = block_bounds(codes, valid, block_rows)
    return replace(
        chunk,
        form=Coded(codes, domain),
        valid=valid,
        blocks=replace(chunk.blocks, low=low, high=high),
        is_sorted=valid is None and is_ascending(codes),
    )


def moved_codes(codes: Codes, move: Move, size: int) -> Codes:
    """The codes in the domain of `size` entries to which the move leads."""
    dtype = code_dtype(size)
    if not len(move):  # there are only nulls
        return np.zeros(len(codes), dtype)
    moved: Codes = filled(move).astype(dtype).take(codes)
    moved.flags.writeable = False
    return moved
