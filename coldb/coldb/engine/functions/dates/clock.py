"""The time of the statement: now() and its like. The zone of every session is UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.functions.dates.calendar import DAY
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.vector import Vector
from coldb_warehouse.types import DATE, TIME, TIMESTAMP, TIMESTAMPTZ, Type

if TYPE_CHECKING:
    from coldb.engine.functions.definition import Kernel

__all__ = ["CLOCK_WORDS", "DEFINITIONS"]

CLOCK_WORDS = frozenset(
    {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
)
"""Called without parentheses."""


def _now(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The time of the statement is the argument."""
    del rows
    return Vector(result, arguments[0].values)


def _time(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    return Vector(result, arguments[0].values % DAY)


def _today(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    return Vector(result, (arguments[0].values // DAY).astype(result.dtype))


def _definition(name: str, kernel: Kernel, result: Type, summary: str) -> Definition:
    example = name if name in CLOCK_WORDS else f"{name}()"
    return Definition(
        ScalarFunction(name, kernel, statement_time=True), fixed(result=result), summary, example
    )


DEFINITIONS = (
    *(
        _definition(name, _now, TIMESTAMPTZ, "when the statement began")
        for name in (
            "now",
            "current_timestamp",
            "statement_timestamp",
            "transaction_timestamp",
            "clock_timestamp",
        )
    ),
    _definition("localtimestamp", _now, TIMESTAMP, "when the statement began, in UTC"),
    _definition("current_time", _time, TIME, "time of day when the statement began, in UTC"),
    _definition("localtime", _time, TIME, "time of day when the statement began, in UTC"),
    _definition("current_date", _today, DATE, "today, in UTC"),
)
