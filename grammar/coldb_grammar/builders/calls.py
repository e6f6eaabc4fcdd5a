"""The nodes of calls of functions, and of the forms that are written with words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from coldb_grammar.ast import (
    Binary,
    Cast,
    Expression,
    Extract,
    FunctionCall,
    Identifier,
    IntervalLiteral,
    Literal,
    NamedArgument,
    SortItem,
    Span,
    Star,
    TypeName,
    WindowSpec,
)
from coldb_grammar.builders.action import Refused, action

if TYPE_CHECKING:
    from decimal import Decimal

    from coldb_grammar.builders.expressions import Expressions, Keyword

_DIGITS = 6  # of a second that a moment has

Order: TypeAlias = "tuple[SortItem, ...]"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What stands in the parentheses of a call."""

    items: Expressions = ()
    distinct: bool = False
    order_by: Order | None = None


@action
def arguments(
    span: Span, quantifier: Keyword, items: Expressions, order_by: Order | None
) -> Arguments:
    return Arguments(items, quantifier == "DISTINCT", order_by)


@action
def call_arguments(span: Span, *items: Expression) -> Expressions:
    return items


@action
def named_argument(span: Span, name: Identifier, value: Expression) -> NamedArgument:
    return NamedArgument(name, value, span)


@action
def all_rows(span: Span) -> Arguments:
    return Arguments((Star(span=span),))


@action
def null_treatment(span: Span, word: str) -> str:
    return word


@action
def call(
    span: Span,
    name: Identifier,
    given: Arguments | None,
    within_group: Order | None,
    condition: Expression | None,
    nulls: Keyword,
    over: WindowSpec | Identifier | None,
) -> FunctionCall:
    given = given or Arguments()
    if within_group and given.order_by:
        raise Refused("a call is ordered in its parentheses or by WITHIN GROUP, not by both", span)
    if within_group and given.distinct:
        raise Refused("DISTINCT and WITHIN GROUP exclude each other", span)
    return FunctionCall(
        name,
        given.items,
        given.distinct,
        condition,
        within_group or given.order_by or (),
        within_group is not None,
        nulls == "IGNORE",
        over,
        span,
    )


def _special(span: Span, name: str, *items: Expression) -> FunctionCall:
    written = Span(span.start, span.start + len(name))
    return FunctionCall(Identifier(name, written), items, span=span)


@action
def extract(span: Span, part: Identifier | str, operand: Expression) -> Extract:
    return Extract(part.lower() if isinstance(part, str) else part.text, operand, span)


@action
def overlay(
    span: Span,
    operand: Expression,
    replacement: Expression,
    start: Expression,
    length: Expression | None,
) -> FunctionCall:
    given = (operand, replacement, start, *(() if length is None else (length,)))
    return _special(span, "overlay", *given)


@action
def plain_overlay(span: Span, items: Expressions) -> FunctionCall:
    return _special(span, "overlay", *items)


@action
def position(span: Span, sought: Expression, within: Expression) -> FunctionCall:
    return _special(span, "position", sought, within)


@action
def substring(span: Span, items: Expressions) -> FunctionCall:
    return _special(span, "substring", *items)


@action
def substring_from(
    span: Span, operand: Expression, start: Expression, length: Expression | None
) -> FunctionCall:
    return _special(span, "substring", operand, start, *(() if length is None else (length,)))


@action
def substring_for(span: Span, operand: Expression, length: Expression) -> FunctionCall:
    return _special(span, "substring", operand, Literal(1, span), length)


_TRIMS = {None: "btrim", "BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}


@action
def trim(span: Span, side: Keyword, items: Expressions) -> FunctionCall:
    return _trim(span, side, *items)


@action
def trim_from(
    span: Span, side: Keyword, characters: Expression | None, operand: Expression
) -> FunctionCall:
    return _trim(span, side, operand, *(() if characters is None else (characters,)))


def _trim(span: Span, side: Keyword, *items: Expression) -> FunctionCall:
    written = Span(span.start, span.start + len("trim"))
    return FunctionCall(Identifier(_TRIMS[side], written), items, span=span)


@action
def current_moment(span: Span, word: str, digits: int | Decimal) -> FunctionCall:
    """CURRENT_TIMESTAMP(n), rounded to n digits of a second."""
    if digits not in range(_DIGITS + 1):
        raise Refused(f"the precision of {word} is 0 to {_DIGITS}", span)
    stride = 10 ** (_DIGITS - int(digits))
    moment = FunctionCall(Identifier(word.lower(), span), (), span=span)
    half = Binary("+", (moment, IntervalLiteral(0, 0, stride // 2, span)), span)
    origin = Cast(Literal("2000-01-01", span), TypeName("TIMESTAMP", span=span), span)
    return FunctionCall(
        Identifier("date_bin", span), (IntervalLiteral(0, 0, stride, span), half, origin), span=span
    )


@action
def current_fact(span: Span, word: str) -> FunctionCall:
    return FunctionCall(Identifier(word.lower(), span), (), span=span)
