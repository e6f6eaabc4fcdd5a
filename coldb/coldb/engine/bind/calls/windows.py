"""Window calls: they are collected from the expressions of a SELECT, which then read their results."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.calls.aggregates import aggregate_call
from coldb.engine.bind.calls.frame_clause import bind_frame
from coldb.engine.bind.clauses.sorting import sort_key
from coldb.engine.bind.conversions import Operand, convert, unify
from coldb.engine.bind.names import did_you_mean
from coldb.engine.bind.subqueries.attachments import attach, fields_of_rows
from coldb.engine.calls import DEFAULT_FRAME, WindowCall
from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import FieldRef
from coldb.engine.functions.aggregates import aggregate_names, is_aggregate
from coldb.engine.functions.windows import WINDOW_FUNCTIONS, window_function_names
from coldb.engine.plan import Window
from coldb.errors import ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.types import INTEGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coldb.engine.bind.context import Context
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.calls import SortKey, WindowFrame
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.functions.windows import WindowFunction
    from coldb.engine.plan import Plan

__all__ = ["Windows", "bind_window_call"]

_ARGUMENT = "the arguments of a window function"


@dataclass(frozen=True, slots=True)
class _Window:
    """How the rows are divided and sorted for a call, and what it sees of them."""

    partition_by: tuple[Expression, ...]
    order_by: tuple[SortKey, ...]
    frame: WindowFrame


@dataclass(slots=True)
class _Sorted:
    """Calls that one sort serves: the partitions are the same, and each is sorted by the first of
    the keys."""

    partition_by: tuple[Expression, ...]
    order_by: tuple[SortKey, ...]
    calls: list[tuple[WindowCall, Field]] = field(default_factory=list)

    def serves(self, window: _Window) -> bool:
        shorter = min(len(self.order_by), len(window.order_by))
        return (
            frozenset(self.partition_by) == frozenset(window.partition_by)
            and self.order_by[:shorter] == window.order_by[:shorter]
        )


class Windows:
    """The window calls of one SELECT, the fields of their results, and the windows that have names."""

    def __init__(self, context: Context, definitions: Iterable[ast.NamedWindow]) -> None:
        self._context = context
        self._named: dict[str, ast.WindowSpec] = {}
        self._sorts: list[_Sorted] = []
        for definition in definitions:
            name = definition.name
            if name.text in self._named:
                raise ProgrammingError(f'WINDOW defines "{name.text}" twice', name.span)
            self._named[name.text] = self.completed(definition.window)

    @property
    def results(self) -> frozenset[Field]:
        """The fields that hold the results so far."""
        return frozenset(result for sort in self._sorts for _, result in sort.calls)

    def named(self, name: ast.Identifier) -> ast.WindowSpec:
        """A window of the WINDOW clause. Raises ProgrammingError."""
        if name.text not in self._named:
            hint = did_you_mean(name.text, self._named)
            raise ProgrammingError(f'no window "{name.text}" in the WINDOW clause{hint}', name.span)
        return self._named[name.text]

    def completed(self, spec: ast.WindowSpec) -> ast.WindowSpec:
        """A window with what it takes over from the one that it is based on."""
        if spec.base is None:
            return spec
        base, name = self.named(spec.base), spec.base.text
        if spec.partition_by:
            raise _based(f'it cannot change PARTITION BY of window "{name}"', spec)
        if spec.order_by and base.order_by:
            raise _based(f'it cannot change ORDER BY of window "{name}"', spec)
        if base.frame is not None:
            raise _based(f'window "{name}" has a frame', spec)
        return replace(
            spec,
            base=None,
            partition_by=base.partition_by,
            order_by=spec.order_by or base.order_by,
        )

    def bind_unused(self, binder: ExpressionBinder) -> None:
        """Binds all windows that have names, for the errors alone."""
        for spec in self._named.values():
            _bound_window(spec, _inner(binder))

    def add_call(self, call: WindowCall, window: _Window, name: str, nullable: bool) -> FieldRef:
        """The field that holds a call; equal calls share one."""
        sort = next((sort for sort in self._sorts if sort.serves(window)), None)
        if sort is None:
            sort = _Sorted(window.partition_by, window.order_by)
            self._sorts.append(sort)
        if len(window.order_by) > len(sort.order_by):
            sort.order_by = window.order_by
        for known, result in sort.calls:
            if known == call:
                return FieldRef(result)
        sort.calls.append((call, self._context.field(name, call.type, nullable)))
        return FieldRef(sort.calls[-1][1])

    def reads_results(self, window: _Window, call: WindowCall) -> bool:
        """Whether a call reads what another one computes, by the name of a column of the result."""
        keys = (*window.partition_by, *(key.expression for key in window.order_by))
        read = frozenset().union(*map(fields_of, (*keys, *call.expressions)))
        return not self.results.isdisjoint(read)

    def rewrite(self, change: Callable[[Expression], Expression]) -> None:
        """Changes every expression over the rows."""
        for sort in self._sorts:
            sort.partition_by = tuple(map(change, sort.partition_by))
            sort.order_by = tuple(key.rewritten(change) for key in sort.order_by)
            sort.calls = [(call.rewritten(change), result) for call, result in sort.calls]

    def plan(self, child: Plan, attachments: list[Attachment]) -> Plan:
        """The rows of `child` with the results, and beside them the attachments, of which some may
        read results."""
        late = [one for one in attachments if not self.results.isdisjoint(fields_of_rows(one))]
        child = attach(child, [one for one in attachments if one not in late])
        for sort in self._sorts:
            calls, results = zip(*sort.calls, strict=True)
            child = Window(child, sort.partition_by, sort.order_by, calls, results)
        return attach(child, late)


def _based(reason: str, spec: ast.WindowSpec) -> ProgrammingError:
    assert spec.base is not None
    message = f'a window cannot be based on "{spec.base.text}": {reason}'
    return ProgrammingError(message, spec.span)


def bind_window_call(binder: ExpressionBinder, node: ast.FunctionCall) -> FieldRef:
    """A call with OVER, as the field that will hold its result. Raises ProgrammingError."""
    name, windows = node.name.text, binder.windows
    if windows is None:
        message = f"{name} is called with OVER, and there can be no window functions in"
        hint = "" if binder.clause == _ARGUMENT else ": compute it in a sub-query, or use QUALIFY"
        raise ProgrammingError(f"{message} {binder.clause}{hint}", node.span)
    inner = _inner(binder)
    spec = windows.named(node.over) if isinstance(node.over, ast.Identifier) else node.over
    assert spec is not None
    window = _bound_window(windows.completed(spec), inner)
    if name in WINDOW_FUNCTIONS:
        function = WINDOW_FUNCTIONS[name]
        call, nullable = _function_call(function, node, window, inner), bool(function.parameters)
    elif is_aggregate(name):
        call, nullable = _aggregate(node, window, inner)
    else:
        hint = did_you_mean(name, (*window_function_names(), *aggregate_names()))
        message = f"{name} is neither a window function nor an aggregate function{hint}"
        raise ProgrammingError(message, node.name.span)
    if windows.reads_results(window, call):
        raise ProgrammingError(f"there can be no window functions in {_ARGUMENT}", node.span)
    return windows.add_call(call, window, name, nullable)


def _inner(binder: ExpressionBinder) -> ExpressionBinder:
    """A binder for what stands inside a window call: there may be aggregates, but no window calls."""
    return binder.inside(_ARGUMENT)


def _bound_window(spec: ast.WindowSpec, binder: ExpressionBinder) -> _Window:
    partition_by = tuple(dict.fromkeys(binder.value(node) for node in spec.partition_by))
    order_by = tuple(sort_key(item, binder.value(item.expression)) for item in spec.order_by)
    return _Window(partition_by, order_by, bind_frame(spec.frame, order_by, binder))


# --- calls -------------------------------------------------------------------------------------


def _function_call(
    function: WindowFunction, node: ast.FunctionCall, window: _Window, binder: ExpressionBinder
) -> WindowCall:
    """A call of a function that is no aggregate."""
    for wrong, word in (
        (node.filter is not None, "FILTER"),
        (node.distinct, "DISTINCT"),
        (bool(node.order_by), "ORDER BY"),
    ):
        if wrong:
            message = f"{word} is for aggregate functions, and {function.name} is none"
            raise ProgrammingError(message, node.span)
    if node.ignore_nulls and not function.counts_rows:
        raise ProgrammingError(f"{function.name} does not take IGNORE NULLS", node.span)
    arguments = _arguments(function, node, binder)
    frame = window.frame if function.sees_frame else DEFAULT_FRAME
    return WindowCall(
        function.name,
        arguments,
        arguments[0].type if function.result is None else function.result,
        frame,
        len(window.order_by),
        ignore_nulls=node.ignore_nulls,
    )


def _arguments(
    function: WindowFunction, node: ast.FunctionCall, binder: ExpressionBinder
) -> tuple[Expression, ...]:
    most = len(function.parameters)
    if not most - function.optional <= len(node.arguments) <= most:
        message = f"{function.name} is called as {function.describe()}"
        raise ProgrammingError(message, node.span)
    operands = [binder.operand(argument) for argument in node.arguments]
    pairs = list(zip(function.parameters, operands, strict=False))
    values = [operand for parameter, operand in pairs if parameter != "number"]
    converted = iter(unify(values, function.name)[1] if values else ())
    return tuple(
        _number(function, operand) if parameter == "number" else next(converted)
        for parameter, operand in pairs
    )


def _number(function: WindowFunction, operand: Operand) -> Expression:
    if not operand.untyped and not operand.type.is_integer:
        message = f"{function.name} takes an INTEGER there, not {operand.type}"
        raise ProgrammingError(message, operand.span)
    return convert(operand, INTEGER)


def _aggregate(
    node: ast.FunctionCall, window: _Window, binder: ExpressionBinder
) -> tuple[WindowCall, bool]:
    name = node.name.text
    for wrong, what in (
        (node.distinct, "DISTINCT"),
        (node.within_group, "WITHIN GROUP"),
        (bool(node.order_by), "ORDER BY"),
        (node.ignore_nulls, "IGNORE NULLS"),
    ):
        if wrong:
            raise ProgrammingError(f"{name} with OVER does not take {what}", node.span)
    call, nullable = aggregate_call(binder, node)
    return (
        WindowCall(
            call.function,
            call.arguments,
            call.type,
            window.frame,
            len(window.order_by),
            call.filter,
        ),
        nullable,
    )
