"""The nodes of statements that are of no larger family, and what a statement can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.changes import Delete, Insert, Merge, Truncate, Update
    from coldb_grammar.ast.expressions import Expression, LiteralValue, TypeName
    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.queries import Query
    from coldb_grammar.ast.tables import (
        AlterTable,
        CreateIndex,
        CreateTable,
        CreateTableAs,
        DropIndex,
        DropTable,
    )
    from coldb_grammar.ast.views import Comment, CreateMacro, CreateView, DropMacro, DropView

__all__ = [
    "Begin",
    "Commit",
    "Copy",
    "CreateSource",
    "Deallocate",
    "Definition",
    "Describe",
    "DropSource",
    "Execute",
    "Explain",
    "Optimize",
    "Option",
    "Prepare",
    "Rollback",
    "SetRetention",
    "Show",
    "Statement",
    "Summarize",
    "Vacuum",
]


@dataclass(frozen=True, slots=True)
class Option:
    """`NAME value` in a parenthesised option list; the name in lower case."""

    name: str
    value: LiteralValue
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CreateSource:
    """`CREATE SOURCE name (TYPE sqlite, PATH 'shop.sqlite')`."""

    name: Identifier
    options: tuple[Option, ...]
    if_not_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropSource:
    name: Identifier
    if_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Copy:
    """`COPY table [(column, ...)] FROM 'path'`, `COPY table | (query) TO 'path'`, with options."""

    direction: OneOf["from", "to"]
    table: Identifier | None
    columns: tuple[Identifier, ...]
    query: Query | None
    path: str
    options: tuple[Option, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Explain:
    statement: Statement
    analyze: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Begin:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Commit:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rollback:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Show:
    """`SHOW TABLES`, `SHOW SOURCES`, `SHOW SNAPSHOTS`, ...; the subject in lower case."""

    subject: OneOf["tables", "views", "macros", "sources", "snapshots"]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Describe:
    """`DESCRIBE table`, `DESCRIBE query`."""

    subject: Identifier | Query
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Summarize:
    """`SUMMARIZE table`, `SUMMARIZE query`: a row of statistics for each column."""

    subject: Identifier | Query
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Prepare:
    """`PREPARE name [(type, ...)] AS statement`; its parameters are `$1`, `?` or `:name`."""

    name: Identifier
    statement: Statement
    types: tuple[TypeName, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Execute:
    """`EXECUTE name [(value, ...)]`."""

    name: Identifier
    arguments: tuple[Expression, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Deallocate:
    """`DEALLOCATE [PREPARE] name | ALL`; None is ALL."""

    name: Identifier | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Optimize:
    """`OPTIMIZE [[TABLE] table]`; without a table, every one."""

    table: Identifier | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Vacuum:
    """`VACUUM [KEEP n VERSIONS]`."""

    keep: int = 1
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetRetention:
    """`SET RETENTION n VERSIONS [AND INTERVAL '7 days']`: what is kept of the past."""

    versions: int
    seconds: int = 0
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Definition: TypeAlias = (
    "CreateTable | CreateTableAs | AlterTable | DropTable | CreateIndex | DropIndex | CreateSource | DropSource"
    " | CreateView | DropView | CreateMacro | DropMacro | Comment"
)
Statement: TypeAlias = (
    "Definition | Query | Insert | Delete | Update | Merge | Truncate | Copy | Explain | Begin | Commit"
    " | Rollback | Show | Describe | Summarize | Optimize | Vacuum | SetRetention | Prepare | Execute | Deallocate"
)
