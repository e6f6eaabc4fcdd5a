"""The life of a query, on one page: bind, optimize, lower, run."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from coldb.engine.bind import Catalog, bind_statement
from coldb.engine.execute.context import ExecutionContext
from coldb.engine.execute.lower import lower
from coldb.engine.optimize import optimize
from coldb.engine.optimize.rule_context import RuleContext
from coldb.engine.plan import Scan, children
from coldb.errors import DataError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterator, Mapping

    import pyarrow as pa
    from coldb.engine.bind import BoundQuery, Parameters, Past, Reading
    from coldb.engine.execute.context import Cancellation, WorkerPool
    from coldb.engine.execute.operator import Operator, Task
    from coldb.engine.files.parquet_files import ParquetFiles
    from coldb.engine.plan import Plan
    from coldb_warehouse import Snapshot

__all__ = ["PlannedQuery", "QueryContext", "Stages", "execute", "plan_bound", "plan_query"]


@dataclass(slots=True)
class Stages:
    """Seconds spent in each stage of a statement, in the order in which they ran; and what was
    executed, once that is known."""

    seconds: dict[str, float] = field(default_factory=dict)
    executed: tuple[Operator, ExecutionContext] | None = None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What a query runs in."""

    snapshot: Snapshot
    frames: Mapping[str, pa.Table]
    pool: WorkerPool
    cancellation: Cancellation
    now: dt.datetime
    stages: Stages
    block_rows: int = 131_072
    rules_off: Collection[str] = ()
    past: Past | None = None

    @property
    def catalog(self) -> Catalog:
        """What the names of the query can mean."""
        return Catalog(self.snapshot, self.frames, self.past)


@dataclass(frozen=True, slots=True)
class PlannedQuery:
    """An optimized plan with the names of its columns, and the frames that it reads; of a change, the
    last `returned` columns are those of RETURNING.

    `repeatable` tells that it can be run again later: nothing in it was computed from the clock or
    from a file, and it reads no older version, which it would keep from being removed.
    """

    plan: Plan
    names: tuple[str, ...]
    frames: dict[str, pa.Table | ParquetFiles]
    repeatable: bool = True
    returned: int = 0

    @property
    def arrow_schema(self) -> pa.Schema:
        """The schema of the result's batches."""
        import pyarrow as pa

        columns = zip(self.names, self.plan.fields, strict=True)
        return pa.schema([pa.field(name, f.type.to_arrow(), f.nullable) for name, f in columns])


def plan_query(
    statement: Reading,
    parameters: Parameters,
    context: QueryContext,
    trace: Callable[[str, Plan], None] | None = None,
) -> PlannedQuery:
    """From the syntax tree to the plan that will run; of a statement that changes rows, the plan of
    the query behind it. `trace` hears of the plan after each rule."""
    with context.stages.timed("bind"):
        bound = bind_statement(statement, context.catalog, parameters)
    return plan_bound(bound, context, trace)


def plan_bound(
    bound: BoundQuery, context: QueryContext, trace: Callable[[str, Plan], None] | None = None
) -> PlannedQuery:
    """The plan that will run for a bound query."""
    if trace is not None:
        trace("bind", bound.plan)
    with context.stages.timed("optimize"):
        rules = RuleContext(context.snapshot, bound.plan, context.now)
        plan = optimize(bound.plan, rules, context.rules_off, trace)
    repeatable = not (rules.used_clock or bound.reads_files or _reads_past(plan))
    frames = {**context.frames, **bound.frames}
    return PlannedQuery(plan, bound.names, frames, repeatable, bound.returned)


def _reads_past(plan: Plan) -> bool:
    if isinstance(plan, Scan):
        return plan.past is not None
    return any(map(_reads_past, children(plan)))


def execute(
    planned: PlannedQuery, context: QueryContext
) -> tuple[Operator, ExecutionContext, Iterator[pa.RecordBatch]]:
    """Operators for the plan, and the stream that makes them run."""
    execution = ExecutionContext(
        context.snapshot,
        planned.frames,
        context.pool,
        context.cancellation,
        context.now,
        context.block_rows,
    )
    operator = lower(planned.plan)
    context.stages.executed = operator, execution
    return operator, execution, _stream(operator, planned, execution, context.stages)


def _stream(
    operator: Operator, planned: PlannedQuery, execution: ExecutionContext, stages: Stages
) -> Iterator[pa.RecordBatch]:
    """Runs the tasks on the pool; each one ends with the Arrow form of its batch."""
    tasks = (partial(_record_batch, task, planned) for task in operator.tasks(execution))
    batches = execution.pool.map_in_order(tasks)
    while True:
        with stages.timed("execute"):
            try:
                batch = next(batches)
            except StopIteration:
                return
        if batch is not None:
            yield batch


def _record_batch(task: Task, planned: PlannedQuery) -> pa.RecordBatch | None:
    import pyarrow as pa
    from coldb_warehouse.convert import to_arrow

    batch = task()
    if batch is None or not batch.rows:
        return None
    arrays = []
    for column in planned.plan.fields:
        vector = batch.column(column.id).expanded(batch.rows).plain()
        try:
            arrays.append(to_arrow(vector.data, vector.valid, column.type))
        except OverflowError as error:
            raise DataError("an interval is too long for Arrow: cast it to VARCHAR") from error
    return pa.RecordBatch.from_arrays(arrays, schema=planned.arrow_schema)
