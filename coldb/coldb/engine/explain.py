"""Plans as text: a tree, one line a node, with what each node did when it has run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from coldb.engine.calls import DEFAULT_FRAME, WHOLE_PARTITION, RangeOffset
from coldb.engine.expression_tools import to_text
from coldb.engine.expressions import And
from coldb.engine.plan import (
    Aggregate,
    Common,
    CommonScan,
    CrossProduct,
    Filter,
    FrameScan,
    Generate,
    Join,
    Limit,
    Lookup,
    OneRow,
    Project,
    Recursive,
    Scan,
    SetOperation,
    SingleValue,
    Sort,
    TopN,
    Window,
    WorkingTable,
    children,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coldb.engine.calls import AggregateCall, FrameBound, SortKey, WindowCall, WindowFrame
    from coldb.engine.execute.operator import Operator
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan

__all__ = ["analyzed_text", "plan_text"]


def plan_text(plan: Plan) -> str:
    """The tree of a plan; rows flow from the leaves up."""
    return "\n".join(_drawn(_plan_tree(plan)))


def analyzed_text(operator: Operator) -> str:
    """The tree of operators that have run, with rows, time and counters."""
    return "\n".join(_drawn(_operator_tree(operator)))


@dataclass(frozen=True, slots=True)
class _Tree:
    text: str
    branches: tuple[_Tree, ...]


def _plan_tree(plan: Plan) -> _Tree:
    return _Tree(node_text(plan), tuple(_plan_tree(child) for child in children(plan)))


def _operator_tree(operator: Operator) -> _Tree:
    metrics = operator.metrics
    counters = [f"{name} {amount:,}" for name, amount in metrics.counters.items() if amount]
    facts = [f"{metrics.rows:,} rows", f"{metrics.seconds * 1000:.2f} ms", *counters]
    branches = [_operator_tree(child) for child in operator.inputs]
    if isinstance(operator.plan, Lookup):
        # A dimension is laid out by the look-up itself, not by operators of its own.
        branches.append(_plan_tree(operator.plan.dimension))
    if isinstance(operator.plan, Recursive):
        # A step has operators of its own each time that it is run.
        branches.append(_plan_tree(operator.plan.step))
    return _Tree(f"{node_text(operator.plan)}  [{'; '.join(facts)}]", tuple(branches))


def _drawn(tree: _Tree, prefix: str = "", below: str = "") -> Iterator[str]:
    yield prefix + tree.text
    for branch in tree.branches[:-1]:
        yield from _drawn(branch, below + "├─ ", below + "│  ")
    if tree.branches:
        yield from _drawn(tree.branches[-1], below + "└─ ", below + "   ")


def node_text(plan: Plan) -> str:
    """One node on one line."""
    match plan:
        case OneRow():
            return "OneRow"
        case Scan():
            name = plan.table if plan.alias in ("", plan.table) else f"{plan.table} {plan.alias}"
            tests = f" where {_all_of(plan.predicates)}" if plan.predicates else ""
            if plan.past is not None:
                name = f"{name} as of version {plan.past.version}"
            return f"Scan: {name} ({', '.join(field.name for field in plan.fields)}){tests}"
        case FrameScan():
            return f"FrameScan: {plan.name} ({', '.join(field.name for field in plan.fields)})"
        case Filter():
            return f"Filter: {_all_of(plan.predicates)}"
        case Project():
            pairs = zip(plan.fields, plan.expressions, strict=True)
            return "Project: " + ", ".join(
                _computed(field.name, expression) for field, expression in pairs
            )
        case CrossProduct():
            return "CrossProduct"
        case Join():
            return _join_text(plan)
        case Lookup():
            return f"Lookup {plan.kind}: {', '.join(plan.key.columns)} -> {plan.key.table}"
        case Aggregate():
            calls = ", ".join(map(_call, plan.aggregates))
            return f"Aggregate{_grouping(plan)}: {calls}".removesuffix(": ")
        case Sort():
            return f"Sort: {_sort_keys(plan.keys)}"
        case TopN():
            return f"TopN {plan.count}{_offset(plan.offset)}: {_sort_keys(plan.keys)}"
        case Window():
            first = "" if plan.most is None else f", the first {plan.most}"
            return f"Window{_window(plan)}: {', '.join(map(_window_call, plan.calls))}{first}"
        case Limit():
            return f"Limit {'all' if plan.count is None else plan.count}{_offset(plan.offset)}"
        case SetOperation():
            return f"{plan.operator.capitalize()}{' all' if plan.all else ''}"
        case SingleValue():
            return f"SingleValue: {plan.query.fields[0].name}"
        case Common():
            return f"Common {plan.number}"
        case CommonScan():
            return f"CommonScan: {plan.number} ({', '.join(field.name for field in plan.fields)})"
        case Generate():
            return _generate_text(plan)
        case WorkingTable():
            return f"WorkingTable ({', '.join(field.name for field in plan.fields)})"
        case Recursive():
            return f"Recursive{' all' if plan.all else ''}: {plan.name}"
        case _:
            assert_never(plan)


def _list(expressions: Iterable[Expression]) -> str:
    return ", ".join(to_text(expression) for expression in expressions)


def _all_of(predicates: tuple[Expression, ...]) -> str:
    return to_text(predicates[0] if len(predicates) == 1 else And(predicates))


def _computed(name: str, expression: Expression) -> str:
    text = to_text(expression)
    return text if text == name else f"{text} AS {name}"


def _join_text(plan: Join) -> str:
    conditions = [f"{to_text(left)} = {to_text(right)}" for left, right in plan.equalities]
    conditions += [to_text(And(plan.residual))] if plan.residual else []
    aware = " (null-aware)" if plan.null_aware else ""
    return f"Join {plan.kind}{aware}: {' AND '.join(conditions) or 'every pair'}"


def _grouping(plan: Aggregate) -> str:
    if plan.sets is None:
        return f" by {_list(plan.keys)}" if plan.keys else ""
    sets = (f"({_list(plan.keys[key] for key in keys)})" for keys in plan.sets)
    return f" by sets {', '.join(sets)}"


def _call(call: AggregateCall) -> str:
    arguments = "*" if call.function == "count_star" else _list(call.arguments)
    distinct = "DISTINCT " if call.distinct else ""
    order = f" ORDER BY {_sort_keys(call.order_by)}" if call.order_by else ""
    condition = f" FILTER (WHERE {to_text(call.filter)})" if call.filter is not None else ""
    return f"{call.function.removesuffix('_star')}({distinct}{arguments}{order}){condition}"


def _generate_text(plan: Generate) -> str:
    calls = [f"{call.function}({_list(call.arguments)})" for call in plan.calls]
    return f"Generate: {', '.join(calls)}{' with ordinality' if plan.ordinality else ''}"


def _window(plan: Window) -> str:
    partition = f" by {_list(plan.partition_by)}" if plan.partition_by else ""
    return partition + (f" order {_sort_keys(plan.order_by)}" if plan.order_by else "")


def _window_call(call: WindowCall) -> str:
    arguments = "*" if call.function == "count_star" else _list(call.arguments)
    nulls = " IGNORE NULLS" if call.ignore_nulls else ""
    condition = f" FILTER (WHERE {to_text(call.filter)})" if call.filter is not None else ""
    name = call.function.removesuffix("_star")
    frame = _frame(call.frame) if call.sort_keys or call.frame != WHOLE_PARTITION else ""
    return f"{name}({arguments}){condition}{nulls}{frame}"


def _frame(frame: WindowFrame) -> str:
    """The frame as SQL; nothing for the one that a window has unless it says otherwise."""
    if frame == DEFAULT_FRAME:
        return ""
    exclude = "" if frame.exclude == "NO OTHERS" else f" EXCLUDE {frame.exclude}"
    return f" {frame.unit} BETWEEN {_bound(frame.start)} AND {_bound(frame.end)}{exclude}"


def _bound(bound: FrameBound) -> str:
    if bound.direction == "CURRENT ROW":
        return bound.direction
    match bound.offset:
        case None:
            return f"UNBOUNDED {bound.direction}"
        case int():
            return f"{bound.offset} {bound.direction}"
        case RangeOffset():
            return to_text(bound.offset.limit)


def _sort_keys(keys: Iterable[SortKey]) -> str:
    return ", ".join(
        to_text(key.expression)
        + (" DESC" if key.descending else "")
        + (
            ""
            if key.nulls_first == key.descending
            else " NULLS FIRST"
            if key.nulls_first
            else " NULLS LAST"
        )
        for key in keys
    )


def _offset(offset: int) -> str:
    return f" offset {offset}" if offset else ""
