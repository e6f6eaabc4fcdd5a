"""INSERT, DELETE and UPDATE as queries: which rows are meant, and what they become."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.assignments import assign, named_columns
from coldb.engine.bind.attachments import attach
from coldb.engine.bind.conditions import bind_conditions
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.from_clause import Source, bind_from
from coldb.engine.bind.nullability import is_nullable
from coldb.engine.bind.queries import (
    bound_query,
    check_unused,
    new_context,
    output_operand,
    with_commons,
)
from coldb.engine.bind.scopes import side_by_side
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Project, Scan
from coldb.errors import ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.schema import ROW
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.context import Context, Parameters
    from coldb.engine.bind.queries import BoundQuery
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_warehouse.schema import Column, TableSchema

__all__ = ["Target", "bind_delete", "bind_insert", "bind_target", "bind_update", "converted_rows"]


def bind_insert(node: ast.Insert, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """The rows to add: the query of an INSERT, its columns under the names and types of those that
    they go into."""
    context = new_context(catalog, parameters)
    schema = catalog.stored(node.target.name)
    return bound_query(converted_rows(node, schema, context), context)


def bind_delete(node: ast.Delete, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """The positions of the rows to delete; one may come more than once."""
    context = new_context(catalog, parameters)
    surroundings = with_commons(node.with_, Surroundings())
    target = bind_target(node.target, context)
    source = _beside(target, node.using, context, surroundings)
    rows = _filtered(source, node.where, context, surroundings)
    check_unused(node.with_, context, surroundings)
    return bound_query(_projected(rows, target, (), (), context), context)


def bind_update(node: ast.Update, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """The positions of the rows to change, and the new values under the names of their columns; a
    row may come more than once."""
    context = new_context(catalog, parameters)
    surroundings = with_commons(node.with_, Surroundings())
    target = bind_target(node.target, context)
    columns = named_columns(target.schema, (one.column for one in node.assignments))
    source = _beside(target, node.source, context, surroundings)
    rows = _filtered(source, node.where, context, surroundings)
    binder = ExpressionBinder(context, source.scope, surroundings, "SET")
    values = [
        assign(binder.operand(one.value), column)
        for one, column in zip(node.assignments, columns, strict=True)
    ]
    check_unused(node.with_, context, surroundings)
    rows = attach(rows, binder.attachments)
    return bound_query(_projected(rows, target, columns, values, context), context)


# --- the rows to add ---------------------------------------------------------------------------


def converted_rows(node: ast.Insert, schema: TableSchema, context: Context) -> Plan:
    """The query of an INSERT with each column converted to the one that it goes into."""
    columns = named_columns(schema, node.columns) or schema.columns
    output = context.query(node.query, Surroundings())
    given = len(output.plan.fields)
    if given != len(columns):
        raise ProgrammingError(
            f'INSERT into "{schema.name}" needs {len(columns)} values a row, but {given} are given',
            node.query.span,
        )
    values = [
        assign(output_operand(output, index, _place(node.query, index)), column)
        for index, column in enumerate(columns)
    ]
    fields = tuple(
        context.field(column.name, value.type, is_nullable(value))
        for column, value in zip(columns, values, strict=True)
    )
    return Project(output.plan, fields, tuple(values))


def _place(query: ast.Query, index: int) -> ast.Span:
    """Where the column of a query is written, as nearly as can be told."""
    match query.body:
        case ast.Select(items=items) if not any(isinstance(i.expression, ast.Star) for i in items):
            return items[index].span
        case ast.Values(rows=rows):
            return rows[0][index].span
        case ast.Query():
            return _place(query.body, index)
        case _:
            return query.span


# --- the rows that are there -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """The table to be changed. `row` is the position of each row, which no name can mean."""

    schema: TableSchema
    source: Source
    row: Field


def bind_target(node: ast.NamedTable, context: Context) -> Target:
    """The stored table of that name: WITH cannot hide it."""
    schema = context.catalog.stored(node.name)
    source = bind_from(node, context, Surroundings())
    (scan,) = source.inputs
    assert isinstance(scan, Scan)
    row = context.field(ROW, BIGINT, False)
    scan = replace(scan, columns=(*scan.columns, ROW), fields=(*scan.fields, row))
    return Target(schema, Source((scan,), source.scope), row)


def _beside(
    target: Target,
    node: ast.TableExpression | None,
    context: Context,
    surroundings: Surroundings,
) -> Source:
    """The target's rows, each with every row of USING or FROM."""
    own = target.source
    if node is None:
        return own
    other = bind_from(node, context, surroundings)
    scope = side_by_side(own.scope, other.scope, node.span)
    return Source(own.inputs + other.inputs, scope, other.predicates)


def _filtered(
    source: Source,
    where: ast.Expression | None,
    context: Context,
    surroundings: Surroundings,
) -> Plan:
    binder = ExpressionBinder(context, source.scope, surroundings, "WHERE")
    conditions = bind_conditions(where, binder)
    return conditions.beyond_predicates(source.plan(*conditions.predicates))


def _projected(
    rows: Plan,
    target: Target,
    columns: Sequence[Column],
    values: Sequence[Expression],
    context: Context,
) -> Plan:
    fields = [
        context.field(column.name, value.type, is_nullable(value))
        for column, value in zip(columns, values, strict=True)
    ]
    row = context.field(ROW, BIGINT, False)
    return Project(rows, (row, *fields), (FieldRef(target.row), *values))
