"""What a transaction changes of what is declared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coldb_warehouse import catalog

if TYPE_CHECKING:
    from coldb_warehouse.schema import Source, TableSchema
    from coldb_warehouse.versions.manifest import Manifest
    from coldb_warehouse.versions.retention import Retention

__all__ = ["Definitions"]


class Definitions(ABC):
    """The part of a transaction that declares tables, columns, sources and properties."""

    @abstractmethod
    def _changeable(self) -> Manifest:
        """The manifest so far; StorageError if the transaction is over or has failed."""

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

    def set_property(self, key: str, value: Any) -> None:
        """Keeps a JSON value with the warehouse; None removes it."""
        self._change(catalog.set_property(self._changeable(), key, value))

    def set_retention(self, retention: Retention) -> None:
        """Says which old versions are to be kept from now on."""
        self._change(replace(self._changeable(), retention=retention))
