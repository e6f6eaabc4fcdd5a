"""MERGE and INSERT ... ON CONFLICT as queries: for each pair or lone row, which clause holds and what
the row becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from coldb.engine.bind.changes.assignments import (
    assign,
    assigned_type,
    default_literal,
    default_value,
    named_columns,
    value_or_default,
)
from coldb.engine.bind.changes.insertions import completed, converted_rows
from coldb.engine.bind.changes.returning import Changed, returned, with_values
from coldb.engine.bind.changes.updates import bind_target
from coldb.engine.bind.clauses.common_tables import check_unused, with_commons
from coldb.engine.bind.clauses.from_clause import bind_from
from coldb.engine.bind.clauses.joins import join_sources
from coldb.engine.bind.clauses.sources import Source, named_source
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.queries import new_context
from coldb.engine.bind.subqueries.attachments import attach
from coldb.engine.expressions import And, Case, Constant, FieldRef, InValues, IsNull, Not
from coldb.engine.plan import Filter, Project
from coldb.errors import ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.schema import ROW
from coldb_warehouse.types import BIGINT, BOOLEAN, INTEGER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.changes.updates import Target
    from coldb.engine.bind.context import Context, Parameters
    from coldb.engine.bind.queries import BoundQuery
    from coldb.engine.bind.scopes import Scope
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_warehouse.schema import Column, TableSchema

__all__ = ["CLAUSE", "BoundMerge", "bind_conflict", "bind_merge", "conflict_key"]

CLAUSE = "#clause"
_EXCLUDED = ast.Identifier("excluded")


@dataclass(frozen=True, slots=True)
class BoundMerge:
    """The query of a MERGE. Its columns are ROW, CLAUSE (the number of the clause that holds), the
    new values of `updated`, and the values of `inserted`, each the old value or NULL where the
    clause does not set it."""

    query: BoundQuery
    clauses: tuple[ast.MergeClause, ...]
    updated: tuple[Column, ...]
    inserted: tuple[Column, ...]


def bind_merge(node: ast.Merge, catalog: Catalog, parameters: Parameters = None) -> BoundMerge:
    """Raises ProgrammingError for names, types, and clauses that can never hold."""
    context = new_context(catalog, parameters)
    surroundings = with_commons(node.with_, Surroundings(), node.recursive)
    target = bind_target(node.target, context)
    source = bind_from(node.source, context, surroundings)
    merge = _MergeBinder(target, source, node, context, surroundings).bind()
    check_unused(node.with_, context, surroundings)
    return merge


def bind_conflict(node: ast.Insert, catalog: Catalog, parameters: Parameters = None) -> BoundMerge:
    """INSERT ... ON CONFLICT as the MERGE that it is: of the new rows, called excluded, by a unique
    key."""
    assert node.on_conflict is not None
    context = new_context(catalog, parameters)
    target = bind_target(node.target, context)
    rows = completed(converted_rows(node, target.schema, context), target.schema, context)
    source = named_source(rows, tuple(field.name for field in rows.fields), _EXCLUDED.text, None)
    merge = _conflict_merge(node, node.on_conflict, target.schema, source.scope)
    return _MergeBinder(target, source, merge, context, Surroundings(), sees_source=False).bind()


def _conflict_merge(
    node: ast.Insert, conflict: ast.OnConflict, schema: TableSchema, excluded: Scope
) -> ast.Merge:
    span = conflict.span
    table = node.target.name if node.target.alias is None else node.target.alias.name

    def same(name: str) -> ast.Expression:
        column = ast.Identifier(name, span)
        sides = (ast.ColumnRef(column, table, span), ast.ColumnRef(column, _EXCLUDED, span))
        return ast.Binary("=", sides, span)

    on: ast.Expression
    match tuple(map(same, conflict_key(conflict, schema))):
        case ():
            on = ast.Literal(False, span)
        case (test,):
            on = test
        case tests:
            on = ast.Binary("AND", tests, span)
    columns = tuple(ast.Identifier(column.name, span) for column in excluded.columns)
    values = tuple(ast.ColumnRef(column, _EXCLUDED, span) for column in columns)
    clauses = [ast.MergeClause("source", None, ast.MergeInsert(columns, values), span)]
    if conflict.assignments:
        update = ast.MergeUpdate(conflict.assignments)
        clauses.append(ast.MergeClause("pair", conflict.where, update, span))
    source = ast.NamedTable(_EXCLUDED, span=span)
    return ast.Merge(node.target, source, on, tuple(clauses), returning=node.returning, span=span)


def conflict_key(conflict: ast.OnConflict, schema: TableSchema) -> tuple[str, ...]:
    """The columns of the primary or unique key that a conflict is about; where none is named, of the
    first that there is. Raises ProgrammingError if there is no such key."""
    if not conflict.columns and not conflict.assignments:
        return next(iter(schema.unique_keys), ())
    named = {column.name for column in named_columns(schema, conflict.columns)}
    for key in schema.unique_keys:
        if named == set(key):
            return key
    keys = " or ".join(f"({', '.join(key)})" for key in schema.unique_keys)
    known = f"that is {keys}" if keys else "it has none"
    message = f'ON CONFLICT names the primary key or a unique key of "{schema.name}": {known}'
    raise ProgrammingError(message, conflict.span)


class _MergeBinder:
    """One MERGE on its way to a plan: join, choose the clause, compute the values."""

    def __init__(
        self,
        target: Target,
        source: Source,
        node: ast.Merge,
        context: Context,
        surroundings: Surroundings,
        sees_source: bool = True,
    ) -> None:
        """`sees_source` tells whether RETURNING can read the source too."""
        self.target = target
        self.sees_source = sees_source
        self.node = node
        self.context = context
        self.surroundings = surroundings
        self.matches = {clause.match for clause in node.clauses}
        self.source = source
        self.in_source: Field | None = None
        if "target" in self.matches:
            self.in_source = context.field("#source", BOOLEAN, False)
            self.source = _marked(source, self.in_source)
        self.clause = context.field(CLAUSE, INTEGER)
        self.updated = self._columns(ast.MergeUpdate)
        self.inserted = self._columns(ast.MergeInsert)

    def bind(self) -> BoundMerge:
        joined = self._joined()
        rows = self._chosen(joined)
        binders = {match: self._binder(match, joined, "THEN") for match in self.matches}
        updates = [self._updated_value(column, binders) for column in self.updated]
        inserts = [self._inserted_value(column, binders) for column in self.inserted]
        for binder in binders.values():
            rows = attach(rows, binder.attachments)
        columns = (*self.updated, *self.inserted)
        values = (*updates, *inserts)
        fields = tuple(
            self.context.field(column.name, value.type)
            for column, value in zip(columns, values, strict=True)
        )
        row = self.context.field(ROW, BIGINT)
        clause = self.context.field(CLAUSE, INTEGER, False)
        found = (_maybe_absent(self.target.row), FieldRef(self.clause))
        changed = self._returned(
            Changed(rows, (row, clause, *fields), (*found, *values)), joined.scope
        )
        query = changed.query(self.context)
        return BoundMerge(query, self.node.clauses, self.updated, self.inserted)

    def _returned(self, changed: Changed, joined: Scope) -> Changed:
        """The change with the columns of RETURNING, which read a row as it is in the end, or as it
        was if it is deleted, beside that of the source."""
        if not self.node.returning:
            return changed
        changed = changed.stored()
        new = dict(zip(self.updated, changed.expressions[2:], strict=False))
        added = dict(zip(self.inserted, changed.expressions[2 + len(new) :], strict=True))
        clauses = enumerate(self.node.clauses)
        inserting = (n for n, clause in clauses if isinstance(clause.action, ast.MergeInsert))
        is_new = InValues(changed.expressions[1], tuple(inserting))
        values: dict[str, Expression] = {}
        for column in self.target.schema.columns:
            old = FieldRef(replace(self._old(column), nullable=True))
            branch = (is_new, added.get(column, default_value(column)))
            values[column.name] = Case((branch,), new.get(column, old), assigned_type(column))
        scope = joined if self.sees_source else self.target.source.scope
        scope = with_values(scope, self.target.alias, values)
        return returned(changed, self.node.returning, scope, self.context, self.surroundings)

    def _old(self, column: Column) -> Field:
        (field,) = (f for f in self.target.source.plan().fields if f.name == column.name)
        return field

    # --- the rows ------------------------------------------------------------------------------

    def _joined(self) -> Source:
        """The pairs, and the lone rows that a clause is for."""
        kind: Literal["INNER", "LEFT", "RIGHT", "FULL"] = "INNER"
        match "source" in self.matches, "target" in self.matches:
            case True, False:
                kind = "LEFT"
            case False, True:
                kind = "RIGHT"
            case True, True:
                kind = "FULL"
        node = self.node
        join = ast.Join(kind, node.source, node.target, on=node.on, span=node.span)
        return join_sources(join, self.source, self.target.source, self.context, self.surroundings)

    def _chosen(self, joined: Source) -> Plan:
        """The rows for which a clause holds that does something, with the number of the first."""
        rows = joined.plan()
        branches = []
        for number, clause in enumerate(self.node.clauses):
            condition = self._presence(clause)
            if clause.condition is not None:
                binder = self._binder(clause.match, joined, "WHEN")
                condition = (*condition, binder.condition(clause.condition, "WHEN"))
                rows = attach(rows, binder.attachments)
            nothing = isinstance(clause.action, ast.MergeNothing)
            result = Constant(None if nothing else number, INTEGER)
            branches.append((And(condition), result))
        chosen = Case(tuple(branches), Constant(None, INTEGER), INTEGER)
        fields = rows.fields
        rows = Project(rows, (*fields, self.clause), (*map(FieldRef, fields), chosen))
        return Filter(rows, (Not(IsNull(FieldRef(self.clause))),))

    def _presence(self, clause: ast.MergeClause) -> tuple[Expression, ...]:
        no_target: Expression = IsNull(_maybe_absent(self.target.row))
        no_source: Expression = Constant(False, BOOLEAN)
        if self.in_source is not None:
            no_source = IsNull(_maybe_absent(self.in_source))
        match clause.match:
            case "pair":
                return Not(no_target), Not(no_source)
            case "source":
                return (no_target,)
            case "target":
                return (no_source,)

    # --- the values ----------------------------------------------------------------------------

    def _binder(self, match: str, joined: Source, clause: str) -> ExpressionBinder:
        """A binder for a clause, which can name only the side that is there."""
        scope = joined.scope
        if match != "pair":
            scope = (self.source if match == "source" else self.target.source).scope
        return ExpressionBinder(self.context, scope, self.surroundings, clause)

    def _columns(self, kind: type[ast.MergeUpdate | ast.MergeInsert]) -> tuple[Column, ...]:
        """The columns that clauses of a kind set, in the order of the table."""
        actions = [one.action for one in self.node.clauses if isinstance(one.action, kind)]
        named = {column.name for action in actions for column, _ in self._pairs(action)}
        return tuple(column for column in self.target.schema.columns if column.name in named)

    def _pairs(
        self, action: ast.MergeUpdate | ast.MergeInsert
    ) -> list[tuple[Column, ast.Expression]]:
        """The columns that an action sets, with their values."""
        schema = self.target.schema
        if isinstance(action, ast.MergeUpdate):
            columns = named_columns(schema, (one.column for one in action.assignments))
            values = tuple(one.value for one in action.assignments)
        else:
            named = named_columns(schema, action.columns)
            columns = named or schema.columns
            values = action.values or tuple(default_literal(c, self.node.span) for c in columns)
            if len(values) > len(columns) or (named and len(values) < len(columns)):
                message = f"INSERT needs {len(columns)} values, but {len(values)} are given"
                raise ProgrammingError(message, values[0].span)
        pairs = zip(columns, values, strict=False)  # columns without values get their defaults
        return [(column, value_or_default(value, column)) for column, value in pairs]

    def _updated_value(self, column: Column, binders: Mapping[Any, ExpressionBinder]) -> Expression:
        return self._value(column, ast.MergeUpdate, FieldRef(self._old(column)), binders)

    def _inserted_value(
        self, column: Column, binders: Mapping[Any, ExpressionBinder]
    ) -> Expression:
        return self._value(column, ast.MergeInsert, default_value(column), binders)

    def _value(
        self,
        column: Column,
        kind: type[ast.MergeUpdate | ast.MergeInsert],
        otherwise: Expression,
        binders: Mapping[Any, ExpressionBinder],
    ) -> Expression:
        """The value of the column by the clause that holds."""
        branches: list[tuple[Expression, Expression]] = []
        for number, clause in enumerate(self.node.clauses):
            if not isinstance(clause.action, kind):
                continue
            for one, node in self._pairs(clause.action):
                if one is column:
                    value = assign(binders[clause.match].operand(node), column)
                    branches.append((InValues(FieldRef(self.clause), (number,)), value))
        return Case(tuple(branches), otherwise, assigned_type(column))


def _maybe_absent(field: Field) -> FieldRef:
    """The field as it is beyond the join, which may have no row for it."""
    return FieldRef(replace(field, nullable=True))


def _marked(source: Source, marker: Field) -> Source:
    """The source with a column that is TRUE, and so NULL where a row of the target has no partner."""
    plan = source.plan()
    plan = Project(
        plan,
        (*plan.fields, marker),
        (*map(FieldRef, plan.fields), Constant(True, BOOLEAN)),
    )
    return Source((plan,), source.scope)
