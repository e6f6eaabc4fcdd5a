"""The nodes of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.expressions import (
        ColumnRef,
        Expression,
        FunctionCall,
        Literal,
        Parameter,
    )
    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.windows import NamedWindow

__all__ = [
    "Alias",
    "AsOf",
    "CommonTable",
    "Cube",
    "GroupingItem",
    "GroupingSets",
    "Join",
    "NamedTable",
    "Pivot",
    "Query",
    "QueryBody",
    "Rollup",
    "Sample",
    "Select",
    "SelectItem",
    "SetOperation",
    "SortItem",
    "SubqueryTable",
    "TableExpression",
    "TableFunction",
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
class Sample:
    """`TABLESAMPLE BERNOULLI | SYSTEM (percent) [REPEATABLE (seed)]`."""

    method: OneOf["BERNOULLI", "SYSTEM"]
    percent: Expression
    seed: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedTable:
    """`[schema.]table`; only `information_schema`, `pg_catalog` and `main` are schemas."""

    name: Identifier
    alias: Alias | None = None
    as_of: AsOf | None = None
    schema: Identifier | None = None
    sample: Sample | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SubqueryTable:
    """`[LATERAL] (query) [AS] alias`; the alias may be absent."""

    query: Query
    alias: Alias | None = None
    lateral: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TableFunction:
    """`function(...) [WITH ORDINALITY] [AS alias]`; it may read the tables on its left."""

    call: FunctionCall
    alias: Alias | None = None
    with_ordinality: bool = False
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


@dataclass(frozen=True, slots=True)
class Pivot:
    """`source PIVOT (aggregate, ... FOR column IN (value, ...)) [AS alias]`, values and aggregates
    with or without aliases."""

    source: TableExpression
    aggregates: tuple[SelectItem, ...]
    column: ColumnRef
    values: tuple[SelectItem, ...]
    alias: Alias | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


TableExpression: TypeAlias = "NamedTable | SubqueryTable | TableFunction | Join | Pivot"


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
class Rollup:
    """`ROLLUP (a, (b, c))`: each element is a tuple of expressions that come and go together."""

    elements: tuple[tuple[Expression, ...], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cube:
    """`CUBE (a, (b, c))`."""

    elements: tuple[tuple[Expression, ...], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class GroupingSets:
    """`GROUPING SETS ((a, b), ROLLUP (c), ())`; a tuple is one set."""

    sets: tuple[tuple[Expression, ...] | Rollup | Cube | GroupingSets, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


GroupingItem: TypeAlias = "Expression | Rollup | Cube | GroupingSets"


@dataclass(frozen=True, slots=True)
class Select:
    """`distinct_on` are the expressions of DISTINCT ON; `group_by_all` is GROUP BY ALL."""

    items: tuple[SelectItem, ...]
    source: TableExpression | None = None
    where: Expression | None = None
    group_by: tuple[GroupingItem, ...] = ()
    having: Expression | None = None
    distinct: bool = False
    distinct_on: tuple[Expression, ...] = ()
    group_by_all: bool = False
    windows: tuple[NamedWindow, ...] = ()
    qualify: Expression | None = None
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
    """One entry of WITH; `materialized` is None where the text leaves the choice."""

    alias: Alias
    query: Query
    materialized: bool | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A body with what stands around it. A parenthesised query inside a body is itself a Query.

    `recursive`: entries of WITH may read themselves. `with_ties`: FETCH FIRST n ROWS WITH TIES.
    """

    body: QueryBody
    with_: tuple[CommonTable, ...] = ()
    order_by: tuple[SortItem, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    recursive: bool = False
    with_ties: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


QueryBody: TypeAlias = "Select | Values | SetOperation | Query"
