"""The nodes of expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.queries import Query, SelectItem, SortItem
    from coldb_grammar.ast.windows import WindowSpec

__all__ = [
    "ArrayQuery",
    "ArrayValue",
    "Between",
    "Binary",
    "Case",
    "Cast",
    "ColumnRef",
    "DefaultValue",
    "Exists",
    "Expression",
    "Extract",
    "FunctionCall",
    "InList",
    "InQuery",
    "IntervalLiteral",
    "IsBoolean",
    "IsDistinct",
    "IsNull",
    "Like",
    "Literal",
    "LiteralValue",
    "NamedArgument",
    "Parameter",
    "Quantified",
    "RowValue",
    "ScalarQuery",
    "Star",
    "Subscript",
    "TypeName",
    "Unary",
]


LiteralValue: TypeAlias = "int | Decimal | float | str | bool | dt.date | dt.datetime | None"


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. Numbers with a point or an exponent are Decimal, as in PostgreSQL."""

    value: LiteralValue
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DefaultValue:
    """`DEFAULT` where a value is stored: the default of the column."""

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
    """`*` or `table.*` in a select list; the argument of `count(*)`.

    Columns named in `exclude` are left out, and those that are aliases in `replace` have its values.
    """

    table: Identifier | None = None
    exclude: tuple[Identifier, ...] = ()
    replace: tuple[SelectItem, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    operator: OneOf["-", "+", "~", "NOT"]
    operand: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """AND/OR chains of any length are one flat node; every other operator has two operands.

    `~`, `~*`, `!~` and `!~*` match a regular expression; `&`, `|`, `#`, `<<` and `>>` work on bits.
    """

    operator: OneOf[
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "||",
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "AND",
        "OR",
        "~",
        "~*",
        "!~",
        "!~*",
        "&",
        "|",
        "#",
        "<<",
        ">>",
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
    """`x [NOT] IN (a, ...)`; the list may be empty, as it may not in PostgreSQL."""

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
class Quantified:
    """`x operator ANY | ALL (query or array)`; SOME arrives as ANY."""

    operator: OneOf["=", "<>", "<", "<=", ">", ">="]
    quantifier: OneOf["ANY", "ALL"]
    operand: Expression
    among: Query | Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RowValue:
    """`(a, b, ...)` of two or more expressions, or `ROW(a, ...)`, where rows are compared."""

    items: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ArrayValue:
    """`ARRAY[a, b, ...]`."""

    items: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ArrayQuery:
    """`ARRAY(query)`: the one column of the query as an array."""

    query: Query
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Subscript:
    """`x[index]`, counted from one."""

    operand: Expression
    index: Expression
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
    """A type as written, its name in upper case and spaces single: `DECIMAL`, (15, 2).

    `is_array` is set by a `[]` behind it.
    """

    name: str
    arguments: tuple[int, ...] = ()
    is_array: bool = False
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
class NamedArgument:
    """`name => value` among the arguments of a call."""

    name: Identifier
    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A scalar or aggregate function, its name in lower case.

    Special forms arrive as plain calls: SUBSTRING(x FROM a FOR b) is `substring(x, a, b)`,
    POSITION(a IN b) is `position(a, b)` in that order, TRIM(BOTH c FROM x) is `btrim(x, c)` (also
    `ltrim`, `rtrim`), OVERLAY(x PLACING y FROM a FOR b) is `overlay(x, y, a, b)`, `x AT TIME ZONE z`
    is `timezone(z, x)`, CURRENT_DATE is `current_date()`.

    `order_by` is what stands behind the arguments or, if `within_group`, in WITHIN GROUP (ORDER BY ...).
    `over` is a window of its own or the name of one of the WINDOW clause.
    """

    name: Identifier
    arguments: tuple[Expression, ...]
    distinct: bool = False
    filter: Expression | None = None
    order_by: tuple[SortItem, ...] = ()
    within_group: bool = False
    ignore_nulls: bool = False
    over: WindowSpec | Identifier | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expression: TypeAlias = (
    "Literal | DefaultValue | IntervalLiteral | Parameter | ColumnRef | Star | Unary | Binary | IsNull | IsBoolean"
    " | IsDistinct | Between | InList | InQuery | Exists | ScalarQuery | Quantified | RowValue"
    " | ArrayValue | ArrayQuery | Subscript | Like | Case | Cast | Extract | FunctionCall"
    " | NamedArgument"
)
