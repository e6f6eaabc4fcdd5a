"""Scopes: which columns a name can mean at a place in a query.

A scope holds the relations of one FROM clause. Sub-queries see the scopes around them through
`outer`; the nearest scope that knows a name wins, as in PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.names import did_you_mean, listing
from coldb.engine.expressions import FieldRef
from coldb.engine.functions.dates.fields import DAY_FIELDS, TIME_UNITS
from coldb.errors import ProgrammingError

if TYPE_CHECKING:
    from coldb.engine.expressions import Expression, Field
    from coldb_grammar.ast import ColumnRef, Identifier, Span, Star

__all__ = ["Relation", "Resolved", "Scope", "ScopeColumn", "nullable_scope", "side_by_side"]

_UNITS = frozenset((*DAY_FIELDS, *TIME_UNITS))


@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """A name and what it stands for: a field, or the merged column of a USING."""

    name: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Relation:
    """One entry of FROM under its alias (None: it cannot be named).

    `key` holds the fields of a stored table's primary key, on which its other columns depend. `table`
    is the name that an alias hides.
    """

    alias: str | None
    columns: tuple[ScopeColumn, ...]
    key: tuple[Field, ...] = ()
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a column name means; `outer` tells that it belongs to a query around this one."""

    expression: Expression
    outer: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """`columns` are what `*` and bare names mean: where USING merges two columns, they are one.

    `result_names` are the aliases of the select list: they are no columns of the scope, and only known
    so that a message can say so.
    """

    relations: tuple[Relation, ...] = ()
    columns: tuple[ScopeColumn, ...] = ()
    outer: Scope | None = None
    result_names: frozenset[str] = frozenset()

    def resolve(self, reference: ColumnRef) -> Resolved:
        """The column of that name here or further out. Raises ProgrammingError."""
        scope: Scope | None = self
        while scope is not None:
            expression = scope._find(reference)
            if expression is not None:
                return Resolved(expression, outer=scope is not self)
            scope = scope.outer
        raise self._unknown(reference)

    def fields(self) -> frozenset[Field]:
        """All fields behind the columns of this scope."""
        columns = [column for relation in self.relations for column in relation.columns]
        return frozenset(
            column.expression.field for column in columns if isinstance(column.expression, FieldRef)
        )

    def reachable_fields(self) -> frozenset[Field]:
        """The fields of this scope and of all those around it."""
        return frozenset().union(*(scope.fields() for scope in self._scopes()))

    def has_column(self, name: str) -> bool:
        """Whether a bare name means a column of this scope, outer ones left aside."""
        return any(column.name == name for column in self.columns)

    def expand(self, star: Star) -> tuple[ScopeColumn, ...]:
        """The columns behind `*` or `table.*`."""
        if star.table is None:
            if not self.relations:
                raise ProgrammingError("SELECT * needs a FROM clause", star.span)
            return self.columns
        relation = self._relation(star.table)
        if relation is None:
            raise self._unknown_relation(star.table)
        return relation.columns

    def _find(self, reference: ColumnRef) -> Expression | None:
        if reference.table is None:
            columns = self.columns
        else:
            relation = self._relation(reference.table)
            if relation is None:
                return None
            columns = relation.columns
        name = reference.name.text
        found = [column.expression for column in columns if column.name == name]
        if not found:
            if reference.table is not None:
                raise self._unknown(reference)
            return None
        if len(found) > 1:
            message = f'column "{name}" is ambiguous{self._choice(name)}'
            raise ProgrammingError(message, reference.span)
        return found[0]

    def _relation(self, alias: Identifier) -> Relation | None:
        for relation in self.relations:
            if relation.alias == alias.text:
                return relation
        return None

    def _choice(self, name: str) -> str:
        """What to write instead of an ambiguous name, if that helps."""
        owners = [
            f"{relation.alias}.{name}"
            for relation in self.relations
            if relation.alias is not None
            and sum(column.name == name for column in relation.columns) == 1
        ]
        return f": write {' or '.join(owners)}" if len(owners) > 1 else ""

    def _unknown(self, reference: ColumnRef) -> ProgrammingError:
        name = reference.name.text
        if reference.table is not None:
            relation = self._relation(reference.table)
            if relation is None:
                return self._unknown_relation(reference.table)
            names = [column.name for column in relation.columns]
            name = f"{reference.table.text}.{name}"
        else:
            names = [column.name for scope in self._scopes() for column in scope.columns]
        if not names:
            return ProgrammingError(f'no column can be read here, not "{name}"', reference.span)
        hint = self._meant(name, names) if reference.table is None else ""
        hint = hint or did_you_mean(reference.name.text, names) or f"; there are {listing(names)}"
        return ProgrammingError(f'no column "{name}"{hint}', reference.span)

    def _meant(self, name: str, names: list[str]) -> str:
        """What a bare name may have been meant for that is no column of FROM."""
        if name in self.result_names:
            return (
                " in FROM: it names a result; repeat its expression,"
                " or read it in a query around this one"
            )
        if name in _UNITS and not did_you_mean(name, names):
            return f": a unit of time is written '{name}'"
        return ""

    def _unknown_relation(self, alias: Identifier) -> ProgrammingError:
        relations = [
            relation for scope in self._scopes() for relation in scope.relations if relation.alias
        ]
        for relation in relations:
            if relation.table == alias.text:
                message = f'table "{alias.text}" is called "{relation.alias}" in this query'
                return ProgrammingError(message, alias.span)
        aliases = [relation.alias for relation in relations if relation.alias]
        hint = did_you_mean(alias.text, aliases)
        if not hint and aliases:
            hint = f"; there are {listing(aliases)}"
        return ProgrammingError(f'no table "{alias.text}" in FROM{hint}', alias.span)

    def _scopes(self) -> list[Scope]:
        scopes, scope = [], self
        while True:
            scopes.append(scope)
            if scope.outer is None:
                return scopes
            scope = scope.outer


def nullable_column(column: ScopeColumn) -> ScopeColumn:
    """The column as seen beyond an outer join that may have no row for it."""
    if isinstance(column.expression, FieldRef):
        return ScopeColumn(column.name, FieldRef(replace(column.expression.field, nullable=True)))
    return column


def nullable_scope(scope: Scope) -> Scope:
    """The scope of the side of an outer join that may have no row."""
    relations = tuple(
        replace(relation, columns=tuple(map(nullable_column, relation.columns)))
        for relation in scope.relations
    )
    return replace(scope, relations=relations, columns=tuple(map(nullable_column, scope.columns)))


def side_by_side(left: Scope, right: Scope, span: Span) -> Scope:
    """The scope of two FROM items together. Raises ProgrammingError for an alias used twice."""
    taken = {relation.alias for relation in left.relations}
    for relation in right.relations:
        if relation.alias is not None and relation.alias in taken:
            message = (
                f'table name "{relation.alias}" is used twice in FROM; give one of them an alias'
            )
            raise ProgrammingError(message, span)
    return replace(
        left, relations=left.relations + right.relations, columns=left.columns + right.columns
    )
