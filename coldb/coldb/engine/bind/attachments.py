"""Sub-queries of expressions: their column stands beside the rows before they are computed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.plan import Join, SingleValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan

__all__ = ["Attachment", "attach"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A query of one row, or, with `equalities` (expression of the rows, of the query), of at most
    one row for each of the rows beside which it is put."""

    query: Plan
    equalities: tuple[tuple[Expression, Expression], ...] = ()

    def rewritten(self, rewrite: Callable[[Expression], Expression]) -> Attachment:
        """The same with the expressions over the rows rewritten."""
        return replace(
            self, equalities=tuple((rewrite(left), right) for left, right in self.equalities)
        )


def attach(plan: Plan, attachments: Iterable[Attachment]) -> Plan:
    """The rows of `plan`, each as often as before, with the columns of the attachments."""
    for attachment in attachments:
        if attachment.equalities:
            plan = Join("left", plan, attachment.query, attachment.equalities)
        else:
            plan = SingleValue(plan, attachment.query)
    return plan
