"""Why a query cannot be compared; the message is one line."""

from __future__ import annotations

from coldb.errors import Error

__all__ = ["CompareError"]


class CompareError(Error):
    """The query, the model or the source does not allow a comparison."""
