"""Grouping: aggregate calls are collected from the expressions, which then read the groups."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from coldb.engine.bind.context import located
from coldb.engine.bind.conversions import convert
from coldb.engine.bind.nullability import is_nullable
from coldb.engine.bind.rewrite import rewrite
from coldb.engine.expressions import FieldRef
from coldb.engine.functions.aggregates import resolve_aggregate
from coldb.engine.plan import Aggregate, AggregateCall
from coldb.errors import ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from coldb.engine.bind.attachments import Attachment
    from coldb.engine.bind.context import Context
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.bind.scopes import Scope
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = ["Grouping", "aggregate_call", "bind_aggregate"]

_ARGUMENT = "the argument of an aggregate function"


class Grouping:
    """The groups of one SELECT: keys, aggregate calls, and the fields that hold both.

    `attachments` are sub-queries inside aggregate calls: they belong below the groups.
    """

    def __init__(self, context: Context, scope: Scope) -> None:
        self._context = context
        self._scope = scope
        self._keys: dict[Expression, Field] = {}
        self._by_syntax: dict[ast.Expression, FieldRef] = {}
        self._calls: dict[AggregateCall, Field] = {}
        self.attachments: list[Attachment] = []

    @cached_property
    def _scope_fields(self) -> frozenset[Field]:
        return self._scope.fields()

    @property
    def is_used(self) -> bool:
        """Whether there is any key or aggregate."""
        return bool(self._keys or self._calls)

    def add_key(self, expression: Expression, name: str = "") -> FieldRef:
        """Groups by the expression too; gives the field that holds it."""
        field = self._keys.get(expression)
        if field is None:
            name = expression.field.name if isinstance(expression, FieldRef) else name
            field = self._context.field(name, expression.type, is_nullable(expression))
            self._keys[expression] = field
        return FieldRef(field)

    def remember(self, node: ast.Expression, key: FieldRef) -> None:
        """Knows a key by its syntax: two bindings of a sub-query have different fields."""
        self._by_syntax[node] = key

    def key_of(self, node: ast.Expression) -> FieldRef | None:
        """The key that was remembered for this expression."""
        return self._by_syntax.get(node) if self._by_syntax else None

    def add_call(self, call: AggregateCall, name: str, nullable: bool) -> FieldRef:
        """The field that holds an aggregate call; equal calls share one."""
        field = self._calls.get(call)
        if field is None:
            field = self._context.field(name, call.type, nullable)
            self._calls[call] = field
        return FieldRef(field)

    def over(self, expression: Expression, binder: ExpressionBinder, span: ast.Span) -> Expression:
        """The expression over the groups. Raises ProgrammingError for a column that is no key."""

        def replacement(part: Expression) -> Expression | None:
            key = self._keys.get(part)
            if key is not None:
                return FieldRef(key)
            if isinstance(part, FieldRef) and part.field in self._scope_fields:
                if self._is_determined(part.field):
                    return self.add_key(part)
                raise _ungrouped(part.field, binder, span)
            return None

        return rewrite(expression, replacement)

    def plan(self, child: Plan) -> Aggregate:
        """The groups of the rows of `child`."""
        fields = (*self._keys.values(), *self._calls.values())
        return Aggregate(child, tuple(self._keys), tuple(self._calls), fields)

    def _is_determined(self, field: Field) -> bool:
        """Whether the primary key of the field's table is among the keys."""
        for relation in self._scope.relations:
            if relation.key and any(
                column.expression == FieldRef(field) for column in relation.columns
            ):
                return all(FieldRef(part) in self._keys for part in relation.key)
        return False


def bind_aggregate(binder: ExpressionBinder, node: ast.FunctionCall) -> FieldRef:
    """An aggregate call, as the field of the groups that will hold it."""
    name, grouping = node.name.text, binder.grouping
    if grouping is None:
        if binder.clause == _ARGUMENT:
            message = f"{name} cannot stand inside another aggregate function"
        else:
            message = f"{name} is an aggregate function, and there can be none in {binder.clause}"
        raise ProgrammingError(message, node.span)
    inner = binder.for_clause(_ARGUMENT)
    call, nullable = aggregate_call(inner, node)
    grouping.attachments += inner.attachments
    return grouping.add_call(call, name, nullable)


def aggregate_call(binder: ExpressionBinder, node: ast.FunctionCall) -> tuple[AggregateCall, bool]:
    """The call of an aggregate over the rows of the binder's scope, and whether it can be NULL."""
    if node.arguments == (ast.Star(),):
        if node.name.text != "count" or node.distinct:
            raise ProgrammingError("only count takes *, and without DISTINCT", node.span)
        call, nullable = AggregateCall("count_star", (), BIGINT), False
    else:
        call, nullable = _call(node, binder)
    if node.filter is not None:
        call = replace(call, filter=binder.condition(node.filter, "FILTER"))
    return call, nullable


def _call(node: ast.FunctionCall, binder: ExpressionBinder) -> tuple[AggregateCall, bool]:
    """An aggregate of an argument, and whether it can be NULL."""
    name = node.name.text
    if len(node.arguments) != 1:
        hint = "; write count(*) to count rows" if name == "count" and not node.arguments else ""
        message = f"{name} takes one argument, not {len(node.arguments)}{hint}"
        raise ProgrammingError(message, node.span)
    argument = binder.operand(node.arguments[0])
    with located(argument.span):
        typing = resolve_aggregate(name, argument.type)
    value = convert(argument, typing.parameter)
    distinct = node.distinct and typing.distinct_matters
    return AggregateCall(typing.function, (value,), typing.result, distinct), not typing.never_null


def _ungrouped(field: Field, binder: ExpressionBinder, span: ast.Span) -> ProgrammingError:
    places = [place for used, place in binder.columns if used == FieldRef(field)]
    message = f'column "{field.name}" must be in GROUP BY or inside an aggregate function'
    return ProgrammingError(message, places[0] if places else span)
