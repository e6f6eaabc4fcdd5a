"""The nodes of expressions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_grammar.ast import (
    ArrayQuery,
    ArrayValue,
    Between,
    Binary,
    Case,
    Cast,
    ColumnRef,
    Exists,
    Expression,
    FunctionCall,
    Identifier,
    InList,
    InQuery,
    IntervalLiteral,
    IsBoolean,
    IsDistinct,
    IsNull,
    Like,
    Literal,
    Parameter,
    Quantified,
    Query,
    RowValue,
    ScalarQuery,
    SelectItem,
    Span,
    Star,
    Subscript,
    TypeName,
    Unary,
)
from coldb_grammar.builders.action import Refused, action
from coldb_grammar.errors import one_line
from coldb_grammar.intervals import IntervalError, parse_interval, truncated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

Keyword: TypeAlias = "str | None"
Expressions: TypeAlias = "tuple[Expression, ...]"

_TRUTH = {"TRUE": True, "FALSE": False, "UNKNOWN": None}


@action
def expressions(span: Span, *items: Expression) -> Expressions:
    return items


# --- operators ---------------------------------------------------------------------------------


@action
def any_of(span: Span, *operands: Expression) -> Binary:
    return Binary("OR", operands, span)


@action
def all_of(span: Span, *operands: Expression) -> Binary:
    return Binary("AND", operands, span)


@action
def negated(span: Span, operand: Expression) -> Unary:
    return Unary("NOT", operand, span)


# The operators behind LIKE and its kin, which PostgreSQL writes into the texts of views:
# whether case does not matter, and whether it is NOT LIKE.
_LIKES = {"~~": (False, False), "~~*": (True, False), "!~~": (False, True), "!~~*": (True, True)}


@action
def binary(span: Span, left: Expression, operator: Any, right: Expression) -> Binary | Like:
    if operator in _LIKES:
        return Like(left, right, None, *_LIKES[operator], span)
    return Binary(operator, (left, right), span)


@action
def unary(span: Span, operator: Any, operand: Expression) -> Unary:
    return Unary(operator, operand, span)


@action
def is_null(span: Span, operand: Expression, negation: Keyword) -> IsNull:
    return IsNull(operand, negation is not None, span)


@action
def isnull(span: Span, operand: Expression) -> IsNull:
    return IsNull(operand, span=span)


@action
def notnull(span: Span, operand: Expression) -> IsNull:
    return IsNull(operand, negated=True, span=span)


@action
def truth_value(span: Span, word: str) -> str:
    return word


@action
def is_boolean(span: Span, operand: Expression, negation: Keyword, word: str) -> IsBoolean:
    return IsBoolean(operand, _TRUTH[word], negation is not None, span)


@action
def is_distinct(span: Span, left: Expression, negation: Keyword, right: Expression) -> IsDistinct:
    return IsDistinct(left, right, negation is not None, span)


@action
def between(
    span: Span, operand: Expression, negation: Keyword, low: Expression, high: Expression
) -> Between:
    return Between(operand, low, high, negation is not None, span)


@action
def between_symmetric(
    span: Span, operand: Expression, negation: Keyword, low: Expression, high: Expression
) -> Binary:
    """BETWEEN with its bounds in one order or the other."""
    negated = negation is not None
    both = tuple(Between(operand, *ends, negated, span) for ends in ((low, high), (high, low)))
    return Binary("AND" if negated else "OR", both, span)


@action
def in_list(
    span: Span, operand: Expression, negation: Keyword, items: Expressions | None
) -> InList:
    return InList(operand, items or (), negation is not None, span)


@action
def in_query(span: Span, operand: Expression, negation: Keyword, query: Query) -> InQuery:
    return InQuery(operand, query, negation is not None, span)


@action
def like(
    span: Span,
    operand: Expression,
    negation: Keyword,
    operator: str,
    pattern: Expression,
    escape: Expression | None,
) -> Like:
    return Like(operand, pattern, escape, operator == "ILIKE", negation is not None, span)


@action
def like_any(
    span: Span,
    operand: Expression,
    negation: Keyword,
    operator: str,
    word: str,
    patterns: Expressions | Query,
) -> Binary:
    """`x LIKE ANY (ARRAY[a, b])`, or `(a, b)`, as `x LIKE a OR x LIKE b`."""
    if isinstance(patterns, Query):
        shown = f"EXISTS (SELECT ... WHERE x {operator} pattern)"
        raise Refused(f"{operator} {word} takes patterns, not a query: write {shown}", span)
    likes = tuple(
        Like(operand, pattern, None, operator == "ILIKE", negation is not None, span)
        for pattern in _elements(patterns, span)
    )
    return Binary("AND" if word == "ALL" else "OR", likes, span)


def _elements(given: Expressions, span: Span) -> Expressions:
    """The elements of an array that is written out, cast or not; or of a list."""
    match given:
        case (ArrayValue(items=items),) if items:
            return items
        case (Cast(ArrayValue(items=items), TypeName(is_array=True) as type_),) if items:
            return tuple(Cast(item, replace(type_, is_array=False), item.span) for item in items)
        case (ArrayValue() | Cast() | Parameter() | ColumnRef() | FunctionCall(),):
            raise Refused("write the patterns out, as in LIKE ANY (ARRAY['a%', 'b%'])", span)
        case _:
            return given


@action
def overlaps(span: Span, left: Expression, right: Expression) -> FunctionCall:
    ends: Expressions = ()
    for period in (left, right):
        if not isinstance(period, RowValue) or len(period.items) != 2:
            raise Refused("OVERLAPS compares periods: (start, end) OVERLAPS (start, end)", span)
        ends += period.items
    return FunctionCall(Identifier("overlaps", span), ends, span=span)


@action
def similar(
    span: Span,
    operand: Expression,
    negation: Keyword,
    pattern: Expression,
    escape: Expression | None,
) -> Expression:
    given = (operand, pattern) if escape is None else (operand, pattern, escape)
    call = FunctionCall(Identifier("similar_to", span), given, span=span)
    return call if negation is None else Unary("NOT", call, span)


@action
def comparison_operator(span: Span, operator: str) -> str:
    return operator


@action
def quantified(
    span: Span, operand: Expression, operator: Any, word: str, among: Query | Expression
) -> Quantified:
    return Quantified(operator, "ALL" if word == "ALL" else "ANY", operand, among, span)


@action
def at_time_zone(span: Span, operand: Expression, zone: Expression) -> FunctionCall:
    return FunctionCall(Identifier("timezone", span), (zone, operand), span=span)


_COLLATIONS = ("C", "POSIX", "ucs_basic")  # three names for the order of code points


@action
def collated(span: Span, operand: Expression, collation: Identifier) -> Expression:
    if collation.text not in _COLLATIONS:
        name = one_line(collation.text)
        message = f'text is ordered by code points: the only collation is "C", not "{name}"'
        raise Refused(message, collation.span)
    return operand


@action
def subscript(span: Span, operand: Expression, index: Expression) -> Subscript:
    return Subscript(operand, index, span)


@action
def cast(span: Span, operand: Expression, target: TypeName) -> Cast:
    return Cast(operand, target, span)


# --- values ------------------------------------------------------------------------------------


@action
def literal(span: Span, value: int | Decimal | str) -> Literal:
    return Literal(value, span)


@action
def bytes(span: Span, digits: str) -> Cast:
    return Cast(Literal(f"\\x{digits}", span), TypeName("BYTEA", span=span), span)


@action
def null(span: Span) -> Literal:
    return Literal(None, span)


@action
def truth(span: Span, word: str) -> Literal:
    return Literal(_TRUTH[word], span)


@action
def parameter(span: Span, key: int | str) -> Parameter:
    return Parameter(key, span)


@action
def column(span: Span, *path: Identifier) -> ColumnRef:
    *tables, name = path
    return ColumnRef(name, _table(tables), span)


# Where tables are: those that users make, and those that tell of them.
_SCHEMAS = ("main", "public", "information_schema", "pg_catalog")


def _table(path: Sequence[Identifier]) -> Identifier | None:
    """The table of `table.column` or `schema.table.column`."""
    if len(path) > 1 and path[0].text not in _SCHEMAS:
        name = one_line(path[0].text)
        message = f'no schema "{name}"; there are {", ".join(_SCHEMAS)}'
        raise Refused(message, path[0].span)
    return path[-1] if path else None


@action
def star_table(span: Span, *path: Identifier) -> tuple[Identifier, ...]:
    return path


@action
def star(
    span: Span,
    path: tuple[Identifier, ...] | None,
    exclude: tuple[Identifier, ...] | Identifier | None,
    replaced: tuple[SelectItem, ...] | None,
) -> Star:
    excluded = (exclude,) if isinstance(exclude, Identifier) else exclude
    return Star(_table(path or ()), excluded or (), replaced or (), span)


@action
def replacements(span: Span, *items: SelectItem) -> tuple[SelectItem, ...]:
    return items


@action
def scalar_query(span: Span, query: Query) -> ScalarQuery:
    return ScalarQuery(query, span)


@action
def row_value(span: Span, *items: Expression) -> RowValue:
    return RowValue(items, span)


@action
def row(span: Span, items: Expressions | None) -> RowValue:
    return RowValue(items or (), span)


@action
def array(span: Span, items: Expressions | None) -> ArrayValue:
    return ArrayValue(items or (), span)


@action
def array_query(span: Span, query: Query) -> ArrayQuery:
    return ArrayQuery(query, span)


@action
def exists(span: Span, query: Query) -> Exists:
    return Exists(query, span)


@dataclass(frozen=True, slots=True)
class Branch:
    """`WHEN condition THEN result`; a level of the tree, though Case holds a pair for it."""

    condition: Expression
    result: Expression


@action
def branch(span: Span, condition: Expression, result: Expression) -> Branch:
    return Branch(condition, result)


@action
def case(span: Span, operand: Expression | None, *rest: Any) -> Case:
    *branches, otherwise = rest
    pairs = tuple((branch.condition, branch.result) for branch in branches)
    return Case(operand, pairs, otherwise, span)


@action
def typed_literal(span: Span, name: Identifier, zone: Keyword, value: Literal) -> Cast:
    written = Span(span.start, value.span.start)
    return Cast(value, TypeName(_type_name(name, zone), span=written), span)


@action
def interval_unit(span: Span, word: str) -> str:
    return word.lower()


@action
def interval_range(span: Span, first: str, last: str) -> str:
    return last


# The units that smaller ones are left out behind, as in PostgreSQL.
_FIELDS = ("year", "month", "day", "hour", "minute")


@action
def interval(span: Span, amount: str | int | Decimal, unit: Keyword) -> IntervalLiteral:
    try:
        parts = parse_interval(str(amount), unit)
    except IntervalError as error:
        raise Refused(str(error), span) from None
    if isinstance(amount, str) and unit in _FIELDS:
        parts = truncated(parts, unit)
    return IntervalLiteral(*parts, span)


# --- types -------------------------------------------------------------------------------------


@action
def type_words(span: Span, *words: Identifier | str) -> Identifier:
    first = words[0]
    return first if isinstance(first, Identifier) else Identifier(" ".join(map(str, words)), span)


@action
def type_length(span: Span, *numbers: int | Decimal) -> tuple[int, ...]:
    if not all(isinstance(number, int) for number in numbers):
        raise Refused("the length of a type is a whole number", span)
    return tuple(int(number) for number in numbers)


@action
def time_zone(span: Span, *words: str) -> str:
    return " ".join(words)


@action
def array_bounds(span: Span, *length: int | Decimal) -> bool:
    """The length of an array means nothing, as in PostgreSQL."""
    return True


@action
def type(
    span: Span,
    name: Identifier,
    length: tuple[int, ...] | None,
    zone: Keyword,
    is_array: bool | None,
) -> TypeName:
    return TypeName(_type_name(name, zone), length or (), bool(is_array), span)


def _type_name(name: Identifier, zone: Keyword) -> str:
    return name.text.upper() if zone is None else f"{name.text.upper()} {zone}"
