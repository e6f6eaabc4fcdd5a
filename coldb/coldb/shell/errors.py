"""What ends a line of a session early."""

from __future__ import annotations

from coldb.errors import Error

__all__ = ["Quit", "ShellError"]


class ShellError(Error):
    """A wrong meta command, or an output that cannot be written; the message is one line."""


class Quit(Exception):
    """The session is to end."""
