"""What can go wrong in the warehouse, by who must act.

Each message is one line: what, where, what to do.
"""

from __future__ import annotations

__all__ = [
    "CatalogError",
    "ConstraintError",
    "ConversionError",
    "CorruptionError",
    "LockedError",
    "StorageError",
    "UnsupportedFormatError",
    "WarehouseError",
]


class WarehouseError(Exception):
    """The base of every error that the warehouse raises on purpose."""


class CatalogError(WarehouseError):
    """A table, column or source that does not exist, exists already, or is declared impossibly."""


class ConversionError(WarehouseError):
    """A value that does not fit the type of its column exactly."""


class ConstraintError(WarehouseError):
    """A row that breaks NOT NULL, PRIMARY KEY or a foreign key."""


class LockedError(WarehouseError):
    """Another connection is writing, or this one was opened for reading only."""


class StorageError(WarehouseError):
    """The operating system refused: no space, no permission, no such directory, not a warehouse."""


class CorruptionError(WarehouseError):
    """A file is damaged: the message names it and what was expected of it."""


class UnsupportedFormatError(WarehouseError):
    """The directory was written by a newer version with features this one does not know."""
