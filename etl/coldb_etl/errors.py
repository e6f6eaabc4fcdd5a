"""What can go wrong on the way into the warehouse. Each message is one line."""

from __future__ import annotations

__all__ = ["EtlError", "ModelError", "SourceError", "one_line"]


class EtlError(Exception):
    """The base of every error that this package raises on purpose."""


class SourceError(EtlError):
    """A source that cannot be opened or read, or no longer has what the model asks of it."""


class ModelError(EtlError):
    """A model that cannot be loaded: nothing to fill, an unknown source, references in a circle."""


_DRIVER_PREFIXES = (
    "INVALID_ARGUMENT: ",
    "INTERNAL: ",
    "IO: ",
    "[SQLite] ",
    "Failed to prepare query: ",
    "Failed to step query: ",
)


def one_line(error: BaseException) -> str:
    """The first line of an error's message, without the prefixes that its driver put there."""
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    for prefix in _DRIVER_PREFIXES:
        text = text.removeprefix(prefix)
    return text
