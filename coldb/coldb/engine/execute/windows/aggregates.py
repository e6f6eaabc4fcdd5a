"""Aggregate functions over the frame of each row.

Whatever the function, no frame is looked at row by row. Counts and sums of integers are differences of
prefix sums, minima and maxima are found in blocks, and the states of any other function that can
be merged are merged in blocks of 1, 2, 4, ... rows, so that a frame is put together from one block for
each bit of its length (after Leis et al., "Efficient processing of window functions in analytical SQL
queries", 2015). Functions that have to see a frame whole are given the rows of all frames, as groups.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.calls import WHOLE_PARTITION, AggregateCall
from coldb.engine.execute.aggregate_calls import (
    aggregated,
    can_merge,
    finish_states,
    merge_states,
    start_states,
)
from coldb.engine.execute.concat import concat_vectors
from coldb.engine.execute.states.state import none_if_all
from coldb.engine.execute.windows.ranges import exact_sums, float_sums, minima
from coldb.engine.expressions import Constant
from coldb.engine.grouping import Groups, key_codes, validity
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT, BOOLEAN, DOUBLE, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb.engine.batch import Batch
    from coldb.engine.calls import WindowCall
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.states.state import State
    from coldb.engine.execute.windows.arrangement import Places
    from coldb.engine.execute.windows.call_rows import CallRows

__all__ = ["aggregate_of_frames", "aggregate_of_partitions"]

# The functions that give a value of the frame: whether it is the largest.
_EXTREMES = {"min": False, "max": True, "bool_and": False, "bool_or": True}

# Rows of frames that are looked at together, where frames have to be seen whole.
_MOST_ROWS = 1 << 22


def aggregate_of_partitions(
    call: WindowCall, groups: Groups, batch: Batch, context: EvaluationContext
) -> Vector:
    """A call that sees the whole partition of every row; the groups are the partitions."""
    return aggregated(_as_aggregate(call), groups, batch, context).take(groups.ids)


def aggregate_of_frames(rows: CallRows) -> Vector:
    """A call for the frame of every row."""
    call = _as_aggregate(rows.call)
    if rows.call.frame == WHOLE_PARTITION:
        groups = rows.partitions.groups()
        return aggregate_of_partitions(rows.call, groups, rows.batch, rows.context)
    if not can_merge(call):
        return _of_whole_frames(call, rows)
    states = start_states(call, _each(rows.rows), rows.batch, rows.context)
    if call.function in ("count", "count_star"):
        return finish_states(call, (_count_sums(states[0], rows),))
    if call.function in _EXTREMES:
        return _extreme(states[0], _EXTREMES[call.function], rows)
    if call.function in ("sum", "avg") and states[0].type.kind is not Kind.INTERVAL:
        sums, counts = states
        return finish_states(call, (_value_sums(sums, rows), _count_sums(counts, rows)))
    return finish_states(call, _merged_blocks(call, states, rows))


def _as_aggregate(call: WindowCall) -> AggregateCall:
    return AggregateCall(call.function, call.arguments, call.type, filter=call.filter)


def _each(rows: int) -> Groups:
    """Every row as a group."""
    ids = np.arange(rows, dtype=np.intp)
    return Groups(ids, rows, ids, ids, ids)


# --- sums --------------------------------------------------------------------------------------


def _count_sums(counts: Vector, rows: CallRows) -> Vector:
    return Vector(BIGINT, exact_sums(counts.values, rows.pieces))


def _value_sums(sums: Vector, rows: CallRows) -> Vector:
    values = sums.values
    if not sums.type.is_float:
        return replace(sums, data=exact_sums(values, rows.pieces), bounds=None)
    results = float_sums(values, rows.pieces, rows.partitions)
    if np.isinf(results).any() and not np.isinf(values).any():
        raise DataError("value out of range: overflow in sum()")
    return Vector(DOUBLE, results)


# --- minima and maxima -------------------------------------------------------------------------


def _extreme(values: Vector, largest: bool, rows: CallRows) -> Vector:
    """Numbers that hold how large a value is and, in the lower bits, where it is."""
    codes, size = key_codes(values, rows.rows, ordered=True)
    place_bits = max(rows.rows - 1, 1).bit_length()
    if size.bit_length() + place_bits > 62:
        distinct, codes = np.unique(codes, return_inverse=True)
        size = len(distinct)
    codes = codes.astype(np.int64)
    if largest:
        codes = (size - 1) - codes
    valid = validity(values)
    if valid is not None:
        codes[~valid] = size
    packed = (codes << place_bits) | rows.places
    bits = size.bit_length() + place_bits
    found = minima(packed, bits, rows.pieces[0], rows.partitions)
    for piece in rows.pieces[1:]:
        found = np.minimum(found, minima(packed, bits, piece, rows.partitions))
    exists = found != np.iinfo(np.int64).max
    picked = values.take(np.where(exists, found & ((1 << place_bits) - 1), 0))
    known = exists if picked.valid is None else exists & picked.valid
    return replace(picked, valid=none_if_all(known))


# --- states of any function --------------------------------------------------------------------


def _merged_blocks(call: AggregateCall, states: State, rows: CallRows) -> State:
    """The state of each frame: of each piece one block for each bit of its length, left to right."""
    nothing = _state_of_nothing(call, rows)
    results = [nothing for _ in rows.pieces]
    cursors = [piece.first.copy() for piece in rows.pieces]
    lengths = [piece.ends - piece.first for piece in rows.pieces]
    longest = max(int(length.max()) for length in lengths)
    ends, size = rows.partitions.ends_of, 1
    while True:
        for number, (length, cursor) in enumerate(zip(lengths, cursors, strict=True)):
            wanted = np.flatnonzero(length & size)
            blocks = _taken(states, cursor.take(wanted))
            results[number] = _merged_at(call, results[number], wanted, blocks)
            cursor[wanted] += size
        size *= 2
        if size > longest:
            break
        inside = np.flatnonzero(rows.places + size <= ends)
        states = _merged_at(call, states, inside, _taken(states, inside + size // 2))
        rows.check()
    result = results[0]
    for other in results[1:]:
        result = _merged_at(call, result, rows.places, other)
    return result


def _state_of_nothing(call: AggregateCall, rows: CallRows) -> State:
    """The state of no rows, for every row: functions that can be merged ignore NULL."""
    no_row = replace(call, filter=Constant(False, BOOLEAN))
    state = start_states(no_row, _each(1), rows.batch.select(rows.places[:1]), rows.context)
    return _taken(state, np.zeros(rows.rows, dtype=np.intp))


def _merged_at(call: AggregateCall, states: State, places: Places, others: State) -> State:
    """The states, with those at the places merged with the others, which come behind them."""
    if not len(places):
        return states
    count = len(places)
    ids = np.arange(count, dtype=np.intp)
    pairs = Groups(np.concatenate([ids, ids]), count, ids)
    merged = merge_states(call, pairs, _joined(_taken(states, places), others))
    rows = len(states[0])
    if count == rows:
        return merged
    source = np.arange(rows, dtype=np.intp)
    source[places] = rows + ids
    return _taken(_joined(states, merged), source)


def _taken(states: State, places: Places) -> State:
    return tuple(vector.take(places) for vector in states)


def _joined(states: State, others: State) -> State:
    return tuple(concat_vectors(pair) for pair in zip(states, others, strict=True))


# --- frames seen whole -------------------------------------------------------------------------


def _of_whole_frames(call: AggregateCall, rows: CallRows) -> Vector:
    """The rows of the different frames as groups, as many at a time as fit into memory well."""
    differs = np.zeros(rows.rows, dtype=np.bool_)
    differs[0] = True
    for piece in rows.pieces:
        differs[1:] |= piece.first[1:] != piece.first[:-1]
        differs[1:] |= piece.ends[1:] != piece.ends[:-1]
    frames = np.flatnonzero(differs)
    results = []
    for some in _portions(frames, rows):
        rows.check()
        first = np.stack([piece.first.take(some) for piece in rows.pieces], axis=1).ravel()
        ends = np.stack([piece.ends.take(some) for piece in rows.pieces], axis=1).ravel()
        lengths = ends - first
        numbers = np.arange(len(some), dtype=np.intp)
        ids = np.repeat(np.repeat(numbers, len(rows.pieces)), lengths)
        places = np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(len(ids))
        groups = Groups(ids, len(some), numbers[:0])
        results.append(aggregated(call, groups, rows.batch.select(places), rows.context))
    return concat_vectors(results).take(np.cumsum(differs) - 1)


def _portions(frames: Places, rows: CallRows) -> Iterator[Places]:
    """The frames in portions that have a bounded number of rows together, at least one frame each."""
    lengths = sum(piece.ends.take(frames) - piece.first.take(frames) for piece in rows.pieces)
    total = np.cumsum(lengths)
    start = 0
    while start < len(frames):
        before = int(total[start - 1]) if start else 0
        stop = int(np.searchsorted(total, before + _MOST_ROWS, side="right"))
        stop = max(stop, start + 1)
        yield frames[start:stop]
        start = stop
