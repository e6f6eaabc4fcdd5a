"""Window functions that are no aggregates: what they are called, what they take, what they give.

How they are computed is the executor's business; the two meet in the names. Any aggregate is a window
function, too, where OVER stands behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from coldb_warehouse.types import BIGINT, DOUBLE, INTEGER

if TYPE_CHECKING:
    from coldb_warehouse.types import Type

__all__ = ["WINDOW_FUNCTIONS", "WindowFunction", "window_function_names"]

Parameter: TypeAlias = Literal["value", "number", "default"]
"""A value of any type, an INTEGER, or a value of the type of the first parameter."""


@dataclass(frozen=True, slots=True)
class WindowFunction:
    """`result` None is the type of the value. The last `optional` parameters may be left out.

    `sees_frame` tells that the result depends on the frame, and `counts_rows` that with IGNORE NULLS
    it can leave out rows where the value is NULL.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Type | None
    summary: str
    example: str
    optional: int = 0
    sees_frame: bool = False
    counts_rows: bool = False

    def describe(self) -> str:
        """The call as a user writes it."""
        required = len(self.parameters) - self.optional
        names = [
            *self.parameters[:required],
            *(f"[, {name}]" for name in self.parameters[required:]),
        ]
        return f"{self.name}({', '.join(names).replace(', [', '[')})"


_FUNCTIONS = (
    WindowFunction(
        "row_number",
        (),
        BIGINT,
        "the number of the row in its partition, from 1",
        "row_number() OVER (ORDER BY x)",
    ),
    WindowFunction(
        "rank",
        (),
        BIGINT,
        "the number of the first row that is sorted the same; there are gaps behind ties",
        "rank() OVER (ORDER BY x)",
    ),
    WindowFunction(
        "dense_rank",
        (),
        BIGINT,
        "the number of the group of rows that are sorted the same, without gaps",
        "dense_rank() OVER (ORDER BY x)",
    ),
    WindowFunction(
        "percent_rank",
        (),
        DOUBLE,
        "the share of the other rows that come before: `(rank - 1) / (rows - 1)`",
        "percent_rank() OVER (ORDER BY x)",
    ),
    WindowFunction(
        "cume_dist",
        (),
        DOUBLE,
        "the share of the rows that come before or are sorted the same",
        "cume_dist() OVER (ORDER BY x)",
    ),
    WindowFunction(
        "ntile",
        ("number",),
        INTEGER,
        "the number of the row's bucket, where the partition is cut into equal ones",
        "ntile(2) OVER (ORDER BY x)",
    ),
    WindowFunction(
        "lag",
        ("value", "number", "default"),
        None,
        "the value in the row so many (1) before this one; the default (NULL) if there is none",
        "lag(x) OVER (ORDER BY x)",
        optional=2,
        counts_rows=True,
    ),
    WindowFunction(
        "lead",
        ("value", "number", "default"),
        None,
        "the value in the row so many (1) behind this one; the default (NULL) if there is none",
        "lead(x, 1, 0) OVER (ORDER BY x)",
        optional=2,
        counts_rows=True,
    ),
    WindowFunction(
        "first_value",
        ("value",),
        None,
        "the value in the first row of the frame",
        "first_value(x) OVER (ORDER BY x)",
        sees_frame=True,
        counts_rows=True,
    ),
    WindowFunction(
        "last_value",
        ("value",),
        None,
        "the value in the last row of the frame",
        "last_value(x) OVER (ORDER BY x)",
        sees_frame=True,
        counts_rows=True,
    ),
    WindowFunction(
        "nth_value",
        ("value", "number"),
        None,
        "the value in the row of the frame with that number, from 1; NULL if there is none",
        "nth_value(x, 2) OVER (ORDER BY x)",
        sees_frame=True,
        counts_rows=True,
    ),
)

WINDOW_FUNCTIONS = {function.name: function for function in _FUNCTIONS}


def window_function_names() -> tuple[str, ...]:
    """The names that can be called, for completion and suggestions."""
    return tuple(sorted(WINDOW_FUNCTIONS))
