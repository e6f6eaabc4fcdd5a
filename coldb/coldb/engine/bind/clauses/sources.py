"""Rows of FROM with the names of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.clauses.common_tables import (
    renamed,
)
from coldb.engine.bind.scopes import Relation, Scope, ScopeColumn
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import CrossProduct, Filter, OneRow
from coldb.errors import ProgrammingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["Source", "named_scope", "named_source"]


class Source:
    """What a FROM clause gives: inputs to be multiplied, predicates on them, a scope.

    Inner joins stay apart as long as nothing stands around them, so that any number of them, and
    the conditions of WHERE, end as one Filter over one CrossProduct.
    """

    def __init__(
        self, inputs: tuple[Plan, ...], scope: Scope, predicates: tuple[Expression, ...] = ()
    ) -> None:
        self.inputs = inputs
        self.scope = scope
        self.predicates = predicates

    def plan(self, *more: Expression) -> Plan:
        """The rows, with further predicates."""
        product: Plan
        match self.inputs:
            case ():
                product = OneRow()
            case (single,):
                product = single
            case several:
                product = CrossProduct(several)
        predicates = self.predicates + more
        return Filter(product, predicates) if predicates else product


def named_source(
    plan: Plan,
    names: tuple[str, ...],
    relation: str | None,
    alias: ast.Alias | None,
    key: tuple[Field, ...] = (),
) -> Source:
    """One relation, under its alias if it has one."""
    return Source((plan,), named_scope(plan.fields, names, relation, alias, key))


def named_scope(
    fields: Sequence[Field],
    names: tuple[str, ...],
    relation: str | None,
    alias: ast.Alias | None,
    key: tuple[Field, ...] = (),
) -> Scope:
    """The columns of one relation, under its alias and the column names that go with it.

    Raises ProgrammingError for more names than there are columns.
    """
    table = relation
    if alias is not None:
        relation = alias.name.text
        if alias.is_complete and len(alias.columns) < len(names):
            message = f"{len(alias.columns)} columns are needed, but the query has {len(names)}"
            raise ProgrammingError(message, alias.name.span)
        names = renamed(names, relation, alias.columns)
    columns = tuple(
        ScopeColumn(name, FieldRef(field)) for name, field in zip(names, fields, strict=True)
    )
    return Scope((Relation(relation, columns, key, table),), columns)
