"""CREATE TABLE to the schema that the warehouse keeps."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

from coldb.engine.bind.changes.assignments import constant_for
from coldb.engine.bind.clauses.common_tables import renamed
from coldb.engine.bind.names import did_you_mean
from coldb.engine.bind.type_names import bind_type
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.partitioning import Partitioning, PartitionMethod
from coldb_warehouse.schema import (
    Column,
    Filling,
    ForeignKey,
    Hierarchy,
    Index,
    MissingKey,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.queries import BoundQuery

__all__ = ["added_column", "column_value", "index_name", "table_schema", "table_schema_as"]


def table_schema(node: ast.CreateTable, catalog: Catalog) -> TableSchema:
    """The schema that a CREATE TABLE declares. References are looked up in the catalog, or in the
    table itself. Raises ProgrammingError with the place."""
    primary_key = _primary_key(node)
    columns = tuple(_column(definition, catalog, primary_key) for definition in node.columns)
    _check_columns_exist(node)
    foreign_keys = tuple(
        _foreign_key(keys, reference, node, primary_key, catalog)
        for keys, reference in _references(node)
    )
    try:
        return TableSchema(
            node.name.text,
            TableKind(node.kind),
            columns,
            primary_key,
            foreign_keys,
            tuple(Hierarchy(one.name.text, _texts(one.columns)) for one in node.hierarchies),
            _texts(node.order_by),
            None if node.filling is None else Filling(node.filling.source.text, node.filling.query),
            partitioning=_partitioning(node.partitions),
            indexes=_unique_indexes(node, catalog),
        )
    except CatalogError as error:
        raise ProgrammingError(str(error), node.name.span) from error


def _unique_indexes(node: ast.CreateTable, catalog: Catalog) -> tuple[Index, ...]:
    """What UNIQUE declares, at a column or behind all of them."""
    marked = (ast.UniqueKey((column.name,)) for column in node.columns if column.unique)
    indexes: list[Index] = []
    for key in (*marked, *node.unique_keys):
        columns = _texts(key.columns)
        taken = catalog.index_names | {index.name for index in indexes}
        name = key.name.text if key.name else index_name(node.name.text, columns, "key", taken)
        indexes.append(Index(name, columns, unique=True))
    return tuple(indexes)


def index_name(table: str, columns: Iterable[str], ending: str, taken: Container[str]) -> str:
    """The name of an index that was given none, as PostgreSQL makes it: `table_column_key`."""
    name = "_".join((table, *columns, ending))
    numbered = (f"{name}{number}" for number in itertools.count(1))
    return next(it for it in itertools.chain((name,), numbered) if it not in taken)


def _texts(names: tuple[ast.Identifier, ...]) -> tuple[str, ...]:
    return tuple(name.text for name in names)


def _primary_key(node: ast.CreateTable) -> tuple[str, ...]:
    marked = [column.name for column in node.columns if column.primary_key]
    if len(marked) > 1 or (marked and node.primary_key):
        span = marked[1].span if len(marked) > 1 else node.primary_key[0].span
        message = (
            f'table "{node.name.text}" has two primary keys;'
            " a key of several columns is PRIMARY KEY (a, b)"
        )
        raise ProgrammingError(message, span)
    return _texts(node.primary_key) or tuple(name.text for name in marked)


def added_column(definition: ast.ColumnDefinition, catalog: Catalog) -> Column:
    """The column of an ALTER TABLE ... ADD COLUMN, which no key may need."""
    if definition.primary_key or definition.unique or definition.references is not None:
        message = "a column that is added can be no key: create the table anew, AS SELECT"
        raise NotSupportedError(message, definition.span)
    return _column(definition, catalog)


def _column(
    definition: ast.ColumnDefinition, catalog: Catalog, primary_key: tuple[str, ...] = ()
) -> Column:
    name = definition.name.text
    type_ = bind_type(definition.type)
    if not type_.is_storable:
        raise ProgrammingError(_not_storable(type_), definition.type.span)
    nullable = not definition.not_null and name not in primary_key
    column = Column(name, type_, nullable, definition.encoding)
    if definition.default is None:
        return column
    return replace(column, initial=constant_for(definition.default, column, catalog))


def _not_storable(type_: Type) -> str:
    if type_.kind is Kind.INTERVAL:
        return "an INTERVAL cannot be stored: keep a number of days or seconds"
    return f"the array type {type_} cannot be stored: keep a row for each element"


def column_value(node: ast.Expression, schema: TableSchema, catalog: Catalog) -> Any:
    """A constant of the column that a table is partitioned by, as types.py has values."""
    if schema.partitioning is None:
        raise ProgrammingError(f'table "{schema.name}" has no partitions', node.span)
    return constant_for(node, schema.column(schema.partitioning.column), catalog)


def _partitioning(node: ast.Partitions | None) -> Partitioning | None:
    match node:
        case None:
            return None
        case ast.HashPartitions():
            return Partitioning(node.column.text, PartitionMethod.HASH, node.count)
        case ast.RangePartitions(width=width):
            if isinstance(width, int):
                return Partitioning(node.column.text, PartitionMethod.RANGE, width)
            return Partitioning(node.column.text, PartitionMethod(width))
        case _:
            assert_never(node)


def table_schema_as(node: ast.CreateTableAs, bound: BoundQuery) -> TableSchema:
    """The schema of a table for the rows of a query: its names and types, each nullable."""
    names = renamed(bound.names, node.name.text, node.columns)
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f'the query has two columns "{name}": give one of them another name'
            raise ProgrammingError(message, node.query.span)
    columns = []
    for name, column in zip(names, bound.plan.fields, strict=True):
        if not column.type.is_storable:
            message = f'column "{name}": {_not_storable(column.type)}, or cast it'
            raise ProgrammingError(message, node.query.span)
        columns.append(Column(name, column.type))
    _check_names([*_order_and_partition(node)], list(names))
    try:
        return TableSchema(
            node.name.text,
            TableKind(node.kind),
            tuple(columns),
            order_by=_texts(node.order_by),
            partitioning=_partitioning(node.partitions),
        )
    except CatalogError as error:
        raise ProgrammingError(str(error), node.name.span) from error


def _order_and_partition(
    node: ast.CreateTable | ast.CreateTableAs,
) -> tuple[tuple[str, tuple[ast.Identifier, ...]], ...]:
    partition = () if node.partitions is None else (node.partitions.column,)
    return ("ORDER BY", node.order_by), ("PARTITION BY", partition)


def _check_columns_exist(node: ast.CreateTable) -> None:
    clauses = [
        ("PRIMARY KEY", node.primary_key),
        *((f"HIERARCHY {one.name.text}", one.columns) for one in node.hierarchies),
        *(("FOREIGN KEY", key.columns) for key in node.foreign_keys),
        *_order_and_partition(node),
    ]
    _check_names(clauses, [column.name.text for column in node.columns])


def _check_names(
    clauses: Iterable[tuple[str, tuple[ast.Identifier, ...]]], known: Sequence[str]
) -> None:
    for clause, names in clauses:
        for name in names:
            if name.text not in known:
                hint = did_you_mean(name.text, known)
                raise ProgrammingError(
                    f'{clause} names column "{name.text}", which the table does not have{hint}',
                    name.span,
                )


def _references(node: ast.CreateTable) -> list[tuple[tuple[ast.Identifier, ...], ast.Reference]]:
    """The foreign keys of columns, then those of the table."""
    inline = [
        ((column.name,), column.references)
        for column in node.columns
        if column.references is not None
    ]
    return [*inline, *((key.columns, key.references) for key in node.foreign_keys)]


def _foreign_key(
    columns: tuple[ast.Identifier, ...],
    reference: ast.Reference,
    node: ast.CreateTable,
    primary_key: tuple[str, ...],
    catalog: Catalog,
) -> ForeignKey:
    """A foreign key, its columns put in the order of the primary key that it refers to."""
    table = reference.table
    target = primary_key if table.text == node.name.text else catalog.stored(table).primary_key
    if not target:
        message = f'table "{table.text}" has no primary key to refer to'
        raise ProgrammingError(message, table.span)
    key = f"({', '.join(target)})"
    named = _texts(reference.columns) or target
    if set(named) != set(target) or len(named) != len(target):
        message = f'a foreign key refers to the primary key of "{table.text}", which is {key}'
        raise ProgrammingError(message, reference.columns[0].span)
    if len(columns) != len(target):
        message = f'the primary key of "{table.text}" is {key}, which is not {len(columns)} columns'
        raise ProgrammingError(message, columns[0].span)
    by_target = dict(zip(named, _texts(columns), strict=True))
    own = tuple(by_target[name] for name in target)
    return ForeignKey(own, table.text, target, MissingKey(reference.on_missing))
