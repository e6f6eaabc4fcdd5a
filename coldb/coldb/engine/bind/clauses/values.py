"""VALUES: rows of constants become an Arrow table that the plan scans."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb.engine.bind.constants import folded
from coldb.engine.bind.context import Output
from coldb.engine.bind.conversions import unify
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.literals import is_untyped, plain_literal
from coldb.engine.bind.scopes import Scope
from coldb.engine.bind.subqueries.attachments import attach
from coldb.engine.functions.coercion import common_type
from coldb.engine.functions.distinct import vector_of
from coldb.engine.functions.literals import physical_from_python
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import FrameScan, OneRow, Project, SetOperation
from coldb.errors import DataError, ProgrammingError
from coldb_warehouse.convert import to_arrow
from coldb_warehouse.types import BOOLEAN, VARCHAR, Kind, decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.bind.conversions import Operand
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb_grammar import ast
    from coldb_warehouse.types import Type

__all__ = ["bind_values"]

_Column: TypeAlias = "tuple[Type, pa.Array]"

Conversion: TypeAlias = "Callable[[int, Sequence[Operand]], tuple[Type, tuple[Expression, ...]]]"


def bind_values(
    node: ast.Values,
    context: Context,
    surroundings: Surroundings,
    conversion: Conversion = lambda _, operands: unify(operands, "a column of VALUES"),
) -> Output:
    """The rows of VALUES as columns column1, column2, ...

    `conversion` brings the values of a column, of which it is given the number, to one type: to what
    they have in common, if nothing else is wanted of them.
    """
    width = len(node.rows[0])
    for row in node.rows:
        if len(row) != width:
            message = f"the rows of VALUES need equally many values, not {width} and {len(row)}"
            raise ProgrammingError(message, row[0].span)
    names = [f"column{number}" for number in range(1, width + 1)]
    nodes = list(zip(*node.rows, strict=True))
    untyped = frozenset(
        index
        for index, column in enumerate(nodes)
        if all(is_untyped(cell, context) for cell in column)
    )
    binder = ExpressionBinder(context, Scope(outer=surroundings.scope), surroundings, "VALUES")
    columns = [
        _literal_column(column) or _constant_column(column, binder, partial(conversion, index))
        for index, column in enumerate(nodes)
    ]
    frame = _frame(names, columns)
    if frame is None:
        return Output(_computed_rows(node.rows, names, binder, conversion), untyped)
    fields = tuple(
        context.field(name, column[0], bool(column[1].null_count))
        for name, column in zip(names, columns, strict=True)
        if column is not None
    )
    return Output(FrameScan(context.add_frame(frame), fields), untyped)


def _frame(names: Sequence[str], columns: Sequence[_Column | None]) -> pa.Table | None:
    """The columns as a table; None if one of them is no constant."""
    import pyarrow as pa

    arrays = [column[1] for column in columns if column is not None]
    return pa.table(arrays, names=names) if len(arrays) == len(columns) else None


# --- literals, many at once --------------------------------------------------------------------


def _literal_column(nodes: Sequence[ast.Expression]) -> _Column | None:
    """A column of nothing but literals of one family, which need no binding one by one."""
    literals = [plain_literal(node) for node in nodes]
    values = [literal.value for literal in literals if literal is not None]
    if len(values) < len(nodes):
        return None
    type_ = _literal_type(values)
    if type_ is None:
        return None
    if type_.kind is Kind.DECIMAL:
        values = [Decimal(value) if isinstance(value, int) else value for value in values]
    import pyarrow as pa

    return type_, pa.array(values, type_.to_arrow())


def _literal_type(values: Sequence[Any]) -> Type | None:
    """The type that holds all values; None for a mixture, or for more digits than there are."""
    present = [value for value in values if value is not None]
    families = {type(value) for value in present}
    if not families or families == {str}:
        return VARCHAR
    if families == {bool}:
        return BOOLEAN
    if not families <= {int, Decimal}:
        return None
    try:
        smallest, largest = (physical_from_python(bound(present))[0] for bound in (min, max))
        if families == {int}:
            return common_type((smallest, largest))
        numbers = [value for value in present if isinstance(value, Decimal)]
        scale = max(0, *(-int(number.as_tuple().exponent) for number in numbers))
        whole = max(1, *(number.adjusted() + 1 for number in map(Decimal, present)))
        return decimal(whole + scale, scale)
    except (DataError, ValueError):
        return None


# --- expressions -------------------------------------------------------------------------------


def _constant_column(
    nodes: Sequence[ast.Expression],
    binder: ExpressionBinder,
    conversion: Callable[[Sequence[Operand]], tuple[Type, tuple[Expression, ...]]],
) -> _Column | None:
    """A column of expressions that read no rows, computed now; None if there are others."""
    type_, expressions = conversion([binder.operand(node) for node in nodes])
    if binder.attachments or not type_.is_storable:
        return None
    constants = [folded(expression) for expression in expressions]
    values = [constant.value for constant in constants if constant is not None]
    return (type_, _array(values, type_)) if len(values) == len(constants) else None


def _array(values: Sequence[Any], type_: Type) -> pa.Array:
    """Physical values as an Arrow array."""
    vector = vector_of(values, type_)
    return to_arrow(vector.data, vector.valid, type_)


def _computed_rows(
    rows: Sequence[Sequence[ast.Expression]],
    names: Sequence[str],
    binder: ExpressionBinder,
    conversion: Conversion,
) -> Plan:
    """Rows that hold sub-queries or columns of an outer query, each as a plan of its own."""
    binders = [binder.for_clause(binder.clause) for _ in rows]
    operands = [[own.operand(cell) for cell in row] for own, row in zip(binders, rows, strict=True)]
    columns = list(starmap(conversion, enumerate(zip(*operands, strict=True))))
    plans = []
    for index, own in enumerate(binders):
        expressions = tuple(values[index] for _, values in columns)
        plans.append(_single_row(expressions, names, own))
    plan = plans[0]
    for other in plans[1:]:
        pairs = zip(plan.fields, other.fields, strict=True)
        fields = tuple(
            binder.context.field(one.name, one.type, one.nullable or two.nullable)
            for one, two in pairs
        )
        plan = SetOperation("UNION", True, plan, other, fields)
    return plan


def _single_row(
    expressions: tuple[Expression, ...], names: Sequence[str], binder: ExpressionBinder
) -> Plan:
    pairs = zip(names, expressions, strict=True)
    fields = tuple(
        binder.context.field(name, expression.type, is_nullable(expression))
        for name, expression in pairs
    )
    return Project(attach(OneRow(), binder.attachments), fields, expressions)
