"""Joins on keys that nobody declared: both sides are numbered by their keys and matched by number.

The key columns of both sides are coded together (`grouping.combined_codes`), so any number of columns
of any types become one integer; the right side is sorted by it, and each left row finds its partners
as a slice. Pairs are made for a bounded number of candidates at a time.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import Batch
from coldb.engine.evaluate import evaluate, evaluate_predicates
from coldb.engine.execute.concat import concat_batches, concat_vectors
from coldb.engine.execute.key_sets import hinted_field, key_set
from coldb.engine.execute.operator import Operator, finished
from coldb.engine.grouping import MAX_CELLS, combined_codes, group_rows, sort_by, validity
from coldb.engine.vector import Vector
from coldb_warehouse.types import BIGINT
from coldb_warehouse.values import all_valid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Join
    from coldb.engine.vector import Indices, Mask

__all__ = ["JoinOperator"]

# Candidate pairs that one task makes: 2 Mi pairs of row numbers are 32 MB.
MAX_PAIRS = 1 << 21


class PairedSource:
    """A column of one side of a join, for pairs of rows; -1 stands for no row and gives NULL."""

    __slots__ = ("batch", "field", "nullable", "rows")

    def __init__(self, batch: Batch, field: int, rows: Indices, nullable: bool) -> None:
        self.batch = batch
        self.field = field
        self.rows = rows
        self.nullable = nullable

    def fetch(self, selection: Indices | None) -> Vector:
        rows = self.rows if selection is None else self.rows.take(selection)
        if not self.nullable:
            return self.batch.fetch(self.field, rows).expanded(len(rows))
        found = rows >= 0
        if not self.batch.rows:
            empty = self.batch.column(self.field)
            return Vector.constant_of(empty.type, None).expanded(len(rows))
        vector = self.batch.fetch(self.field, np.maximum(rows, 0)).expanded(len(rows))
        return replace(vector, valid=found if vector.valid is None else vector.valid & found)


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """For each left row, its candidates: `order[starts[row] : starts[row] + counts[row]]` on the right."""

    starts: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    order: npt.NDArray[np.intp]


class JoinOperator(Operator):
    """Inner, left, right, full, semi and anti joins on equalities and any further conditions."""

    plan: Join

    def hint(self, field: int, values: CodeSet) -> None:
        sides = {"inner": (0, 1), "right": (1,), "full": ()}.get(self.plan.kind, (0,))
        for side in sides:
            if any(own.id == field for own in self.inputs[side].plan.fields):
                self.inputs[side].hint(field, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        plan = self.plan
        if plan.kind == "right":
            # A right join is a left join seen from the other side; fields are found by their ids.
            mirrored = tuple((right, left) for left, right in plan.equalities)
            plan = replace(plan, kind="left", left=plan.right, right=plan.left, equalities=mirrored)
            right_input, left_input = self.inputs
        else:
            left_input, right_input = self.inputs
        if plan.right_first:
            right = _all_rows(right_input, context)
            if plan.kind in ("inner", "semi"):
                keys = ((theirs, own) for own, theirs in plan.equalities)
                _tell_keys(right, left_input, keys, context)
            left = _all_rows(left_input, context)
        else:
            left = _all_rows(left_input, context)
            if plan.kind != "full" and not plan.null_aware:
                _tell_keys(left, right_input, plan.equalities, context)
            right = _all_rows(right_input, context)
        self.metrics.add("left rows", left.rows)
        self.metrics.add("right rows", right.rows)
        run = _Run(plan, left, right, context)
        return run.tasks()


def _all_rows(operator: Operator, context: ExecutionContext) -> Batch:
    return concat_batches(list(operator.batches(context)), operator.plan.fields)


def _tell_keys(
    rows: Batch,
    other: Operator,
    equalities: Iterable[tuple[Expression, Expression]],
    context: ExecutionContext,
) -> None:
    """Tells the other side of a join the keys of these rows. Equalities are (of the rows, of the other side)."""
    for own, theirs in equalities:
        field = hinted_field(theirs)
        if field is None:
            continue
        values = key_set(evaluate(own, rows, context.evaluation).expanded(rows.rows))
        if values is not None:
            other.hint(field.id, values)


class _Run:
    """One join over materialised sides."""

    def __init__(self, plan: Join, left: Batch, right: Batch, context: ExecutionContext) -> None:
        self.plan = plan
        self.left = left
        self.right = right
        self.context = context
        self.left_null: Mask | None = None
        self.right_has_null_key = False
        self.matching = self._match()

    def tasks(self) -> Iterator[Task]:
        ranges = self._ranges()
        if self.plan.kind == "full":
            yield from self._full(ranges)
            return
        for start, stop in ranges:
            yield partial(self._range_batch, start, stop)

    def _full(self, ranges: list[tuple[int, int]]) -> Iterator[Task]:
        """Right rows without a partner are known only when every left row has been seen."""
        seen = np.zeros(self.right.rows, dtype=np.bool_)
        results = self.context.pool.map_in_order(
            partial(self._join_range, *bounds) for bounds in ranges
        )
        for batch, matched in results:
            seen[matched] = True
            yield finished(batch)
        lonely = np.flatnonzero(~seen)
        nobody = np.full(len(lonely), -1, dtype=np.intp)
        yield partial(self._pairs, nobody, lonely)

    def _range_batch(self, start: int, stop: int) -> Batch | None:
        return self._join_range(start, stop)[0]

    # --- candidates ----------------------------------------------------------------------------

    def _match(self) -> Matching:
        left, right = self.left, self.right
        if not self.plan.equalities:
            counts = np.full(left.rows, right.rows, dtype=np.int64)
            return Matching(
                np.zeros(left.rows, dtype=np.int64), counts, np.arange(right.rows, dtype=np.intp)
            )
        evaluation = self.context.evaluation
        left_keys = [
            evaluate(key, left, evaluation).expanded(left.rows) for key, _ in self.plan.equalities
        ]
        right_keys = [
            evaluate(key, right, evaluation).expanded(right.rows) for _, key in self.plan.equalities
        ]
        left_valid, right_valid = (
            all_valid([validity(key) for key in keys]) for keys in (left_keys, right_keys)
        )
        self.left_null = None if left_valid is None else ~left_valid
        self.right_has_null_key = right_valid is not None and not bool(right_valid.all())
        keys = [concat_vectors(pair) for pair in zip(left_keys, right_keys, strict=True)]
        codes, size = combined_codes(keys, left.rows + right.rows)
        if size > max(MAX_CELLS, 2 * len(codes)):
            groups = group_rows([Vector(BIGINT, codes)], len(codes))
            codes, size = groups.ids, groups.count
        return _matching(codes[: left.rows], codes[left.rows :], size, left_valid, right_valid)

    def _ranges(self) -> list[tuple[int, int]]:
        """Left rows in runs whose candidates stay below MAX_PAIRS, as far as single rows allow."""
        rows = self.left.rows
        if not rows:
            return []
        ends = np.cumsum(np.maximum(self.matching.counts, 1))
        cuts = np.searchsorted(
            ends, np.arange(MAX_PAIRS, int(ends[-1]) + MAX_PAIRS, MAX_PAIRS), "right"
        )
        bounds = sorted({0, rows, *np.minimum(np.maximum(cuts, 1), rows).tolist()})
        return list(itertools.pairwise(bounds))

    def _join_range(self, start: int, stop: int) -> tuple[Batch | None, Indices]:
        """The result for some left rows, and which right rows found a partner."""
        self.context.check()
        kind = self.plan.kind
        counts = self.matching.counts[start:stop]
        if kind in ("semi", "anti") and not self.plan.residual:
            return self._semi(start, counts > 0), np.zeros(0, dtype=np.intp)
        left_rows, right_rows = self._expand(start, stop)
        if self.plan.residual:
            passing = _passing(
                self.plan.residual, self._pairs(left_rows, right_rows), self.context.evaluation
            )
            if passing is not None:
                left_rows, right_rows = left_rows.take(passing), right_rows.take(passing)
        if kind == "inner":
            return self._pairs(left_rows, right_rows), right_rows
        matched = np.zeros(stop - start, dtype=np.bool_)
        matched[left_rows - start] = True
        if kind in ("semi", "anti"):
            return self._semi(start, matched), right_rows
        lonely = np.flatnonzero(~matched) + start
        nobody = np.full(len(lonely), -1, dtype=np.intp)
        return (
            self._pairs(np.concatenate((left_rows, lonely)), np.concatenate((right_rows, nobody))),
            right_rows,
        )

    def _expand(self, start: int, stop: int) -> tuple[Indices, Indices]:
        """Every candidate pair of the left rows start to stop - 1."""
        counts = self.matching.counts[start:stop]
        starts = self.matching.starts[start:stop]
        left_rows = np.repeat(np.arange(start, stop, dtype=np.intp), counts)
        total = len(left_rows)
        before = np.cumsum(counts) - counts
        offsets = np.arange(total, dtype=np.int64) - np.repeat(before - starts, counts)
        return left_rows, self.matching.order.take(offsets)

    # --- results -------------------------------------------------------------------------------

    def _pairs(self, left_rows: Indices, right_rows: Indices) -> Batch:
        plan = self.plan
        sources = {
            field.id: PairedSource(self.left, field.id, left_rows, plan.kind == "full")
            for field in plan.left.fields
        }
        for field in plan.right.fields:
            sources[field.id] = PairedSource(
                self.right, field.id, right_rows, plan.kind in ("left", "full")
            )
        return Batch(len(left_rows), sources)

    def _semi(self, start: int, matched: Mask) -> Batch | None:
        """The left rows that have (anti: lack) a partner. NOT IN (null_aware) knows of NULLs on both sides."""
        if self.plan.kind == "semi":
            keep = matched
        elif not self.plan.null_aware or not self.right.rows:
            keep = ~matched
        elif self.right_has_null_key:
            return None
        else:
            keep = ~matched
            if self.left_null is not None:
                keep &= ~self.left_null[start : start + len(matched)]
        return self.left.select(np.flatnonzero(keep) + start)


def _passing(
    residual: tuple[Expression, ...], pairs: Batch, context: EvaluationContext
) -> Indices | None:
    return evaluate_predicates(residual, pairs, context)


def _matching(
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    size: int,
    left_valid: Mask | None,
    right_valid: Mask | None,
) -> Matching:
    """Candidates by equal number, rows with a NULL key left out."""
    if right_valid is None:
        order = sort_by(right, size)
    else:
        rows = np.flatnonzero(right_valid)
        right = right.take(rows)
        order = rows.take(sort_by(right, size))
    per_code = np.bincount(right, minlength=size)
    first = np.cumsum(per_code) - per_code
    counts = per_code.take(left)
    if left_valid is not None:
        counts[~left_valid] = 0
    return Matching(first.take(left), counts, order)
