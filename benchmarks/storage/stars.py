"""The stars whose storage is compared, loaded from the same files, and checked to hold the same data."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.answers import same_rows
from benchmarks.worker import Worker
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.storage.part import Options
    from benchmarks.workload import Workload

__all__ = ["ENGINES", "Star", "differences"]

ENGINES = ("coldb", "duckdb")


@dataclass(frozen=True, slots=True)
class Star:
    """A star's Parquet files, and the directories that engines load them into."""

    workload: Workload
    files: dict[str, Path]
    place: Path

    @classmethod
    def generate(cls, name: str, options: Options) -> Star:
        workload = WORKLOADS[name]
        place = options.data / f"{workload.name}-sf{options.scale:g}"
        options.say(f"data in {place}")
        return cls(workload, workload.generate(place / "parquet", options.scale), place)

    @property
    def parquet_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files.values())

    def worker(self, engine: str, threads: int) -> Worker:
        return Worker(engine, self.place / engine, threads)

    def load(self, engine: str, options: Options) -> tuple[float, int, int]:
        """Seconds, bytes on disk and peak bytes of memory, in a process of its own."""
        with closing(self.worker(engine, options.threads)) as worker:
            load = worker.load(self.workload, self.files)
            memory = worker.peak_memory()
        options.say(f"loaded {self.workload.name} into {engine} in {load.seconds:.2f} s")
        return load.seconds, load.bytes, memory


def differences(star: Star, options: Options) -> list[str]:
    """The tables in which the engines do not hold the same data, by sums and extremes of every column."""
    with (
        closing(star.worker(ENGINES[0], options.threads)) as first,
        closing(star.worker(ENGINES[1], options.threads)) as second,
    ):
        first.open(star.files)
        second.open(star.files)
        wrong = []
        for table, path in star.files.items():
            sql = f"SELECT {', '.join(_digests(path))} FROM {table}"
            if not same_rows(first.query(sql).rows, second.query(sql).rows):
                wrong.append(f"table {table} of {star.workload.name}")
        return wrong


def _digests(path: Path) -> list[str]:
    digests = ["count(*)"]
    for field in pq.read_schema(path):
        name, type_ = field.name, field.type
        if pa.types.is_integer(type_) or pa.types.is_decimal(type_):
            digests.append(f"sum({name})")
            continue
        digests += [f"min({name})", f"max({name})"]
        if not pa.types.is_date(type_):
            digests.append(f"sum(length({name}))")
    return digests
