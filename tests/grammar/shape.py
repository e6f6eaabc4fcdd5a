"""Expressions written out with every pair of parentheses, so that a test can see how they nest."""

from __future__ import annotations

from coldb_grammar.ast import (
    ArrayValue,
    Between,
    Binary,
    Case,
    Cast,
    ColumnRef,
    Expression,
    FunctionCall,
    InList,
    IsBoolean,
    IsDistinct,
    IsNull,
    Like,
    Literal,
    Parameter,
    Quantified,
    RowValue,
    Star,
    Subscript,
    TypeName,
    Unary,
)


def shape(node: Expression) -> str:
    """SQL that parses to the same tree, with parentheses around every operator and its operands."""
    match node:
        case ColumnRef(name, table):
            return name.text if table is None else f"{table.text}.{name.text}"
        case Literal(value):
            return _literal(value)
        case Parameter(key):
            return "?" if isinstance(key, int) else f":{key}"
        case Star():
            return "*"
        case Unary(operator, operand):
            return f"({operator} {shape(operand)})"
        case Binary(operator, operands):
            return "(" + f" {operator} ".join(map(shape, operands)) + ")"
        case IsNull(operand, negated):
            return f"({shape(operand)} IS {_not(negated)}NULL)"
        case IsBoolean(operand, value, negated):
            return f"({shape(operand)} IS {_not(negated)}{_truth(value)})"
        case IsDistinct(left, right, negated):
            return f"({shape(left)} IS {_not(negated)}DISTINCT FROM {shape(right)})"
        case Between(operand, low, high, negated):
            return f"({shape(operand)} {_not(negated)}BETWEEN {shape(low)} AND {shape(high)})"
        case InList(operand, items, negated):
            return f"({shape(operand)} {_not(negated)}IN ({_list(items)}))"
        case Like(operand, pattern, escape, case_insensitive, negated):
            word = "ILIKE" if case_insensitive else "LIKE"
            tail = "" if escape is None else f" ESCAPE {shape(escape)}"
            return f"({shape(operand)} {_not(negated)}{word} {shape(pattern)}{tail})"
        case Quantified(operator, quantifier, operand, among):
            return f"({shape(operand)} {operator} {quantifier} ({shape(among)}))"
        case RowValue(items):
            return f"ROW({_list(items)})"
        case ArrayValue(items):
            return f"ARRAY[{_list(items)}]"
        case Subscript(operand, index):
            return f"({shape(operand)})[{shape(index)}]"
        case Cast(operand, target):
            return f"CAST({shape(operand)} AS {_type(target)})"
        case Case(operand, branches, otherwise):
            head = "" if operand is None else f" {shape(operand)}"
            body = "".join(f" WHEN {shape(a)} THEN {shape(b)}" for a, b in branches)
            tail = "" if otherwise is None else f" ELSE {shape(otherwise)}"
            return f"CASE{head}{body}{tail} END"
        case FunctionCall(name, arguments, distinct, condition):
            word = "DISTINCT " if distinct else ""
            tail = "" if condition is None else f" FILTER (WHERE {shape(condition)})"
            return f"{name.text}({word}{_list(arguments)}){tail}"
        case _:
            raise AssertionError(f"no shape for {node!r}")


def _literal(value: object) -> str:
    match value:
        case None | bool():
            return _truth(value).replace("UNKNOWN", "NULL")
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return str(value)


def _truth(value: bool | None) -> str:
    return "UNKNOWN" if value is None else "TRUE" if value else "FALSE"


def _not(negated: bool) -> str:
    return "NOT " if negated else ""


def _list(items: tuple[Expression, ...]) -> str:
    return ", ".join(map(shape, items))


def _type(target: TypeName) -> str:
    arguments = f"({', '.join(map(str, target.arguments))})" if target.arguments else ""
    return target.name + arguments + ("[]" if target.is_array else "")
