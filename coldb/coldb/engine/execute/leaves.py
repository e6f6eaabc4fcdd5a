"""Operators without stored input: one row, Arrow tables, and the single value of a scalar sub-query."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coldb.engine.batch import Batch, VectorSource
from coldb.engine.execute.concat import concat_batches
from coldb.engine.execute.operator import Operator
from coldb.engine.files.parquet_files import ParquetFiles
from coldb.engine.vector import Vector
from coldb.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa
    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.plan import FrameScan, OneRow, SingleValue

__all__ = ["FrameScanOperator", "OneRowOperator", "SingleValueOperator"]

# Rows of an Arrow table that one task converts.
FRAME_MORSEL = 524_288


class OneRowOperator(Operator):
    """One row of no columns."""

    plan: OneRow

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        yield lambda: Batch(1, {})


class FrameScanOperator(Operator):
    """Reads a registered Arrow table, or files."""

    plan: FrameScan

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        frame = context.frames[self.plan.name]
        if isinstance(frame, ParquetFiles):
            for read in frame.parts([field.name for field in self.plan.fields]):
                yield partial(self._read, read)
            return
        for start in range(0, frame.num_rows, FRAME_MORSEL):
            yield partial(self._read, partial(frame.slice, start, FRAME_MORSEL))

    def _read(self, read: Callable[[], pa.Table]) -> Batch:
        from coldb_warehouse.convert import from_arrow

        part = read()
        sources = {}
        for field in self.plan.fields:
            converted = from_arrow(part.column(field.name), field.type)
            if converted.failures:
                reason = converted.failures[0].reason
                raise DataError(
                    f'column "{field.name}" of frame "{self.plan.name}" holds a value that {reason}'
                )
            sources[field.id] = VectorSource(Vector(field.type, converted.values, converted.valid))
        return Batch(part.num_rows, sources)


class SingleValueOperator(Operator):
    """Adds the one value of a scalar sub-query to every row."""

    plan: SingleValue

    def hint(self, field: int, values: CodeSet) -> None:
        if field != self.plan.query.fields[0].id:
            self.inputs[0].hint(field, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        (field,) = self.plan.query.fields
        result = concat_batches(list(self.inputs[1].batches(context)), self.plan.query.fields)
        if result.rows > 1:
            message = "a sub-query used as a value returned more than one row: take one by LIMIT 1"
            raise DataError(message, self.plan.span)
        if result.rows:
            value = result.column(field.id).expanded(1).plain()
            constant = Vector(field.type, value.data, value.valid, constant=True)
        else:
            constant = Vector.constant_of(field.type, None)
        for task in self.inputs[0].tasks(context):
            yield partial(self._with_value, task, field.id, constant)

    def _with_value(self, task: Task, field: int, constant: Vector) -> Batch | None:
        batch = task()
        if batch is None:
            return None
        return Batch(
            batch.base_rows, {**batch.sources, field: VectorSource(constant)}, batch.selection
        )
