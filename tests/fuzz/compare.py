"""Asks several databases the same, and tells what coldb alone answers."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.sql_engine import Engine, EngineError

if TYPE_CHECKING:
    from tests.fuzz.queries import Question

__all__ = ["Difference", "difference"]

# Which of several rows or conditions is looked at first decides whether these are met at all.
_OF_ORDER = ("out of range", "division by zero", "more than one row", "overflow", "too large")


@dataclass(frozen=True)
class Difference:
    question: str
    got: object
    expected: object

    def __str__(self) -> str:
        return f"{self.question}\n--- expected\n{self.expected}\n+++ got\n{self.got}"


def difference(question: Question, coldb: Engine, *others: Engine) -> Difference | None:
    """What is wrong with coldb's answer; None if one of the other databases gives the same one, or
    all fail for a reason that depends on the order in which rows are looked at."""
    got = _answer(coldb, question)
    expected = []
    for other in others:
        answer = _answer(other, question)
        if answer == got:
            return None
        expected.append(answer)
    errors = [answer for answer in (got, *expected) if isinstance(answer, str)]
    if any(word in error.lower() for error in errors for word in _OF_ORDER):
        return None
    return Difference(question.text, _shown(got), "\n".join(map(_shown, expected)))


def _answer(engine: Engine, question: Question) -> list[tuple[Any, ...]] | str:
    try:
        result = engine.execute(question.text)
    except EngineError as error:
        return str(error)
    assert result is not None
    return [
        tuple(_comparable(value, kind) for value, kind in zip(row, question.kinds, strict=True))
        for row in result.rows
    ]


def _comparable(value: Any, kind: str) -> Any:
    """Equal for what means the same: a number is one, whatever type it has."""
    if value is None or isinstance(value, str):
        return value
    if kind == "bool":
        return bool(value)
    if isinstance(value, int | float | Decimal):
        number = float(value)
        if math.isnan(number) or math.isinf(number):
            return str(number)
        return f"{number + 0.0:.9g}" if kind == "double" else Decimal(value).normalize() + 0
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return value


def _shown(answer: list[tuple[Any, ...]] | str) -> str:
    if isinstance(answer, str):
        return f"error: {answer}"
    return "\n".join([f"{len(answer)} rows", *map(str, answer[:20])])
