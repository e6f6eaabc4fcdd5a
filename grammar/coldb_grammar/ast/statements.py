"""The nodes of statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.expressions import LiteralValue, TypeName
    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.queries import Query

__all__ = [
    "Begin",
    "ColumnDefinition",
    "Commit",
    "Copy",
    "CreateSource",
    "CreateTable",
    "Describe",
    "DropSource",
    "DropTable",
    "Explain",
    "Filling",
    "ForeignKey",
    "Hierarchy",
    "Insert",
    "Option",
    "Reference",
    "Rollback",
    "Show",
    "Statement",
]


@dataclass(frozen=True, slots=True)
class Option:
    """`NAME value` in a parenthesised option list; the name in lower case."""

    name: str
    value: LiteralValue
    span: Span = field(default=NOWHERE, compare=False, repr=False)


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
    references: Reference | None = None
    encoding: str | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[Identifier, ...]
    references: Reference
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
class CreateTable:
    """`CREATE [DIMENSION | FACT] TABLE name (...) [ORDER BY (...)] [FROM SOURCE ...]`."""

    name: Identifier
    kind: OneOf["plain", "dimension", "fact"]
    columns: tuple[ColumnDefinition, ...]
    primary_key: tuple[Identifier, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    order_by: tuple[Identifier, ...] = ()
    filling: Filling | None = None
    if_not_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropTable:
    name: Identifier
    if_exists: bool = False
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
class Insert:
    """`INSERT INTO table [(column, ...)] VALUES ... | query`."""

    table: Identifier
    columns: tuple[Identifier, ...]
    query: Query
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
    """`SHOW TABLES`, `SHOW SOURCES`; the subject in lower case."""

    subject: OneOf["tables", "sources"]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Describe:
    """`DESCRIBE table`."""

    table: Identifier
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Statement: TypeAlias = (
    "Query | CreateTable | DropTable | CreateSource | DropSource | Insert | Copy | Explain | Begin"
    " | Commit | Rollback | Show | Describe"
)
