"""What a benchmark runs: tables with their schema, the files they are loaded from, and queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Query", "Workload"]


@dataclass(frozen=True, slots=True)
class Query:
    """`has_ties`: it may have several right answers, because its LIMIT cuts between equal rows."""

    name: str
    sql: str
    has_ties: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """`generate(directory, scale)` writes the Parquet files, unless they are there, and names them.

    `schema` is coldb's DDL, with keys and hierarchies; the engines take from it what they can use.
    The files come in an order in which tables may be loaded: dimensions before facts. `scale` is the
    scale factor unless another is asked for.
    """

    name: str
    schema: str
    queries: tuple[Query, ...]
    generate: Callable[[Path, float], dict[str, Path]]
    scale: float = 1.0
