"""RETURNING: columns computed of the rows that a statement changes, beside what it does with them.

They are part of the query behind the statement: the values are those that the rows get, and
sub-queries see the tables as they were before, as in PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.clauses.stars import star_columns
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.output_names import output_name
from coldb.engine.bind.queries import bound_query
from coldb.engine.bind.scopes import Scope, ScopeColumn
from coldb.engine.bind.subqueries.attachments import attach
from coldb.engine.expressions import FieldRef
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Project
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.bind.queries import BoundQuery
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = ["Changed", "returned", "with_values"]


@dataclass(frozen=True, slots=True)
class Changed:
    """The rows of a change, and the columns of them that say what becomes of each. The last
    `returned` are those of RETURNING."""

    rows: Plan
    fields: tuple[Field, ...]
    expressions: tuple[Expression, ...]
    returned: int = 0

    def stored(self) -> Changed:
        """The same with the columns computed once, to be read by RETURNING too."""
        rows = self.rows
        fields = (*rows.fields, *self.fields)
        rows = Project(rows, fields, (*map(FieldRef, rows.fields), *self.expressions))
        return Changed(rows, self.fields, tuple(map(FieldRef, self.fields)))

    def query(self, context: Context) -> BoundQuery:
        """The query behind the change."""
        plan = Project(self.rows, self.fields, self.expressions)
        return bound_query(plan, context, self.returned)


def returned(
    changed: Changed,
    items: Sequence[ast.SelectItem],
    scope: Scope,
    context: Context,
    surroundings: Surroundings,
) -> Changed:
    """The change with the columns of RETURNING behind the others. `scope` is what they can read."""
    binder = ExpressionBinder(context, scope, surroundings, "RETURNING")
    columns: list[tuple[str, Expression]] = []
    for item in items:
        node = item.expression
        if isinstance(node, ast.Star):
            columns += [
                (column.name, column.expression if new is None else binder.value(new))
                for column, new in star_columns(node, scope)
            ]
        else:
            name = output_name(node) if item.alias is None else item.alias.text
            columns.append((name, binder.value(node)))
    fields = tuple(context.field(name, value.type, is_nullable(value)) for name, value in columns)
    return Changed(
        attach(changed.rows, binder.attachments),
        (*changed.fields, *fields),
        (*changed.expressions, *(value for _, value in columns)),
        len(columns),
    )


def with_values(scope: Scope, alias: str | None, values: Mapping[str, Expression]) -> Scope:
    """The scope with other values for columns of one of its tables."""
    (changed,) = (relation for relation in scope.relations if relation.alias == alias)
    new = {
        column: ScopeColumn(column.name, values.get(column.name, column.expression))
        for column in changed.columns
    }
    relations = tuple(
        replace(relation, columns=tuple(new.values())) if relation is changed else relation
        for relation in scope.relations
    )
    return replace(
        scope,
        relations=relations,
        columns=tuple(new.get(column, column) for column in scope.columns),
    )
