"""Whole queries: WITH, the body, UNION and its kin, ORDER BY, LIMIT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from coldb.engine.bind.clauses.common_tables import check_not_itself, check_unused, with_commons
from coldb.engine.bind.clauses.first_rows import first_with_ties, limited_by
from coldb.engine.bind.clauses.sorting import sorted_by_columns
from coldb.engine.bind.clauses.values import bind_values
from coldb.engine.bind.constants import folded
from coldb.engine.bind.context import Context, Output, Surroundings
from coldb.engine.bind.conversions import Operand, convert, unify
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.scopes import Scope
from coldb.engine.bind.select import bind_select
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Limit, Project, SetOperation
from coldb.errors import DataError, NotSupportedError, ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.context import Parameters
    from coldb.engine.expressions import Constant, Expression
    from coldb.engine.files.parquet_files import ParquetFiles
    from coldb.engine.plan import Plan

__all__ = [
    "BoundQuery",
    "bind_query",
    "bound_query",
    "new_context",
    "output_operand",
]


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query with its names resolved. `frames` holds the VALUES rows and files that its plan scans. Of the
    query behind a change, the last `returned` columns are those of RETURNING."""

    plan: Plan
    names: tuple[str, ...]
    frames: dict[str, pa.Table | ParquetFiles]
    returned: int = 0
    reads_files: bool = False


def bind_query(query: ast.Query, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """Resolves the names and types of a query.

    Raises ProgrammingError for names and types, NotSupportedError for what coldb does not do,
    DataError for literals that do not convert, InterfaceError for a wrong number of parameters;
    each with its place.
    """
    context = new_context(catalog, parameters)
    return bound_query(context.query(query, Surroundings()).plan, context)


def new_context(catalog: Catalog, parameters: Parameters) -> Context:
    """What the binding of one statement starts with."""
    return Context(catalog, parameters, _bind)


def bound_query(plan: Plan, context: Context, returned: int = 0) -> BoundQuery:
    """The plan of a whole statement. Raises InterfaceError for parameters that it does not use."""
    context.check_parameters_used()
    names = tuple(field.name for field in plan.fields)
    return BoundQuery(
        context.shared.around(plan), names, context.frames, returned, context.reads_files
    )


def _bind(query: ast.Query, context: Context, surroundings: Surroundings) -> Output:
    surroundings = with_commons(query.with_, surroundings, query.recursive)
    output = _body(query.body, query.order_by, context, surroundings)
    check_unused(query.with_, context, surroundings)
    plan = _limited(query, output.plan, context, surroundings)
    if output.hidden:
        fields = plan.fields[: -output.hidden]
        plan = Project(plan, fields, tuple(map(FieldRef, fields)))
    return Output(plan, output.untyped)


# --- bodies ------------------------------------------------------------------------------------


def _body(
    body: ast.QueryBody,
    order_by: Sequence[ast.SortItem],
    context: Context,
    surroundings: Surroundings,
) -> Output:
    match body:
        case ast.Select():
            return bind_select(body, order_by, context, surroundings)
        case ast.Values():
            output = bind_values(body, context, surroundings)
        case ast.SetOperation():
            output = _set_operation(body, context, surroundings)
        case ast.Query(with_=(), order_by=(), limit=None, offset=None):
            return _body(body.body, order_by, context, surroundings)
        case ast.Query():
            output = context.query(body, surroundings)
        case _:
            assert_never(body)
    return replace(output, plan=sorted_by_columns(output.plan, order_by))


def _set_operation(node: ast.SetOperation, context: Context, surroundings: Surroundings) -> Output:
    left = _body(node.left, (), context, surroundings)
    right = _body(node.right, (), context, surroundings)
    if node.operator != "UNION":
        for side in (left, right):
            check_not_itself(context, side.plan, f"in {node.operator}", node.span)
    left_fields, right_fields = left.plan.fields, right.plan.fields
    if len(left_fields) != len(right_fields):
        counts = f"{len(left_fields)} and {len(right_fields)}"
        message = f"the queries of {node.operator} need equally many columns, not {counts}"
        raise ProgrammingError(message, node.right.span)
    pairs = [
        unify(
            (
                output_operand(left, index, node.left.span),
                output_operand(right, index, node.right.span),
            ),
            node.operator,
        )[1]
        for index in range(len(left_fields))
    ]
    left_plan = _converted(left.plan, [pair[0] for pair in pairs], context)
    right_plan = _converted(right.plan, [pair[1] for pair in pairs], context)
    sides = zip(left_plan.fields, right_plan.fields, strict=True)
    fields = tuple(
        context.field(one.name, one.type, one.nullable or other.nullable) for one, other in sides
    )
    return Output(SetOperation(node.operator, node.all, left_plan, right_plan, fields))


def output_operand(output: Output, index: int, span: ast.Span) -> Operand:
    """A column of a query; a bare literal as itself, so that it can take the type of its place."""
    plan = output.plan
    expression: Expression = FieldRef(plan.fields[index])
    if index in output.untyped and isinstance(plan, Project):
        expression = plan.expressions[index]
    return Operand(expression, span, untyped=index in output.untyped)


def _converted(plan: Plan, expressions: Sequence[Expression], context: Context) -> Plan:
    """The plan with its columns brought to the common types."""
    if all(
        FieldRef(field) == expression
        for field, expression in zip(plan.fields, expressions, strict=True)
    ):
        return plan
    pairs = zip(plan.fields, expressions, strict=True)
    fields = tuple(
        context.field(field.name, expression.type, field.nullable) for field, expression in pairs
    )
    return Project(plan, fields, tuple(expressions))


# --- LIMIT -------------------------------------------------------------------------------------


def _limited(query: ast.Query, plan: Plan, context: Context, surroundings: Surroundings) -> Plan:
    binder = ExpressionBinder(context, Scope(outer=surroundings.scope), surroundings, "LIMIT")
    bounds = [_bound(node, clause, binder) for node, clause in _bounds(query)]
    constants = [None if bound is None else folded(bound) for bound in bounds]
    if binder.attachments and not query.with_ties:
        return limited_by(plan, bounds[0], bounds[1], binder.attachments, context)
    count, offset = (
        _row_count(bound is not None, constant, node, clause)
        for bound, constant, (node, clause) in zip(bounds, constants, _bounds(query), strict=True)
    )
    if query.with_ties:
        return _limited_with_ties(query, plan, count, offset or 0, context)
    return plan if count is None and not offset else Limit(plan, count, offset or 0)


def _bounds(query: ast.Query) -> tuple[tuple[ast.Expression | None, str], ...]:
    return ((query.limit, "LIMIT"), (query.offset, "OFFSET"))


def _limited_with_ties(
    query: ast.Query, plan: Plan, count: int | None, offset: int, context: Context
) -> Plan:
    if not query.order_by:
        raise ProgrammingError("WITH TIES needs an ORDER BY, which tells what ties are", query.span)
    if count is None:
        raise DataError("the number of rows must not be NULL before WITH TIES", query.span)
    return first_with_ties(plan, count, offset, context) if count else Limit(plan, 0)


def _bound(node: ast.Expression | None, clause: str, binder: ExpressionBinder) -> Expression | None:
    """What stands behind LIMIT or OFFSET. Raises ProgrammingError if it is no number of rows."""
    if node is None:
        return None
    binder.clause = clause
    operand = binder.operand(node)
    if not operand.untyped and not operand.type.is_exact:
        raise ProgrammingError(f"{clause} must be a number of rows, not {operand.type}", node.span)
    return convert(operand, BIGINT)


def _row_count(
    is_given: bool, constant: Constant | None, node: ast.Expression | None, clause: str
) -> int | None:
    """The number of a constant bound; None for NULL, which means no bound."""
    if not is_given:
        return None
    assert node is not None
    if constant is None:
        raise NotSupportedError(f"{clause} must be a constant or a sub-query", node.span)
    count: int | None = constant.value
    if count is not None and count < 0:
        raise DataError(f"{clause} must not be negative", node.span)
    return count
