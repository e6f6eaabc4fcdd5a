"""DELETE and UPDATE as queries: which rows are meant, and what they become."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.changes.assignments import assign, named_columns, value_or_default
from coldb.engine.bind.changes.returning import Changed, returned, with_values
from coldb.engine.bind.clauses.common_tables import check_unused, with_commons
from coldb.engine.bind.clauses.conditions import bind_conditions
from coldb.engine.bind.clauses.from_clause import bind_from
from coldb.engine.bind.clauses.sources import Source
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.queries import new_context
from coldb.engine.bind.scopes import side_by_side
from coldb.engine.bind.subqueries.attachments import attach
from coldb.engine.expressions import FieldRef
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Scan
from coldb_warehouse.schema import ROW
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.context import Context, Parameters
    from coldb.engine.bind.queries import BoundQuery
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast
    from coldb_warehouse.schema import Column, TableSchema

__all__ = ["Target", "bind_delete", "bind_target", "bind_update"]


def bind_delete(node: ast.Delete, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """The positions of the rows to delete; one may come more than once."""
    context = new_context(catalog, parameters)
    surroundings = with_commons(node.with_, Surroundings(), node.recursive)
    target = bind_target(node.target, context)
    source = _beside(target, node.using, context, surroundings)
    rows = _filtered(source, node.where, context, surroundings)
    changed = _changed(rows, target, (), (), context)
    changed = returned(changed, node.returning, source.scope, context, surroundings)
    check_unused(node.with_, context, surroundings)
    return changed.query(context)


def bind_update(node: ast.Update, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """The positions of the rows to change, and the new values under the names of their columns; a
    row may come more than once."""
    context = new_context(catalog, parameters)
    surroundings = with_commons(node.with_, Surroundings(), node.recursive)
    target = bind_target(node.target, context)
    columns = named_columns(target.schema, (one.column for one in node.assignments))
    source = _beside(target, node.source, context, surroundings)
    rows = _filtered(source, node.where, context, surroundings)
    binder = ExpressionBinder(context, source.scope, surroundings, "SET")
    values = [
        assign(binder.operand(value_or_default(one.value, column)), column)
        for one, column in zip(node.assignments, columns, strict=True)
    ]
    rows = attach(rows, binder.attachments)
    changed = _changed(rows, target, columns, values, context)
    if node.returning:
        changed = changed.stored()
        new = zip(columns, changed.expressions[1:], strict=True)
        scope = with_values(source.scope, target.alias, {c.name: value for c, value in new})
        changed = returned(changed, node.returning, scope, context, surroundings)
    check_unused(node.with_, context, surroundings)
    return changed.query(context)


# --- the rows that are there -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """The table to be changed. `row` is the position of each row, which no name can mean."""

    schema: TableSchema
    source: Source
    row: Field

    @property
    def alias(self) -> str | None:
        """The name under which the statement knows the table."""
        return self.source.scope.relations[0].alias


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


def _changed(
    rows: Plan,
    target: Target,
    columns: Sequence[Column],
    values: Sequence[Expression],
    context: Context,
) -> Changed:
    fields = [
        context.field(column.name, value.type, is_nullable(value))
        for column, value in zip(columns, values, strict=True)
    ]
    row = context.field(ROW, BIGINT, False)
    return Changed(rows, (row, *fields), (FieldRef(target.row), *values))
