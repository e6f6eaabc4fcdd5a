"""The nodes of statements that define and alter tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from coldb_grammar.ast import (
    AddColumn,
    Alteration,
    AlterTable,
    ColumnDefinition,
    CreateIndex,
    CreateTable,
    CreateTableAs,
    DropColumn,
    DropIndex,
    DropPartition,
    DropTable,
    Expression,
    Filling,
    ForeignKey,
    HashPartitions,
    Hierarchy,
    Identifier,
    LiteralValue,
    Partitions,
    Query,
    RangePartitions,
    Reference,
    RenameColumn,
    RenameTable,
    SetNullable,
    SetType,
    Span,
    TypeName,
    UniqueKey,
)
from coldb_grammar.builders.action import Refused, action, whole_number
from coldb_grammar.errors import one_line

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Keyword
    from coldb_grammar.builders.queries import Names

TableClause: TypeAlias = "SortOrder | RangePartitions | HashPartitions | Filling"


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
    clauses: tuple[TableClause, ...] | None,
) -> CreateTable:
    columns = _each(elements, ColumnDefinition)
    if not columns:
        raise Refused(f'the table "{one_line(name.text)}" has no columns', name.span)
    key = _at_most_one(elements, PrimaryKey, "PRIMARY KEY")
    order = _at_most_one(clauses or (), SortOrder, "ORDER BY")
    return CreateTable(
        name,
        _kind(kind),
        columns,
        key.columns if key else (),
        _each(elements, ForeignKey),
        _each(elements, Hierarchy),
        order.columns if order else (),
        _at_most_one(clauses or (), Filling, "FROM SOURCE"),
        _partitions(clauses or ()),
        bool(absent),
        _each(elements, UniqueKey),
        span,
    )


@action
def create_table_as(
    span: Span,
    kind: Keyword,
    absent: bool | None,
    name: Identifier,
    columns: Names | None,
    clauses: tuple[TableClause, ...] | None,
    query: Query,
) -> CreateTableAs:
    filling = _at_most_one(clauses or (), Filling, "FROM SOURCE")
    if filling is not None:
        raise Refused("a table is filled by a source or by a query, not by both", filling.span)
    order = _at_most_one(clauses or (), SortOrder, "ORDER BY")
    return CreateTableAs(
        name,
        _kind(kind),
        columns or (),
        query,
        order.columns if order else (),
        _partitions(clauses or ()),
        bool(absent),
        span,
    )


def _kind(keyword: Keyword) -> Any:
    return "plain" if keyword is None else keyword.lower()


def _partitions(clauses: tuple[TableClause, ...]) -> Partitions | None:
    found = [one for one in clauses if isinstance(one, RangePartitions | HashPartitions)]
    if len(found) > 1:
        raise Refused("PARTITION BY is given twice", found[1].span)
    return found[0] if found else None


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
def range_partitions(span: Span, column: Identifier, width: Any) -> RangePartitions:
    if isinstance(width, str):
        return RangePartitions(column, width.lower(), span)  # type: ignore[arg-type]
    return RangePartitions(column, whole_number(width, "the width of a partition", span), span)


@action
def hash_partitions(span: Span, column: Identifier, count: LiteralValue) -> HashPartitions:
    return HashPartitions(column, whole_number(count, "the number of partitions", span), span)


@action
def filling(span: Span, source: Identifier, query: str) -> Filling:
    return Filling(source, query, span)


@action
def primary_key(span: Span, columns: Names) -> PrimaryKey:
    return PrimaryKey(columns, span)


@action
def unique_key(span: Span, columns: Names) -> UniqueKey:
    return UniqueKey(columns, span=span)


@action
def named_constraint(span: Span, name: Identifier, constraint: object) -> object:
    """Only a unique key keeps its name: no statement names the other constraints."""
    return replace(constraint, name=name) if isinstance(constraint, UniqueKey) else constraint


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
def unique_column(span: Span) -> Constraint:
    return Constraint("unique", True, span)


@action
def column_reference(span: Span, references: Reference) -> Constraint:
    return Constraint("references", references, span)


@action
def encoding(span: Span, name: Identifier) -> Constraint:
    return Constraint("encoding", name.text.lower(), span)


@action
def default(span: Span, value: Expression) -> Constraint:
    return Constraint("default", value, span)


@action
def reference(span: Span, table: Identifier, columns: Names | None, on_missing: Any) -> Reference:
    return Reference(table, columns or (), on_missing or "reject", span)


@action
def missing_policy(span: Span, word: str) -> str:
    return word.lower()


@action
def drop_table(span: Span, present: bool | None, name: Identifier) -> DropTable:
    return DropTable(name, bool(present), span)


# --- ALTER TABLE -------------------------------------------------------------------------------


@action
def alter_table(
    span: Span, present: bool | None, table: Identifier, *alterations: Alteration
) -> AlterTable:
    return AlterTable(table, alterations, bool(present), span)


@action
def add_column(span: Span, absent: bool | None, column: ColumnDefinition) -> AddColumn:
    return AddColumn(column, bool(absent), span)


@action
def drop_column(span: Span, present: bool | None, column: Identifier) -> DropColumn:
    return DropColumn(column, bool(present), span)


@action
def drop_partition(span: Span, value: Expression) -> DropPartition:
    return DropPartition(value, span)


@action
def set_type(span: Span, column: Identifier, type: TypeName) -> SetType:
    return SetType(column, type, span)


@action
def set_not_null(span: Span, column: Identifier) -> SetNullable:
    return SetNullable(column, False, span)


@action
def drop_not_null(span: Span, column: Identifier) -> SetNullable:
    return SetNullable(column, True, span)


@action
def add_unique(span: Span, name: Identifier | None, columns: Names) -> UniqueKey:
    return UniqueKey(columns, name, span)


@action
def drop_constraint(span: Span, exists: bool | None, name: Identifier) -> DropIndex:
    return DropIndex(name, bool(exists), span)


@action
def create_index(
    span: Span,
    unique: Keyword,
    absent: bool | None,
    name: Identifier | None,
    table: Identifier,
    method: Identifier | None,
    *columns: Identifier,
) -> CreateIndex:
    """How an index would be built makes no difference here."""
    return CreateIndex(table, columns, name, bool(unique), bool(absent), span)


@action
def indexed(span: Span, column: Identifier, *order: object) -> Identifier:
    """In which order an index would have its columns makes no difference here."""
    return column


@action
def drop_index(span: Span, exists: bool | None, name: Identifier) -> DropIndex:
    return DropIndex(name, bool(exists), span)


@action
def rename_column(span: Span, column: Identifier, name: Identifier) -> RenameColumn:
    return RenameColumn(column, name, span)


@action
def rename_table(span: Span, name: Identifier) -> RenameTable:
    return RenameTable(name, span)


T = TypeVar("T")


def _each(items: tuple[Any, ...], kind: type[T]) -> tuple[T, ...]:
    return tuple(item for item in items if isinstance(item, kind))


def _at_most_one(items: tuple[Any, ...], kind: type[T], words: str) -> T | None:
    found: list[Any] = [item for item in items if isinstance(item, kind)]
    if len(found) > 1:
        raise Refused(f"{words} is given twice", found[1].span)
    return found[0] if found else None
