"""Aggregate functions: how each is computed.

A function of the table is either `Mergeable`, computed for the rows of a morsel and merged, or sees a
`WholeGroup` at once (see state.py). `aggregate_calls` computes a call with its DISTINCT,
FILTER and ORDER BY over numbered groups, whoever numbered them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.execute.states import bits, extremes, lists, moments, ordered_sets, sums

if TYPE_CHECKING:
    from coldb.engine.execute.states.state import Computation

__all__ = ["AGGREGATE_STATES"]

AGGREGATE_STATES: dict[str, Computation] = {
    **sums.FUNCTIONS,
    **extremes.FUNCTIONS,
    **moments.FUNCTIONS,
    **bits.FUNCTIONS,
    **lists.FUNCTIONS,
    **ordered_sets.FUNCTIONS,
}
