"""Whether two engines gave the same answer."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["same_rows"]

Rows: TypeAlias = "Sequence[tuple[Any, ...]]"


def same_rows(left: Rows, right: Rows, *, ordered: bool = False) -> bool:
    """Equal rows, in any order unless `ordered`: numbers within 1e-9 if either is a float."""
    if len(left) != len(right):
        return False
    if not ordered:
        left, right = sorted(left, key=_sort_key), sorted(right, key=_sort_key)
    pairs = zip(left, right, strict=True)
    return all(len(a) == len(b) and all(map(_same_value, a, b)) for a, b in pairs)


def _sort_key(row: tuple[Any, ...]) -> tuple[tuple[str, Any], ...]:
    """Floats take part last and rounded, so that a difference in the last digit moves no row."""
    exact = [("", str(value)) for value in row if not isinstance(value, float)]
    rounded = [("", f"{value:.6e}") for value in row if isinstance(value, float)]
    return tuple(exact + rounded)


def _same_value(left: Any, right: Any) -> bool:
    if isinstance(left, float) or isinstance(right, float):
        if left is None or right is None:
            return left is right
        return math.isclose(float(left), float(right), rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
        return left == right
    return type(left) is type(right) and bool(left == right)
