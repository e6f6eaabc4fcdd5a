"""Functions of the place of a row in its partition: row_number, rank, ntile and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.grouping import validity
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT, DOUBLE, INTEGER

if TYPE_CHECKING:
    from coldb.engine.execute.windows.arrangement import Places
    from coldb.engine.execute.windows.call_rows import CallRows

__all__ = ["FUNCTIONS"]


def _number(rows: CallRows) -> Places:
    """The number of each row in its partition, from zero."""
    return rows.places - rows.partitions.first_of


def _before(rows: CallRows) -> Places:
    """How many rows of its partition come before the peers of each row."""
    return rows.peers.first_of - rows.partitions.first_of


def _size(rows: CallRows) -> Places:
    return rows.partitions.ends_of - rows.partitions.first_of


def _row_number(rows: CallRows) -> Vector:
    return Vector(BIGINT, _number(rows) + 1, bounds=(1, rows.rows))


def _rank(rows: CallRows) -> Vector:
    return Vector(BIGINT, _before(rows) + 1, bounds=(1, rows.rows))


def _dense_rank(rows: CallRows) -> Vector:
    peers = rows.peers.ids
    first = peers.take(rows.partitions.first).take(rows.partitions.ids)
    return Vector(BIGINT, peers - first + 1, bounds=(1, rows.rows))


def _percent_rank(rows: CallRows) -> Vector:
    others = np.maximum(_size(rows) - 1, 1)
    return Vector(DOUBLE, _before(rows) / others)


def _cume_dist(rows: CallRows) -> Vector:
    until = rows.peers.ends_of - rows.partitions.first_of
    return Vector(DOUBLE, until / _size(rows))


def _ntile(rows: CallRows) -> Vector:
    """The first buckets get one row more if the rows do not divide evenly. How many buckets there
    are is told by the first row of the partition."""
    argument = rows.argument(0).plain().take(rows.partitions.first)
    valid = validity(argument)
    buckets = argument.values.astype(np.int64)
    if valid is not None:
        buckets[~valid] = 1
    if (buckets < 1).any():
        raise DataError("the argument of ntile must be greater than zero")
    size = rows.partitions.ends - rows.partitions.first
    small, larger = np.divmod(size, buckets)
    number = _number(rows)
    small, larger = small.take(rows.partitions.ids), larger.take(rows.partitions.ids)
    behind = number - larger * (small + 1)
    bucket = np.where(behind < 0, number // (small + 1), larger + behind // np.maximum(small, 1))
    known = None if valid is None else valid.take(rows.partitions.ids)
    return Vector(INTEGER, (bucket + 1).astype(np.int32), known, bounds=(1, rows.rows))


FUNCTIONS = {
    "row_number": _row_number,
    "rank": _rank,
    "dense_rank": _dense_rank,
    "percent_rank": _percent_rank,
    "cume_dist": _cume_dist,
    "ntile": _ntile,
}
