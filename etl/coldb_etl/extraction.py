"""The rows of one table on their way out of the source: counted, digested and reported."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa

from coldb_etl.digest import RowDigest
from coldb_etl.errors import EtlError
from coldb_etl.model import filling_of
from coldb_etl.prefetch import prefetched
from coldb_etl.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb_warehouse.schema import TableSchema

    from coldb_etl.progress import Phase, Report
    from coldb_etl.sources.source import Piece, Source

__all__ = ["Extraction"]


class Extraction:
    """One reading of a table's rows. What it counts is complete when the rows have been read.

    `rows_read` counts all rows of the source, `rejected` holds those that it set aside itself.
    """

    def __init__(self, table: TableSchema, source: Source, report: Report | None = None) -> None:
        self.rows_read = 0
        self.rejected: list[pa.RecordBatch] = []
        self._table = table
        self._source = source
        self._report = report
        self._started = time.perf_counter()
        self._digest = RowDigest(repr(table))
        self._total = None if report is None else source.count(filling_of(table).query)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    def reader(self) -> pa.RecordBatchReader:
        """The rows that may go on, to be read once, a few batches at a time in memory."""
        stream = self._source.extract(filling_of(self._table).query, self._table.columns)
        return pa.RecordBatchReader.from_batches(stream.schema, self._counted(stream.pieces))

    def digest(self) -> str:
        """A digest of the declaration of the table and of all rows, the rejected ones too."""
        return self._digest.hexdigest()

    def announce(self, phase: Phase) -> None:
        """Report how far the load is."""
        self._tell(phase, self.rows_read)

    def written(self, rows: int) -> None:
        """Report how many rows are written, of those that were too many to be sorted at once."""
        self._tell("write", rows)

    def _tell(self, phase: Phase, rows: int) -> None:
        if self._report is not None:
            self._report(Progress(self._table.name, phase, rows, self._total, self.seconds))

    def _counted(self, pieces: Iterator[Piece]) -> Iterator[pa.RecordBatch]:
        self.announce("extract")
        with closing(prefetched(pieces)) as ahead:
            for piece in ahead:
                self._digest.update(piece.rows)
                self.rows_read += piece.rows.num_rows
                if piece.rejected is not None:
                    self._digest.update(piece.rejected)
                    self.rows_read += piece.rejected.num_rows
                    self.rejected.append(piece.rejected)
                self.announce("extract")
                yield piece.rows
        if self._total is not None and self.rows_read != self._total:
            raise EtlError(f"the source counted {self._total} rows and handed out {self.rows_read}")
        self.announce("write")
