"""SQLite: dates are ISO texts, numbers are 64-bit integers and doubles, functions are few."""

from __future__ import annotations

import re

from coldb_warehouse.types import Kind
from sqlglot import exp

from coldb.compare.errors import CompareError
from coldb.compare.rules import Rule, Types, call, kind_of

__all__ = ["RULES"]

_PARTS = {
    "YEAR": "%Y",
    "MONTH": "%m",
    "DAY": "%d",
    "HOUR": "%H",
    "MINUTE": "%M",
    "SECOND": "%S",
    "DOW": "%w",
    "DOY": "%j",
}
_TRUNCATED = {
    "YEAR": "%Y-01-01 00:00:00",
    "MONTH": "%Y-%m-01 00:00:00",
    "DAY": "%Y-%m-%d 00:00:00",
    "HOUR": "%Y-%m-%d %H:00:00",
    "MINUTE": "%Y-%m-%d %H:%M:00",
    "SECOND": "%Y-%m-%d %H:%M:%S",
}
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_INTERVAL = re.compile(r"([+-]?\d+)\s*(year|month|week|day|hour|minute|second)s?\b", re.IGNORECASE)
_TIME_UNITS = {"hour", "minute", "second"}
_INEXACT = (Kind.DECIMAL, Kind.REAL, Kind.DOUBLE)


def _extract(node: exp.Expression, _types: Types) -> exp.Expression:
    part, operand = node.name.upper(), node.expression.copy()
    if part == "QUARTER":
        month = exp.cast(call("STRFTIME", "%m", operand), "INTEGER")
        after = exp.paren(exp.Add(this=month, expression=exp.Literal.number(2)))
        return exp.paren(exp.Div(this=after, expression=exp.Literal.number(3), typed=True))
    if part not in _PARTS:
        raise CompareError(f"SQLite cannot tell the {part.lower()} of a date")
    return exp.cast(call("STRFTIME", _PARTS[part], operand), "INTEGER")


def _truncate(node: exp.Expression, _types: Types) -> exp.Expression:
    unit = node.args["unit"].name.upper()
    if unit not in _TRUNCATED:
        raise CompareError(f"SQLite cannot truncate a date to its {unit.lower()}")
    return call("STRFTIME", _TRUNCATED[unit], node.this.copy())


def _cast(node: exp.Expression, types: Types) -> exp.Expression:
    """Dates that are ISO already stay texts; numbers are rounded, as PostgreSQL does on a cast."""
    operand, target = node.this, node.to.this
    if operand.is_string:
        iso = {exp.DataType.Type.DATE: _ISO_DATE, exp.DataType.Type.TIMESTAMP: _ISO_TIMESTAMP}
        pattern = iso.get(target)
        return operand.copy() if pattern is not None and pattern.fullmatch(operand.name) else node
    if target in exp.DataType.INTEGER_TYPES and kind_of(operand, types) in _INEXACT:
        return exp.cast(call("ROUND", operand.copy()), "INTEGER")
    if target is exp.DataType.Type.DECIMAL and len(node.to.expressions) == 2:
        return call("ROUND", exp.cast(operand.copy(), "REAL"), node.to.expressions[1].this.copy())
    return node


def _plus(node: exp.Expression, types: Types) -> exp.Expression:
    """Date arithmetic; a sum of numbers stays what it is."""
    left, right = node.this, node.expression
    sign = "-" if isinstance(node, exp.Sub) else "+"
    if isinstance(right, exp.Interval):
        return _moved(left, right, sign, types)
    if isinstance(left, exp.Interval) and sign == "+":
        return _moved(right, left, sign, types)
    left_is_date = kind_of(left, types) is Kind.DATE or _is_date_text(left)
    right_is_date = kind_of(right, types) is Kind.DATE or _is_date_text(right)
    if left_is_date and right_is_date and sign == "-":
        days = exp.Sub(
            this=call("JULIANDAY", left.copy()), expression=call("JULIANDAY", right.copy())
        )
        return exp.cast(call("ROUND", days), "INTEGER")
    if left_is_date:
        days = exp.DPipe(this=exp.paren(right.copy()), expression=exp.Literal.string(" days"))
        if sign == "-":
            days.set("this", exp.Neg(this=days.this))
        return call("DATE", left.copy(), days)
    return node


def _is_date_text(node: exp.Expression) -> bool:
    return bool(node.is_string and _ISO_DATE.fullmatch(node.name))


def _moved(
    moment: exp.Expression, interval: exp.Expression, sign: str, types: Types
) -> exp.Expression:
    """A date or timestamp plus or minus an interval: DATE and DATETIME take the steps as texts."""
    unit = interval.args.get("unit")
    steps = _INTERVAL.findall(f"{interval.this.name} {unit.name if unit is not None else ''}")
    if not steps:
        raise CompareError(f"SQLite cannot add {interval.sql('postgres')}")
    texts = []
    for amount, name in steps:
        number = int(amount) * (-1 if sign == "-" else 1) * (7 if name.lower() == "week" else 1)
        texts.append(f"{number:+d} {'day' if name.lower() == 'week' else name.lower()}s")
    has_time = kind_of(moment, types) is Kind.TIMESTAMP or any(
        name.lower() in _TIME_UNITS for _, name in steps
    )
    return call("DATETIME" if has_time else "DATE", moment.copy(), *texts)


def _divide(node: exp.Expression, types: Types) -> exp.Expression:
    """A decimal that SQLite keeps as an integer would be divided as one."""
    if {kind_of(node.this, types), kind_of(node.expression, types)} & set(_INEXACT):
        return exp.Div(
            this=exp.cast(node.this.copy(), "REAL"),
            expression=node.expression.copy(),
            typed=True,
            safe=False,
        )
    return node


def _left(node: exp.Expression, _types: Types) -> exp.Expression:
    return call("SUBSTR", node.this.copy(), exp.Literal.number(1), node.expression.copy())


def _right(node: exp.Expression, _types: Types) -> exp.Expression:
    return call("SUBSTR", node.this.copy(), exp.Neg(this=exp.paren(node.expression.copy())))


def _concat(node: exp.Expression, _types: Types) -> exp.Expression:
    """CONCAT takes NULL for an empty text, `||` does not."""
    parts = [
        exp.Coalesce(this=part.copy(), expressions=[exp.Literal.string("")])
        for part in node.expressions
    ]
    joined: exp.Expression = parts[0]
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part)
    return exp.paren(joined, copy=False)


RULES: dict[type[exp.Expression], Rule] = {
    exp.Add: _plus,
    exp.Cast: _cast,
    exp.Concat: _concat,
    exp.DateTrunc: _truncate,
    exp.Div: _divide,
    exp.Extract: _extract,
    exp.Left: _left,
    exp.Right: _right,
    exp.Sub: _plus,
    exp.TimestampTrunc: _truncate,
}
