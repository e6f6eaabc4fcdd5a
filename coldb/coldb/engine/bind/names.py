"""What to say about a name that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["did_you_mean", "listing", "nearest"]

_LONGEST_LISTING = 12


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, if any is like it at all."""
    import difflib  # errors alone need it

    folded = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """The end of a message: a question that names the nearest candidate, or nothing."""
    candidate = nearest(name, candidates)
    return "" if candidate is None else f'; did you mean "{candidate}"?'


def listing(names: Sequence[str]) -> str:
    """Names with commas between them, cut short where there are many."""
    shown = ", ".join(names[:_LONGEST_LISTING])
    left = len(names) - _LONGEST_LISTING
    return f"{shown} and {left} more" if left > 0 else shown
