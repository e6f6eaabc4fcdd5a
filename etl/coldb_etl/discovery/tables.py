"""The tables of a source as discovery sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.types import Type

__all__ = ["Reference", "SourceColumn", "SourceTable", "Survey", "usable"]


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column: `type` is None where coldb has none for it. `is_required`: has no NULL, nor may."""

    name: str
    type: Type | None
    is_required: bool

    @property
    def is_date(self) -> bool:
        return self.type is not None and self.type.kind in (
            Kind.DATE,
            Kind.TIMESTAMP,
            Kind.TIMESTAMPTZ,
        )

    @property
    def is_text(self) -> bool:
        return self.type is not None and self.type.kind is Kind.VARCHAR


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key; `orphans` counts the rows whose key is not in `table`."""

    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]
    orphans: int = 0


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table with its keys. References to what is no primary key are left out."""

    name: str
    columns: tuple[SourceColumn, ...]
    primary_key: tuple[str, ...]
    references: tuple[Reference, ...]
    rows: int

    def column(self, name: str) -> SourceColumn:
        return next(column for column in self.columns if column.name == name)

    @property
    def parents(self) -> set[str]:
        """The other tables that it references."""
        return {reference.table for reference in self.references} - {self.name}

    @property
    def key_columns(self) -> set[str]:
        """The columns that are part of any key."""
        return set(self.primary_key).union(*(r.columns for r in self.references))


def usable(tables: Sequence[SourceTable]) -> list[SourceTable]:
    """The tables that have a column with a type, without the keys that have a column of none."""
    typed = {t.name: {c.name for c in t.columns if c.type is not None} for t in tables}
    keyed = {t.name for t in tables if t.primary_key and typed[t.name].issuperset(t.primary_key)}
    return [
        replace(
            table,
            primary_key=table.primary_key if table.name in keyed else (),
            references=tuple(
                reference
                for reference in table.references
                if reference.table in keyed and typed[table.name].issuperset(reference.columns)
            ),
        )
        for table in tables
        if typed[table.name]
    ]


class Survey(Protocol):
    """What a kind of source has to tell for a model to be proposed. Everything raises SourceError."""

    can_join: bool  # whether the query of a table may be any SELECT in SQLite's dialect

    def tables(self) -> list[SourceTable]: ...

    def query(self, table: str) -> str:
        """The query that yields the whole table."""
        ...

    def determines(self, table: str, fine: str, coarse: str) -> bool:
        """Whether rows equal in one column are equal in the other."""
        ...

    def counts(self, table: str, columns: Sequence[str]) -> list[tuple[int, int]]:
        """How many values that are not null, and how many different ones, each column has."""
        ...
