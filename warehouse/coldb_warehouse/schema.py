"""What a table is declared to be: columns, keys, hierarchies, order.

Pure data, checked when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from coldb_warehouse.errors import CatalogError
from coldb_warehouse.partitioning import Partitioning

if TYPE_CHECKING:
    from coldb_warehouse.types import Type

__all__ = [
    "ROW",
    "Column",
    "Filling",
    "ForeignKey",
    "Hierarchy",
    "Index",
    "MissingKey",
    "Partitioning",
    "Source",
    "TableKind",
    "TableSchema",
]


ROW = "#row"  # reads as a column of every table: the position of each row


class TableKind(Enum):
    """What a table is in the star. A plain table is in no star, but may still declare keys."""

    PLAIN = "plain"
    DIMENSION = "dimension"
    FACT = "fact"


class MissingKey(Enum):
    """What a load does with a row whose foreign key is not found."""

    REJECT = "reject"  # the row is kept among the rejects
    UNKNOWN = "unknown"  # the key becomes NULL
    INFER = "infer"  # the referenced table gets a row with that key and NULL elsewhere


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `id` is its name on disk: never used again, so a rename touches no file.

    `initial` is the value, as types.py has it, of rows that say none: those that were there before
    the column was, and those appended without it.
    """

    name: str
    type: Type
    nullable: bool = True
    encoding: str | None = None
    id: int = 0
    initial: int | float | str | bytes | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of this table hold keys of `table`, whose primary key is `referenced`.

    The resolved key is kept as the position (row number) of the referenced row. A key of one column
    is stored as nothing but that position; a key of several columns is stored as written, and the
    position in a hidden column beside them. `position_column` names the column that has it.
    """

    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]
    on_missing: MissingKey = MissingKey.REJECT

    @property
    def position_column(self) -> str:
        return self.columns[0] if len(self.columns) == 1 else "#" + "+".join(self.columns)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Columns of a dimension from coarse to fine. The first hierarchy sorts the dimension."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """A declared index. A unique one is a constraint: no two rows have the same values in its columns,
    unless one of these is NULL. Any other is only remembered: order and statistics do its work."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Filling:
    """The query (or file) of a source that fills the table."""

    source: str
    query: str


@dataclass(frozen=True, slots=True)
class Source:
    """A place that data comes from: `kind` is sqlite, csv, ...; options are its own business."""

    name: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A declared table. One that exists is sound in itself; what it references is checked later."""

    name: str
    kind: TableKind
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    order_by: tuple[str, ...] = ()
    filling: Filling | None = None
    id: int = field(default=0)
    partitioning: Partitioning | None = None
    comment: str | None = None
    indexes: tuple[Index, ...] = ()

    def __post_init__(self) -> None:
        if not self.columns:
            raise CatalogError(f'table "{self.name}" needs at least one column')
        names = [column.name for column in self.columns]
        for name in names:
            if names.count(name) > 1:
                raise CatalogError(f'column "{name}" is declared twice in table "{self.name}"')
        for clause, columns in self.clauses:
            for name in columns:
                if name not in names:
                    raise CatalogError(
                        f'table "{self.name}" has no column "{name}" for its {clause}'
                    )
                if columns.count(name) > 1:
                    raise CatalogError(
                        f'{clause} of table "{self.name}" names column "{name}" twice'
                    )
        if self.hierarchies and self.kind is not TableKind.DIMENSION:
            raise CatalogError(
                f'only a DIMENSION TABLE can have a HIERARCHY, and "{self.name}" is none'
            )
        seen: set[tuple[str, ...]] = set()
        for key in self.foreign_keys:
            if key.columns in seen:
                raise CatalogError(f'table "{self.name}" has two foreign keys on the same columns')
            seen.add(key.columns)
        if self.partitioning is not None:
            self.partitioning.check_type(self.column(self.partitioning.column).type)

    @property
    def has_comments(self) -> bool:
        """Whether anything is said about the table or one of its columns."""
        return self.comment is not None or any(c.comment is not None for c in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; raises CatalogError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise CatalogError(f'table "{self.name}" has no column "{name}"')

    @property
    def clauses(self) -> list[tuple[str, tuple[str, ...]]]:
        """What names columns of this table, and the columns that it names."""
        clauses = [("PRIMARY KEY", self.primary_key), ("ORDER BY", self.order_by)]
        clauses += [(f"HIERARCHY {h.name}", h.columns) for h in self.hierarchies]
        clauses += [("FOREIGN KEY", key.columns) for key in self.foreign_keys]
        clauses += [(f"INDEX {index.name}", index.columns) for index in self.indexes]
        if self.partitioning is not None:
            clauses.append(("PARTITION BY", (self.partitioning.column,)))
        return clauses

    @property
    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each key that no two rows may have in common, the primary key first."""
        primary = (self.primary_key,) if self.primary_key else ()
        unique = (index.columns for index in self.indexes if index.unique)
        return tuple(dict.fromkeys((*primary, *unique)))

    def foreign_key_on(self, column: str) -> ForeignKey | None:
        """The foreign key of which this column alone is the key, if there is one."""
        for key in self.foreign_keys:
            if key.columns == (column,):
                return key
        return None

    @property
    def sort_columns(self) -> tuple[str, ...]:
        """The order in which rows are kept.

        It is the declared one, else that of a star table's first hierarchy and its primary key.
        """
        if self.order_by or self.kind is TableKind.PLAIN:
            return self.order_by
        coarse_to_fine = self.hierarchies[0].columns if self.hierarchies else ()
        return coarse_to_fine + tuple(
            name for name in self.primary_key if name not in coarse_to_fine
        )
