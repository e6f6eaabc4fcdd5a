"""The nodes of statements that define and alter tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.expressions import Expression, TypeName
    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.queries import Query

__all__ = [
    "AddColumn",
    "AlterTable",
    "Alteration",
    "ColumnDefinition",
    "CreateIndex",
    "CreateTable",
    "CreateTableAs",
    "DropColumn",
    "DropIndex",
    "DropPartition",
    "DropTable",
    "Filling",
    "ForeignKey",
    "HashPartitions",
    "Hierarchy",
    "Partitions",
    "RangePartitions",
    "Reference",
    "RenameColumn",
    "RenameTable",
    "SetNullable",
    "SetType",
    "UniqueKey",
]


@dataclass(frozen=True, slots=True)
class Reference:
    """`REFERENCES table [(column, ...)] [ON MISSING REJECT | UNKNOWN | INFER]`.

    The policy says what a load does with a key that the referenced table lacks: keep the row among
    the rejects, store NULL, or add a row to the referenced table with the key alone.
    """

    table: Identifier
    columns: tuple[Identifier, ...] = ()
    on_missing: OneOf["reject", "unknown", "infer"] = "reject"
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    name: Identifier
    type: TypeName
    not_null: bool = False
    primary_key: bool = False
    unique: bool = False
    references: Reference | None = None
    encoding: str | None = None
    default: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[Identifier, ...]
    references: Reference
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """`[CONSTRAINT name] UNIQUE (column, ...)`."""

    columns: tuple[Identifier, ...]
    name: Identifier | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """`HIERARCHY name (coarse, ..., fine)`."""

    name: Identifier
    columns: tuple[Identifier, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Filling:
    """`FROM SOURCE name AS 'query'`: what fills the table, in the words of the source.

    For a database source `query` is a query in its dialect; for a source of files, a file name.
    """

    source: Identifier
    query: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RangePartitions:
    """`PARTITION BY RANGE (column EVERY width)`; the width is a number or a unit in lower case."""

    column: Identifier
    width: int | OneOf["day", "month", "year"]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HashPartitions:
    """`PARTITION BY HASH (column) PARTITIONS count`."""

    column: Identifier
    count: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Partitions: TypeAlias = "RangePartitions | HashPartitions"


@dataclass(frozen=True, slots=True)
class CreateTable:
    """`CREATE [DIMENSION | FACT] TABLE name (...) [ORDER BY (...)] [PARTITION BY ...] [FROM SOURCE ...]`."""

    name: Identifier
    kind: OneOf["plain", "dimension", "fact"]
    columns: tuple[ColumnDefinition, ...]
    primary_key: tuple[Identifier, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    order_by: tuple[Identifier, ...] = ()
    filling: Filling | None = None
    partitions: Partitions | None = None
    if_not_exists: bool = False
    unique_keys: tuple[UniqueKey, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """`CREATE [UNIQUE] INDEX [[IF NOT EXISTS] name] ON table (column, ...)`."""

    table: Identifier
    columns: tuple[Identifier, ...]
    name: Identifier | None = None
    unique: bool = False
    if_not_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropIndex:
    """`DROP INDEX [IF EXISTS] name`; as an alteration, `DROP CONSTRAINT [IF EXISTS] name`."""

    name: Identifier
    if_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CreateTableAs:
    """`CREATE [DIMENSION | FACT] TABLE name [(column, ...)] [ORDER BY (...)] AS query`."""

    name: Identifier
    kind: OneOf["plain", "dimension", "fact"]
    columns: tuple[Identifier, ...]
    query: Query
    order_by: tuple[Identifier, ...] = ()
    partitions: Partitions | None = None
    if_not_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropTable:
    name: Identifier
    if_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AddColumn:
    """`ADD [COLUMN] [IF NOT EXISTS] definition`."""

    column: ColumnDefinition
    if_not_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropColumn:
    """`DROP [COLUMN] [IF EXISTS] column`."""

    column: Identifier
    if_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RenameColumn:
    column: Identifier
    name: Identifier
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RenameTable:
    name: Identifier
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetType:
    """`ALTER [COLUMN] column [SET DATA] TYPE type`."""

    column: Identifier
    type: TypeName
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetNullable:
    """`ALTER [COLUMN] column {SET | DROP} NOT NULL`."""

    column: Identifier
    nullable: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropPartition:
    """`DROP PARTITION FOR (value)`: the rows of the partition that the value belongs to."""

    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Alteration: TypeAlias = (
    "AddColumn | DropColumn | RenameColumn | RenameTable | SetType | SetNullable | DropPartition"
    " | UniqueKey | DropIndex"
)


@dataclass(frozen=True, slots=True)
class AlterTable:
    """`ALTER TABLE [IF EXISTS] table alteration, ...`."""

    table: Identifier
    alterations: tuple[Alteration, ...]
    if_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)
