"""The parts of the storage benchmark by name. A new one needs its file and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.storage.commits import measure_commits
from benchmarks.storage.large import measure_large_load
from benchmarks.storage.loads import measure_loads
from benchmarks.storage.scans import measure_scans
from benchmarks.storage.sizes import measure_sizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.storage.part import Findings, Options

__all__ = ["DEFAULT_PARTS", "PARTS"]

PARTS: dict[str, Callable[[Options], Findings]] = {
    "sizes": measure_sizes,
    "loads": measure_loads,
    "scans": measure_scans,
    "commits": measure_commits,
    "large": measure_large_load,
}
DEFAULT_PARTS = ("sizes", "loads", "scans", "commits")  # "large" takes minutes and gigabytes
