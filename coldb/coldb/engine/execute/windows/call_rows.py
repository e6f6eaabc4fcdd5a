"""What the computation of one window call has before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.windows.frames import Piece, frame_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.batch import Batch
    from coldb.engine.calls import SortKey, WindowCall
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.windows.arrangement import Arrangement, Places, Sections
    from coldb.engine.vector import Vector

__all__ = ["CallRows"]


@dataclass(frozen=True, eq=False)
class CallRows:
    """One call, and the rows in the order in which it sees them, in which `batch` has them.

    `check` raises when the statement has been cancelled.
    """

    call: WindowCall
    arrangement: Arrangement
    sort_keys: tuple[SortKey, ...]
    batch: Batch
    context: EvaluationContext
    check: Callable[[], None]

    @property
    def rows(self) -> int:
        return self.batch.rows

    @cached_property
    def places(self) -> Places:
        return np.arange(self.rows, dtype=np.intp)

    @property
    def partitions(self) -> Sections:
        return self.arrangement.partitions

    @cached_property
    def peers(self) -> Sections:
        return self.arrangement.peers(self.call.sort_keys)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The frame of each row."""
        return frame_pieces(
            self.call.frame, self.arrangement, self.sort_keys, self.batch, self.context
        )

    def argument(self, number: int) -> Vector:
        """An argument of the call, one entry a row."""
        return evaluate(self.call.arguments[number], self.batch, self.context).expanded(self.rows)
