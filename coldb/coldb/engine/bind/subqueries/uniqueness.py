"""Which columns of a plan identify its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Aggregate, Filter, Project, Scan, Sort
from coldb_grammar.ast import Identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan

__all__ = ["is_unique"]


def is_unique(plan: Plan, expressions: Iterable[Expression], catalog: Catalog) -> bool:
    """Whether no two rows of the plan can agree on all of the expressions. False when in doubt."""
    fields = {expression.field for expression in expressions if isinstance(expression, FieldRef)}
    while True:
        match plan:
            case Filter() | Sort():
                plan = plan.child
            case Project():
                computed = dict(zip(plan.fields, plan.expressions, strict=True))
                below = [computed[field] for field in fields if field in computed]
                fields = {
                    expression.field for expression in below if isinstance(expression, FieldRef)
                }
                plan = plan.child
            case Aggregate(sets=None):
                return fields.issuperset(plan.fields[: len(plan.keys)])
            case Scan():
                schema = catalog.at(plan.past).stored(Identifier(plan.table))
                covered = {
                    name
                    for name, field in zip(plan.columns, plan.fields, strict=True)
                    if field in fields
                }
                known = {column.name for column in schema.columns if not column.nullable}
                keys = map(frozenset, schema.unique_keys)
                return any(key <= covered and key <= known for key in keys)
            case _:
                return False
