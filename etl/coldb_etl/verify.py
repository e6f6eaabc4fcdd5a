"""Whether the star holds what its sources hold now: counts, checksums, and values key by key.

The rows of each source are read again and put through the rules of a load. Where a table has a
primary key, every value is then compared with the one stored under the same key; where it has none,
checksums of whole columns are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from coldb_warehouse.convert import from_arrow
from coldb_warehouse.schema import MissingKey
from coldb_warehouse.values import take

from coldb_etl.checksum import Checksum, checksum
from coldb_etl.model import filling_of, modelled_tables
from coldb_etl.sources.open import open_sources
from coldb_etl.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.warehouse import Warehouse

    from coldb_etl.sources.source import Source

__all__ = ["ColumnCheck", "TableCheck", "verify"]


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """A column in the source, as far as a load would accept it, and in the warehouse.

    `differing` counts the keys under which the values differ; None in a table without a key.
    """

    column: str
    source: Checksum
    warehouse: Checksum
    differing: int | None

    @property
    def is_equal(self) -> bool:
        return self.source == self.warehouse and not self.differing


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A table: the rows of its source, of which a load would refuse some, and those stored.

    `rows_inferred` of those stored were made for keys that other tables have.
    """

    table: str
    rows_source: int
    rows_refused: int
    rows_warehouse: int
    rows_inferred: int
    columns: tuple[ColumnCheck, ...]

    @property
    def is_equal(self) -> bool:
        accepted = self.rows_source - self.rows_refused
        has_all = accepted == self.rows_warehouse - self.rows_inferred
        return has_all and all(column.is_equal for column in self.columns)


def verify(warehouse: Warehouse, *, tables: Iterable[str] | None = None) -> tuple[TableCheck, ...]:
    """Compare all modelled tables, or those named and what refers to them, with their sources.

    Raises EtlError and WarehouseError.
    """
    snapshot = warehouse.snapshot()
    model = modelled_tables(snapshot, tables)
    with open_sources(warehouse, [filling_of(table).source for table in model]) as sources:
        return tuple(
            _Verification(table, snapshot).check(sources[filling_of(table).source])
            for table in model
        )


class _Verification:
    """One table's rows, as they come from the source, against those that are stored."""

    def __init__(self, table: TableSchema, snapshot: Snapshot) -> None:
        self._schema = table
        self._snapshot = snapshot
        self._stored: TableSnapshot = snapshot.table(table.name)
        self._values = {c.name: self._stored.values(c.name) for c in table.columns}
        self._found = np.zeros(self._stored.rows, np.bool_)
        self._sums = {column.name: Checksum() for column in table.columns}
        self._differing = {column.name: 0 for column in table.columns}

    def check(self, source: Source) -> TableCheck:
        rows = refused = 0
        for piece in source.extract(filling_of(self._schema).query, self._schema.columns).pieces:
            dirty = 0 if piece.rejected is None else piece.rejected.num_rows
            rows += piece.rows.num_rows + dirty
            refused += dirty + self._compare(piece.rows)
        return TableCheck(
            self._schema.name,
            rows,
            refused,
            self._stored.live_rows,
            self._rows_inferred(),
            tuple(self._column_check(column.name) for column in self._schema.columns),
        )

    def _compare(self, batch: pa.RecordBatch) -> int:
        """Take a batch into account; the number of rows that a load would refuse."""
        columns, accepted = self._as_loaded(batch)
        key = [columns[name][0] for name in self._schema.primary_key]
        if key:
            at = self._stored.positions_of(key, accepted)
            accepted &= ~self._repeated(at)
            for name, (values, valid) in columns.items():
                self._differing[name] += self._count_differing(name, values, valid, at, accepted)
            self._found[at[accepted & (at >= 0)]] = True
        for name, (values, valid) in columns.items():
            kept = accepted if valid is None else accepted & valid
            self._sums[name] += checksum(values, kept)
        return int(np.count_nonzero(~accepted))

    def _as_loaded(
        self, batch: pa.RecordBatch
    ) -> tuple[dict[str, tuple[Values, Mask | None]], Mask]:
        """The values and their validity as a load stores them, and which rows it accepts."""
        columns = {}
        accepted = np.ones(batch.num_rows, np.bool_)
        for column in self._schema.columns:
            converted = from_arrow(batch.column(column.name), column.type)
            for failure in converted.failures:
                accepted[failure.rows] = False
            if not column.nullable and converted.valid is not None:
                accepted &= converted.valid
            columns[column.name] = (converted.values, converted.valid)
        for key in self._schema.foreign_keys:
            valid = np.ones(batch.num_rows, np.bool_)
            for name in key.columns:
                valid &= True if columns[name][1] is None else columns[name][1]
            keys = [columns[name][0] for name in key.columns]
            is_missing = valid & (self._snapshot.table(key.table).positions_of(keys, valid) < 0)
            if key.on_missing is MissingKey.UNKNOWN:
                for name in key.columns:
                    values, known = columns[name]
                    columns[name] = (values, (True if known is None else known) & ~is_missing)
            else:
                accepted &= ~is_missing
        return columns, accepted

    def _repeated(self, at: np.ndarray) -> Mask:
        """Which rows have a key that a row before them has."""
        repeated: Mask = (at >= 0) & self._found[at]
        first = np.unique(at, return_index=True)[1]
        again = np.ones(len(at), np.bool_)
        again[first] = False
        return repeated | (again & (at >= 0))

    def _count_differing(
        self, name: str, values: Values, valid: Mask | None, at: np.ndarray, accepted: Mask
    ) -> int:
        rows = np.flatnonzero(accepted & (at >= 0))
        stored, stored_valid = self._values[name]
        is_valid = np.ones(len(rows), np.bool_) if valid is None else valid[rows]
        was_valid = np.ones(len(rows), np.bool_) if stored_valid is None else stored_valid[at[rows]]
        here, there = take(values, rows), take(stored, at[rows])
        equal = _equal(here, there)
        return int(np.count_nonzero((is_valid != was_valid) | (is_valid & was_valid & ~equal)))

    def _rows_inferred(self) -> int:
        loads = State.of(self._snapshot).tables.values()
        return sum(load.rows_inferred.get(self._schema.name, 0) for load in loads)

    def _column_check(self, name: str) -> ColumnCheck:
        values, valid = self._values[name]
        if not self._schema.primary_key:
            live = self._stored.live
            kept = valid if live is None else live if valid is None else valid & live
            return ColumnCheck(name, self._sums[name], checksum(values, kept), None)
        known = self._found if valid is None else self._found & valid
        return ColumnCheck(name, self._sums[name], checksum(values, known), self._differing[name])


def _equal(left: Values, right: Values) -> Mask:
    """Where values are the same; floats by their bit patterns."""
    if not isinstance(left, np.ndarray):
        same: Mask = pc.equal(left, right).to_numpy(zero_copy_only=False)
        return same
    if left.dtype.kind == "f":
        bits = np.dtype(f"i{left.dtype.itemsize}")
        left, right = left.view(bits), right.view(bits)
    return np.asarray(left == right)
