"""What the benchmark asks of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.workload import Workload

__all__ = ["Engine"]


class Engine(Protocol):
    """Lives in a process of its own, so nothing is shared with the others, not even a thread pool.

    `directory` is where the engine keeps its files, empty before the first load.
    """

    def __init__(self, directory: Path, threads: int) -> None: ...

    def version(self) -> str: ...

    def load(self, workload: Workload, files: dict[str, Path]) -> None:
        """Creates and fills the tables; on return the data is on disk, where the engine has one."""

    def open(self, files: dict[str, Path]) -> None:
        """Opens what an earlier load left, ready for queries."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows as Python values."""
