"""How a warehouse writes and what it may use."""

from __future__ import annotations

from dataclasses import dataclass

from coldb_warehouse.chunks.layout import MAX_ROWS

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of one connection. What was written under other settings stays readable.

    `memory_limit` is in bytes and bounds what is cached, and what a load sorts in memory; None is
    half of the machine's memory.
    `run_rows` is how many rows of a load are sorted in memory at a time; None lets `memory_limit`
    decide. `force_encoding` names the encoding to use wherever it can represent the values, and
    `force_dictionary` says whether text gets a dictionary; None lets the data decide.
    `sync=False` leaves it to the operating system when data reaches the disk: a power failure may
    then damage the warehouse. `lock_timeout` is how many seconds to wait for another writer.
    """

    block_rows: int = 131_072
    segment_rows: int = 1_048_576
    memory_limit: int | None = None
    run_rows: int | None = None
    force_encoding: str | None = None
    force_dictionary: bool | None = None
    sync: bool = True
    lock_timeout: float = 0.0

    def __post_init__(self) -> None:
        if self.block_rows < 1 or not 1 <= self.segment_rows <= MAX_ROWS:
            raise ValueError(f"block_rows must be at least 1 and segment_rows 1 to {MAX_ROWS}")
