"""Operators that work on one batch at a time: filter and project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.batch import Batch
from coldb.engine.evaluate import evaluate, evaluate_predicates
from coldb.engine.execute.key_sets import hinted_field
from coldb.engine.execute.operator import Operator
from coldb.engine.expressions import FieldRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.execute.sieve import ColumnTest
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Filter, Project
    from coldb.engine.vector import Indices, Vector

__all__ = ["ExpressionSource", "FilterOperator", "ProjectOperator", "project"]


class FilterOperator(Operator):
    """Keeps the rows for which every predicate is TRUE."""

    plan: Filter

    def push_test(self, field: int, test: ColumnTest) -> bool:
        return self.inputs[0].push_test(field, test)

    def hint(self, field: int, values: CodeSet) -> None:
        self.inputs[0].hint(field, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        for task in self.inputs[0].tasks(context):
            yield self._task(task, context)

    def _task(self, task: Task, context: ExecutionContext) -> Task:
        def run() -> Batch | None:
            batch = task()
            if batch is None:
                return None
            passing = evaluate_predicates(self.plan.predicates, batch, context.evaluation)
            return batch if passing is None else batch.select(passing)

        return run


class ExpressionSource:
    """A computed column; nothing is computed before somebody asks for it."""

    __slots__ = ("batch", "context", "expression")

    def __init__(self, expression: Expression, batch: Batch, context: EvaluationContext) -> None:
        self.expression = expression
        self.batch = batch
        self.context = context

    def fetch(self, selection: Indices | None) -> Vector:
        if isinstance(self.expression, FieldRef):
            return self.batch.fetch(self.expression.field.id, selection)
        batch = self.batch if selection is None else self.batch.select(selection)
        return evaluate(self.expression, batch, self.context).expanded(batch.rows)


def project(plan: Project, batch: Batch, context: EvaluationContext) -> Batch:
    """The projection of a batch, each column computed on demand."""
    sources = {
        field.id: ExpressionSource(expression, batch, context)
        for field, expression in zip(plan.fields, plan.expressions, strict=True)
    }
    return Batch(batch.rows, sources)


class ProjectOperator(Operator):
    """Computes new columns."""

    plan: Project

    def push_test(self, field: int, test: ColumnTest) -> bool:
        for own, expression in zip(self.plan.fields, self.plan.expressions, strict=True):
            if own.id == field and isinstance(expression, FieldRef):
                return self.inputs[0].push_test(expression.field.id, test)
        return False

    def hint(self, field: int, values: CodeSet) -> None:
        for own, expression in zip(self.plan.fields, self.plan.expressions, strict=True):
            source = hinted_field(expression) if own.id == field else None
            if source is not None:
                self.inputs[0].hint(source.id, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        for task in self.inputs[0].tasks(context):
            yield self._task(task, context)

    def _task(self, task: Task, context: ExecutionContext) -> Task:
        def run() -> Batch | None:
            batch = task()
            return None if batch is None else project(self.plan, batch, context.evaluation)

        return run
