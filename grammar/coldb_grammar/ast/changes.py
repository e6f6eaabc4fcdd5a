"""The nodes of statements that change rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.expressions import Expression
    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.queries import (
        CommonTable,
        NamedTable,
        Query,
        SelectItem,
        TableExpression,
    )

__all__ = [
    "Assignment",
    "Delete",
    "Insert",
    "Merge",
    "MergeAction",
    "MergeClause",
    "MergeDelete",
    "MergeInsert",
    "MergeNothing",
    "MergeUpdate",
    "OnConflict",
    "Truncate",
    "Update",
]


@dataclass(frozen=True, slots=True)
class Assignment:
    """`column = value`. An assignment to several columns at once arrives as several of these."""

    column: Identifier
    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OnConflict:
    """`ON CONFLICT [(column, ...)] DO NOTHING | DO UPDATE SET ... [WHERE ...]`.

    No assignments mean DO NOTHING.
    """

    columns: tuple[Identifier, ...]
    assignments: tuple[Assignment, ...] = ()
    where: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Insert:
    """`INSERT INTO table [AS alias] [(column, ...)] VALUES ... | query [ON CONFLICT ...] [RETURNING ...]`.

    DEFAULT VALUES arrives as one row of no values. With `overwrite`, the new rows take the place of
    the partitions that they belong to.
    """

    target: NamedTable
    columns: tuple[Identifier, ...]
    query: Query
    on_conflict: OnConflict | None = None
    overwrite: bool = False
    returning: tuple[SelectItem, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Delete:
    """`[WITH ...] DELETE FROM table [AS alias] [USING ...] [WHERE ...] [RETURNING ...]`."""

    target: NamedTable
    using: TableExpression | None = None
    where: Expression | None = None
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    returning: tuple[SelectItem, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Update:
    """`[WITH ...] UPDATE table [AS alias] SET ... [FROM ...] [WHERE ...] [RETURNING ...]`."""

    target: NamedTable
    assignments: tuple[Assignment, ...]
    source: TableExpression | None = None
    where: Expression | None = None
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    returning: tuple[SelectItem, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MergeUpdate:
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class MergeDelete:
    pass


@dataclass(frozen=True, slots=True)
class MergeInsert:
    """`INSERT [(column, ...)] VALUES (...)`; no values mean DEFAULT VALUES, a row of NULLs."""

    columns: tuple[Identifier, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MergeNothing:
    pass


MergeAction: TypeAlias = "MergeUpdate | MergeDelete | MergeInsert | MergeNothing"


@dataclass(frozen=True, slots=True)
class MergeClause:
    """`WHEN [NOT] MATCHED [BY SOURCE | BY TARGET] [AND condition] THEN action`.

    `match` tells what the clause is for: a pair, a row of the source alone, or one of the target.
    """

    match: OneOf["pair", "source", "target"]
    condition: Expression | None
    action: MergeAction
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Merge:
    """`[WITH ...] MERGE INTO table [AS alias] USING source ON condition WHEN ... [RETURNING ...]`."""

    target: NamedTable
    source: TableExpression
    on: Expression
    clauses: tuple[MergeClause, ...]
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    returning: tuple[SelectItem, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Truncate:
    """`TRUNCATE [TABLE] table, ...`."""

    tables: tuple[Identifier, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)
