"""Joins that were resolved when the rows were loaded: an attribute is dimension[position].

A dimension, with all that is joined and computed on it, is laid out as one batch with a row for each
position, and a mask of the positions that its filters let through. The mask becomes a test on the
fact's positions, handed down as far as the scan; attributes are gathered for survivors alone (the
invisible join of Abadi, Madden, Hachem 2008). A snowflake chain composes: its outer attributes are
gathered once for all rows of the inner dimension.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.assemble import scattered
from coldb.engine.batch import Batch
from coldb.engine.evaluate import evaluate_predicates
from coldb.engine.execute.code_sets import CodeSet
from coldb.engine.execute.columns import GatherSource, SharedPositions, WholeColumnSource
from coldb.engine.execute.key_sets import rows_in
from coldb.engine.execute.operator import Operator
from coldb.engine.execute.sieve import ColumnTest
from coldb.engine.execute.streaming import project
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Filter, Lookup, Project, Scan
from coldb.engine.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.batch import Source
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb.engine.vector import Indices, Mask

__all__ = ["LookupOperator"]


@dataclass(frozen=True, slots=True, eq=False)
class DimensionFrame:
    """All rows of a dimension by position.

    `standing` are the rows that filters and deletions have left (None: all), and expressions are
    evaluated on no others, where they might fail. Deletions alone are no reason to test positions,
    since no key leads to a deleted row: `is_filtered` tells of any other reason.
    """

    batch: Batch
    standing: Mask | None
    is_filtered: bool = False

    @property
    def partners(self) -> Mask | None:
        """The rows that positions have to be tested for; None if any that a key leads to will do."""
        return self.standing if self.is_filtered else None


def dimension_frame(plan: Plan, context: ExecutionContext) -> DimensionFrame:
    """Lays out a dimension together with all that is joined and computed on it."""
    match plan:
        case Scan():
            reader = context.reader_at(plan.past)
            table = reader.snapshot.table(plan.table)
            sources: dict[int, Source] = {
                field.id: WholeColumnSource(reader, plan.table, column)
                for field, column in zip(plan.fields, plan.columns, strict=True)
            }
            frame = DimensionFrame(Batch(table.rows, sources), table.live)
            return _filtered(frame, plan.predicates, context)
        case Filter():
            return _filtered(dimension_frame(plan.child, context), plan.predicates, context)
        case Project():
            return _projected(plan, dimension_frame(plan.child, context), context)
        case Lookup():
            inner = dimension_frame(plan.child, context)
            outer = dimension_frame(plan.dimension, context)
            joined = _joined(plan, inner.batch, outer.batch, outer.partners)
            if plan.kind == "left":
                return replace(inner, batch=joined)
            found = _partner_mask(plan, inner.batch, outer.partners)
            standing = found if inner.standing is None else inner.standing & found
            return DimensionFrame(joined, standing, is_filtered=True)
        case _:
            raise AssertionError(f"{type(plan).__name__} does not preserve the rows of a dimension")


def _filtered(
    frame: DimensionFrame, predicates: tuple[Expression, ...], context: ExecutionContext
) -> DimensionFrame:
    """The frame with further predicates, evaluated only on the rows that stand."""
    if not predicates:
        return frame
    batch = frame.batch
    standing = None if frame.standing is None else np.flatnonzero(frame.standing)
    passing = evaluate_predicates(
        predicates, batch if standing is None else batch.select(standing), context.evaluation
    )
    if passing is None:
        return frame
    mask = np.zeros(batch.rows, dtype=np.bool_)
    mask[passing if standing is None else standing.take(passing)] = True
    return DimensionFrame(batch, mask, is_filtered=True)


def _hinted(frame: DimensionFrame, field: int, values: CodeSet) -> DimensionFrame:
    """The frame without rows that have none of the values in a field."""
    column = frame.batch.column(field).expanded(frame.batch.rows)
    found = rows_in(column, values)
    standing = found if frame.standing is None else frame.standing & found
    return DimensionFrame(frame.batch, standing, is_filtered=True)


def _projected(plan: Project, frame: DimensionFrame, context: ExecutionContext) -> DimensionFrame:
    computed = project(plan, frame.batch, context.evaluation)
    if frame.standing is None:
        return replace(frame, batch=computed)
    sources: dict[int, Source] = {}
    for field, expression in zip(plan.fields, plan.expressions, strict=True):
        source = computed.sources[field.id]
        is_copy = isinstance(expression, FieldRef)
        sources[field.id] = source if is_copy else StandingSource(source, frame.standing)
    return replace(frame, batch=Batch(computed.rows, sources))


class StandingSource:
    """A computed column of a whole dimension: NULL, and not computed, for rows that do not stand."""

    __slots__ = ("source", "standing")

    def __init__(self, source: Source, standing: Mask) -> None:
        self.source = source
        self.standing = standing

    def fetch(self, selection: Indices | None) -> Vector:
        if selection is not None:  # only rows that stand are ever selected
            return self.source.fetch(selection)
        rows = np.flatnonzero(self.standing)
        computed = self.source.fetch(rows)
        null = Vector.constant_of(computed.type, None)
        return scattered(
            [(rows, computed), (np.flatnonzero(~self.standing), null)], len(self.standing)
        )


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

    def __init__(self, plan: Lookup, child: Operator) -> None:
        super().__init__(plan, child)
        self._hints: list[tuple[int, CodeSet]] = []

    def push_test(self, field: int, test: ColumnTest) -> bool:
        return self.inputs[0].push_test(field, test)

    def hint(self, field: int, values: CodeSet) -> None:
        if any(own.id == field for own in self.plan.child.fields):
            self.inputs[0].hint(field, values)
        elif self.plan.kind == "inner":
            self._hints.append((field, values))

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        frame = dimension_frame(self.plan.dimension, context)
        for field, values in self._hints:
            frame = _hinted(frame, field, values)
        self.metrics.add("position look-ups")
        tested = self._test_positions(frame.batch.rows, frame.partners)
        for task in self.inputs[0].tasks(context):
            yield self._task(task, frame.batch, frame.partners, tested)

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
