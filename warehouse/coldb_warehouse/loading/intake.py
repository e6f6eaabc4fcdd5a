"""Batches of Arrow data become rows of one table: converted, checked, their keys looked up.

The first fault found refuses a row: a value that cannot be converted, a NULL where none may be, a
key that is missing in another table. What concerns the load's own rows (repeated primary keys, keys
that reference the same table) can only be decided when all of them are there: see load.py.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from coldb_warehouse.convert import from_arrow, to_arrow
from coldb_warehouse.errors import ConstraintError, ConversionError, WarehouseError
from coldb_warehouse.initial import initial_values
from coldb_warehouse.loading.growing import GrowingArray
from coldb_warehouse.loading.loaded import LoadedRows, join_masks
from coldb_warehouse.loading.number_column import NumberColumn
from coldb_warehouse.loading.refusals import (
    Refusal,
    Refusals,
    as_text,
    describe_missing_key,
    describe_values,
)
from coldb_warehouse.loading.text_column import TextColumn
from coldb_warehouse.schema import ROW, Column, ForeignKey, MissingKey, TableSchema
from coldb_warehouse.values import all_valid, blanked, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.reading.key_index import KeyIndex, Numbers
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.settings import Settings

__all__ = ["CheckedBatch", "Intake", "text_column"]

_ROWS_WORTH_THREADS = 65_536


class Intake:
    """Takes batches for one table, and keeps the rows that are sound as far as can be told.

    Each batch is checked, and then kept: in this order, but one batch may be checked while another
    thread keeps the one before.
    """

    def __init__(
        self,
        table: TableSnapshot,
        references: Sequence[tuple[ForeignKey, KeyIndex]],
        settings: Settings,
        refusals: Refusals,
    ) -> None:
        """`references` are the foreign keys on other tables, and the indexes of their keys.

        Rows with faults go to `refusals`; `unknown` collects the numbers of the rows of which a
        key became NULL.
        """
        self.unknown: dict[tuple[str, ...], list[Numbers]] = {}
        self._schema = table.schema
        self._refusals = refusals
        self._references = references
        self._columns = {
            column.name: _collector(table, column, settings)
            for column in table.schema.columns
            if _is_needed_by_value(table.schema, column.name, [key for key, _ in references])
        }
        self._valid: dict[str, list[Mask | None]] = {name: [] for name in self._columns}
        names = [ROW, *(key.position_column for key, _ in references)]
        self._positions = {name: GrowingArray() for name in names}
        self._lengths: list[int] = []
        self._seen = 0

    def check(self, data: pa.RecordBatch) -> CheckedBatch:
        """Converts and checks the rows of a batch that has columns of this table only."""
        batch = CheckedBatch(data, self._schema, self._seen, self._refusals)
        self._seen += data.num_rows
        for column in self._schema.columns:
            batch.convert(column)
        for key, index in self._references:
            unknown = batch.look_up(key, index)
            if len(unknown):
                self.unknown.setdefault(key.columns, []).append(unknown)
        if self.unknown:
            batch.forget_nulls([key for key, _ in self._references])
        return batch

    def keep(self, batch: CheckedBatch) -> None:
        """Collects the rows of the batch that are not refused."""
        kept = np.flatnonzero(~batch.refused) if batch.refused.any() else None
        for name, collector in self._columns.items():
            values, valid = batch.values[name], batch.valid[name]
            collector.add(values if kept is None else take(values, kept), _of(valid, kept))
            self._valid[name].append(_of(valid, kept))
        for name, collected in self._positions.items():
            positions = batch.positions[name]
            collected.append(positions if kept is None else positions[kept])
        self._lengths.append(len(batch.numbers) if kept is None else len(kept))

    @property
    def rows(self) -> int:
        """How many rows `finish` would give."""
        return sum(self._lengths)

    @property
    def nbytes(self) -> int:
        """Bytes of what has been collected since the last time."""
        positions = sum(it.nbytes for it in self._positions.values())
        return positions + sum(it.nbytes for it in self._columns.values())

    def finish(self) -> LoadedRows:
        """The rows that were kept since the last time."""
        lengths, self._lengths = self._lengths, []
        collectors = self._columns.values()
        if sum(lengths) < _ROWS_WORTH_THREADS:
            forms = [collector.finish() for collector in collectors]
        else:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                forms = list(threads.map(lambda collector: collector.finish(), collectors))
        rows = LoadedRows(
            count=sum(lengths),
            types={column.name: column.type for column in self._schema.columns},
            forms=dict(zip(self._columns, forms, strict=True)),
            valid={name: join_masks(parts, lengths) for name, parts in self._valid.items()},
            positions={name: numbers.finish() for name, numbers in self._positions.items()},
        )
        for masks in self._valid.values():
            masks.clear()
        return rows


class CheckedBatch:
    """The rows of one batch; `numbers` are theirs in the whole of the data."""

    def __init__(
        self, data: pa.RecordBatch, schema: TableSchema, first_number: int, refusals: Refusals
    ) -> None:
        self.numbers: Numbers = np.arange(first_number, first_number + data.num_rows)
        self.values: dict[str, Values] = {}
        self.valid: dict[str, Mask | None] = {}
        self.positions: dict[str, Numbers] = {ROW: self.numbers}
        self.refused = np.zeros(data.num_rows, np.bool_)
        self._data = data
        self._table = schema.name
        self._columns = [column.name for column in schema.columns]
        self._looked_up = {name for key in schema.foreign_keys for name in key.columns}
        self._refusals = refusals

    def convert(self, column: Column) -> None:
        """Converts a column, and refuses the rows where it has no value or not one that it may."""
        name = column.name
        if name in self._data.schema.names:
            data = self._data.column(name)
        else:
            data = to_arrow(*initial_values(column, self._data.num_rows), column.type)
        try:
            converted = from_arrow(data, column.type, keep_codes=name not in self._looked_up)
        except ConversionError as error:
            raise ConversionError(f'table "{self._table}", column "{name}": {error}') from None
        self.values[name], self.valid[name] = converted.values, converted.valid
        for failure in converted.failures:
            rows = self._sound(failure.rows)
            reasons = describe_values(name, self._text(name, rows), failure.reason)
            self._refuse(rows, reasons, ConversionError)
        if not column.nullable and converted.valid is not None:
            rows = self._sound(np.flatnonzero(~converted.valid))
            reason = f'column "{name}" is NULL, and it is NOT NULL'
            self._refuse(rows, pa.repeat(pa.scalar(reason), len(rows)), ConstraintError)

    def look_up(self, key: ForeignKey, index: KeyIndex) -> Numbers:
        """Finds the positions of a foreign key; the numbers of the rows whose key became NULL."""
        valid = all_valid([self.valid[name] for name in key.columns])
        positions = index.narrow_positions([self.values[name] for name in key.columns], valid)
        self.positions[key.position_column] = positions
        if not len(positions) or positions.min() >= 0:
            return self.numbers[:0]
        missing = positions < 0
        if valid is not None:
            missing &= valid
        rows = self._sound(np.flatnonzero(missing))
        if key.on_missing is MissingKey.UNKNOWN:
            self._set_null(key, rows)
            return self.numbers[rows]
        if key.on_missing is MissingKey.REJECT and len(rows):
            texts = [self._text(name, rows) for name in key.columns]
            reasons = describe_missing_key(key.columns, texts, key.table)
            self._refuse(rows, reasons, ConstraintError)
        return self.numbers[:0]

    def forget_nulls(self, keys: Sequence[ForeignKey]) -> None:
        """A key of which a column has become NULL, because of another key, leads nowhere."""
        for key in keys:
            valid = all_valid([self.valid[name] for name in key.columns])
            if valid is not None:
                self.positions[key.position_column][~valid] = -1

    def _set_null(self, key: ForeignKey, rows: Numbers) -> None:
        for name in key.columns:
            valid = self.valid[name]
            valid = np.ones(len(self.numbers), np.bool_) if valid is None else valid.copy()
            valid[rows] = False
            self.valid[name] = valid
            self.values[name] = blanked(self.values[name], valid)

    def _sound(self, rows: Numbers) -> Numbers:
        return rows[~self.refused[rows]]

    def _text(self, column: str, rows: Numbers) -> pa.LargeStringArray:
        """What the data has in those rows, as text; nulls if it has no such column."""
        if column not in self._data.schema.names:
            return pa.nulls(len(rows), pa.large_string())
        return as_text(self._data.column(column).take(pa.array(rows)))

    def _refuse(self, rows: Numbers, reasons: pa.StringArray, error: type[WarehouseError]) -> None:
        if not len(rows):
            return
        texts = {name: self._text(name, rows) for name in self._columns}
        self._refusals.add(Refusal(self.numbers[rows], reasons, pa.table(texts), error))
        self.refused[rows] = True


class _Collector(Protocol):
    """Puts the values of a column together, batch by batch."""

    @property
    def nbytes(self) -> int: ...
    def add(self, values: Values, valid: Mask | None) -> None: ...
    def finish(self) -> Form: ...


def _collector(table: TableSnapshot, column: Column, settings: Settings) -> _Collector:
    if not column.type.is_bytes:
        return NumberColumn(column.type)
    return text_column(table, column.name, settings)


def text_column(
    table: TableSnapshot, column: str, settings: Settings, more_rows: int = 0
) -> TextColumn:
    """Collects text that is to be stored in a column, after `more_rows` other rows of the load."""
    type = table.type_of(column)
    if table.schema.foreign_key_on(column) is not None:  # looked up, and not kept
        return TextColumn(type, None, 0, choice=False)
    choice = settings.force_dictionary
    if table.rows and table.domain(column) is None and choice is None:
        choice = False  # the rows before have no dictionary, and a mixture would serve nobody
    return TextColumn(type, table.dictionary(column), table.rows + more_rows, choice)


def _is_needed_by_value(schema: TableSchema, name: str, others: Sequence[ForeignKey]) -> bool:
    """Whether values are needed once the column's batch is converted and its keys are looked up."""
    if schema.foreign_key_on(name) is None or any(name in key for key in schema.unique_keys):
        return True
    own = [key for key in schema.foreign_keys if key.table == schema.name]
    inferred = [key for key in others if key.on_missing is MissingKey.INFER]
    return any(name in key.columns for key in own + inferred)


def _of(mask: Mask | None, rows: Numbers | None) -> Mask | None:
    return mask if mask is None or rows is None else mask[rows]
