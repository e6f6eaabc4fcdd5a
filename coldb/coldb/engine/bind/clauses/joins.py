"""JOIN: two sources of rows as one, inner, outer and lateral."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.clauses.common_tables import (
    check_not_itself,
)
from coldb.engine.bind.clauses.join_conditions import conjuncts, node_conjuncts, split_equalities
from coldb.engine.bind.clauses.sources import Source
from coldb.engine.bind.conversions import Operand, compare, unify
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.scopes import Scope, ScopeColumn, nullable_scope, side_by_side
from coldb.engine.bind.subqueries.attachments import attach, fields_of_rows, rewritten
from coldb.engine.bind.subqueries.correlation import OuterValues, same_values
from coldb.engine.bind.subqueries.subquery import Subquery
from coldb.engine.expression_tools import coalesce, replace_fields
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import CrossProduct, Filter, Generate, Join, OneRow
from coldb.engine.plan_tools import fields_read
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import JoinKind, Plan

__all__ = ["join_lateral", "join_sources"]

_MAY_BE_ABSENT = "on the side of an outer join that may have no row"


def join_sources(
    node: ast.Join, left: Source, right: Source, context: Context, surroundings: Surroundings
) -> Source:
    """The two sides of a join, joined as it says."""
    if node.kind in ("CROSS", "INNER"):
        return _inner_join(node, left, right, context, surroundings)
    return _outer_join(node, left, right, context, surroundings)


def _inner_join(
    node: ast.Join, left: Source, right: Source, context: Context, surroundings: Surroundings
) -> Source:
    scope, equalities = _merged_scope(node, left.scope, right.scope)
    joined = Source(
        left.inputs + right.inputs, scope, left.predicates + right.predicates + equalities
    )
    if node.on is None:
        return joined
    binder = ExpressionBinder(context, replace(scope, outer=surroundings.scope), surroundings, "ON")
    conditions = _conditions(binder, node.on)
    if not binder.attachments:
        joined.predicates += conditions
        return joined
    return Source((Filter(attach(joined.plan(), binder.attachments), conditions),), scope)


def join_lateral(
    node: ast.Join,
    left: Source,
    bind_right: Callable[[Surroundings], Source],
    context: Context,
    surroundings: Surroundings,
) -> Source:
    """A join whose right side may read columns of the left one."""
    scope = replace(left.scope, outer=surroundings.lateral or surroundings.scope)
    right = bind_right(replace(surroundings, lateral=scope))
    generated = right.plan()
    if fields_read(generated).isdisjoint(scope.fields()):
        return join_sources(node, left, right, context, surroundings)
    if node.kind in ("RIGHT", "FULL"):
        message = f"the right side of a {node.kind} JOIN cannot read columns of the left one"
        raise ProgrammingError(f"{message}: only that of an inner or LEFT JOIN", node.right.span)
    plan = left.plan()
    left = Source((plan,), left.scope)
    if isinstance(generated, Generate) and generated.child == OneRow() and node.kind != "LEFT":
        rows = Source((replace(generated, child=plan),), left.scope)
        return _inner_join(node, rows, Source((), right.scope), context, surroundings)
    binder = ExpressionBinder(context, scope, surroundings, "LATERAL")
    subquery = Subquery.of_plan(binder, generated, node.right.span)
    query, correlation = subquery.pull_up(generated)
    ties = correlation.predicates(node.right.span)
    query = correlation.filled(query, plan, plan)
    if node.kind == "LEFT":
        inputs = Source((query,), right.scope)
        return _outer_join(node, left, inputs, context, surroundings, ties)
    return _inner_join(node, left, Source((query,), right.scope, ties), context, surroundings)


def _outer_join(
    node: ast.Join,
    left: Source,
    right: Source,
    context: Context,
    surroundings: Surroundings,
    ties: tuple[Expression, ...] = (),
) -> Source:
    """`ties` are conditions besides those of ON or USING."""
    scope, conditions = _merged_scope(node, left.scope, right.scope)
    left_plan, right_plan = left.plan(), right.plan()
    if node.kind != "RIGHT":
        check_not_itself(context, right_plan, _MAY_BE_ABSENT, node.right.span)
    if node.kind != "LEFT":
        check_not_itself(context, left_plan, _MAY_BE_ABSENT, node.left.span)
    if node.on is not None:
        binder = ExpressionBinder(
            context, replace(scope, outer=surroundings.scope), surroundings, "ON"
        )
        conditions = _conditions(binder, node.on)
        for attachment in binder.attachments:
            read = fields_of_rows(attachment)
            if read.isdisjoint(right_plan.fields):
                left_plan = attach(left_plan, (attachment,))
            elif read.isdisjoint(left_plan.fields):
                right_plan = attach(right_plan, (attachment,))
            else:
                left_plan, right_plan, same = _attached_to_pairs(
                    node, left_plan, right_plan, attachment, context
                )
                ties += same
    equalities, residual = split_equalities(ties + conditions, frozenset(left_plan.fields))
    kind: JoinKind = "left" if node.kind == "LEFT" else "right" if node.kind == "RIGHT" else "full"
    plan = Join(kind, left_plan, right_plan, equalities, residual)
    nullable_left = nullable_scope(left.scope) if kind in ("right", "full") else left.scope
    nullable_right = nullable_scope(right.scope) if kind in ("left", "full") else right.scope
    scope, _ = _merged_scope(node, nullable_left, nullable_right)
    return Source((plan,), scope)


def _attached_to_pairs(
    node: ast.Join, left: Plan, right: Plan, attachment: Attachment, context: Context
) -> tuple[Plan, Plan, tuple[Expression, ...]]:
    """Both sides of an outer join with a sub-query that reads both, and conditions that go with it.

    The side that may be left out is multiplied by the values that the sub-query reads of the other
    one; it stands beside these rows, of which a row of the other side only meets those of its values.
    """
    if node.kind == "FULL":
        message = "a sub-query in ON that reads both sides of a FULL JOIN is not supported"
        raise NotSupportedError(f"{message}: join what it reads first", node.right.span)
    kept, other = (left, right) if node.kind == "LEFT" else (right, left)
    read = sorted(fields_of_rows(attachment) & frozenset(kept.fields), key=lambda one: one.id)
    values = OuterValues(
        tuple(map(FieldRef, read)),
        tuple(context.field(one.name, one.type, one.nullable) for one in read),
    )
    mapping = dict(zip(read, map(FieldRef, values.fields), strict=True))
    inside = rewritten(attachment, lambda part: replace_fields(part, mapping))
    pairs = attach(CrossProduct((values.filled(values.scan, kept), other)), (inside,))
    same = tuple(
        compare("=", Operand(one, node.right.span), Operand(two, node.right.span), node.right.span)
        for one, two in same_values(values.inputs, values.fields)
    )
    return (kept, pairs, same) if node.kind == "LEFT" else (pairs, kept, same)


def _conditions(binder: ExpressionBinder, on: ast.Expression) -> tuple[Expression, ...]:
    bound = (binder.condition(part, "ON", filtering=True) for part in node_conjuncts(on))
    return tuple(part for condition in bound for part in conjuncts(condition))


def _merged_scope(
    node: ast.Join, left: Scope, right: Scope
) -> tuple[Scope, tuple[Expression, ...]]:
    """The scope of both sides, with the columns of USING or NATURAL merged, and the equalities that
    these mean."""
    scope = side_by_side(left, right, node.right.span)
    names = _using(node, left, right)
    if not names:
        return scope, ()
    merged, equalities = [], []
    for name in names:
        pair = (_column(left, name, "left"), _column(right, name, "right"))
        equalities.append(compare("=", *pair, name.span))
        _, values = unify(pair, f'the column "{name.text}" of USING')
        if node.kind == "FULL":
            merged.append(ScopeColumn(name.text, coalesce(values, values[0].type)))
        else:
            merged.append(ScopeColumn(name.text, values[1] if node.kind == "RIGHT" else values[0]))
    used = {name.text for name in names}
    rest = tuple(column for column in scope.columns if column.name not in used)
    return replace(scope, columns=tuple(merged) + rest), tuple(equalities)


def _using(node: ast.Join, left: Scope, right: Scope) -> tuple[ast.Identifier, ...]:
    if not node.natural:
        return node.using
    right_names = {column.name for column in right.columns}
    shared = dict.fromkeys(column.name for column in left.columns if column.name in right_names)
    return tuple(ast.Identifier(name, node.span) for name in shared)


def _column(scope: Scope, name: ast.Identifier, side: str) -> Operand:
    if not scope.has_column(name.text):
        message = f'no column "{name.text}" on the {side} side of the join, as USING needs'
        raise ProgrammingError(message, name.span)
    expression = replace(scope, outer=None).resolve(ast.ColumnRef(name, span=name.span)).expression
    return Operand(expression, name.span)
