"""Conditions of joins: conjunctions taken apart, equalities told from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import And, Call
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from coldb.engine.expressions import Expression, Field

__all__ = ["Equality", "conjuncts", "node_conjuncts", "split_equalities", "split_equality"]

Equality: TypeAlias = "tuple[Expression, Expression]"


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """The operands of an AND, however nested; any other expression alone."""
    if isinstance(expression, And):
        return tuple(part for operand in expression.operands for part in conjuncts(operand))
    return (expression,)


def node_conjuncts(node: ast.Expression | None) -> tuple[ast.Expression, ...]:
    """The operands of an AND before binding; none for no condition."""
    if node is None:
        return ()
    if isinstance(node, ast.Binary) and node.operator == "AND":
        return tuple(part for operand in node.operands for part in node_conjuncts(operand))
    return (node,)


def split_equality(predicate: Expression, left: Collection[Field]) -> Equality | None:
    """An equality as (expression of `left` fields alone, expression of none of them), or None."""
    if not isinstance(predicate, Call) or predicate.function.name != "=":
        return None
    first, second = predicate.arguments
    first_fields, second_fields = fields_of(first), fields_of(second)
    if not first_fields or not second_fields:
        return None
    if first_fields.issubset(left) and second_fields.isdisjoint(left):
        return first, second
    if second_fields.issubset(left) and first_fields.isdisjoint(left):
        return second, first
    return None


def split_equalities(
    predicates: Iterable[Expression], left: Collection[Field]
) -> tuple[tuple[Equality, ...], tuple[Expression, ...]]:
    """Predicates on pairs of rows as equalities (left side, right side) and the rest."""
    equalities, residual = [], []
    for predicate in predicates:
        equality = split_equality(predicate, left)
        if equality is None:
            residual.append(predicate)
        else:
            equalities.append(equality)
    return tuple(equalities), tuple(residual)
