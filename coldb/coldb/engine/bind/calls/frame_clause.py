"""ROWS, RANGE and GROUPS: the frame of a window, with the conditions that PostgreSQL has for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from coldb.engine.bind.constants import folded
from coldb.engine.bind.conversions import Operand, convert, operate
from coldb.engine.calls import (
    DEFAULT_FRAME,
    WHOLE_PARTITION,
    FrameBound,
    RangeOffset,
    WindowFrame,
)
from coldb.errors import DataError, NotSupportedError, ProgrammingError
from coldb_warehouse.types import BIGINT, DOUBLE, INTERVAL, Kind, decimal

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.calls import SortKey
    from coldb_grammar import ast
    from coldb_warehouse.types import Type

__all__ = ["bind_frame"]

# Wide enough that no offset leads out of the range of BIGINT.
_ANY_INTEGER = decimal(19, 0)

_DAYS_OF_MONTH, _MICROSECONDS_OF_DAY = 30, 86_400_000_000


def bind_frame(
    node: ast.Frame | None, order_by: tuple[SortKey, ...], binder: ExpressionBinder
) -> WindowFrame:
    """The frame of a window with this order; the default one for None. Raises ProgrammingError."""
    if node is None:
        return _simplified(DEFAULT_FRAME, order_by)
    if node.unit == "GROUPS" and not order_by:
        raise ProgrammingError("GROUPS needs an ORDER BY in the window", node.span)
    start, end = (_bound(bound, node, order_by, binder) for bound in (node.start, node.end))
    return _simplified(WindowFrame(node.unit, start, end, node.exclude), order_by)


def _simplified(frame: WindowFrame, order_by: tuple[SortKey, ...]) -> WindowFrame:
    """Frames that always hold the whole partition, told in one way."""
    unbounded = frame.start == WHOLE_PARTITION.start and frame.exclude == "NO OTHERS"
    peers_are_all = frame.unit == "RANGE" and not order_by
    at_end = frame.end == WHOLE_PARTITION.end or (
        peers_are_all and frame.end.direction == "CURRENT ROW"
    )
    return WHOLE_PARTITION if unbounded and at_end else frame


def _bound(
    bound: ast.FrameBound,
    node: ast.Frame,
    order_by: tuple[SortKey, ...],
    binder: ExpressionBinder,
) -> FrameBound:
    if bound.offset is None:
        return FrameBound(bound.direction)
    operand = binder.operand(bound.offset)
    if node.unit == "RANGE":
        if len(order_by) != 1:
            message = "RANGE with an offset needs exactly one ORDER BY column in the window"
            raise ProgrammingError(message, node.span)
        return FrameBound(bound.direction, _range_offset(bound.direction, operand, order_by[0]))
    if not operand.untyped and not operand.type.is_exact:
        message = f"{node.unit} takes a number of rows or groups, not {operand.type}"
        raise ProgrammingError(message, bound.span)
    return FrameBound(bound.direction, _constant(operand, BIGINT))


def _range_offset(direction: str, operand: Operand, key: SortKey) -> RangeOffset:
    """The key, and what it is at the far end: smaller at the beginning of an ascending order."""
    key_type, offset_type = _types(key.expression.type, operand)
    _constant(operand, offset_type)
    value = Operand(convert(Operand(key.expression, operand.span), key_type), operand.span)
    offset = Operand(convert(operand, offset_type), operand.span)
    backwards = (direction == "PRECEDING") is not key.descending
    limit = operate("-" if backwards else "+", value, offset, operand.span)
    return RangeOffset(convert(value, limit.type), limit)


def _types(key: Type, operand: Operand) -> tuple[Type, Type]:
    """The types in which a key and its offset are added."""
    offset = operand.type
    if key.kind in (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.TIME, Kind.INTERVAL):
        if operand.untyped or offset == INTERVAL:
            # A TIME would begin anew at midnight.
            return (INTERVAL if key.kind is Kind.TIME else key), INTERVAL
        hint = "write an INTERVAL, as in INTERVAL '3' DAY"
    elif key.is_integer:
        if operand.untyped or offset.is_integer:
            return _ANY_INTEGER, _ANY_INTEGER
        hint = "cast it to BIGINT"
    elif key.is_exact:
        if operand.untyped or offset.is_exact:
            return key, key if operand.untyped else offset
        hint = "cast it to DECIMAL"
    elif key.is_float:
        if operand.untyped or offset.is_numeric:
            return DOUBLE, DOUBLE
        hint = "write a number"
    else:
        message = f"RANGE with an offset is not supported for {key}: use ROWS or GROUPS"
        raise NotSupportedError(message, operand.span)
    raise ProgrammingError(
        f"RANGE over {key} cannot have an offset of {offset}: {hint}", operand.span
    )


def _constant(operand: Operand, type_: Type) -> Any:
    """The value of an offset. Raises DataError if it is NULL or negative."""
    constant = folded(convert(operand, type_))
    if constant is None:
        message = "the offset of a frame must be a constant: it cannot read columns"
        raise ProgrammingError(message, operand.span)
    value = constant.value
    if value is None:
        raise DataError("the offset of a frame must not be NULL", operand.span)
    size = value
    if type_ == INTERVAL:
        months, days, microseconds = value
        size = (months * _DAYS_OF_MONTH + days) * _MICROSECONDS_OF_DAY + microseconds
    if size < 0 or (isinstance(size, float) and math.isnan(size)):
        raise DataError("the offset of a frame must not be negative", operand.span)
    return value
