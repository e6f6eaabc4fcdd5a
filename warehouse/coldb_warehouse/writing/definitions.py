"""What a transaction changes of what is declared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coldb_warehouse import alter, catalog, views
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.errors import ConstraintError
from coldb_warehouse.reading.key_index import repeated_rows
from coldb_warehouse.values import all_valid
from coldb_warehouse.writing.references import key_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
    from coldb_warehouse.schema import Column, Index, Source, TableSchema
    from coldb_warehouse.types import Type
    from coldb_warehouse.versions.manifest import Manifest, TableEntry
    from coldb_warehouse.versions.retention import Retention
    from coldb_warehouse.views import Macro, View
    from coldb_warehouse.writing.segment_writer import SegmentWriter

__all__ = ["Definitions"]


class Definitions(ABC):
    """The part of a transaction that declares tables, views, columns, sources and properties."""

    writer: SegmentWriter

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The state with the changes so far."""

    @abstractmethod
    def _changeable(self) -> Manifest:
        """The manifest so far; StorageError if the transaction is over or has failed."""

    @abstractmethod
    def _whole_or_nothing(self) -> AbstractContextManager[None]:
        """Undoes the changes in the block if it raises."""

    @abstractmethod
    def _change(self, manifest: Manifest) -> None:
        """Puts a changed manifest in its place."""

    def create_table(self, schema: TableSchema) -> None:
        """Declares a table; CatalogError if its name is taken or its references do not fit."""
        self._change(catalog.create_table(self._changeable(), schema))

    def drop_table(self, name: str) -> None:
        """Removes a table and its rows; CatalogError while another table references it."""
        self._change(catalog.drop_table(self._changeable(), name))

    def create_source(self, source: Source) -> None:
        """Declares a source; CatalogError if its name is taken."""
        self._change(catalog.create_source(self._changeable(), source))

    def drop_source(self, name: str) -> None:
        """Removes a source; CatalogError while it fills a table."""
        self._change(catalog.drop_source(self._changeable(), name))

    def put_view(self, view: View) -> None:
        """Declares a view, in the place of one of its name; CatalogError if a table has the name."""
        self._change(views.put_view(self._changeable(), view))

    def drop_view(self, name: str) -> None:
        """Removes a view. Whether others read it is for the caller to know."""
        self._change(views.drop_view(self._changeable(), name))

    def put_macro(self, macro: Macro) -> None:
        """Declares a macro, in the place of one of its name."""
        self._change(views.put_macro(self._changeable(), macro))

    def drop_macro(self, name: str) -> None:
        """Removes a macro. Whether views use it is for the caller to know."""
        self._change(views.drop_macro(self._changeable(), name))

    def comment(self, name: str, column: str | None, comment: str | None) -> None:
        """Says something about a table or a view, or a column of it; None takes it back."""
        is_view = any(view.name == name for view in self._changeable().views)
        change = views.comment_on_view if is_view else alter.comment_on_table
        self._change(change(self._changeable(), name, column, comment))

    def set_property(self, key: str, value: Any) -> None:
        """Keeps a JSON value with the warehouse; None removes it."""
        self._change(catalog.set_property(self._changeable(), key, value))

    def set_retention(self, retention: Retention) -> None:
        """Says which old versions are to be kept from now on."""
        self._change(replace(self._changeable(), retention=retention))

    def add_column(self, table: str, column: Column) -> None:
        """Adds a column, in which the rows that there are have its initial value.

        Raises CatalogError if they would have none where one must be, or the name is taken.
        """
        with self._whole_or_nothing():
            manifest = alter.add_column(self._changeable(), table, column)
            entry = catalog.find_table(manifest, table)
            if column.type.is_bytes and entry.rows:
                # So that what is appended later gets a dictionary too.
                manifest = manifest.with_table(self._with_dictionary(entry))
            self._change(manifest)

    def drop_column(self, table: str, column: str) -> None:
        """Removes a column; CatalogError while a key, an order or partitions need it."""
        self._change(alter.drop_column(self._changeable(), table, column))

    def add_index(self, table: str, index: Index) -> None:
        """Declares an index of a table. CatalogError if there is one of its name or a column is
        missing; ConstraintError if it is unique and two rows have the same key."""
        manifest = alter.add_index(self._changeable(), table, index)
        if index.unique:
            _refuse_repeated_keys(self.snapshot().table(table), index.columns)
        self._change(manifest)

    def drop_index(self, name: str) -> None:
        """Takes an index back; CatalogError if there is none of that name."""
        self._change(alter.drop_index(self._changeable(), name))

    def rename_column(self, table: str, old: str, new: str) -> None:
        """Gives a column another name; what refers to it follows."""
        self._change(alter.rename_column(self._changeable(), table, old, new))

    def rename_table(self, old: str, new: str) -> None:
        """Gives a table another name; foreign keys follow."""
        self._change(alter.rename_table(self._changeable(), old, new))

    def set_column_type(self, table: str, column: str, type: Type) -> None:
        """Gives a column a wider type, and with it the keys that reference it.

        Raises CatalogError if the type does not hold all values of the one before as they are kept.
        """
        self._change(alter.set_column_type(self._changeable(), table, column, type))

    def set_nullable(self, table: str, column: str, nullable: bool) -> None:
        """Allows or forbids NULL in a column; ConstraintError if there is one already."""
        manifest = alter.set_nullable(self._changeable(), table, column, nullable)
        nulls = 0 if nullable else _null_rows(self.snapshot().table(table), column)
        if nulls:
            raise ConstraintError(
                f'column "{column}" of table "{table}" is NULL in {nulls} rows; '
                f"update or delete these first"
            )
        self._change(manifest)

    def _with_dictionary(self, entry: TableEntry) -> TableEntry:
        """The table with a dictionary of nothing but the initial value of its last column."""
        import pyarrow as pa

        column = entry.schema.columns[-1]
        value = pa.array([column.initial or ""], column.type.bytes_array)
        dictionary = self.writer.write_dictionary(Dictionary(value, is_sorted=True), None)
        return replace(entry, dictionaries={**entry.dictionaries, str(column.id): dictionary})


def _refuse_repeated_keys(table: TableSnapshot, columns: tuple[str, ...]) -> None:
    values = [table.values(name) for name in columns]
    valid = all_valid([table.live, *(valid for _, valid in values)])
    repeated = repeated_rows([data for data, _ in values], valid)
    if len(repeated):
        raise ConstraintError(
            f'table "{table.schema.name}" has {key_of(table, int(repeated[0]), columns)} twice, '
            f"so it cannot be unique"
        )


def _null_rows(table: TableSnapshot, column: str) -> int:
    """In how many rows that are not deleted the column is null."""
    count = 0
    for segment in table.segments:
        if segment.statistics(column).nulls:
            valid, live = segment.chunk(column).valid, segment.live
            if valid is not None:
                count += int(np.count_nonzero(~valid if live is None else ~valid & live))
    return count
