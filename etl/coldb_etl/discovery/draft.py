"""A table of the star in the making: its fields, and the joins on the source that bring them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coldb_warehouse.schema import (
    Column,
    Filling,
    ForeignKey,
    Hierarchy,
    MissingKey,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import Kind

from coldb_etl.discovery.spelling import snake_case, unique
from coldb_etl.names import quote_identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.types import Type

    from coldb_etl.discovery.tables import Reference, SourceColumn, SourceTable

__all__ = ["Draft", "Field"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the star: `sql` is its value on the source, `origin` the table and column there."""

    name: str
    sql: str
    type: Type
    is_required: bool
    origin: tuple[str, str]


@dataclass(slots=True)
class Draft:
    """The star's table made of one table of the source, with what it takes over from others."""

    table: SourceTable
    kind: TableKind
    name: str
    can_join: bool
    fields: list[Field] = field(default_factory=list)
    keys: list[ForeignKey] = field(default_factory=list)
    hierarchies: list[Hierarchy] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    order_by: tuple[str, ...] = ()
    _joins: list[str] = field(default_factory=list)
    _aliases: set[str] = field(default_factory=lambda: {"t"})
    _tables: dict[str, str] = field(default_factory=dict)  # the joined ones, by alias
    _names: set[str] = field(default_factory=set)

    def named(self, name: str) -> str:
        """What to call a column: without a query to rename it, it keeps its name but for the case."""
        return snake_case(name) if self.can_join else name.lower()

    def add(
        self, alias: str, column: SourceColumn, name: str, *, is_optional: bool = False
    ) -> Field:
        """A field for a column of a joined table; `is_optional` if the join may find nothing."""
        assert column.type is not None
        made = Field(
            unique(name, self._names),
            self.value(alias, column),
            column.type,
            column.is_required and not is_optional,
            (self._tables.get(alias, self.table.name), column.name),
        )
        self.fields.append(made)
        return made

    def add_day(self, moment: Field, type: Type) -> Field:
        """A field for the day of a moment."""
        stem = moment.name.removesuffix("_at").removesuffix("_date").removesuffix("_time")
        name = unique(f"{stem}_day", self._names)
        made = replace(moment, name=name, sql=f"substr({moment.sql}, 1, 10)", type=type)
        self.fields.append(made)
        return made

    def value(self, alias: str, column: SourceColumn) -> str:
        """SQL for the column. Days may stand in the source as midnights."""
        place = f"{quote_identifier(alias)}.{quote_identifier(column.name)}"
        is_day = column.type is not None and column.type.kind is Kind.DATE
        return f"substr({place}, 1, 10)" if is_day else place

    def join(self, child: str, reference: Reference, name: str) -> str:
        """Join the table that the reference of the joined table `child` leads to; its alias."""
        alias = unique(name, self._aliases)
        pairs = zip(reference.referenced, reference.columns, strict=True)
        on = " AND ".join(
            f"{quote_identifier(alias)}.{quote_identifier(to)} = "
            f"{quote_identifier(child)}.{quote_identifier(column)}"
            for to, column in pairs
        )
        parent = quote_identifier(reference.table)
        self._tables[alias] = reference.table
        self._joins.append(f"LEFT JOIN {parent} AS {quote_identifier(alias)} ON {on}")
        return alias

    def refer(self, columns: Sequence[str], to: Draft, orphans: int) -> None:
        """Make a foreign key to the star's table `to`, in the types of its key."""
        referenced = [to.field_of(name) for name in to.table.primary_key]
        key = [self.named(name) for name in self.table.primary_key]
        is_sure = not orphans and all(f.is_required for f in self.fields if f.name in columns)
        in_key = any(name in key for name in columns)
        policy = MissingKey.REJECT if is_sure or in_key else MissingKey.UNKNOWN
        self.keys.append(
            ForeignKey(tuple(columns), to.name, tuple(f.name for f in referenced), policy)
        )
        for name, target in zip(columns, referenced, strict=True):
            at = next(i for i, f in enumerate(self.fields) if f.name == name)
            old = self.fields[at]
            self.fields[at] = replace(
                old, type=target.type, is_required=old.is_required and is_sure
            )

    def field_of(self, column: str) -> Field:
        """The field of the table's own column."""
        own = self.value("t", self.table.column(column))
        return next(field for field in self.fields if field.sql == own)

    def name_of(self, alias: str, column: SourceColumn) -> str | None:
        """The name of the field for a column of a joined table, if there is one."""
        sql = self.value(alias, column)
        return next((field.name for field in self.fields if field.sql == sql), None)

    def has(self, name: str) -> bool:
        """Whether there is a field of that name."""
        return name in self._names

    def schema(self, source: str, whole_table: str) -> TableSchema:
        """The declaration. `whole_table` is the query that yields the table as it is."""
        key = tuple(self.field_of(name).name for name in self.table.primary_key)
        return TableSchema(
            self.name,
            self.kind,
            tuple(
                Column(f.name, f.type, not (f.is_required or f.name in key)) for f in self.fields
            ),
            key,
            tuple(self.keys),
            tuple(self.hierarchies),
            self.order_by,
            Filling(source, self._query() if self.can_join else whole_table),
        )

    def _query(self) -> str:
        selected = []
        for made in self.fields:
            is_named = made.sql.lower().endswith(f'."{made.name}"')
            selected.append(made.sql if is_named else f'{made.sql} AS "{made.name}"')
        lines = [f'FROM {quote_identifier(self.table.name)} AS "t"', *self._joins]
        return "\n    SELECT " + ",\n           ".join(selected) + "\n    " + "\n    ".join(lines)
