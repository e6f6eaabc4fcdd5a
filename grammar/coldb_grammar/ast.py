"""The syntax tree: frozen nodes, one class for each construct, each with its place in the text.

Names are kept as written (an identifier is already case-folded unless it was quoted); nothing is
resolved here. Spans never take part in comparison, so two trees are equal when they mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

__all__ = [
    "Alias",
    "Begin",
    "Between",
    "Binary",
    "Case",
    "Cast",
    "ColumnDefinition",
    "ColumnRef",
    "Commit",
    "CommonTable",
    "Copy",
    "CreateSource",
    "CreateTable",
    "Describe",
    "DropSource",
    "DropTable",
    "Exists",
    "Explain",
    "Expression",
    "Extract",
    "Filling",
    "ForeignKey",
    "FunctionCall",
    "Hierarchy",
    "Identifier",
    "InList",
    "InQuery",
    "Insert",
    "IntervalLiteral",
    "IsBoolean",
    "IsDistinct",
    "IsNull",
    "Join",
    "Like",
    "Literal",
    "NamedTable",
    "Option",
    "Parameter",
    "Query",
    "QueryBody",
    "Reference",
    "Rollback",
    "ScalarQuery",
    "Select",
    "SelectItem",
    "SetOperation",
    "Show",
    "SortItem",
    "Span",
    "Star",
    "Statement",
    "SubqueryTable",
    "TableExpression",
    "TypeName",
    "Unary",
    "Values",
]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters in the statement text: `text[start:end]`."""

    start: int
    end: int


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name. `text` is folded to lower case unless it was written in double quotes."""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


# --- expressions -------------------------------------------------------------------------------

LiteralValue: TypeAlias = "int | Decimal | float | str | bool | dt.date | dt.datetime | None"


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. Numbers with a point or an exponent are Decimal, as in PostgreSQL."""

    value: LiteralValue
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IntervalLiteral:
    """`INTERVAL '1 month 2 days'` as months, days and microseconds, which do not mix."""

    months: int
    days: int
    microseconds: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`?` (a zero-based index in order of appearance) or `:name`."""

    key: int | str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """`column` or `table.column`."""

    name: Identifier
    table: Identifier | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Star:
    """`*` or `table.*` in a select list; the argument of `count(*)`."""

    table: Identifier | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    operator: OneOf["-", "+", "NOT"]
    operand: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """AND/OR chains of any length are one flat node; every other operator has two operands."""

    operator: OneOf[
        "+", "-", "*", "/", "%", "^", "||", "=", "<>", "<", "<=", ">", ">=", "AND", "OR"
    ]
    operands: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expression
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IsBoolean:
    """`x IS [NOT] TRUE | FALSE | UNKNOWN` (`value` None is UNKNOWN)."""

    operand: Expression
    value: bool | None
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IsDistinct:
    """`a IS [NOT] DISTINCT FROM b`."""

    left: Expression
    right: Expression
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Between:
    operand: Expression
    low: Expression
    high: Expression
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InList:
    operand: Expression
    items: tuple[Expression, ...]
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InQuery:
    operand: Expression
    query: Query
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exists:
    query: Query
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ScalarQuery:
    """A query in parentheses where a value is expected."""

    query: Query
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Like:
    """`x [NOT] LIKE | ILIKE pattern [ESCAPE e]`."""

    operand: Expression
    pattern: Expression
    escape: Expression | None = None
    case_insensitive: bool = False
    negated: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """`CASE [operand] WHEN a THEN b ... [ELSE c] END`."""

    operand: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written, its name in upper case and spaces single: `DECIMAL`, (15, 2)."""

    name: str
    arguments: tuple[int, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cast:
    """`CAST(x AS t)`, `x::t`, and typed literals such as `DATE '2024-01-31'`."""

    operand: Expression
    type: TypeName
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Extract:
    """`EXTRACT(field FROM x)`; the field in lower case."""

    part: str
    operand: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A scalar or aggregate function, its name in lower case.

    Special forms arrive as plain calls: SUBSTRING(x FROM a FOR b) is `substring(x, a, b)`,
    POSITION(a IN b) is `position(a, b)` in that order, TRIM(BOTH c FROM x) is `btrim(x, c)` (also
    `ltrim`, `rtrim`), CURRENT_DATE is `current_date()`.
    """

    name: Identifier
    arguments: tuple[Expression, ...]
    distinct: bool = False
    filter: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expression: TypeAlias = (
    "Literal | IntervalLiteral | Parameter | ColumnRef | Star | Unary | Binary | IsNull | IsBoolean"
    " | IsDistinct | Between | InList | InQuery | Exists | ScalarQuery | Like | Case | Cast"
    " | Extract | FunctionCall"
)


# --- queries -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alias:
    """`AS name [(column, ...)]` behind a table expression."""

    name: Identifier
    columns: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedTable:
    name: Identifier
    alias: Alias | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SubqueryTable:
    """`(query) [AS] alias`; the alias may be absent."""

    query: Query
    alias: Alias | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Join:
    """Comma joins arrive as CROSS. `using` and `on` exclude each other."""

    kind: OneOf["INNER", "LEFT", "RIGHT", "FULL", "CROSS"]
    left: TableExpression
    right: TableExpression
    on: Expression | None = None
    using: tuple[Identifier, ...] = ()
    natural: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


TableExpression: TypeAlias = "NamedTable | SubqueryTable | Join"


@dataclass(frozen=True, slots=True)
class SelectItem:
    expression: Expression
    alias: Identifier | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SortItem:
    """`nulls_first` None means the default: NULLs count as largest, as in PostgreSQL."""

    expression: Expression
    descending: bool = False
    nulls_first: bool | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Select:
    items: tuple[SelectItem, ...]
    source: TableExpression | None = None
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    having: Expression | None = None
    distinct: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Values:
    rows: tuple[tuple[Expression, ...], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetOperation:
    operator: OneOf["UNION", "INTERSECT", "EXCEPT"]
    all: bool
    left: QueryBody
    right: QueryBody
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CommonTable:
    """One entry of WITH."""

    alias: Alias
    query: Query
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A body with what stands around it. A parenthesised query inside a body is itself a Query."""

    body: QueryBody
    with_: tuple[CommonTable, ...] = ()
    order_by: tuple[SortItem, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


QueryBody: TypeAlias = "Select | Values | SetOperation | Query"


# --- statements --------------------------------------------------------------------------------


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
