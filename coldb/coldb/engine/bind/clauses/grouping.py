"""Groups: keys, aggregate calls and grouping sets of one SELECT, whose expressions then read the groups."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from coldb.engine.calls import GROUPING_SET, AggregateCall
from coldb.engine.expression_tools import rewrite
from coldb.engine.expressions import Case, Constant, FieldRef, InValues
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Aggregate
from coldb.errors import ProgrammingError
from coldb_warehouse.types import INTEGER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.context import Context
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.bind.scopes import Scope
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["Grouping", "bind_grouping"]

# GROUPING gives an INTEGER, of which a bit stands for each argument.
_MOST_BITS = 31


class Grouping:
    """The groups of one SELECT: keys, aggregate calls, and the fields that hold both.

    `attachments` are sub-queries inside aggregate calls: they belong below the groups.
    `has_sets` is set before any key is added if there is more than one grouping set: a group may then
    be without the key, which is NULL in it.
    """

    def __init__(self, context: Context, scope: Scope) -> None:
        self._context = context
        self._scope = scope
        self._keys: dict[Expression, Field] = {}
        self._by_syntax: dict[ast.Expression, FieldRef] = {}
        self._calls: dict[AggregateCall, Field] = {}
        self._sets: tuple[frozenset[Field], ...] | None = None
        self.has_sets = False
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
            nullable = self.has_sets or is_nullable(expression)
            field = self._context.field(name, expression.type, nullable)
            self._keys[expression] = field
        return FieldRef(field)

    def use_sets(self, sets: Sequence[Sequence[FieldRef]]) -> None:
        """Groups once by each of these sets of keys."""
        self._sets = tuple(frozenset(key.field for key in keys) for keys in sets)

    def remember(self, node: ast.Expression, key: FieldRef) -> None:
        """Knows a key by its syntax: two bindings of a sub-query, or of a call that gives many rows,
        have different fields."""
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
            if key is not None and not (self.has_sets and isinstance(part, Constant)):
                return FieldRef(key)
            if isinstance(part, FieldRef) and part.field in self._scope_fields:
                if self._is_determined(part.field):
                    return self._add_to_all_sets(part)
                raise _ungrouped(part.field, binder, span)
            return None

        return rewrite(expression, replacement)

    def plan(self, child: Plan) -> Aggregate:
        """The groups of the rows of `child`."""
        keys = tuple(self._keys.values())
        fields = (*keys, *self._calls.values())
        sets = None
        if self._sets is not None:
            sets = tuple(
                tuple(number for number, key in enumerate(keys) if key in chosen)
                for chosen in self._sets
            )
        return Aggregate(child, tuple(self._keys), tuple(self._calls), fields, sets)

    def grouping_bits(self, arguments: Sequence[Expression]) -> Expression | None:
        """A bit for each argument, the last one lowest: 1 in groups that are not made by it. None if
        an argument is no key."""
        if any(argument not in self._keys for argument in arguments):
            return None
        keys = [self._keys[argument] for argument in arguments]
        sets_of_bits: dict[int, list[int]] = {}
        for number, chosen in enumerate(self._sets or (frozenset(keys),)):
            bits = sum((key not in chosen) << place for place, key in enumerate(reversed(keys)))
            sets_of_bits.setdefault(bits, []).append(number)
        *others, last = sets_of_bits.items()
        if not others:
            return Constant(last[0], INTEGER)
        number_of_set = self.add_call(AggregateCall(GROUPING_SET, (), INTEGER), GROUPING_SET, False)
        branches = tuple(
            (InValues(number_of_set, tuple(sets)), Constant(bits, INTEGER)) for bits, sets in others
        )
        return Case(branches, Constant(last[0], INTEGER), INTEGER)

    def _is_determined(self, field: Field) -> bool:
        """Whether the primary key of the field's table is among the keys."""
        for relation in self._scope.relations:
            if relation.key and any(
                column.expression == FieldRef(field) for column in relation.columns
            ):
                return all(self._is_in_all_sets(FieldRef(part)) for part in relation.key)
        return False

    def _is_in_all_sets(self, expression: Expression) -> bool:
        key = self._keys.get(expression)
        return key is not None and all(key in chosen for chosen in self._sets or ())

    def _add_to_all_sets(self, expression: Expression) -> FieldRef:
        key = self.add_key(expression)
        if self._sets is not None:
            self._sets = tuple(chosen | {key.field} for chosen in self._sets)
        return key


def bind_grouping(binder: ExpressionBinder, node: ast.FunctionCall) -> Expression:
    """GROUPING(a, b): which of the keys a group is not made by. Raises ProgrammingError."""
    grouping = binder.grouping
    assert grouping is not None
    inner = binder.for_clause("GROUPING")
    if not 1 <= len(node.arguments) <= _MOST_BITS:
        message = f"GROUPING takes 1 to {_MOST_BITS} expressions of GROUP BY"
        raise ProgrammingError(message, node.span)
    bits = grouping.grouping_bits([inner.bind(argument) for argument in node.arguments])
    if bits is None:
        raise ProgrammingError("GROUPING takes expressions that are in GROUP BY", node.span)
    return bits


def _ungrouped(field: Field, binder: ExpressionBinder, span: ast.Span) -> ProgrammingError:
    places = [place for used, place in binder.columns if used == FieldRef(field)]
    message = f'column "{field.name}" must be in GROUP BY or inside an aggregate function'
    return ProgrammingError(message, places[0] if places else span)
