"""The nodes of statements that change rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_grammar.ast import (
    Alias,
    Assignment,
    ColumnRef,
    CommonTable,
    DefaultValue,
    Delete,
    Expression,
    Identifier,
    Insert,
    Merge,
    MergeAction,
    MergeClause,
    MergeDelete,
    MergeInsert,
    MergeNothing,
    MergeUpdate,
    NamedTable,
    OnConflict,
    Query,
    ScalarQuery,
    Select,
    SelectItem,
    Span,
    SubqueryTable,
    TableExpression,
    Truncate,
    Update,
    Values,
)
from coldb_grammar.builders.action import Refused, action

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Expressions
    from coldb_grammar.builders.queries import Names, With

Assignments: TypeAlias = "tuple[Assignment, ...]"
Items: TypeAlias = "tuple[SelectItem, ...]"


@action
def insert(
    span: Span,
    common: With | None,
    target: NamedTable,
    columns: Names | None,
    query: Query,
    on_conflict: OnConflict | None,
    returning: Items | None,
) -> Insert:
    rows = _after(common, query)
    return Insert(target, columns or (), rows, on_conflict, False, returning or (), span)


@action
def insert_defaults(
    span: Span,
    common: With | None,
    target: NamedTable,
    on_conflict: OnConflict | None,
    returning: Items | None,
) -> Insert:
    rows = _after(common, Query(Values(((),), span), span=span))
    return Insert(target, (), rows, on_conflict, False, returning or (), span)


@action
def insert_overwrite(
    span: Span,
    common: With | None,
    target: NamedTable,
    columns: Names | None,
    query: Query,
    returning: Items | None,
) -> Insert:
    rows = _after(common, query)
    return Insert(target, columns or (), rows, None, True, returning or (), span)


def _with(common: With | None) -> tuple[tuple[CommonTable, ...], bool]:
    return (common.tables, common.recursive) if common else ((), False)


def _after(common: With | None, query: Query) -> Query:
    """The query with the WITH before INSERT as the first of its own."""
    if common is None:
        return query
    recursive = common.recursive or query.recursive
    return replace(query, with_=(*common.tables, *query.with_), recursive=recursive)


@action
def insert_target(span: Span, name: Identifier, alias: Identifier | None) -> NamedTable:
    return NamedTable(name, None if alias is None else Alias(alias), span=span)


@action
def conflict_ignored(span: Span, columns: Names | None) -> OnConflict:
    return OnConflict(columns or (), span=span)


@action
def conflict_updated(
    span: Span, columns: Names | None, assignments: Assignments, where: Expression | None
) -> OnConflict:
    return OnConflict(columns or (), assignments, where, span)


@action
def delete(
    span: Span,
    common: With | None,
    target: NamedTable,
    using: TableExpression | None,
    where: Expression | None,
    returning: Items | None,
) -> Delete:
    return Delete(target, using, where, *_with(common), returning or (), span)


@action
def update(
    span: Span,
    common: With | None,
    target: NamedTable,
    assignments: Assignments,
    source: TableExpression | None,
    where: Expression | None,
    returning: Items | None,
) -> Update:
    return Update(target, assignments, source, where, *_with(common), returning or (), span)


@action
def target(span: Span, name: Identifier, alias: Identifier | None) -> NamedTable:
    return NamedTable(name, None if alias is None else Alias(alias), span=span)


@action
def default_value(span: Span) -> DefaultValue:
    return DefaultValue(span)


@action
def row_items(span: Span, *items: Expression) -> Expressions:
    return items


# --- SET ---------------------------------------------------------------------------------------


@action
def assignments(span: Span, *parts: Assignment | Assignments) -> Assignments:
    """Those to one column each, and those to several columns, which are several already."""
    return tuple(one for part in parts for one in (part if isinstance(part, tuple) else (part,)))


@action
def assignment(span: Span, column: Identifier, value: Expression) -> Assignment:
    return Assignment(column, value, span)


@action
def row_assignment(span: Span, columns: Names, values: Expressions) -> Assignments:
    """`(a, b) = (1, 2)`."""
    if len(columns) != len(values):
        raise Refused(f"{len(values)} values are given for {len(columns)} columns", span)
    pairs = zip(columns, values, strict=True)
    return tuple(Assignment(column, value, span) for column, value in pairs)


@action
def query_assignment(span: Span, columns: Names, query: Query) -> Assignments:
    """`(a, b) = (SELECT ...)`: each column is assigned the query's column in its place."""
    names = tuple(Identifier(f"column{number + 1}", span) for number in range(len(columns)))
    alias = Alias(Identifier("assigned", span), names, is_complete=True)
    table = SubqueryTable(query, alias, span=span)
    return tuple(
        Assignment(column, ScalarQuery(Query(_only(name, table), span=span), span), span)
        for column, name in zip(columns, names, strict=True)
    )


def _only(column: Identifier, table: SubqueryTable) -> Select:
    item = SelectItem(ColumnRef(column, span=column.span), span=column.span)
    return Select((item,), table, span=column.span)


# --- MERGE and TRUNCATE ------------------------------------------------------------------------


@action
def merge(
    span: Span,
    common: With | None,
    target: NamedTable,
    source: TableExpression,
    on: Expression,
    *rest: Any,
) -> Merge:
    *clauses, returning = rest
    return Merge(target, source, on, tuple(clauses), *_with(common), returning or (), span)


@action
def when_pair(span: Span, condition: Expression | None, action: MergeAction) -> MergeClause:
    return MergeClause("pair", condition, action, span)


@action
def when_source_alone(span: Span, condition: Expression | None, action: MergeAction) -> MergeClause:
    return MergeClause("source", condition, action, span)


@action
def when_target_alone(span: Span, condition: Expression | None, action: MergeAction) -> MergeClause:
    return MergeClause("target", condition, action, span)


@action
def merge_update(span: Span, assignments: Assignments) -> MergeUpdate:
    return MergeUpdate(assignments)


@action
def merge_delete(span: Span) -> MergeDelete:
    return MergeDelete()


@action
def merge_insert(span: Span, columns: Names | None, values: Expressions) -> MergeInsert:
    return MergeInsert(columns or (), values)


@action
def merge_insert_defaults(span: Span) -> MergeInsert:
    return MergeInsert((), ())


@action
def merge_nothing(span: Span) -> MergeNothing:
    return MergeNothing()


@action
def truncate(span: Span, *tables: Identifier) -> Truncate:
    return Truncate(tables, span)
