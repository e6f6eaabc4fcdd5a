"""VALUES: rows of constants become an Arrow table that the plan scans."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from coldb.engine.bind.attachments import attach
from coldb.engine.bind.constants import folded
from coldb.engine.bind.context import Output
from coldb.engine.bind.conversions import Operand, unify
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.literals import is_untyped, plain_literal
from coldb.engine.bind.nullability import is_nullable
from coldb.engine.bind.scopes import Scope
from coldb.engine.expressions import Constant
from coldb.engine.functions.coercion import common_type
from coldb.engine.functions.literals import physical_from_python, python_from_physical
from coldb.engine.plan import FrameScan, OneRow, Project, SetOperation
from coldb.errors import ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.types import BOOLEAN, NULL, VARCHAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from coldb.engine.bind.attachments import Attachment
    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb_warehouse.types import Type

__all__ = ["bind_values"]


def bind_values(node: ast.Values, context: Context, surroundings: Surroundings) -> Output:
    """The rows of VALUES as columns column1, column2, ..."""
    width = len(node.rows[0])
    for row in node.rows:
        if len(row) != width:
            message = f"the rows of VALUES need equally many values, not {width} and {len(row)}"
            raise ProgrammingError(message, row[0].span)
    columns = [_Column([row[index] for row in node.rows]) for index in range(width)]
    names = [f"column{number}" for number in range(1, width + 1)]
    untyped = frozenset(i for i, column in enumerate(columns) if column.is_untyped(context))
    binder = ExpressionBinder(context, Scope(outer=surroundings.scope), surroundings, "VALUES")
    arrays = [column.literal_array() or column.constant_array(binder) for column in columns]
    if any(array is None for array in arrays):
        return _computed_rows(columns, names, binder)
    import pyarrow as pa

    fields = tuple(
        context.field(name, column.type, bool(array.null_count))
        for name, column, array in zip(names, columns, arrays, strict=True)
    )
    frame = pa.table(arrays, names=names)
    return Output(FrameScan(context.add_frame(frame), fields), untyped)
