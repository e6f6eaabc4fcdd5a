"""The nodes of statements other than queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from coldb_grammar.ast import (
    Begin,
    ColumnDefinition,
    Commit,
    Copy,
    CreateSource,
    CreateTable,
    Describe,
    DropSource,
    DropTable,
    Explain,
    Filling,
    ForeignKey,
    Hierarchy,
    Identifier,
    Insert,
    LiteralValue,
    Option,
    Query,
    Reference,
    Rollback,
    Show,
    Span,
    Statement,
    TypeName,
)
from coldb_grammar.builders.action import Refused, action
from coldb_grammar.errors import one_line

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Keyword
    from coldb_grammar.builders.queries import Names

Options = tuple[Option, ...]


@action
def explain(span: Span, analyze: Keyword, statement: Statement) -> Explain:
    return Explain(statement, analyze is not None, span)


@action
def begin(span: Span) -> Begin:
    return Begin(span)


@action
def commit(span: Span) -> Commit:
    return Commit(span)


@action
def rollback(span: Span) -> Rollback:
    return Rollback(span)


@action
def show(span: Span, subject: str) -> Show:
    return Show("tables" if subject == "TABLES" else "sources", span)


@action
def describe(span: Span, table: Identifier) -> Describe:
    return Describe(table, span)


@action
def insert(span: Span, table: Identifier, columns: Names | None, query: Query) -> Insert:
    return Insert(table, columns or (), query, span)


# --- COPY and sources --------------------------------------------------------------------------


@action
def copy_from(
    span: Span, table: Identifier, columns: Names | None, path: str, options: Options | None
) -> Copy:
    return Copy("from", table, columns or (), None, path, options or (), span)


@action
def copy_table_to(
    span: Span, table: Identifier, columns: Names | None, path: str, options: Options | None
) -> Copy:
    return Copy("to", table, columns or (), None, path, options or (), span)


@action
def copy_query_to(span: Span, query: Query, path: str, options: Options | None) -> Copy:
    return Copy("to", None, (), query, path, options or (), span)


@action
def options(span: Span, *given: Option) -> Options:
    seen: set[str] = set()
    for option in given:
        if option.name in seen:
            raise Refused(f"the option {one_line(option.name.upper())} is given twice", option.span)
        seen.add(option.name)
    return given


@action
def option(span: Span, name: Identifier, value: LiteralValue) -> Option:
    """An option without a value is switched on."""
    return Option(name.text.lower(), True if value is None else value, span)


@action
def option_truth(span: Span, word: str) -> bool:
    return word == "TRUE"


@action
def option_word(span: Span, word: Identifier) -> str:
    return word.text


@action
def create_source(
    span: Span, absent: bool | None, name: Identifier, options: Options
) -> CreateSource:
    return CreateSource(name, options, bool(absent), span)


@action
def drop_source(span: Span, present: bool | None, name: Identifier) -> DropSource:
    return DropSource(name, bool(present), span)


@action
def if_exists(span: Span) -> bool:
    return True


@action
def if_not_exists(span: Span) -> bool:
    return True


# --- CREATE TABLE ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """`PRIMARY KEY (column, ...)` among the columns of a table."""

    columns: Names
    span: Span


@dataclass(frozen=True, slots=True)
class SortOrder:
    """`ORDER BY (column, ...)` behind the columns of a table."""

    columns: Names
    span: Span


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a column definition says behind the type: a field of ColumnDefinition and its value."""

    field: str
    value: Any
    span: Span


@action
def create_table(
    span: Span,
    kind: Keyword,
    absent: bool | None,
    name: Identifier,
    elements: tuple[Any, ...],
    clauses: tuple[SortOrder | Filling, ...] | None,
) -> CreateTable:
    columns = _each(elements, ColumnDefinition)
    if not columns:
        raise Refused(f'the table "{one_line(name.text)}" has no columns', name.span)
    key = _at_most_one(elements, PrimaryKey, "PRIMARY KEY")
    order = _at_most_one(clauses or (), SortOrder, "ORDER BY")
    return CreateTable(
        name,
        "dimension" if kind == "DIMENSION" else "fact" if kind == "FACT" else "plain",
        columns,
        key.columns if key else (),
        _each(elements, ForeignKey),
        _each(elements, Hierarchy),
        order.columns if order else (),
        _at_most_one(clauses or (), Filling, "FROM SOURCE"),
        bool(absent),
        span,
    )


@action
def table_elements(span: Span, *elements: object) -> tuple[object, ...]:
    return elements


@action
def table_clauses(span: Span, *clauses: object) -> tuple[object, ...]:
    return clauses


@action
def sort_order(span: Span, columns: Names) -> SortOrder:
    return SortOrder(columns, span)


@action
def filling(span: Span, source: Identifier, query: str) -> Filling:
    return Filling(source, query, span)


@action
def primary_key(span: Span, columns: Names) -> PrimaryKey:
    return PrimaryKey(columns, span)


@action
def foreign_key(span: Span, columns: Names, references: Reference) -> ForeignKey:
    return ForeignKey(columns, references, span)


@action
def hierarchy(span: Span, name: Identifier, columns: Names) -> Hierarchy:
    return Hierarchy(name, columns, span)


@action
def column_definition(
    span: Span, name: Identifier, type: TypeName, constraints: tuple[Constraint, ...] | None
) -> ColumnDefinition:
    fields: dict[str, Any] = {}
    for constraint in constraints or ():
        if constraint.field in fields:
            words = constraint.field.replace("_", " ").upper()
            column = one_line(name.text)
            raise Refused(f'{words} of the column "{column}" is given twice', constraint.span)
        fields[constraint.field] = constraint.value
    return ColumnDefinition(name, type, span=span, **fields)


@action
def column_constraints(span: Span, *constraints: Constraint) -> tuple[Constraint, ...]:
    return constraints


@action
def not_null(span: Span) -> Constraint:
    return Constraint("not_null", True, span)


@action
def nullable(span: Span) -> Constraint:
    return Constraint("not_null", False, span)


@action
def column_key(span: Span) -> Constraint:
    return Constraint("primary_key", True, span)


@action
def column_reference(span: Span, references: Reference) -> Constraint:
    return Constraint("references", references, span)


@action
def encoding(span: Span, name: Identifier) -> Constraint:
    return Constraint("encoding", name.text.lower(), span)


@action
def reference(span: Span, table: Identifier, columns: Names | None, on_missing: Any) -> Reference:
    return Reference(table, columns or (), on_missing or "reject", span)


@action
def missing_policy(span: Span, word: str) -> str:
    return word.lower()


@action
def drop_table(span: Span, present: bool | None, name: Identifier) -> DropTable:
    return DropTable(name, bool(present), span)


T = TypeVar("T")


def _each(items: tuple[object, ...], kind: type[T]) -> tuple[T, ...]:
    return tuple(item for item in items if isinstance(item, kind))


def _at_most_one(items: tuple[Any, ...], kind: type[T], words: str) -> T | None:
    found: list[Any] = [item for item in items if isinstance(item, kind)]
    if len(found) > 1:
        raise Refused(f"{words} is given twice", found[1].span)
    return found[0] if found else None
