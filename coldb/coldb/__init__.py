"""coldb: an embedded star-schema warehouse whose joins are array look-ups."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coldb.connection import Connection, connect
    from coldb.cursor import Cursor
    from coldb.errors import (
        DatabaseError,
        DataError,
        Error,
        IntegrityError,
        InterfaceError,
        InternalError,
        InterruptError,
        MemoryLimitError,
        NotSupportedError,
        OperationalError,
        ProgrammingError,
        Warning,
    )

__all__ = [
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "InterruptError",
    "MemoryLimitError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]

__version__ = "0.1.0"

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"

_HOMES = {
    "Connection": "coldb.connection",
    "Cursor": "coldb.cursor",
    "connect": "coldb.connection",
}


def __getattr__(name: str) -> Any:
    """Imports the engine when it is first asked for: `coldb --help` need not wait for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "coldb.errors")), name)
    globals()[name] = value
    return value
