"""Statements of one connection: what each kind does, in which transaction, against which snapshot."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from coldb_grammar import ast, parse
from coldb_warehouse import Settings, Warehouse

from coldb.engine.allocator import keep_freed_memory
from coldb.engine.bind import Catalog
from coldb.engine.execute.context import Cancellation, WorkerPool
from coldb.engine.optimize import RULES
from coldb.engine.plan_cache import PlanCache
from coldb.engine.query import QueryContext, Stages, execute, plan_query
from coldb.errors import (
    InterfaceError,
    OperationalError,
    ProgrammingError,
    translated,
)
from coldb.limits import parse_bytes
from coldb.result import Result, text_result

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from coldb_warehouse import Snapshot, Transaction

    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.query import PlannedQuery
    from coldb.statements.prepared import Prepared

__all__ = ["Metrics", "Session"]


@dataclass(slots=True)
class Metrics:
    """What a statement cost so far. `stages` has the seconds of parse, bind, optimize and execute."""

    stages: dict[str, float]
    execution: ExecutionContext | None = None

    @property
    def seconds(self) -> float:
        return sum(self.stages.values())

    @property
    def rows_read(self) -> int:
        return self.execution.rows_read if self.execution else 0

    @property
    def blocks(self) -> int:
        return self.execution.blocks if self.execution else 0

    @property
    def blocks_pruned(self) -> int:
        return self.execution.blocks_pruned if self.execution else 0

    @property
    def bytes_read(self) -> int:
        return self.execution.bytes_read if self.execution else 0


class Session:
    """The state behind a connection: the open transaction, registered frames, threads."""

    def __init__(self, warehouse: Warehouse, threads: int, rules_off: Sequence[str]) -> None:
        self.warehouse = warehouse
        self.pool = WorkerPool(threads)
        self.frames: dict[str, pa.Table] = {}
        self.prepared: dict[str, Prepared] = {}
        self._rules_off = tuple(rules_off)
        self._cache = PlanCache()
        self._cancellation = Cancellation()
        self._pinned: Snapshot | None = None  # of an explicit transaction, before its first write
        self._transaction: Transaction | None = None
        self._failed = False
        self._results: weakref.WeakSet[Result] = weakref.WeakSet()  # perhaps not read to their ends
        self._uncommitted: weakref.WeakSet[Result] = weakref.WeakSet()  # of the open transaction

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        read_only: bool,
        threads: int | None,
        memory_limit: str | int | None,
        settings: dict[str, Any],
    ) -> Session:
        rules_off = settings.pop("rules_off", ())
        unknown = set(rules_off) - {rule.__name__ for rule in RULES}
        if unknown:
            raise InterfaceError(f"there is no optimizer rule {min(unknown)} to switch off")
        if threads is not None and threads < 1:
            raise InterfaceError(f"threads must be at least 1, not {threads}")
        keep_freed_memory()
        limit = parse_bytes(memory_limit) if isinstance(memory_limit, str) else memory_limit
        try:
            storage = Settings(memory_limit=limit, **settings)
        except TypeError as error:
            raise InterfaceError(f"unknown setting: {error}") from error
        warehouse = Warehouse.open(path, read_only=read_only, settings=storage)
        return cls(warehouse, threads or os.cpu_count() or 1, rules_off)

    # --- transactions --------------------------------------------------------------------------

    @property
    def in_transaction(self) -> bool:
        return self._pinned is not None or self._transaction is not None

    def snapshot(self) -> Snapshot:
        """What a statement sees: the transaction's own state, or the newest committed one."""
        if self._transaction is not None:
            return self._transaction.snapshot()
        return self._pinned or self.warehouse.snapshot()

    def begin(self) -> None:
        if self.in_transaction:
            raise ProgrammingError("a transaction is already open: COMMIT or ROLLBACK it first")
        self._pinned = self.warehouse.snapshot()
        for result in self._results:
            result.on_error = None  # an earlier transaction's: its failure is none of this one's

    def commit(self) -> None:
        if self._failed:
            self.rollback()
            raise OperationalError(
                "the transaction was rolled back, because a statement in it had failed"
            )
        transaction, self._transaction, self._pinned = self._transaction, None, None
        if transaction is not None:
            for result in self._uncommitted:  # what it has replaced since is about to go
                result.compute_rest()
            self._uncommitted.clear()
            transaction.commit()

    def rollback(self) -> None:
        transaction, self._transaction, self._pinned = self._transaction, None, None
        self._failed = False
        if transaction is not None:
            self._close_results()  # they may read what is now undone
            self._uncommitted.clear()
            transaction.rollback()

    def _close_results(self) -> None:
        for result in list(self._results):
            result.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Transaction]:
        """The transaction to write in: the open one, or one that ends with the statement."""
        if not self.in_transaction:
            with self.warehouse.begin() as transaction:
                yield transaction
                transaction.commit()
            return
        if self._transaction is None:
            transaction = self.warehouse.begin()
            assert self._pinned is not None
            if transaction.snapshot().version != self._pinned.version:
                transaction.rollback()
                raise OperationalError(
                    "another connection has committed since this transaction began: ROLLBACK and try again"
                )
            self._transaction = transaction
        yield self._transaction

    @contextlib.contextmanager
    def statement_group(self) -> Iterator[None]:
        """Runs several statements as one transaction, unless one is open already."""
        if self.in_transaction:
            yield
            return
        self.begin()
        try:
            yield
        except BaseException:
            self.rollback()
            raise
        with translated():
            self.commit()

    # --- running -------------------------------------------------------------------------------

    def execute(
        self, text: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> Result:
        """Runs every statement of the text and gives the last one's result."""
        _check_arguments(text, parameters)
        stages = Stages()
        with translated(text), stages.timed("parse"):
            statements = self._cache.statements(text, parse)
        if not statements:
            raise ProgrammingError("there is no statement to run")
        if parameters and len(statements) > 1:
            raise InterfaceError("parameters go with a single statement")
        result: Result | None = None
        for statement in statements:
            if result is not None:
                result.close()
            result = self._run(statement, text, parameters, stages)
            stages = Stages()
        assert result is not None
        return result

    def _run(self, statement: ast.Statement, text: str, parameters: Any, stages: Stages) -> Result:
        if self._failed and not isinstance(statement, ast.Rollback | ast.Commit):
            raise OperationalError(
                "a statement of this transaction has failed: ROLLBACK before anything else"
            )
        self._cancellation = Cancellation()
        try:
            with translated(text):
                result = self.dispatch(statement, text, parameters, stages)
                result.start()
        except BaseException:
            self._fail()
            raise
        if result.metrics is None:
            execution = None if stages.executed is None else stages.executed[1]
            result.metrics = Metrics(stages.seconds, execution)
        if self.in_transaction:
            result.on_error = self._fail
        self._results.add(result)
        if self._transaction is not None:
            self._uncommitted.add(result)
        return result

    def _fail(self) -> None:
        self._failed = self.in_transaction

    def dispatch(
        self, statement: ast.Statement, text: str, parameters: Any, stages: Stages
    ) -> Result:
        """Runs a statement of the text by the function for its kind."""
        from coldb import statements

        match statement:
            case ast.Query():
                return self._query(statement, text, parameters, stages)
            case ast.Explain():
                return self._explain(statement, text, parameters, stages)
            case ast.Insert(on_conflict=None):
                return statements.insert(self, statement, parameters, stages)
            case ast.Insert() | ast.Merge():
                return statements.merge(self, statement, parameters, stages)
            case ast.Delete():
                return statements.delete(self, statement, parameters, stages)
            case ast.Update():
                return statements.update(self, statement, parameters, stages)
            case ast.Truncate():
                return statements.truncate(self, statement)
            case ast.Copy():
                return statements.copy(self, statement, parameters, stages)
            case ast.Begin():
                self.begin()
                return Result("BEGIN")
            case ast.Commit():
                self.commit()
                return Result("COMMIT")
            case ast.Rollback():
                self.rollback()
                return Result("ROLLBACK")
            case ast.Show():
                return statements.show(self, statement)
            case ast.Describe():
                return statements.describe(self, statement, parameters)
            case ast.Optimize():
                return statements.optimize(self, statement)
            case ast.Vacuum():
                return statements.vacuum(self, statement)
            case ast.SetRetention():
                return statements.set_retention(self, statement)
            case ast.Summarize():
                return statements.summarize(self, statement, parameters, stages)
            case ast.Prepare():
                return statements.prepare(self, statement, text, parameters)
            case ast.Execute():
                return statements.execute_prepared(self, statement, parameters, stages)
            case ast.Deallocate():
                return statements.deallocate(self, statement)
            case _:
                return self._define(statement, text, parameters, stages)

    def _define(
        self, statement: ast.Definition, text: str, parameters: Any, stages: Stages
    ) -> Result:
        """Runs a statement that changes what is declared."""
        from coldb import statements

        match statement:
            case ast.CreateTable():
                return statements.create_table(self, statement)
            case ast.CreateTableAs():
                return statements.create_table_as(self, statement, parameters, stages)
            case ast.AlterTable():
                return statements.alter_table(self, statement)
            case ast.DropTable():
                return statements.drop_table(self, statement)
            case ast.CreateView():
                return statements.create_view(self, statement, text)
            case ast.DropView():
                return statements.drop_view(self, statement)
            case ast.CreateMacro():
                return statements.create_macro(self, statement, text)
            case ast.DropMacro():
                return statements.drop_macro(self, statement)
            case ast.CreateIndex():
                return statements.create_index(self, statement)
            case ast.DropIndex():
                return statements.drop_index(self, statement)
            case ast.CreateSource():
                return statements.create_source(self, statement)
            case ast.DropSource():
                return statements.drop_source(self, statement)
            case ast.Comment():
                return statements.comment(self, statement)
            case _:
                assert_never(statement)

    def check_cancelled(self) -> None:
        """Raises InterruptError if the running statement was cancelled."""
        self._cancellation.check()

    def query_context(self, stages: Stages, transaction: Transaction | None = None) -> QueryContext:
        """What a query of this session runs in, as of now; the query of an INSERT, in its transaction."""
        return QueryContext(
            self.snapshot() if transaction is None else transaction.snapshot(),
            self.frames,
            self.pool,
            self._cancellation,
            dt.datetime.now(dt.UTC),
            stages,
            self.warehouse.settings.block_rows,
            self._rules_off,
            self.warehouse.snapshot,
        )

    def catalog(self, transaction: Transaction) -> Catalog:
        """What names mean to a statement that writes."""
        return Catalog(transaction.snapshot(), self.frames)

    def _query(self, query: ast.Query, text: str, parameters: Any, stages: Stages) -> Result:
        context = self.query_context(stages)
        planned = self._cache.plan(
            (text, query.span.start),
            parameters,
            context.snapshot,
            lambda: plan_query(query, parameters, context),
        )
        _, execution, stream = execute(planned, context)
        columns = _columns(planned)
        return Result("SELECT", columns, stream, metrics=Metrics(stages.seconds, execution))

    def _explain(
        self, statement: ast.Explain, text: str, parameters: Any, stages: Stages
    ) -> Result:
        from coldb.engine.explain import plan_text

        explained = statement.statement
        query = explained.query if isinstance(explained, ast.CreateTableAs) else explained
        if not isinstance(query, ast.Query | ast.Insert | ast.Delete | ast.Update | ast.Merge):
            raise ProgrammingError("EXPLAIN is for statements that read rows", statement.span)
        if statement.analyze and not isinstance(explained, ast.Query):
            for _ in self.dispatch(explained, text, parameters, stages).batches():
                pass
            return self._analyzed(stages)
        context = self.query_context(stages)
        steps: list[str] = []

        def trace(rule: str, plan: Any) -> None:
            steps.extend([f"-- {rule}", *plan_text(plan).splitlines(), ""])

        planned = plan_query(query, parameters, context, trace)
        if not statement.analyze:
            return text_result("EXPLAIN", "plan", steps[:-1])
        for _ in execute(planned, context)[2]:
            pass
        return self._analyzed(stages)

    def _analyzed(self, stages: Stages) -> Result:
        """The plan that was executed, with what it cost."""
        from coldb.engine.explain import analyzed_text

        assert stages.executed is not None
        operator, execution = stages.executed
        metrics = Metrics(stages.seconds, execution)
        lines = analyzed_text(operator).splitlines()
        lines += ["", *_summary(metrics)]
        result = text_result("EXPLAIN", "plan", lines)
        result.metrics = metrics
        return result

    def register(self, name: str, frame: Any) -> None:
        from coldb.frames import arrow_table

        table = arrow_table(frame)
        Catalog(self.snapshot(), {name: table}).check_frame_name(name)
        self.frames[name] = table
        self.forget_plans()

    def unregister(self, name: str) -> None:
        self.frames.pop(name, None)
        self.forget_plans()

    def forget_plans(self) -> None:
        """Plans hold frames and a version of the warehouse: neither is to be held any longer."""
        self._cache.forget_plans()

    def interrupt(self) -> None:
        self._cancellation.request()

    def close(self) -> None:
        self.rollback()
        self._close_results()
        self.pool.close()
        self.warehouse.close()


def _check_arguments(text: Any, parameters: Any) -> None:
    if not isinstance(text, str):
        raise InterfaceError(f"a statement is a str, not a {type(text).__name__}")
    named = isinstance(parameters, Mapping)
    listed = isinstance(parameters, Sequence) and not isinstance(parameters, str | bytes)
    if parameters is not None and not named and not listed:
        raise InterfaceError(
            f"parameters are a list for ? or a dict for :name, not a {type(parameters).__name__}"
        )


def _columns(planned: PlannedQuery) -> tuple[tuple[str, Any, bool], ...]:
    return tuple(
        (name, field.type, field.nullable)
        for name, field in zip(planned.names, planned.plan.fields, strict=True)
    )


def _summary(metrics: Metrics) -> list[str]:
    stages = ", ".join(
        f"{stage} {seconds * 1000:.2f} ms" for stage, seconds in metrics.stages.items()
    )
    return [
        stages,
        f"{metrics.rows_read:,} rows read, {metrics.blocks_pruned} of {metrics.blocks} blocks pruned,"
        f" {metrics.bytes_read:,} bytes read",
    ]
