"""Values on their way into columns: which column is meant, and the conversion to its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.engine.bind.constants import folded
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.conversions import convert
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.names import did_you_mean, listing
from coldb.engine.bind.queries import new_context
from coldb.engine.bind.scopes import Scope
from coldb.engine.expressions import Constant
from coldb.engine.functions.coercion import assignment_cast_allowed
from coldb.engine.functions.literals import python_from_physical, text_of
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.types import BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.conversions import Operand
    from coldb.engine.expressions import Expression
    from coldb_warehouse.schema import Column, TableSchema
    from coldb_warehouse.types import Type

__all__ = [
    "assign",
    "assigned_type",
    "constant_for",
    "default_literal",
    "default_value",
    "named_columns",
    "value_or_default",
]


def named_columns(schema: TableSchema, names: Iterable[ast.Identifier]) -> tuple[Column, ...]:
    """The columns of those names. Raises ProgrammingError at a name that is unknown or repeated."""
    known = {column.name: column for column in schema.columns}
    columns: list[Column] = []
    for name in names:
        column = known.get(name.text)
        if column is None:
            hint = did_you_mean(name.text, known) or f"; it has {listing(tuple(known))}"
            message = f'table "{schema.name}" has no column "{name.text}"{hint}'
            raise ProgrammingError(message, name.span)
        if column in columns:
            raise ProgrammingError(f'column "{name.text}" is named twice', name.span)
        columns.append(column)
    return tuple(columns)


def assigned_type(column: Column) -> Type:
    """The type of values for a column.

    VARCHAR(n) takes VARCHAR: a cast would cut the text, but an assignment refuses what is too long.
    """
    return column.type.without_length


def default_value(column: Column) -> Constant:
    """What a new row has in a column that its INSERT does not name."""
    return Constant(column.initial, assigned_type(column))


def default_literal(column: Column, span: ast.Span) -> ast.Literal:
    """The default of a column as it would be written."""
    initial, type_ = column.initial, column.type
    if initial is None:
        return ast.Literal(None, span)
    if type_.is_numeric or type_ == BOOLEAN:
        return ast.Literal(python_from_physical(initial, type_), span)
    return ast.Literal(text_of(initial, type_), span)  # of any type, until it meets the column


def value_or_default(node: ast.Expression, column: Column) -> ast.Expression:
    """The value that is written for a column, where that is DEFAULT the one that it means."""
    return default_literal(column, node.span) if isinstance(node, ast.DefaultValue) else node


def assign(operand: Operand, column: Column) -> Expression:
    """The operand as a value for the column. Raises ProgrammingError where only a CAST converts."""
    if not operand.untyped and not assignment_cast_allowed(operand.type, column.type):
        message = (
            f'column "{column.name}" is {column.type}, but the value is {operand.type}: cast it'
        )
        raise ProgrammingError(message, operand.span)
    return convert(operand, assigned_type(column))


def constant_for(node: ast.Expression, column: Column, catalog: Catalog) -> Any:
    """The value that a constant has in the column, as types.py has values."""
    binder = ExpressionBinder(new_context(catalog, None), Scope(), Surroundings(), "a constant")
    constant = folded(assign(binder.operand(node), column))
    if constant is None or binder.attachments:
        message = f'a value of column "{column.name}" must be a constant here'
        raise NotSupportedError(message, node.span)
    return constant.value
