"""What goes wrong with files, as one line each."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from coldb.errors import DataError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["file_errors"]


@contextlib.contextmanager
def file_errors(path: str) -> Iterator[None]:
    """The operating system's and Arrow's complaints as one line about the file."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise OperationalError(f'no file "{path}"') from error
    except IsADirectoryError as error:
        raise OperationalError(f'"{path}" is a directory, not a file') from error
    except pa.ArrowInvalid as error:
        raise DataError(f'"{path}" cannot be read: {_one_line(str(error))}') from error
    except (pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError) as error:
        raise DataError(f'"{path}" cannot be used: {_one_line(str(error))}') from error
    except OSError as error:
        reason = _one_line(error.strerror or str(error))
        raise OperationalError(f'cannot use "{path}": {reason}') from error


def _one_line(text: str) -> str:
    return " ".join(text.split())
