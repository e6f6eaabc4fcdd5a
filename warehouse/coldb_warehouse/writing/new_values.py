"""The new values of rows that are to be changed: converted, checked, their keys resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.convert import from_arrow, to_arrow
from coldb_warehouse.errors import ConstraintError, ConversionError
from coldb_warehouse.loading.refusals import (
    as_text,
    describe_key,
    describe_missing_key,
    describe_values,
)
from coldb_warehouse.reading.key_index import KeyIndex, repeated_rows
from coldb_warehouse.values import all_valid, concatenate, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
    from coldb_warehouse.schema import Column, ForeignKey

__all__ = ["NewValues"]


@dataclass(frozen=True, slots=True, eq=False)
class NewValues:
    """What the rows of a table at some positions, ascending, are to hold.

    `columns` has the values of the columns that change, and which of them are not null (None if all
    are not).
    """

    table: TableSnapshot
    positions: Numbers
    columns: dict[str, tuple[Values, Mask | None]]

    @classmethod
    def convert(cls, table: TableSnapshot, positions: Numbers, data: pa.Table) -> NewValues:
        """Row i of the data is for the row at positions[i].

        Raises ConversionError for a value that does not fit its column, ConstraintError for NULL
        where none may be.
        """
        columns = {
            name: _converted(table.schema.name, table.schema.column(name), data.column(name))
            for name in data.column_names
        }
        return cls(table, positions, columns)

    def after(self, column: str) -> tuple[Values, Mask | None]:
        """The values of a column in these rows after the change."""
        if column in self.columns:
            return self.columns[column]
        values, valid = self.table.values(column)
        return take(values, self.positions), None if valid is None else valid[self.positions]

    def rows_with_other_keys(self) -> Mask | None:
        """Which rows of the table get another primary key; None if none does.

        Raises ConstraintError if another row has the primary key or another unique key of one of
        the rows after the change, or gets it too.
        """
        changed = None
        for names in self.table.schema.unique_keys:
            if not any(name in self.columns for name in names):
                continue
            found = self._rows_before(names)
            if names == self.table.schema.primary_key and (found != self.positions).any():
                changed = np.zeros(self.table.rows, np.bool_)
                changed[self.positions[found != self.positions]] = True
        return changed

    def _rows_before(self, names: tuple[str, ...]) -> Numbers:
        """The row of the table that has had the key so far, for each row's after the change.

        Raises ConstraintError if one of these rows keeps it, or two rows get the same.
        """
        columns = [self.after(name) for name in names]
        keys = [values for values, _ in columns]
        valid = all_valid([valid for _, valid in columns])
        found = self.table.positions_of(keys, valid, names)
        stays = np.ones(self.table.rows + 1, np.bool_)
        stays[self.positions] = stays[-1] = False
        for rows in (repeated_rows(keys, valid), np.flatnonzero(stays[found])):
            if len(rows):
                described = describe_key(names, self._texts(names, rows[:1]))[0]
                raise ConstraintError(
                    f'table "{self.table.schema.name}": duplicate key: {described}'
                )
        return found

    def changed_keys(self) -> list[ForeignKey]:
        """The foreign keys of which a column changes."""
        keys = self.table.schema.foreign_keys
        return [key for key in keys if set(key.columns) & set(self.columns)]

    def resolve(self, snapshot: Snapshot, key: ForeignKey) -> Numbers:
        """Where a foreign key leads after the change, -1 for NULL; ConstraintError if nowhere."""
        columns = [self.after(name) for name in key.columns]
        valid = all_valid([valid for _, valid in columns])
        if key.table == self.table.schema.name:
            index = self._keys_after()
        else:
            index = snapshot.table(key.table).key_index()
        positions = index.positions([values for values, _ in columns], valid)
        missing = positions < 0 if valid is None else (positions < 0) & valid
        rows = np.flatnonzero(missing)
        if len(rows):
            texts = self._texts(key.columns, rows[:1])
            described = describe_missing_key(key.columns, texts, key.table)[0]
            raise ConstraintError(f'table "{self.table.schema.name}": {described}')
        return positions

    def _keys_after(self) -> KeyIndex:
        """The keys of all rows of the table after the change."""
        names = self.table.schema.primary_key
        if not any(name in self.columns for name in names):
            return self.table.key_index()
        live = np.ones(self.table.rows, np.bool_) if self.table.live is None else self.table.live
        places = np.arange(self.table.rows)
        places[self.positions] = self.table.rows + np.arange(len(self.positions))
        rows = np.flatnonzero(live)
        keys = [
            take(concatenate([self.table.values(name)[0], self.after(name)[0]]), places[rows])
            for name in names
        ]
        return KeyIndex(keys, rows)

    def _texts(self, columns: Sequence[str], rows: Numbers) -> list[pa.LargeStringArray]:
        texts = []
        for name in columns:
            values, valid = self.after(name)
            valid = None if valid is None else valid[rows]
            texts.append(as_text(to_arrow(take(values, rows), valid, self.table.type_of(name))))
        return texts


def _converted(table: str, column: Column, data: pa.ChunkedArray) -> tuple[Values, Mask | None]:
    where = f'table "{table}"'
    try:
        converted = from_arrow(data, column.type)
    except ConversionError as error:
        raise ConversionError(f'{where}, column "{column.name}": {error}') from None
    if converted.failures:
        failure = converted.failures[0]
        texts = as_text(data.slice(int(failure.rows[0]), 1).combine_chunks())
        raise ConversionError(f"{where}: {describe_values(column.name, texts, failure.reason)[0]}")
    if not column.nullable and converted.valid is not None:
        raise ConstraintError(f'{where}: column "{column.name}" is NULL, and it is NOT NULL')
    return converted.values, converted.valid
