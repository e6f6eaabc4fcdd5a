"""INSERT as a query: the rows to add."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.changes.assignments import (
    assign,
    assigned_type,
    default_literal,
    default_value,
    named_columns,
    value_or_default,
)
from coldb.engine.bind.changes.returning import Changed, returned
from coldb.engine.bind.clauses.sources import named_source
from coldb.engine.bind.clauses.values import bind_values
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.conversions import unify
from coldb.engine.bind.queries import bound_query, new_context, output_operand
from coldb.engine.expressions import FieldRef
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Project
from coldb.errors import ProgrammingError
from coldb.units import count
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.context import Context, Output, Parameters
    from coldb.engine.bind.conversions import Operand
    from coldb.engine.bind.queries import BoundQuery
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb_warehouse.schema import Column, TableSchema
    from coldb_warehouse.types import Type

__all__ = ["bind_insert", "completed", "converted_rows"]


def bind_insert(node: ast.Insert, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """The rows to add: the query of an INSERT, its columns under the names and types of those that
    they go into; with RETURNING, all columns of the table."""
    context = new_context(catalog, parameters)
    schema = catalog.stored(node.target.name)
    rows = converted_rows(node, schema, context)
    if not node.returning:
        return bound_query(rows, context)
    rows = completed(rows, schema, context)
    names = tuple(column.name for column in schema.columns)
    scope = named_source(rows, names, schema.name, node.target.alias).scope
    changed = Changed(rows, rows.fields, tuple(map(FieldRef, rows.fields)))
    changed = returned(changed, node.returning, scope, context, Surroundings())
    return changed.query(context)


def converted_rows(node: ast.Insert, schema: TableSchema, context: Context) -> Plan:
    """The query of an INSERT with each column converted to the one that it goes into. Without names
    of columns it may have fewer than the table: those behind them get their defaults."""
    named = named_columns(schema, node.columns)
    columns = named or schema.columns
    output = _output(_defaults_filled(node.query, columns), columns, context)
    given = len(output.plan.fields)
    if given > len(columns) or (named and given < len(columns)):
        raise ProgrammingError(
            f'INSERT into "{schema.name}" takes {count(len(columns), "value")} a row, not {given}',
            node.query.span,
        )
    columns = columns[:given]
    values = [
        assign(output_operand(output, index, _place(node.query, index)), column)
        for index, column in enumerate(columns)
    ]
    fields = tuple(
        context.field(column.name, value.type, is_nullable(value))
        for column, value in zip(columns, values, strict=True)
    )
    return Project(output.plan, fields, tuple(values))


def _output(query: ast.Query, columns: Sequence[Column], context: Context) -> Output:
    """The rows of the query. Values go into their columns one by one: the rows of VALUES need not agree
    on types."""
    plain = (query.with_, query.order_by, query.limit, query.offset) == ((), (), None, None)
    if not isinstance(query.body, ast.Values) or not plain:
        return context.query(query, Surroundings())

    def assigned(index: int, operands: Sequence[Operand]) -> tuple[Type, tuple[Expression, ...]]:
        if index >= len(columns):
            return unify(operands, "a column of VALUES")
        column = columns[index]
        return assigned_type(column), tuple(assign(operand, column) for operand in operands)

    return bind_values(query.body, context, Surroundings(), assigned)


def completed(rows: Plan, schema: TableSchema, context: Context) -> Plan:
    """New rows with all columns of the table, in its order."""
    given = {field.name: field for field in rows.fields}
    fields = tuple(
        given.get(column.name) or context.field(column.name, assigned_type(column))
        for column in schema.columns
    )
    values = tuple(
        FieldRef(field) if field.name in given else default_value(column)
        for field, column in zip(fields, schema.columns, strict=True)
    )
    return Project(rows, fields, values)


def _defaults_filled(query: ast.Query, columns: Sequence[Column]) -> ast.Query:
    """The query with each DEFAULT in VALUES replaced by what it means, and a row of no values, which
    is DEFAULT VALUES, by one of all defaults."""
    body = query.body
    if not isinstance(body, ast.Values):
        return query
    if not body.rows[0]:
        row = tuple(default_literal(column, query.span) for column in columns)
        return replace(query, body=replace(body, rows=(row,)))
    rows = tuple(
        tuple(
            value_or_default(cell, columns[index]) if index < len(columns) else cell
            for index, cell in enumerate(row)
        )
        for row in body.rows
    )
    return replace(query, body=replace(body, rows=rows))


def _place(query: ast.Query, index: int) -> ast.Span:
    """Where the column of a query is written, as nearly as can be told."""
    match query.body:
        case ast.Select(items=items) if not any(isinstance(i.expression, ast.Star) for i in items):
            return items[index].span
        case ast.Values(rows=rows):
            return rows[0][index].span if rows[0] else query.span
        case ast.Query():
            return _place(query.body, index)
        case _:
            return query.span
