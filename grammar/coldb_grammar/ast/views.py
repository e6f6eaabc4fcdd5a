"""The nodes of views, macros and comments: what a warehouse keeps as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.expressions import Expression
    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.queries import Query

__all__ = ["Comment", "CreateMacro", "CreateView", "DropMacro", "DropView"]


@dataclass(frozen=True, slots=True)
class CreateView:
    """`CREATE [OR REPLACE] VIEW [IF NOT EXISTS] name [(column, ...)] AS query`; the query's span is its text."""

    name: Identifier
    columns: tuple[Identifier, ...]
    query: Query
    or_replace: bool = False
    if_not_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropView:
    """`DROP VIEW [IF EXISTS] name`."""

    name: Identifier
    if_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CreateMacro:
    """`CREATE [OR REPLACE] MACRO name(parameter [:= default], ...) AS expression | TABLE query`."""

    name: Identifier
    parameters: tuple[tuple[Identifier, Expression | None], ...]
    body: Expression | Query
    or_replace: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DropMacro:
    """`DROP MACRO [IF EXISTS] name`."""

    name: Identifier
    if_exists: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """`COMMENT ON TABLE t | VIEW v | COLUMN t.c IS 'text' | NULL`."""

    kind: OneOf["table", "view", "column"]
    table: Identifier
    column: Identifier | None
    text: str | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)
