"""Joins that were resolved when the rows were loaded: an attribute is dimension[position].

A dimension, with all that is joined and computed on it, is laid out as one batch with a row for each
position, and a mask of the positions that its filters let through. The mask becomes a test on the
fact's positions, handed down as far as the scan; attributes are gathered for survivors alone (the
invisible join of Abadi, Madden, Hachem 2008). A snowflake chain composes: its outer attributes are
gathered once for all rows of the inner dimension.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import Batch
from coldb.engine.evaluate import evaluate_predicates
from coldb.engine.execute.code_sets import CodeSet
from coldb.engine.execute.columns import GatherSource, SharedPositions, WholeColumnSource
from coldb.engine.execute.operator import Operator
from coldb.engine.execute.sieve import ColumnTest
from coldb.engine.execute.streaming import project
from coldb.engine.plan import Filter, Lookup, Project, Scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.batch import Source
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb.engine.vector import Mask

__all__ = ["LookupOperator", "dimension_frame"]


def dimension_frame(plan: Plan, context: ExecutionContext) -> tuple[Batch, Mask | None]:
    """All rows of a dimension by position, and which of them count (None: all)."""
    match plan:
        case Scan():
            rows = context.snapshot.table(plan.table).rows
            sources: dict[int, Source] = {
                field.id: WholeColumnSource(context.reader, plan.table, column)
                for field, column in zip(plan.fields, plan.columns, strict=True)
            }
            batch = Batch(rows, sources)
            return batch, _narrowed(None, plan.predicates, batch, context)
        case Filter():
            batch, mask = dimension_frame(plan.child, context)
            return batch, _narrowed(mask, plan.predicates, batch, context)
        case Project():
            batch, mask = dimension_frame(plan.child, context)
            return project(plan, batch, context.evaluation), mask
        case Lookup():
            batch, mask = dimension_frame(plan.child, context)
            outer, partners = dimension_frame(plan.dimension, context)
            joined = _joined(plan, batch, outer, partners)
            if plan.kind == "left":
                return joined, mask
            found = _partner_mask(plan, batch, partners)
            return joined, found if mask is None else mask & found
        case _:
            raise AssertionError(f"{type(plan).__name__} does not preserve the rows of a dimension")


def _narrowed(
    mask: Mask | None, predicates: tuple[Expression, ...], batch: Batch, context: ExecutionContext
) -> Mask | None:
    """The mask with further predicates, evaluated only where it is true."""
    if not predicates:
        return mask
    rows = batch.rows
    standing = None if mask is None else np.flatnonzero(mask)
    passing = evaluate_predicates(
        predicates, batch if standing is None else batch.select(standing), context.evaluation
    )
    if passing is None:
        return mask
    result = np.zeros(rows, dtype=np.bool_)
    result[passing if standing is None else standing.take(passing)] = True
    return result


def _joined(plan: Lookup, batch: Batch, dimension: Batch, partners: Mask | None) -> Batch:
    """The batch with the columns of the dimension beside its own. Rows without a partner see NULLs."""
    if plan.kind in ("semi", "anti"):
        return batch
    positions = SharedPositions(batch.sources[plan.position.id])
    sources = dict(batch.sources)
    for field in plan.dimension.fields:
        sources[field.id] = GatherSource(positions, dimension, field.id, partners)
    return Batch(batch.base_rows, sources, batch.selection)


def _partner_mask(plan: Lookup, batch: Batch, partners: Mask | None) -> Mask:
    """Which rows of the batch have (for anti: lack) a partner."""
    positions = batch.column(plan.position.id).plain()
    found = np.ones(batch.rows, dtype=np.bool_) if positions.valid is None else positions.valid
    if partners is not None and len(partners):
        found = found & partners.take(positions.values)
    return ~found if plan.kind == "anti" else found


class LookupOperator(Operator):
    """Joins its input to a dimension by position."""

    plan: Lookup

    def push_test(self, field: int, test: ColumnTest) -> bool:
        return self.inputs[0].push_test(field, test)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        dimension, partners = dimension_frame(self.plan.dimension, context)
        self.metrics.add("position look-ups")
        tested = self._test_positions(dimension.rows, partners)
        for task in self.inputs[0].tasks(context):
            yield self._task(task, dimension, partners, tested)

    def _test_positions(self, size: int, partners: Mask | None) -> bool:
        """Hands the positions that may stay to the operators below; True if that leaves nothing to test."""
        kind = self.plan.kind
        if kind == "left":
            return True
        if kind != "anti" and partners is None and not self.plan.position.nullable:
            return True
        wanted = np.ones(size, dtype=np.bool_) if partners is None else partners
        if kind == "anti":
            wanted = ~wanted
        codes = CodeSet.of_table(wanted)
        share = codes.size / size if size else 0.0
        self.metrics.add("positions", codes.size)
        kind_of_set = "code ranges" if codes.table is None else "code tables"
        self.metrics.add(kind_of_set, max(len(codes.ranges), 1))
        return self.inputs[0].push_test(
            self.plan.position.id, ColumnTest("", codes, kind == "anti", share)
        )

    def _task(self, task: Task, dimension: Batch, partners: Mask | None, tested: bool) -> Task:
        def run() -> Batch | None:
            batch = task()
            if batch is None:
                return None
            if not tested:
                batch = batch.select(np.flatnonzero(_partner_mask(self.plan, batch, partners)))
            return _joined(
                self.plan, batch, dimension, partners if self.plan.kind == "left" else None
            )

        return run
