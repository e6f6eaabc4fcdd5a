"""The nodes of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_grammar.ast import (
    Alias,
    AsOf,
    CommonTable,
    Expression,
    Identifier,
    Join,
    Literal,
    NamedTable,
    NamedWindow,
    Parameter,
    Query,
    QueryBody,
    Select,
    SelectItem,
    SetOperation,
    SortItem,
    Span,
    Star,
    SubqueryTable,
    TableExpression,
    Values,
)
from coldb_grammar.builders.action import action

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Expressions, Keyword

Names: TypeAlias = "tuple[Identifier, ...]"


@dataclass(frozen=True, slots=True)
class Bounds:
    """LIMIT and OFFSET together."""

    limit: Expression | None = None
    offset: Expression | None = None


@action
def query(
    span: Span,
    common: tuple[CommonTable, ...] | None,
    body: QueryBody,
    order: tuple[SortItem, ...] | None,
    bounds: Bounds | None,
) -> Query:
    if isinstance(body, Query) and not (common or order or bounds):
        return body
    bounds = bounds or Bounds()
    return Query(body, common or (), order or (), bounds.limit, bounds.offset, span=span)


@action
def common_tables(span: Span, *tables: CommonTable) -> tuple[CommonTable, ...]:
    return tables


@action
def common_table(span: Span, name: Identifier, columns: Names | None, query: Query) -> CommonTable:
    return CommonTable(Alias(name, columns or ()), query, span=span)


@action
def set_operator(span: Span, operator: str, quantifier: Keyword) -> tuple[str, bool]:
    return operator, quantifier == "ALL"


@action
def set_operation(
    span: Span, left: QueryBody, operator: tuple[Any, bool], right: QueryBody
) -> SetOperation:
    return SetOperation(operator[0], operator[1], left, right, span)


@action
def values(span: Span, *rows: Expressions) -> Values:
    return Values(rows, span)


@action
def select(
    span: Span,
    quantifier: str | Expressions | None,
    items: tuple[SelectItem, ...],
    source: TableExpression | None,
    where: Expression | None,
    groups: Any,
    having: Expression | None,
    windows: tuple[NamedWindow, ...] | None,
    qualify: Expression | None,
) -> Select:
    return Select(
        items,
        source,
        where,
        () if groups in (None, "ALL") else groups,
        having,
        quantifier == "DISTINCT",
        quantifier if isinstance(quantifier, tuple) else (),
        groups == "ALL",
        windows or (),
        qualify,
        span,
    )


@action
def distinct_on(span: Span, keys: Expressions) -> Expressions:
    return keys


@action
def select_items(span: Span, *items: SelectItem) -> tuple[SelectItem, ...]:
    return items


@action
def select_item(
    span: Span, expression: Expression | Star, label: Identifier | None = None
) -> SelectItem:
    return SelectItem(expression, label, span)


@action
def sort_items(span: Span, *items: SortItem) -> tuple[SortItem, ...]:
    return items


@action
def sort_item(span: Span, expression: Expression, direction: Keyword, nulls: Keyword) -> SortItem:
    return SortItem(
        expression, direction == "DESC", None if nulls is None else nulls == "FIRST", span
    )


@action
def bounds(span: Span, first: Bounds, second: Bounds | None) -> Bounds:
    second = second or Bounds()
    return Bounds(first.limit or second.limit, first.offset or second.offset)


@action
def limit(span: Span, count: Expression) -> Bounds:
    return Bounds(limit=count)


@action
def no_limit(span: Span) -> Bounds:
    return Bounds()


@action
def fetch(span: Span, count: Expression | None) -> Bounds:
    return Bounds(limit=count or Literal(1, span))


@action
def offset(span: Span, count: Expression) -> Bounds:
    return Bounds(offset=count)


# --- FROM --------------------------------------------------------------------------------------


@action
def named_table(
    span: Span, name: Identifier, as_of: AsOf | None, alias: Alias | None
) -> NamedTable:
    return NamedTable(name, alias, as_of, span=span)


@action
def as_of(span: Span, unit: Any, value: Literal | Parameter) -> AsOf:
    return AsOf(unit.lower(), value, span)


@action
def subquery_table(span: Span, query: Query, alias: Alias | None) -> SubqueryTable:
    return SubqueryTable(query, alias, span=span)


@action
def alias(span: Span, name: Identifier, columns: Names | None) -> Alias:
    return Alias(name, columns or ())


@action
def join_kind(span: Span, *words: str) -> str:
    return words[0]


@action
def comma_join(span: Span, left: TableExpression, right: TableExpression) -> Join:
    return Join("CROSS", left, right, span=span)


@action
def cross_join(span: Span, left: TableExpression, right: TableExpression) -> Join:
    return Join("CROSS", left, right, span=span)


@action
def join_on(
    span: Span, left: TableExpression, kind: Any, right: TableExpression, condition: Expression
) -> Join:
    return Join(kind or "INNER", left, right, on=condition, span=span)


@action
def join_using(
    span: Span, left: TableExpression, kind: Any, right: TableExpression, columns: Names
) -> Join:
    return Join(kind or "INNER", left, right, using=columns, span=span)


@action
def natural_join(span: Span, left: TableExpression, kind: Any, right: TableExpression) -> Join:
    return Join(kind or "INNER", left, right, natural=True, span=span)


# --- names -------------------------------------------------------------------------------------


@action
def column_names(span: Span, *names: Identifier) -> Names:
    return names


@action
def new_names(span: Span, *names: Identifier) -> Names:
    return names
