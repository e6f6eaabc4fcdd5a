"""Sub-queries of expressions: their columns stand beside the rows before these are computed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias, assert_never

from coldb.engine.expression_tools import fields_of
from coldb.engine.plan import Join, SingleValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coldb.engine.bind.subqueries.correlation import Correlation
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar.ast import Span

__all__ = ["Attachment", "MatchedValue", "SharedValue", "attach", "fields_of_rows", "rewritten"]


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A query of one row, the same for all rows."""

    query: Plan
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MatchedValue:
    """A query of which at most one row meets the equalities of the correlation."""

    query: Plan
    correlation: Correlation


Attachment: TypeAlias = "SharedValue | MatchedValue"


def fields_of_rows(attachment: Attachment) -> frozenset[Field]:
    """The fields that the rows must have for the attachment to be put beside them."""
    match attachment:
        case SharedValue():
            return frozenset()
        case MatchedValue(query=query, correlation=correlation):
            outer = map(fields_of, (value for value, _ in correlation.equalities))
            others = map(fields_of, correlation.others)
            needed = (values.needed for values in correlation.values)
            return frozenset().union(*outer, *others, *needed) - frozenset(query.fields)
        case _:
            assert_never(attachment)


def rewritten(attachment: Attachment, change: Callable[[Expression], Expression]) -> Attachment:
    """The same with the expressions over the rows rewritten."""
    match attachment:
        case SharedValue():
            return attachment
        case MatchedValue(correlation=correlation):
            return replace(attachment, correlation=correlation.rewritten(change))
        case _:
            assert_never(attachment)


def attach(plan: Plan, attachments: Iterable[Attachment]) -> Plan:
    """The rows of `plan`, each as often as before, with the columns of the attachments; NULL where
    a query has no row."""
    rows = plan
    for attachment in attachments:
        match attachment:
            case SharedValue():
                plan = SingleValue(plan, attachment.query, attachment.span)
            case MatchedValue(correlation=correlation):
                query = correlation.filled(attachment.query, plan, rows)
                plan = Join("left", plan, query, correlation.equalities, correlation.others)
            case _:
                assert_never(attachment)
    return plan
