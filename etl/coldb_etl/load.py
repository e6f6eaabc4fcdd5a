"""Loading one table: every row of its source is loaded or rejected, and accounted for."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from coldb_warehouse.errors import ConversionError

from coldb_etl.errors import EtlError
from coldb_etl.extraction import Extraction
from coldb_etl.row_json import rows_as_json
from coldb_etl.sources.source import REJECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb_warehouse.loading.rejects import Rejects
    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.writing.transaction import Transaction

    from coldb_etl.progress import Report
    from coldb_etl.sources.source import Source

__all__ = ["Load", "digest_of", "load_table"]


@dataclass(frozen=True, slots=True)
class Load:
    """What became of the rows of one table. `rejected` are `REJECTED` batches."""

    table: str
    seconds: float
    rows_read: int
    rows_loaded: int
    rejected: tuple[pa.RecordBatch, ...]
    keys_unknown: dict[str, int]
    rows_inferred: dict[str, int]
    digest: str

    @property
    def rows_rejected(self) -> int:
        return sum(batch.num_rows for batch in self.rejected)


def load_table(
    transaction: Transaction, table: TableSchema, source: Source, report: Report | None = None
) -> Load:
    """Append what the source holds for the (empty) table, with the policies of its keys."""
    with _table_named(table):
        extraction = Extraction(table, source, report)
        result = transaction.append(
            table.name, extraction.reader(), apply_policies=True, written=extraction.written
        )
        load = Load(
            table.name,
            extraction.seconds,
            extraction.rows_read,
            transaction.snapshot().table(table.name).live_rows,
            (*extraction.rejected, *_rejected(result.rejects)),
            {", ".join(columns): count for columns, count in result.unknown.items()},
            dict(result.inferred),
            extraction.digest(),
        )
        if load.rows_read != load.rows_loaded + load.rows_rejected:
            raise EtlError(
                f"of {load.rows_read} rows read, {load.rows_loaded} were loaded and "
                f"{load.rows_rejected} rejected, which is not all: nothing was changed"
            )
    return load


def digest_of(table: TableSchema, source: Source) -> str:
    """The digest that a load of the table would have; reads all rows and keeps none."""
    with _table_named(table):
        extraction = Extraction(table, source)
        deque(extraction.reader(), maxlen=0)
        return extraction.digest()


@contextmanager
def _table_named(table: TableSchema) -> Iterator[None]:
    """Errors on the way tell which table was being loaded."""
    try:
        yield
    except (EtlError, ConversionError) as error:
        raise type(error)(f'table "{table.name}": {error}') from error


def _rejected(rejects: Rejects) -> list[pa.RecordBatch]:
    if not rejects.rows.num_rows:
        return []
    columns = [rows_as_json(rejects.rows), rejects.reasons]
    batches: list[pa.RecordBatch] = pa.table(columns, schema=REJECTED).to_batches()
    return batches
