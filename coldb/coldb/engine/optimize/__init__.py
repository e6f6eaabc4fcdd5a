"""Rules that rewrite a plan into a cheaper one with the same rows.

A rule is a function from plan to plan in a file of its own. `RULES` is the order in which they run,
each with the reason for its place; every rule can be left out without changing an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.optimize.aggregate_before_join import aggregate_before_join
from coldb.engine.optimize.choose_first_side import choose_first_side
from coldb.engine.optimize.drop_empty import drop_empty
from coldb.engine.optimize.fold_constants import fold_constants
from coldb.engine.optimize.fuse_top_n import fuse_top_n
from coldb.engine.optimize.infer_predicates import infer_predicates
from coldb.engine.optimize.limit_ranks import limit_ranks
from coldb.engine.optimize.order_joins import order_joins
from coldb.engine.optimize.prune_columns import prune_columns
from coldb.engine.optimize.push_filters import push_filters
from coldb.engine.optimize.reduce_group_keys import reduce_group_keys
from coldb.engine.optimize.reduce_to_semi_joins import reduce_to_semi_joins
from coldb.engine.optimize.resolve_keys import resolve_keys
from coldb.engine.optimize.share_subplans import share_subplans
from coldb.engine.optimize.simplify_outer_joins import simplify_outer_joins

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["RULES", "optimize"]

RULES: tuple[Callable[[Plan, RuleContext], Plan], ...] = (
    # First: constants let every later rule recognise comparisons with a known value.
    fold_constants,
    # Before filters sink, as they may pass an inner join.
    simplify_outer_joins,
    # So that what follows sinks as well.
    infer_predicates,
    # Before joins are ordered: what is left above a product are then the conditions that connect inputs,
    # and filters below tell how small an input is.
    push_filters,
    # Again: what sank through a projection may compare with a constant now.
    fold_constants,
    # As soon as constants tell; before anybody counts rows.
    drop_empty,
    # Takes products apart; key look-ups go first, since they cost a gather and no table.
    order_joins,
    # Once joins have two sides; what is a semi join then may be a look-up.
    reduce_to_semi_joins,
    # After ordering, which leaves outer, semi and anti joins as they were written.
    resolve_keys,
    # Again: ordering leaves conditions above joins that can sink into one side of them.
    push_filters,
    # While no column of a dimension is pruned yet.
    reduce_group_keys,
    # When it is known which joins are no look-ups; before it is chosen which of their sides goes first.
    aggregate_before_join,
    # When all joins are known.
    choose_first_side,
    # When filters are where they stay, because they tell apart what was written once; before columns
    # are pruned, because not everybody needs the same ones.
    share_subplans,
    # When the joins stand, so that the columns only needed by resolved keys are gone as well.
    prune_columns,
    # After columns are pruned: a window that computes anything else needs all rows.
    limit_ranks,
    # Last: earlier rules may bring a Sort and its Limit together.
    fuse_top_n,
)


def optimize(
    plan: Plan,
    context: RuleContext,
    switched_off: Collection[str] = (),
    trace: Callable[[str, Plan], None] | None = None,
) -> Plan:
    """Applies the rules in order; `trace` hears of each one that changed the plan, and of the result."""
    for rule in RULES:
        if rule.__name__ in switched_off:
            continue
        changed = rule(plan, context)
        if changed is not plan and changed != plan:
            plan = changed
            if trace is not None:
                trace(rule.__name__, plan)
    return plan
