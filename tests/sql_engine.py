"""What the tests ask of a database: run one statement, and say no with an EngineError."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Engine", "EngineError", "Result"]


class EngineError(Exception):
    """A statement was refused, in the words of the engine."""


@dataclass(frozen=True, slots=True)
class Result:
    columns: int
    rows: list[tuple[Any, ...]]


class Engine(Protocol):
    """`names` decide the conditions of test files; `own_errors` says that error texts are ours."""

    names: frozenset[str]
    own_errors: bool

    def execute(self, sql: str) -> Result | None: ...

    def close(self) -> None: ...
