"""What every source can do. A new kind is one file beside this one and a line in `SOURCES`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pyarrow as pa

from coldb_etl.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from coldb_warehouse.schema import Column

    from coldb_etl.names import Matching

__all__ = ["BATCH_ROWS", "REJECTED", "Piece", "Position", "Source", "Stream", "require_columns"]

BATCH_ROWS = 65_536

# Rows that the source holds and no column could: the row as JSON text, and why.
REJECTED = pa.schema([("row", pa.string()), ("reason", pa.string())])

# What tells one state of a source from the next without reading it: compared for equality only.
Position: TypeAlias = "Mapping[str, object]"


@dataclass(frozen=True, slots=True)
class Piece:
    """A batch of rows that may go on, and the rows set aside on the way to it (`REJECTED`)."""

    rows: pa.RecordBatch
    rejected: pa.RecordBatch | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of one table, to be read once. `schema` is that of every piece's rows."""

    schema: pa.Schema
    pieces: Iterator[Piece]


class Source(Protocol):
    """A place that data comes from, seen as it was when opened. Every method raises SourceError."""

    def position(self) -> Position:
        """Where the source stood when it was opened."""
        ...

    def match(self, query: str, columns: Sequence[Column]) -> Matching:
        """Which columns of the query's result fill which columns of the model."""
        ...

    def count(self, query: str) -> int:
        """The number of rows that the query yields."""
        ...

    def extract(self, query: str, columns: Sequence[Column]) -> Stream:
        """The rows of the query: these columns, by these names, in types that convert to theirs."""
        ...

    def close(self) -> None:
        """Let go of the source. Closing twice is no error."""
        ...


def require_columns(matching: Matching) -> None:
    """Raise SourceError if the source lacks columns of the model."""
    if matching.missing:
        missing = ", ".join(f'"{name}"' for name in matching.missing)
        found = ", ".join(f'"{name}"' for name in (*matching.pairs.values(), *matching.extra))
        raise SourceError(
            f"the source has no column {missing}; it has {found or 'none'}: "
            "change the query of the table, or the table"
        )
