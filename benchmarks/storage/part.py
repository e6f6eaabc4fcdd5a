"""What the parts of the storage benchmark are given, and what they find."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Findings", "Options", "Table"]


@dataclass(frozen=True, slots=True)
class Options:
    """`data` is the directory where data is made and kept; `say` tells of progress."""

    scale: float
    runs: int
    threads: int
    data: Path
    say: Callable[[str], None]
    stars: tuple[str, ...] = ("ssb", "tpch")


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Findings:
    """`tables` are to read, `figures` to keep; `wrong` names every answer that was not as expected."""

    tables: list[Table]
    figures: dict[str, Any]
    wrong: list[str] = field(default_factory=list)
