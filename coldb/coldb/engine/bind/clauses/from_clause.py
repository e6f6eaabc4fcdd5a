"""FROM: tables, sub-queries, functions and joins to a plan and the scope of its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from coldb.engine.bind.calls.macros import bind_table_macro, table_macro
from coldb.engine.bind.catalog import Frame
from coldb.engine.bind.clauses.common_tables import (
    SelfReference,
    bind_common,
)
from coldb.engine.bind.clauses.joins import join_lateral, join_sources
from coldb.engine.bind.clauses.sources import Source, named_scope, named_source
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.scopes import Scope
from coldb.engine.bind.tables.file_functions import FILE_FUNCTIONS, bind_file_function
from coldb.engine.bind.tables.pivots import pivot_query
from coldb.engine.bind.tables.samples import sampled
from coldb.engine.bind.tables.system_tables import bind_system_table, system_table
from coldb.engine.bind.tables.table_functions import bind_table_function
from coldb.engine.bind.tables.versions import older_version
from coldb.engine.bind.tables.views import bind_view
from coldb.engine.plan import FrameScan, Scan
from coldb.errors import ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.views import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.expressions import Field
    from coldb.engine.plan import Plan
    from coldb_warehouse import Snapshot
    from coldb_warehouse.schema import Column, TableSchema

__all__ = ["bind_from"]


def bind_from(
    node: ast.TableExpression | None, context: Context, surroundings: Surroundings
) -> Source:
    """The rows of a FROM clause and their names; one row of no columns where there is none."""
    source = Source((), Scope()) if node is None else _table(node, context, surroundings)
    source.scope = replace(source.scope, outer=surroundings.scope)
    return source


def _table(node: ast.TableExpression, context: Context, surroundings: Surroundings) -> Source:
    match node:
        case ast.NamedTable():
            source = _named_table(node, context, surroundings)
            if node.sample is not None:
                source.inputs = (_sampled(source.inputs, node.sample, context, surroundings),)
            return source
        case ast.SubqueryTable():
            around = _to_the_left(surroundings) if node.lateral else surroundings
            plan = context.query(node.query, replace(around, lateral=None)).plan
            return named_source(plan, _names(plan), None, node.alias)
        case ast.Join():
            left = _table(node.left, context, surroundings)
            if _may_look_left(node.right):
                return join_lateral(
                    node,
                    left,
                    lambda around: _table(node.right, context, around),
                    context,
                    surroundings,
                )
            right = _table(node.right, context, surroundings)
            return join_sources(node, left, right, context, surroundings)
        case ast.Pivot():
            columns = _table(node.source, context, surroundings).scope.columns
            query = pivot_query(node, [column.name for column in columns])
            plan = context.query(query, replace(surroundings, lateral=None)).plan
            return named_source(plan, _names(plan), None, node.alias)
        case ast.TableFunction():
            return _table_function(node, context, surroundings)
        case _:
            assert_never(node)


def _sampled(
    inputs: tuple[Plan, ...], sample: ast.Sample, context: Context, surroundings: Surroundings
) -> Plan:
    (rows,) = inputs
    if not isinstance(rows, Scan):
        message = "TABLESAMPLE is for stored tables: write ORDER BY random() LIMIT n elsewhere"
        raise ProgrammingError(message, sample.span)
    return sampled(rows, sample, context, surroundings)


def _may_look_left(node: ast.TableExpression) -> bool:
    """Whether any entry may read the tables on its left."""
    match node:
        case ast.Join():
            return _may_look_left(node.left) or _may_look_left(node.right)
        case ast.SubqueryTable():
            return node.lateral
        case _:
            return isinstance(node, ast.TableFunction)


def _to_the_left(surroundings: Surroundings) -> Surroundings:
    """What a LATERAL entry sees."""
    scope = surroundings.lateral or surroundings.scope
    return replace(surroundings, scope=scope, lateral=None, columns=[])


def _table_function(
    node: ast.TableFunction, context: Context, surroundings: Surroundings
) -> Source:
    around = _to_the_left(surroundings)
    scope = around.scope or Scope()
    macro = table_macro(node.call, surroundings.past, context)
    if macro is not None and not node.with_ordinality:
        binder = ExpressionBinder(context, scope, around, "FROM")
        plan = bind_table_macro(binder, node.call, macro).plan
        return named_source(plan, _names(plan), macro.name, node.alias)
    if node.call.name.text in FILE_FUNCTIONS:
        if node.with_ordinality:
            message = "a file has no WITH ORDINALITY: write row_number() OVER () in the select list"
            raise ProgrammingError(message, node.span)
        file = bind_file_function(ExpressionBinder(context, scope, around, "FROM"), node.call)
        return named_source(file, _names(file), node.call.name.text, node.alias)
    rows, fields, names = bind_table_function(node, scope, context, around)
    return Source((rows,), named_scope(fields, names, node.call.name.text, node.alias))


# --- tables ------------------------------------------------------------------------------------


def _named_table(node: ast.NamedTable, context: Context, surroundings: Surroundings) -> Source:
    name = node.name.text
    if node.as_of is not None:
        return _stored(node, older_version(node.as_of, context), context)
    common = surroundings.commons.get(name) if node.schema is None else None
    if isinstance(common, SelfReference):
        rows, names = common.read(context, surroundings.depth, node.name.span)
        return named_source(rows, names, name, node.alias)
    if common is not None:
        plan, names = bind_common(common, context)
        return named_source(plan, names, name, node.alias)
    if name in surroundings.open_commons and not context.catalog.has(name):
        message = f'"{name}" reads itself, so it needs WITH RECURSIVE'
        raise ProgrammingError(message, node.name.span)
    return _stored(node, surroundings.past, context)


def _stored(node: ast.NamedTable, past: Snapshot | None, context: Context) -> Source:
    """A table, view or frame; a table or view as it was at a version that is over."""
    system = system_table(node, context)
    if system is not None:
        frame = bind_system_table(system, past, context, node.span)
        return named_source(frame, _names(frame), system.name, node.alias)
    table = context.catalog.at(past).table(node.name)
    if isinstance(table, View):
        plan = bind_view(table, past, context, node.span).plan
        return named_source(plan, table.columns, table.name, node.alias)
    if isinstance(table, Frame):
        frame = FrameScan(table.name, _fields(table.columns, context))
        return named_source(frame, _names(frame), table.name, node.alias)
    fields = _fields(table.columns, context)
    names = tuple(column.name for column in table.columns)
    name = table.name
    alias = name if node.alias is None else node.alias.name.text
    scan = Scan(table.name, names, fields, alias=alias, past=past)
    return named_source(scan, names, name, node.alias, _key(table, fields))


def _fields(columns: Sequence[Column], context: Context) -> tuple[Field, ...]:
    return tuple(context.field(column.name, column.type, column.nullable) for column in columns)


def _key(table: TableSchema, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    by_name = {field.name: field for field in fields}
    return tuple(by_name[name] for name in table.primary_key)


def _names(plan: Plan) -> tuple[str, ...]:
    return tuple(field.name for field in plan.fields)
