"""The hint at the end of an error about a name that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["nearest"]


def nearest(name: str, names: Sequence[str]) -> str:
    """'; did you mean "customer"?', or nothing if no name is near."""
    matches = get_close_matches(name, names, n=1)
    return f'; did you mean "{matches[0]}"?' if matches else ""
