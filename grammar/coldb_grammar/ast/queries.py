"""The nodes of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.expressions import Expression, Literal, Parameter
    from coldb_grammar.ast.names import Identifier, Span

__all__ = [
    "Alias",
    "AsOf",
    "CommonTable",
    "Join",
    "NamedTable",
    "Query",
    "QueryBody",
    "Select",
    "SelectItem",
    "SetOperation",
    "SortItem",
    "SubqueryTable",
    "TableExpression",
    "Values",
]


@dataclass(frozen=True, slots=True)
class Alias:
    """`AS name [(column, ...)]` behind a table expression.

    `is_complete` tells that the table may have no further columns than the named ones.
    """

    name: Identifier
    columns: tuple[Identifier, ...] = ()
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class AsOf:
    """`AS OF VERSION n`, `AS OF TIMESTAMP '...'`: a table as it was then."""

    unit: OneOf["version", "timestamp"]
    value: Literal | Parameter
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedTable:
    name: Identifier
    alias: Alias | None = None
    as_of: AsOf | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SubqueryTable:
    """`(query) [AS] alias`; the alias may be absent."""

    query: Query
    alias: Alias | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Join:
    """Comma joins arrive as CROSS. `using` and `on` exclude each other."""

    kind: OneOf["INNER", "LEFT", "RIGHT", "FULL", "CROSS"]
    left: TableExpression
    right: TableExpression
    on: Expression | None = None
    using: tuple[Identifier, ...] = ()
    natural: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


TableExpression: TypeAlias = "NamedTable | SubqueryTable | Join"


@dataclass(frozen=True, slots=True)
class SelectItem:
    expression: Expression
    alias: Identifier | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SortItem:
    """`nulls_first` None means the default: NULLs count as largest, as in PostgreSQL."""

    expression: Expression
    descending: bool = False
    nulls_first: bool | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Select:
    items: tuple[SelectItem, ...]
    source: TableExpression | None = None
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    having: Expression | None = None
    distinct: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Values:
    rows: tuple[tuple[Expression, ...], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetOperation:
    operator: OneOf["UNION", "INTERSECT", "EXCEPT"]
    all: bool
    left: QueryBody
    right: QueryBody
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CommonTable:
    """One entry of WITH."""

    alias: Alias
    query: Query
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A body with what stands around it. A parenthesised query inside a body is itself a Query."""

    body: QueryBody
    with_: tuple[CommonTable, ...] = ()
    order_by: tuple[SortItem, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


QueryBody: TypeAlias = "Select | Values | SetOperation | Query"
