"""How fast the machine reads memory: what no scan of as many bytes can beat."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

__all__ = ["read_bandwidth"]

BYTES = 1 << 28  # far more than any cache
DTYPES = ("uint8", "uint64")


def read_bandwidth(runs: int, threads: int) -> dict[str, float]:
    """Bytes a second of numpy's max over a large array, the best of all runs, by dtype and threads."""
    best: dict[str, float] = {}
    for dtype in DTYPES:
        values = np.ones(BYTES // np.dtype(dtype).itemsize, dtype)
        for workers in sorted({1, threads}):
            parts = np.array_split(values, workers)
            with ThreadPoolExecutor(workers) as pool:
                seconds = min(_timed(pool, parts) for _ in range(runs))
            best[f"{dtype}, {workers} threads"] = BYTES / seconds
    return best


def _timed(pool: ThreadPoolExecutor, parts: list[np.ndarray]) -> float:
    started = time.perf_counter()
    list(pool.map(np.max, parts))
    return time.perf_counter() - started
