"""The names of result columns that have no alias: those that PostgreSQL gives them."""

from __future__ import annotations

from coldb_grammar import ast

__all__ = ["output_name"]

_NAMELESS = "?column?"


def output_name(node: ast.Expression) -> str:
    """The name of a column with this expression."""
    return _name(node) or _NAMELESS


def _name(node: ast.Expression) -> str | None:
    match node:
        case ast.ColumnRef(name=name) | ast.FunctionCall(name=name):
            return name.text
        case ast.Cast(operand=operand, type=type_):
            return _name(operand) or type_.name.lower()
        case ast.Case(otherwise=otherwise):
            return (otherwise and _name(otherwise)) or "case"
        case ast.Extract():
            return "extract"
        case ast.Subscript(operand=operand):
            return _name(operand)
        case ast.ArrayValue():
            return "array"
        case ast.IntervalLiteral():
            return "interval"
        case ast.Exists():
            return "exists"
        case ast.ScalarQuery(query=query):
            return _query_name(query.body)
        case ast.Literal(value=bool()):
            return "bool"
        case _:
            return None


def _query_name(body: ast.QueryBody) -> str | None:
    match body:
        case ast.Query(body=inner):
            return _query_name(inner)
        case ast.SetOperation(left=left):
            return _query_name(left)
        case ast.Select(items=(item, *_)):
            return item.alias.text if item.alias is not None else _name(item.expression)
        case _:
            return None
