"""SELECT: rows, groups, columns, DISTINCT and ORDER BY, in the order in which they take effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.calls.aggregates import holds_aggregate
from coldb.engine.bind.calls.set_calls import SelectedSets
from coldb.engine.bind.calls.windows import Windows
from coldb.engine.bind.clauses.common_tables import check_not_itself
from coldb.engine.bind.clauses.conditions import Conditions, bind_conditions
from coldb.engine.bind.clauses.first_rows import first_of_each
from coldb.engine.bind.clauses.from_clause import bind_from
from coldb.engine.bind.clauses.grouping import Grouping
from coldb.engine.bind.clauses.grouping_sets import grouping_sets
from coldb.engine.bind.clauses.sorting import bare_name, ordinal, sort_key
from coldb.engine.bind.clauses.stars import star_columns
from coldb.engine.bind.context import Output
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.literals import is_untyped
from coldb.engine.bind.output_names import output_name
from coldb.engine.bind.subqueries.attachments import attach, rewritten
from coldb.engine.expressions import FieldRef
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Aggregate, Project, Sort
from coldb.errors import ProgrammingError
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = ["bind_select", "distinct"]


def bind_select(
    select: ast.Select,
    order_by: Sequence[ast.SortItem],
    context: Context,
    surroundings: Surroundings,
) -> Output:
    """A SELECT with the ORDER BY behind it, which may read columns that are not selected."""
    return _SelectBinder(select, context, surroundings).bind(order_by)


def distinct(plan: Plan, context: Context) -> Aggregate:
    """The different rows of a plan, once each."""
    fields = tuple(context.field(field.name, field.type, field.nullable) for field in plan.fields)
    return Aggregate(plan, tuple(map(FieldRef, plan.fields)), (), fields)


@dataclass(slots=True)
class _Column:
    """A column to be: of the result, or only to sort by. `node` is None for a column of `*`."""

    name: str
    span: ast.Span
    node: ast.Expression | None
    expression: Expression | None = None

    @property
    def bound(self) -> Expression:
        assert self.expression is not None
        return self.expression

    def is_like(self, other: _Column) -> bool:
        """Whether both are the same value, as far as can be told before they are bound."""
        if self.node is not None and self.node == other.node:
            return True
        return self.expression is not None and self.expression == other.expression


class _SelectBinder:
    """One SELECT on its way to a plan. `binder` serves all clauses that may hold aggregates."""

    def __init__(self, select: ast.Select, context: Context, surroundings: Surroundings) -> None:
        self.select = select
        self.context = context
        self.source = bind_from(select.source, context, surroundings)
        aliases = frozenset(item.alias.text for item in select.items if item.alias is not None)
        self.source.scope = replace(self.source.scope, result_names=aliases)
        self.grouping = Grouping(context, self.source.scope)
        self.binder = ExpressionBinder(
            context, self.source.scope, surroundings, "SELECT", self.grouping
        )
        self.windows = Windows(context, select.windows)
        self.binder.windows = self.windows
        self.sets = SelectedSets(context)
        self.binder.sets = self.sets
        self.columns = [column for item in select.items for column in self._expanded(item)]
        self.sort_only: list[_Column] = []

    def bind(self, order_by: Sequence[ast.SortItem]) -> Output:
        """The whole. Groups are settled last, because any clause may still add an aggregate."""
        rows = self._filtered_rows()
        rows = self._group_keys(rows)
        for column in self.columns:
            self._bind_column(column)
        having = self._having()
        sort_columns = [self._sort_column(item.expression, "ORDER BY") for item in order_by]
        on = [self._sort_column(node, "DISTINCT ON") for node in self.select.distinct_on]
        qualify = self._qualify()
        self.windows.bind_unused(self.binder)
        if self.select.group_by or self.select.having is not None or self.grouping.is_used:
            having, qualify, attachments = self._over_groups(having, qualify)
            rows = self.grouping.plan(attach(rows, self.grouping.attachments))
            if isinstance(rows, Aggregate) and rows.aggregates:
                check_not_itself(self.context, rows, "in an aggregate function", self.select.span)
        else:
            attachments = self.binder.attachments
        rows = qualify.over(self.windows.plan(having.over(rows), attachments))
        rows = self.sets.plan(rows)
        return self._projected(rows, order_by, sort_columns, on)

    # --- rows and groups -----------------------------------------------------------------------

    def _filtered_rows(self) -> Plan:
        conditions = bind_conditions(self.select.where, self.binder.for_clause("WHERE"))
        return conditions.beyond_predicates(self.source.plan(*conditions.predicates))

    def _group_keys(self, rows: Plan) -> Plan:
        binder = self.binder.for_clause("GROUP BY")
        binder.sets = SelectedSets(self.context)
        sets = grouping_sets(self.select.group_by)
        self.grouping.has_sets = len(sets) > 1
        nodes = dict.fromkeys(node for nodes in sets for node in nodes)
        keys = {node: self._key_of_item(node, binder) for node in nodes}
        if self.grouping.has_sets:
            self.grouping.use_sets([[keys[node] for node in nodes] for nodes in sets])
        if self.select.group_by_all:
            self._group_by_all(binder)
        return binder.sets.plan(attach(rows, binder.attachments))

    def _group_by_all(self, binder: ExpressionBinder) -> None:
        """Makes a key of every column without an aggregate."""
        for column in self.columns:
            if column.node is None:
                self.grouping.add_key(column.bound)
            elif not holds_aggregate(column.node):
                column.expression = self._group_key(column.node, binder)

    def _key_of_item(self, item: ast.Expression, binder: ExpressionBinder) -> FieldRef:
        column = self._named_column(item)
        if column is None:
            return self._group_key(item, binder)
        if column.node is None:
            return self.grouping.add_key(column.bound)
        key = self._group_key(column.node, binder)
        column.expression = key
        return key

    def _group_key(self, node: ast.Expression, binder: ExpressionBinder) -> FieldRef:
        attached = len(binder.attachments)
        key = self.grouping.add_key(binder.value(node), output_name(node))
        if len(binder.attachments) > attached or binder.sets:
            self.grouping.remember(node, key)
        return key

    def _named_column(self, node: ast.Expression) -> _Column | None:
        """The result column that a GROUP BY item means: by number, or by a name of its own."""
        index = ordinal(node, len(self.columns), "GROUP BY")
        if index is not None:
            return self.columns[index]
        name = bare_name(node)
        if name is None or self.source.scope.has_column(name):
            return None
        return self._column_called(name, node, "GROUP BY")

    def _having(self) -> Conditions:
        binder = ExpressionBinder(
            self.context, self.source.scope, self.binder.surroundings, "HAVING", self.grouping
        )
        conditions = bind_conditions(self.select.having, binder)
        self.binder.columns += binder.columns
        return conditions

    def _qualify(self) -> Conditions:
        """QUALIFY, which may name columns of the result."""
        binder = self.binder.for_clause("QUALIFY")
        binder.grouping, binder.windows = self.grouping, self.windows
        binder.result_column = self._qualified_column
        conditions = bind_conditions(self.select.qualify, binder)
        self.binder.columns += binder.columns
        if self.select.qualify is not None and not self.windows.results:
            message = "QUALIFY is for window functions, and there is none: use WHERE or HAVING"
            raise ProgrammingError(message, self.select.qualify.span)
        return conditions

    def _qualified_column(self, node: ast.ColumnRef) -> Expression | None:
        name = bare_name(node)
        if name is None or self.source.scope.has_column(name):
            return None
        column = self._column_called(name, node, "QUALIFY")
        return None if column is None else column.bound

    def _over_groups(
        self, having: Conditions, qualify: Conditions
    ) -> tuple[Conditions, Conditions, list[Attachment]]:
        """Makes every expression read the groups in place of the rows."""

        def over(expression: Expression, span: ast.Span = self.select.span) -> Expression:
            return self.grouping.over(expression, self.binder, span)

        self.windows.rewrite(over)
        self.sets.rewrite(over)
        attachments = [rewritten(attachment, over) for attachment in self.binder.attachments]
        for column in (*self.columns, *self.sort_only):
            column.expression = over(column.bound, column.span)
        return having.rewritten(over), qualify.rewritten(over), attachments

    # --- columns -------------------------------------------------------------------------------

    def _expanded(self, item: ast.SelectItem) -> list[_Column]:
        node = item.expression
        if isinstance(node, ast.Star):
            columns = star_columns(node, self.source.scope)
            self.context.note_star(node, self.source.scope, tuple(one for one, _ in columns))
            return [
                _Column(column.name, node.span, new, column.expression if new is None else None)
                for column, new in columns
            ]
        name = output_name(node) if item.alias is None else item.alias.text
        return [_Column(name, node.span, node)]

    def _bind_column(self, column: _Column) -> None:
        if column.expression is not None:
            return
        assert column.node is not None
        column.expression = self.binder.value(column.node)

    def _column_called(self, name: str, node: ast.Expression, clause: str) -> _Column | None:
        named = [column for column in self.columns if column.name == name]
        if not all(column.is_like(named[0]) for column in named):
            raise ProgrammingError(
                f'{clause} "{name}" is ambiguous: several result columns have that name', node.span
            )
        return named[0] if named else None

    def _sort_column(self, node: ast.Expression, clause: str) -> _Column:
        """The column to sort by: one of the result, or one of its own."""
        index = ordinal(node, len(self.columns), clause)
        if index is not None:
            return self.columns[index]
        name = bare_name(node)
        column = None if name is None else self._column_called(name, node, clause)
        if column is None:
            column = _Column(output_name(node), node.span, node)
            self._bind_column(column)
            self.sort_only.append(column)
        return column

    def _projected(
        self,
        rows: Plan,
        order_by: Sequence[ast.SortItem],
        sort_columns: list[_Column],
        on: list[_Column],
    ) -> Output:
        """The columns over the rows; those that only ORDER BY and DISTINCT ON read come last."""
        fields = [self._field(column) for column in self.columns]
        expressions = [column.bound for column in self.columns]
        places = dict(zip(reversed(expressions), map(FieldRef, reversed(fields)), strict=True))
        for column in self.sort_only:
            if column.bound in places:
                continue
            if self.select.distinct:
                message = "with SELECT DISTINCT, ORDER BY can only name columns that are selected"
                raise ProgrammingError(message, column.span)
            fields.append(self._field(column))
            expressions.append(column.bound)
            places[column.bound] = FieldRef(fields[-1])
        plan: Plan = Project(rows, tuple(fields), tuple(expressions))
        if self.select.distinct:
            plan = distinct(plan, self.context)
            places = dict(
                zip(reversed(expressions), map(FieldRef, reversed(plan.fields)), strict=True)
            )
        pairs = zip(order_by, sort_columns, strict=True)
        keys = tuple(sort_key(item, places[column.bound]) for item, column in pairs)
        if on:
            on_keys = tuple(dict.fromkeys(places[column.bound] for column in on))
            plan = first_of_each(plan, on_keys, keys, self.context, on[0].span)
        if keys:
            plan = Sort(plan, keys)
        return Output(plan, self._untyped(), hidden=len(fields) - len(self.columns))

    def _field(self, column: _Column) -> Field:
        return self.context.field(column.name, column.bound.type, is_nullable(column.bound))

    def _untyped(self) -> frozenset[int]:
        nodes = enumerate(column.node for column in self.columns)
        return frozenset(
            index for index, node in nodes if node is not None and is_untyped(node, self.context)
        )
