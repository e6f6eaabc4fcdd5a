"""The errors of coldb, under the names of PEP 249. Each message is one line: what, where, what to do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from coldb_grammar import SqlSyntaxError, excerpt
from coldb_warehouse import errors as warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb_grammar.ast import Span

__all__ = [
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
    "translated",
]


_LONGEST = 1000  # characters of a message


def _on_one_line(message: str) -> str:
    """The message without what names and values quoted in it would do to a terminal."""
    if len(message) > _LONGEST:
        half = _LONGEST // 2
        message = f"{message[:half]} ... {message[-half:]}"
    if message.isprintable():
        return message
    return "".join(character if character.isprintable() else " " for character in message)


class Warning(Exception):
    """Important notices; coldb raises none at present."""


class Error(Exception):
    """The base of every error a user can cause. `str(error)` is one line.

    `excerpt` is the line of SQL with a caret below the place, where there is one; `line` and
    `column` count from one.
    """

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(_on_one_line(message))
        self.span = span
        self.excerpt: str | None = None
        self.line: int | None = None
        self.column: int | None = None

    def locate(self, text: str) -> None:
        """Fills in the place from the statement text, unless an inner statement already did."""
        if self.span is None or self.excerpt is not None:
            return
        self.excerpt = excerpt(text, self.span)
        self.line = text.count("\n", 0, self.span.start) + 1
        self.column = self.span.start - (text.rfind("\n", 0, self.span.start) + 1) + 1


class InterfaceError(Error):
    """The interface was misused: a closed connection or cursor, a wrong number of parameters."""


class DatabaseError(Error):
    """The base of errors that have to do with the database."""


class ProgrammingError(DatabaseError):
    """Syntax, names, types: the statement has to change."""


class DataError(DatabaseError):
    """A value was out of range, did not convert, or was divided by zero."""


class IntegrityError(DatabaseError):
    """A row breaks NOT NULL, PRIMARY KEY or a foreign key."""


class OperationalError(DatabaseError):
    """The surroundings: locks, limits, files."""


class InterruptError(OperationalError):
    """The statement was cancelled."""


class MemoryLimitError(OperationalError):
    """The statement needs more memory than there is."""


class InternalError(DatabaseError):
    """A broken assumption inside coldb: this is a bug."""


class NotSupportedError(DatabaseError):
    """SQL that coldb understands but does not run."""


_FROM_WAREHOUSE: tuple[tuple[type[warehouse.WarehouseError], type[Error]], ...] = (
    (warehouse.CatalogError, ProgrammingError),
    (warehouse.ConversionError, DataError),
    (warehouse.ConstraintError, IntegrityError),
    (warehouse.LockedError, OperationalError),
    (warehouse.StorageError, OperationalError),
    (warehouse.CorruptionError, OperationalError),
    (warehouse.UnsupportedFormatError, NotSupportedError),
)


@contextlib.contextmanager
def translated(text: str | None = None) -> Iterator[None]:
    """Turns the errors of the lower rooms into coldb's, and points them at their place in `text`."""
    try:
        yield
    except Error as error:
        if text is not None:
            error.locate(text)
        raise
    except SqlSyntaxError as error:
        translation = ProgrammingError(error.complaint, error.span)
        translation.locate(error.text)
        raise translation from error
    except warehouse.WarehouseError as error:
        for source, target in _FROM_WAREHOUSE:
            if isinstance(error, source):
                raise target(str(error)) from error
        raise DatabaseError(str(error)) from error
    except MemoryError as error:
        raise MemoryLimitError("out of memory: select fewer rows or columns") from error
    except RecursionError as error:
        raise ProgrammingError("the statement is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise DataError("a text holds half of a surrogate pair, which is no character") from error
    except Exception as error:
        raise InternalError(
            f"internal error, please report it: {type(error).__name__}: {' '.join(str(error).split())}"
        ) from error
