"""Calls that give many values for a row: generate_series, unnest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import Batch, VectorSource
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.operator import Operator
from coldb.engine.functions.arrays.sets import values_of_set
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt
    from coldb.engine.batch import Source
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.functions.arrays.sets import SetValues
    from coldb.engine.plan import Generate
    from coldb.engine.vector import Indices

__all__ = ["GenerateOperator"]

# Rows that one task makes.
MORSEL = 524_288


class GenerateOperator(Operator):
    """Repeats each row for the values that are generated for it."""

    plan: Generate

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        for batch in self.inputs[0].batches(context):
            yield from self._tasks(batch, context)

    def _tasks(self, batch: Batch, context: ExecutionContext) -> Iterator[Task]:
        """The rows that a batch becomes, in pieces: a series may be longer than memory holds."""
        sets = []
        for call in self.plan.calls:
            vectors = [
                evaluate(argument, batch, context.evaluation).expanded(batch.rows).plain()
                for argument in call.arguments
            ]
            sets.append(values_of_set(call.function, vectors, call.type))
        counts = np.max([values.counts for values in sets], axis=0)
        ends = np.cumsum(counts)
        if len(ends) and (int(ends.min()) < 0 or int(counts.max()) > np.iinfo(np.int64).max >> 1):
            raise DataError("the functions in FROM or SELECT give more rows than can be counted")
        total = int(ends[-1]) if len(ends) else 0
        generated = _Generated(batch, sets, ends, ends - counts)
        for start in range(0, total, MORSEL):
            yield partial(self._piece, generated, start, min(start + MORSEL, total))

    def _piece(self, generated: _Generated, start: int, stop: int) -> Batch:
        """The generated rows start to stop - 1."""
        numbers = np.arange(start, stop, dtype=np.int64)
        rows = np.searchsorted(generated.ends, numbers, side="right")
        offsets = numbers - generated.starts.take(rows)
        sources: dict[int, Source] = {
            field.id: _RepeatedSource(generated.batch, field.id, rows)
            for field in self.plan.child.fields
        }
        for field, values in zip(self.plan.results, generated.sets, strict=True):
            sources[field.id] = VectorSource(_side_by_side(values, rows, offsets))
        if self.plan.ordinality is not None:
            sources[self.plan.ordinality.id] = VectorSource(Vector(BIGINT, offsets + 1))
        return Batch(stop - start, sources)


@dataclass(frozen=True, slots=True, eq=False)
class _Generated:
    """What a batch becomes: row i of it the generated rows starts[i] to ends[i] - 1."""

    batch: Batch
    sets: list[SetValues]
    ends: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]


class _RepeatedSource:
    """A column of the child, for each generated row."""

    __slots__ = ("batch", "field", "rows")

    def __init__(self, batch: Batch, field: int, rows: Indices) -> None:
        self.batch = batch
        self.field = field
        self.rows = rows

    def fetch(self, selection: Indices | None) -> Vector:
        rows = self.rows if selection is None else self.rows.take(selection)
        return self.batch.fetch(self.field, rows).expanded(len(rows))


def _side_by_side(values: SetValues, rows: Indices, offsets: Indices) -> Vector:
    """The values of one call, NULL where it has ended before the others."""
    missing = offsets >= values.counts.take(rows)
    if not missing.any():
        return values.at(rows, offsets)
    there = np.flatnonzero(~missing)
    known = values.at(rows.take(there), offsets.take(there)).plain()
    if not len(known):
        return Vector.constant_of(known.type, None).expanded(len(rows))
    places = np.zeros(len(rows), dtype=np.intp)
    places[there] = np.arange(len(there))
    spread = known.take(places)
    return replace(spread, valid=~missing if spread.valid is None else spread.valid & ~missing)
