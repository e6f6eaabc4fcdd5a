"""What the rules of every dialect are written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from coldb_warehouse.types import Kind, Type
from sqlglot import exp

__all__ = ["Rule", "Types", "call", "kind_of"]

# The types of the star's columns by name: enough to tell a date from a number in an expression.
Types: TypeAlias = Mapping[str, Type]
Rule: TypeAlias = Callable[[exp.Expression, Types], exp.Expression]

_CAST_KINDS = {
    exp.DataType.Type.DATE: Kind.DATE,
    exp.DataType.Type.TIMESTAMP: Kind.TIMESTAMP,
    exp.DataType.Type.INT: Kind.INTEGER,
    exp.DataType.Type.BIGINT: Kind.BIGINT,
    exp.DataType.Type.SMALLINT: Kind.SMALLINT,
    exp.DataType.Type.DECIMAL: Kind.DECIMAL,
    exp.DataType.Type.DOUBLE: Kind.DOUBLE,
    exp.DataType.Type.FLOAT: Kind.REAL,
}
_INTEGERS = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT)


def call(name: str, *arguments: exp.Expression | str) -> exp.Expression:
    """A call of a function that sqlglot is to leave alone; a str becomes a literal."""
    nodes = [exp.Literal.string(each) if isinstance(each, str) else each for each in arguments]
    return exp.Anonymous(this=name, expressions=nodes)


def kind_of(node: exp.Expression, types: Types) -> Kind | None:
    """The kind of an expression's values; None where that takes more than a look at it."""
    if isinstance(node, exp.Paren | exp.Neg | exp.Sum | exp.Min | exp.Max | exp.Abs):
        return kind_of(node.this, types)
    if isinstance(node, exp.Column):
        column_type = types.get(node.name)
        return None if column_type is None else column_type.kind
    if isinstance(node, exp.Literal) and not node.is_string:
        return Kind.BIGINT if node.is_int else Kind.DECIMAL
    if isinstance(node, exp.Count):
        return Kind.BIGINT
    if isinstance(node, exp.Cast):
        return _CAST_KINDS.get(node.to.this)
    if isinstance(node, exp.Mul | exp.Add | exp.Sub | exp.Div):
        kinds = {kind_of(node.this, types), kind_of(node.expression, types)}
        if kinds <= set(_INTEGERS):
            return Kind.BIGINT
        return Kind.DECIMAL if kinds & {Kind.DECIMAL, Kind.REAL, Kind.DOUBLE} else None
    return None
