"""Functions in FROM: those that give rows, and scalar ones as a row of one column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.calls.functions import bind_function
from coldb.engine.bind.calls.set_calls import bind_set_calls
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.subqueries.attachments import attach
from coldb.engine.expressions import Constant, FieldRef
from coldb.engine.functions.arrays.sets import SET_FUNCTIONS
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Generate, OneRow, Project
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.bind.scopes import Scope
    from coldb.engine.expressions import Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["bind_table_function"]


def bind_table_function(
    node: ast.TableFunction, scope: Scope, context: Context, surroundings: Surroundings
) -> tuple[Plan, tuple[Field, ...], tuple[str, ...]]:
    """The rows of a call, its columns among them, and their names. The arguments may read `scope`."""
    binder = ExpressionBinder(context, scope, surroundings, "FROM")
    name = node.call.name.text
    if name in SET_FUNCTIONS:
        calls = bind_set_calls(binder, node.call)
        fields = tuple(context.field(name, call.type) for call in calls)
        rows: Plan = Generate(attach(OneRow(), binder.attachments), calls, fields)
    else:
        value = bind_function(binder, node.call)
        fields = (context.field(name, value.type, is_nullable(value)),)
        rows = Project(attach(OneRow(), binder.attachments), fields, (value,))
    # One column alone goes by the alias of its table, as in PostgreSQL.
    names = tuple(field.name for field in fields)
    if node.alias is not None and len(names) == 1:
        names = (node.alias.name.text,)
    if node.with_ordinality:
        number = context.field("ordinality", BIGINT, False)
        if isinstance(rows, Generate):
            rows = replace(rows, ordinality=number)
        else:
            rows = Project(rows, (*fields, number), (*map(FieldRef, fields), Constant(1, BIGINT)))
        fields, names = (*fields, number), (*names, "ordinality")
    return rows, fields, names
