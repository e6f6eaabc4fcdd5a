"""The nodes of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_grammar.ast import (
    Alias,
    AsOf,
    ColumnRef,
    CommonTable,
    Expression,
    FunctionCall,
    Identifier,
    Join,
    Literal,
    NamedTable,
    NamedWindow,
    Parameter,
    Pivot,
    Query,
    QueryBody,
    Sample,
    Select,
    SelectItem,
    SetOperation,
    SortItem,
    Span,
    Star,
    SubqueryTable,
    TableExpression,
    TableFunction,
    Values,
)
from coldb_grammar.builders.action import Refused, action
from coldb_grammar.errors import one_line

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Expressions, Keyword
    from coldb_grammar.builders.groups import Groups

Names: TypeAlias = "tuple[Identifier, ...]"


Path: TypeAlias = "tuple[Identifier | None, Identifier]"  # of a table: its schema and its name


@dataclass(frozen=True, slots=True)
class With:
    """The tables of WITH."""

    tables: tuple[CommonTable, ...] = ()
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """LIMIT and OFFSET together."""

    limit: Expression | None = None
    offset: Expression | None = None
    with_ties: bool = False


@action
def query(
    span: Span,
    common: With | None,
    body: QueryBody,
    order: tuple[SortItem, ...] | None,
    bounds: Bounds | None,
) -> Query:
    if isinstance(body, Query) and not (common or order or bounds):
        return body
    common, bounds = common or With(), bounds or Bounds()
    if bounds.with_ties and not order:
        raise Refused("WITH TIES needs an ORDER BY, which tells what rows are tied", span)
    return Query(
        body,
        common.tables,
        order or (),
        bounds.limit,
        bounds.offset,
        common.recursive,
        bounds.with_ties,
        span,
    )


@action
def common_tables(span: Span, recursive: Keyword, *tables: CommonTable) -> With:
    return With(tables, recursive is not None)


@action
def common_table(
    span: Span,
    name: Identifier,
    columns: Names | None,
    materialized: bool | None,
    query: Query,
) -> CommonTable:
    return CommonTable(Alias(name, columns or ()), query, materialized, span)


@action
def materialization(span: Span, negation: Keyword) -> bool:
    return negation is None


@action
def set_operator(span: Span, operator: str, quantifier: Keyword) -> tuple[str, bool]:
    return operator, quantifier == "ALL"


@action
def set_operation(
    span: Span, left: QueryBody, operator: tuple[Any, bool], right: QueryBody
) -> SetOperation:
    return SetOperation(operator[0], operator[1], left, right, span)


@action
def whole_table(span: Span, path: Path) -> Select:
    """`TABLE t` is `SELECT * FROM t`."""
    schema, name = path
    return Select(
        (SelectItem(Star(span=Span(span.start, span.start + len("TABLE"))), span=span),),
        NamedTable(name, schema=schema, span=name.span),
        span=span,
    )


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
    grouped: Grouped | None,
) -> Select:
    grouped = grouped or Grouped()
    return Select(
        items,
        source,
        where,
        grouped.group_by,
        grouped.having,
        quantifier == "DISTINCT",
        quantifier if isinstance(quantifier, tuple) else (),
        grouped.by_all,
        grouped.windows,
        grouped.qualify,
        span,
    )


@dataclass(frozen=True, slots=True)
class Grouped:
    """What follows WHERE."""

    group_by: Groups = ()
    by_all: bool = False
    having: Expression | None = None
    windows: tuple[NamedWindow, ...] = ()
    qualify: Expression | None = None


@action
def grouped(
    span: Span,
    group_by: Any,
    having: Expression | None,
    windows: tuple[NamedWindow, ...] | None,
    qualify: Expression | None,
) -> Grouped:
    by_all = group_by == "ALL"
    return Grouped(() if by_all else group_by, by_all, having, windows or (), qualify)


@action
def having_alone(
    span: Span,
    having: Expression,
    windows: tuple[NamedWindow, ...] | None,
    qualify: Expression | None,
) -> Grouped:
    return Grouped(having=having, windows=windows or (), qualify=qualify)


@action
def windows_alone(
    span: Span, windows: tuple[NamedWindow, ...], qualify: Expression | None
) -> Grouped:
    return Grouped(windows=windows, qualify=qualify)


@action
def qualify_alone(span: Span, qualify: Expression) -> Grouped:
    return Grouped(qualify=qualify)


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
    return Bounds(
        first.limit or second.limit,
        first.offset or second.offset,
        first.with_ties or second.with_ties,
    )


@action
def limit(span: Span, count: Expression) -> Bounds:
    return Bounds(limit=count)


@action
def no_limit(span: Span) -> Bounds:
    return Bounds()


@action
def offset_and_limit(span: Span, offset: Expression, limit: Expression) -> Bounds:
    raise Refused("LIMIT takes one number: write LIMIT count OFFSET start", span)


@action
def fetch(span: Span, count: Expression | None, ties: Keyword = None) -> Bounds:
    return Bounds(limit=count or Literal(1, span), with_ties=ties is not None)


@action
def offset(span: Span, count: Expression) -> Bounds:
    return Bounds(offset=count)


# --- FROM --------------------------------------------------------------------------------------


@action
def table_path(span: Span, schema: Identifier | None, name: Identifier) -> Path:
    return schema, name


@action
def named_table(
    span: Span, path: Path, as_of: AsOf | None, alias: Alias | None, sample: Sample | None
) -> NamedTable:
    schema, name = path
    return NamedTable(name, alias, as_of, schema, sample, span)


@action
def sample(span: Span, method: Identifier, percent: Expression, seed: Expression | None) -> Sample:
    word: Any = method.text.upper()
    if word not in ("BERNOULLI", "SYSTEM"):
        shown = one_line(method.text)
        raise Refused(f'a sample is taken by BERNOULLI or SYSTEM, not by "{shown}"', method.span)
    return Sample(word, percent, seed, span)


@action
def table_call(span: Span, name: Identifier, given: Expressions | None) -> FunctionCall:
    return FunctionCall(name, given or (), span=span)


@action
def ordinality(span: Span) -> bool:
    return True


@action
def table_function(
    span: Span,
    lateral: Keyword,
    call: FunctionCall,
    with_ordinality: bool | None,
    alias: Alias | None,
) -> TableFunction:
    return TableFunction(call, alias, bool(with_ordinality), span)


@action
def as_of(span: Span, unit: Any, value: Literal | Parameter) -> AsOf:
    return AsOf(unit.lower(), value, span)


@action
def subquery_table(
    span: Span, lateral: Keyword, query: Query, alias: Alias | None
) -> SubqueryTable:
    return SubqueryTable(query, alias, lateral is not None, span)


@action
def aliased_join(span: Span, join: Join, alias: Alias) -> SubqueryTable:
    """`(a JOIN b ON ...) AS x`: the columns of the join as those of one table."""
    everything = Select((SelectItem(Star(), span=span),), join, span=span)
    return SubqueryTable(Query(everything, span=span), alias, span=span)


@action
def pivot_items(span: Span, *items: SelectItem) -> tuple[SelectItem, ...]:
    return items


@action
def pivot(
    span: Span,
    source: TableExpression,
    aggregates: tuple[SelectItem, ...],
    column: ColumnRef,
    values: tuple[SelectItem, ...],
    alias: Alias | None,
) -> Pivot:
    for item in aggregates:
        if not isinstance(item.expression, FunctionCall) or item.expression.over is not None:
            raise Refused("PIVOT takes aggregates, as in PIVOT (sum(x) FOR ...)", item.span)
    for item in values:
        if item.alias is None and not isinstance(item.expression, Literal):
            raise Refused("name the column for this value: value AS name", item.span)
    return Pivot(source, aggregates, column, values, alias, span)


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
