"""An engine in a process of its own, driven through a pipe."""

from __future__ import annotations

import multiprocessing
import shutil
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.memory import peak_memory

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from benchmarks.workload import Workload

__all__ = ["Answer", "EngineFailed", "Load", "Worker"]

Rows = list[tuple[Any, ...]]


class EngineFailed(Exception):
    """An engine raised an error; the message has its traceback."""


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds from Parquet to data that survives, and the bytes it then takes on disk."""

    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    rows: Rows
    seconds: float


class Worker:
    """Each call runs in the engine's process and is timed there, so the pipe costs nothing."""

    def __init__(self, engine: str, directory: Path, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, engine, directory, threads), daemon=True
        )
        self._process.start()
        theirs.close()

    def _call(self, method: str, *arguments: Any) -> Any:
        self._pipe.send((method, arguments))
        try:
            succeeded, value = self._pipe.recv()
        except EOFError:
            raise EngineFailed(f"the process ended during {method}") from None
        if not succeeded:
            raise EngineFailed(value)
        return value

    def version(self) -> str:
        return str(self._call("version"))

    def load(self, workload: Workload, files: dict[str, Path]) -> Load:
        return Load(*self._call("load", workload.name, files))

    def open(self, files: dict[str, Path]) -> None:
        self._call("open", files)

    def query(self, sql: str) -> Answer:
        return Answer(*self._call("query", sql))

    def peak_memory(self) -> int:
        """The most bytes of memory that the process has held."""
        return int(self._call("peak_memory"))

    def close(self) -> None:
        self._pipe.close()
        self._process.join(timeout=10)


def _serve(pipe: Connection, name: str, directory: Path, threads: int) -> None:
    """Answer calls until the other side closes the pipe."""
    server = None
    while True:
        try:
            method, arguments = pipe.recv()
        except EOFError:
            return
        try:
            server = server or _Server(name, directory, threads)
            pipe.send((True, getattr(server, method)(*arguments)))
        except Exception:  # whatever an engine raises is reported, not lost with the process
            pipe.send((False, traceback.format_exc()))


class _Server:
    def __init__(self, name: str, directory: Path, threads: int) -> None:
        from benchmarks.engines import ENGINES

        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._engine = ENGINES[name](directory, threads)

    def version(self) -> str:
        return self._engine.version()

    def load(self, workload: str, files: dict[str, Path]) -> tuple[float, int]:
        from benchmarks.workloads import WORKLOADS

        shutil.rmtree(self._directory)
        self._directory.mkdir()
        start = time.perf_counter()
        self._engine.load(WORKLOADS[workload], files)
        seconds = time.perf_counter() - start
        stored = (path.stat().st_size for path in self._directory.rglob("*") if path.is_file())
        return seconds, sum(stored)

    def open(self, files: dict[str, Path]) -> None:
        self._engine.open(files)

    def query(self, sql: str) -> tuple[Rows, float]:
        start = time.perf_counter()
        rows = self._engine.query(sql)
        return rows, time.perf_counter() - start

    def peak_memory(self) -> int:
        return peak_memory()
