"""Expressions of the syntax tree to bound, typed expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from coldb.engine.bind.arrays import bind_array, bind_array_query, bind_subscript
from coldb.engine.bind.calls.aggregates import bind_aggregate
from coldb.engine.bind.calls.functions import bind_extract, bind_function
from coldb.engine.bind.calls.hypothetical_sets import HYPOTHETICAL_SETS, bind_hypothetical_set
from coldb.engine.bind.calls.set_calls import bind_selected_set
from coldb.engine.bind.calls.windows import bind_window_call
from coldb.engine.bind.constants import folded
from coldb.engine.bind.conversions import (
    Operand,
    as_condition,
    call,
    compare,
    convert,
    fitted,
    negate,
    operate,
    unify,
)
from coldb.engine.bind.literals import is_untyped, literal_constant, plain_literal
from coldb.engine.bind.row_values import bind_comparison, bind_is_null, bind_row, compare_rows
from coldb.engine.bind.subqueries.conditions import bind_exists, bind_in_query
from coldb.engine.bind.subqueries.quantified import bind_quantified
from coldb.engine.bind.subqueries.values import bind_scalar_query
from coldb.engine.bind.type_names import ANY_DECIMAL, bind_type
from coldb.engine.expressions import And, Case, Cast, Constant, InValues, IsNull, Not, Or
from coldb.engine.functions.aggregates import is_aggregate
from coldb.engine.functions.arrays.sets import SET_FUNCTIONS
from coldb.engine.functions.coercion import as_decimal, explicit_cast_allowed
from coldb.engine.functions.windows import WINDOW_FUNCTIONS
from coldb.errors import ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.types import BOOLEAN, INTERVAL, NULL, VARCHAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.bind.calls.set_calls import SelectedSets
    from coldb.engine.bind.calls.windows import Windows
    from coldb.engine.bind.clauses.grouping import Grouping
    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.bind.scopes import Scope
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.expressions import Expression

__all__ = ["ExpressionBinder"]


class ExpressionBinder:
    """Binds the expressions of one clause over one scope.

    `clause` names the place in messages. `grouping` takes the aggregate calls, `windows` the calls
    with OVER, `sets` those that give many rows; None where there can be none. `result_column` finds
    what a name means that is no column of the scope, where a clause can name columns of the result.
    `attachments` collects the sub-queries that have to stand beside the rows before the expressions
    can be computed, `columns` the columns of this scope that were named, and where.
    """

    def __init__(
        self,
        context: Context,
        scope: Scope,
        surroundings: Surroundings,
        clause: str,
        grouping: Grouping | None = None,
    ) -> None:
        self.context = context
        self.scope = scope
        self.surroundings = surroundings
        self.clause = clause
        self.grouping = grouping
        self.windows: Windows | None = None
        self.sets: SelectedSets | None = None
        self.result_column: Callable[[ast.ColumnRef], Expression | None] | None = None
        self.attachments: list[Attachment] = []
        self.columns: list[tuple[Expression, ast.Span]] = []

    def for_clause(self, clause: str) -> ExpressionBinder:
        """A binder over the same scope for a place without aggregates."""
        return ExpressionBinder(self.context, self.scope, self.surroundings, clause)

    def inside(self, clause: str) -> ExpressionBinder:
        """A binder for what stands inside a window call, which may be anything but another one."""
        inner = ExpressionBinder(self.context, self.scope, self.surroundings, clause, self.grouping)
        inner.attachments, inner.columns = self.attachments, self.columns
        inner.result_column = self.result_column
        return inner

    def operand(self, node: ast.Expression) -> Operand:
        """The bound expression, with its place and whether its type is still open."""
        return Operand(self.bind(node), node.span, is_untyped(node, self.context))

    def value(self, node: ast.Expression) -> Expression:
        """The bound expression as a column: a bare NULL is text, as in PostgreSQL."""
        expression = self.bind(node)
        return Constant(None, VARCHAR) if expression.type == NULL else expression

    def condition(self, node: ast.Expression, clause: str, filtering: bool = False) -> Expression:
        """The expression as BOOLEAN. Raises ProgrammingError."""
        operand = Operand(self.bind(node, filtering), node.span, is_untyped(node, self.context))
        return as_condition(operand, clause)

    def bind(self, node: ast.Expression, filtering: bool = False) -> Expression:
        """The bound expression. `filtering` tells that rows for which it is NULL are dropped as
        those for which it is FALSE are, which spares IN (query) some work."""
        key = None if self.grouping is None else self.grouping.key_of(node)
        if key is not None:
            return key
        match node:
            case ast.Literal():
                return literal_constant(node)
            case ast.IntervalLiteral():
                return Constant((node.months, node.days, node.microseconds), INTERVAL)
            case ast.Parameter():
                return self.context.parameter(node)
            case ast.ColumnRef():
                return self._column(node)
            case ast.Star():
                raise ProgrammingError(
                    "* can stand in a select list and in count(*) only", node.span
                )
            case ast.Unary():
                return self._unary(node)
            case ast.Binary():
                return self._binary(node, filtering)
            case ast.IsNull():
                return bind_is_null(self, node)
            case ast.IsBoolean():
                return self._is_boolean(node)
            case ast.IsDistinct():
                operator = "is not distinct from" if node.negated else "is distinct from"
                return bind_comparison(self, operator, node.left, node.right, node.span)
            case ast.Between():
                return self._between(node)
            case ast.InList():
                return self._in_list(node)
            case ast.InQuery():
                return bind_in_query(self, node, filtering)
            case ast.Exists():
                return bind_exists(self, node)
            case ast.ScalarQuery():
                return bind_scalar_query(self, node)
            case ast.Like():
                return self._like(node)
            case ast.Case():
                return self._case(node)
            case ast.Cast():
                return self._cast(node)
            case ast.Extract():
                return bind_extract(self, node)
            case ast.FunctionCall():
                return self._call(node)
            case ast.Quantified():
                return bind_quantified(self, node, filtering)
            case ast.DefaultValue():
                raise ProgrammingError(
                    "DEFAULT can stand for a whole value of INSERT, UPDATE or MERGE only", node.span
                )
            case ast.NamedArgument():
                raise ProgrammingError("this takes no arguments by name", node.span)
            case ast.RowValue():
                raise ProgrammingError("a row of values can only be compared here", node.span)
            case ast.ArrayValue():
                return bind_array(self, node)
            case ast.ArrayQuery():
                return bind_array_query(self, node)
            case ast.Subscript():
                return bind_subscript(self, node)
            case _:
                assert_never(node)

    def _call(self, node: ast.FunctionCall) -> Expression:
        name = node.name.text
        if node.over is not None:
            return bind_window_call(self, node)
        if name in HYPOTHETICAL_SETS and node.within_group:
            return bind_hypothetical_set(self, node)
        if name in WINDOW_FUNCTIONS:
            message = f"{name} is a window function: write {name}(...) OVER (...)"
            raise ProgrammingError(message, node.span)
        if name in SET_FUNCTIONS:
            return bind_selected_set(self, node)
        return bind_aggregate(self, node) if is_aggregate(name) else bind_function(self, node)

    def _column(self, node: ast.ColumnRef) -> Expression:
        result = None if self.result_column is None else self.result_column(node)
        if result is not None:
            return result
        resolved = self.scope.resolve(node)
        named = self.surroundings.columns if resolved.outer else self.columns
        named.append((resolved.expression, node.span))
        return resolved.expression

    def _unary(self, node: ast.Unary) -> Expression:
        literal = plain_literal(node)
        if literal is not None:
            return literal_constant(literal)
        if node.operator == "NOT":
            return Not(self.condition(node.operand, "the operand of NOT"))
        operand = self.operand(node.operand)
        if node.operator == "+":
            if not operand.type.is_numeric and operand.type != INTERVAL and operand.type != NULL:
                raise ProgrammingError(
                    f"no operator + {operand.type}: it takes a number", node.span
                )
            return operand.expression
        if node.operator == "~":
            return call("~", (operand,), node.span)
        return negate(operand, node.span)

    def _binary(self, node: ast.Binary, filtering: bool) -> Expression:
        match node.operator:
            case "AND" | "OR":
                clause = f"each side of {node.operator}"
                operands = tuple(
                    self.condition(operand, clause, filtering) for operand in node.operands
                )
                return And(operands) if node.operator == "AND" else Or(operands)
            case "=" | "<>" | "<" | "<=" | ">" | ">=":
                left_side, right_side = node.operands
                return bind_comparison(self, node.operator, left_side, right_side, node.span)
            case _:
                left, right = map(self.operand, node.operands)
                return operate(node.operator, left, right, node.span)

    def _is_boolean(self, node: ast.IsBoolean) -> Expression:
        operand = self.condition(node.operand, "the operand of IS TRUE or IS FALSE")
        test: Expression
        match node.value:
            case None:
                test = IsNull(operand)
            case True:
                test = And((Not(IsNull(operand)), operand))
            case False:
                test = And((Not(IsNull(operand)), Not(operand)))
        return Not(test) if node.negated else test

    def _between(self, node: ast.Between) -> Expression:
        operand, low, high = (bind_row(self, one) for one in (node.operand, node.low, node.high))
        if node.negated:
            below = compare_rows("<", operand, low, node.span)
            return Or((below, compare_rows(">", operand, high, node.span)))
        above = compare_rows(">=", operand, low, node.span)
        return And((above, compare_rows("<=", operand, high, node.span)))

    def _in_list(self, node: ast.InList) -> Expression:
        """Constants are brought to one type and looked up together; the rest is compared one by one."""
        if isinstance(node.operand, ast.RowValue):
            return self._row_in_list(node)
        operand = self.operand(node.operand)
        if not node.items:
            return Constant(node.negated, BOOLEAN)
        items = [self.operand(item) for item in node.items]
        constants = [item for item in items if isinstance(item.expression, Constant)]
        tests: list[Expression] = []
        if len(constants) > 1:
            items = [item for item in items if not isinstance(item.expression, Constant)]
            same = [fitted(constant, operand.type) for constant in constants]
            _, (value, *members) = unify((operand, *same), "IN")
            values = [constant.value for member in members if (constant := folded(member))]
            known = tuple(dict.fromkeys(one for one in values if one is not None))
            tests.append(InValues(value, known, has_null=None in values))
        tests += [compare("=", operand, item, node.span) for item in items]
        test = tests[0] if len(tests) == 1 else Or(tuple(tests))
        return Not(test) if node.negated else test

    def _row_in_list(self, node: ast.InList) -> Expression:
        row = bind_row(self, node.operand)
        rows = (bind_row(self, item, len(row)) for item in node.items)
        test = Or(tuple(compare_rows("=", row, item, node.span) for item in rows))
        return Not(test) if node.negated else test

    def _like(self, node: ast.Like) -> Expression:
        operands = [self.operand(node.operand), self.operand(node.pattern)]
        if node.escape is not None:
            operands.append(self.operand(node.escape))
        test = call("ilike" if node.case_insensitive else "like", operands, node.span)
        return Not(test) if node.negated else test

    def _case(self, node: ast.Case) -> Expression:
        subject = None if node.operand is None else self.operand(node.operand)
        conditions: list[Expression] = []
        for when, _ in node.branches:
            if subject is None:
                conditions.append(self.condition(when, "WHEN"))
            else:
                conditions.append(compare("=", subject, self.operand(when), when.span))
        results = [self.operand(result) for _, result in node.branches]
        otherwise = Operand(Constant(None, NULL), node.span, untyped=True)
        if node.otherwise is not None:
            otherwise = self.operand(node.otherwise)
        type_, (*values, default) = unify((*results, otherwise), "CASE")
        return Case(tuple(zip(conditions, values, strict=True)), default, type_)

    def _cast(self, node: ast.Cast) -> Expression:
        type_ = bind_type(node.type)
        if node.operand == ast.ArrayValue(()):
            return bind_array(self, ast.ArrayValue((), node.span), type_.element)
        operand = self.operand(node.operand)
        if operand.untyped:
            return convert(operand, type_)
        source = operand.expression.type
        if type_ == ANY_DECIMAL and not node.type.arguments and source.is_exact:
            type_ = as_decimal(source)
        if source == type_:
            return operand.expression
        if not explicit_cast_allowed(source, type_):
            raise ProgrammingError(f"{source} cannot be cast to {type_}", node.span)
        return Cast(operand.expression, type_, span=node.span)
