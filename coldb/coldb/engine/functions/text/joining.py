"""Texts joined: ||, concat, format, arrays of text; and how SQL quotes names and values."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.coercion import explicit_cast_allowed
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature, fixed
from coldb.engine.functions.distinct import map_nullable, of_rows
from coldb.engine.functions.literals import text_of
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_grammar.errors import one_line
from coldb_grammar.keywords import RESERVED
from coldb_warehouse.types import BOOLEAN, VARCHAR, Kind, Type, array_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel, Typing

__all__ = ["DEFINITIONS"]


# --- joining -----------------------------------------------------------------------------------


def _concatenate(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """`||`: NULL if one operand is, which the evaluator sees to."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if all(argument.constant for argument in arguments):
        text = "".join(argument.strings[0].as_py() for argument in arguments)
        return Vector(result, pa.array([text] * rows, type=pa.large_string()))
    parts = [each.strings[0] if each.constant else each.strings for each in arguments]
    return Vector(result, pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string())))


def _concat(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Skips NULLs."""
    return Vector(result, _joined([_arrow(argument) for argument in arguments], "", rows))


def _concat_ws(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Skips NULLs, but a NULL separator makes the result NULL."""
    separator, *parts = arguments
    joined = _joined([_arrow(part) for part in parts], _arrow(separator), rows)
    valid = separator.valid if separator.valid is None else np.broadcast_to(separator.valid, rows)
    return Vector(result, joined, valid)


def _arrow(vector: Vector) -> Any:
    """Text with its NULLs as an Arrow array, a constant as an Arrow scalar."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = vector.strings
    if vector.valid is not None:
        texts = pc.if_else(pa.array(vector.valid), texts, pa.scalar(None, pa.large_string()))
    return texts[0] if vector.constant else texts


def _joined(parts: list[Any], separator: Any, rows: int) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(separator, str):
        separator = pa.scalar(separator, pa.large_string())
    if all(isinstance(part, pa.Scalar) for part in (*parts, separator)):
        parts = [pa.array([part.as_py()] * rows, pa.large_string()) for part in parts]
    # Arrow leaves out a row of which every part is NULL, so the first part is never NULL there.
    nothing = functools.reduce(pc.and_, map(pc.is_null, parts))
    first = pc.if_else(nothing, pa.scalar("", pa.large_string()), parts[0])
    joined = pc.binary_join_element_wise(first, *parts[1:], separator, null_handling="skip")
    return pc.fill_null(joined, "")


# --- quoting -----------------------------------------------------------------------------------

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")


def _quoted_name(name: str) -> str:
    """As a name in SQL, in double quotes where it needs them."""
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in RESERVED:
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _quoted_value(value: str) -> str:
    """As a text literal in SQL."""
    doubled = value.replace("'", "''")
    if "\\" in value:
        doubled = doubled.replace("\\", "\\\\")
        return f"E'{doubled}'"
    return f"'{doubled}'"


def _nullable_value(value: str | None) -> str:
    return "NULL" if value is None else _quoted_value(value)


def _of_nullable(function: Callable[..., Any]) -> Kernel:
    return lambda arguments, result, rows: map_nullable(function, arguments, result, rows)


_SPECIFIER = re.compile(
    r"%(?:%|(?:(?P<position>\d+)\$)?(?P<left>-*)"
    r"(?:(?P<width>\d+)|\*(?:(?P<width_at>\d+)\$)?(?P<star>))?(?P<kind>[sIL]))|%(?P<wrong>.?)",
    re.DOTALL,
)


_WIDEST = 1 << 20


def _width(told: str) -> int:
    try:
        width = int(told)
    except ValueError:
        raise DataError(
            f'the width of a format is a whole number, not "{one_line(told)}"'
        ) from None
    if abs(width) > _WIDEST:
        raise DataError(f"a format is at most {_WIDEST:,} characters wide, not {one_line(told)}")
    return width


def _format(template: str | None, *values: str | None) -> str | None:
    """%s is a value, %I a name and %L a literal of SQL; %2$s is the second, %-9s is nine wide."""
    if template is None:
        return None
    following = 0

    def value_at(number: int) -> str | None:
        nonlocal following
        following = number + 1
        if not 0 <= number < len(values):
            raise DataError(f"too few arguments for format: there is no {number + 1}. value")
        return values[number]

    def written(specifier: re.Match[str]) -> str:
        if specifier["wrong"] is not None:
            raise DataError(
                f'unrecognized format() type specifier "{specifier["wrong"]}": use %s, %I, %L or %%'
            )
        if specifier["kind"] is None:
            return "%"
        left, width = bool(specifier["left"]), _width(specifier["width"] or "0")
        if specifier["star"] is not None:
            at = following if specifier["width_at"] is None else int(specifier["width_at"]) - 1
            told = value_at(at)
            width = 0 if told is None else _width(told)
            left, width = left or width < 0, abs(width)
        position = specifier["position"]
        if position == "0" or specifier["width_at"] == "0":
            raise DataError("format specifies argument 0, but arguments are numbered from 1")
        value = value_at(following if position is None else int(position) - 1)
        text = _specified(specifier["kind"], value)
        return text.ljust(width) if left else text.rjust(width)

    return _SPECIFIER.sub(written, template)


def _specified(kind: str, value: str | None) -> str:
    match kind:
        case "s":
            return value or ""
        case "I":
            if value is None:
                raise DataError("null values cannot be formatted as an SQL identifier")
            return _quoted_name(value)
        case _:
            return "NULL" if value is None else _quoted_value(value)


# --- arrays of text ----------------------------------------------------------------------------


def _string_to_array(
    text: str | None, delimiter: str | None, null: str | None = None
) -> tuple[str | None, ...] | None:
    """Without a delimiter every character is a part."""
    if text is None:
        return None
    if not text:
        return ()
    parts = list(text) if delimiter is None else text.split(delimiter) if delimiter else [text]
    return tuple(None if part == null else part for part in parts)


def _array_to_string(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    element = arguments[0].type.element
    assert element is not None

    def joined(
        values: tuple[Any, ...] | None, delimiter: str | None, null: str | None = None
    ) -> str | None:
        if values is None or delimiter is None:
            return None
        texts = [null if value is None else _element_text(value, element) for value in values]
        return delimiter.join(text for text in texts if text is not None)

    return map_nullable(joined, arguments, result, rows)


def _element_text(value: Any, type_: Type) -> str:
    if type_ == BOOLEAN:
        return "t" if value else "f"
    return text_of(value, type_)


# --- types and table ---------------------------------------------------------------------------


def _concatenable(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    """`||` makes text of the other operand if one is text, but arrays become no text."""
    del constants
    texts = sum(argument.kind in (Kind.VARCHAR, Kind.NULL) for argument in arguments)
    arrays = sum(argument.element is not None for argument in arguments)
    if len(arguments) != 2 or not texts or arrays:
        return None
    return (VARCHAR, VARCHAR), VARCHAR


def _anything(least: int) -> Callable[..., Typing | None]:
    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        if len(arguments) < least or not all(explicit_cast_allowed(a, VARCHAR) for a in arguments):
            return None
        return (VARCHAR,) * len(arguments), VARCHAR

    return match


def _one(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    return _anything(1)(arguments, constants) if len(arguments) == 1 else None


def _array_and_texts(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    if len(arguments) not in (2, 3) or arguments[0].kind is not Kind.ARRAY:
        return None
    if not all(each.kind in (Kind.VARCHAR, Kind.NULL) for each in arguments[1:]):
        return None
    return (arguments[0], *(VARCHAR,) * (len(arguments) - 1)), VARCHAR


DEFINITIONS = (
    Definition(
        ScalarFunction("||", _concatenate, operator=True), Signature("text || any", _concatenable)
    ),
    Definition(
        ScalarFunction("concat", _concat, strict=False),
        Signature("(any, ...)", _anything(1)),
        "all values as one text; NULL counts as empty",
        "concat('a', NULL, 1)",
    ),
    Definition(
        ScalarFunction("concat_ws", _concat_ws, strict=False),
        Signature("(separator, any, ...)", _anything(2)),
        "values joined by a separator, NULLs left out",
        "concat_ws('-', 'a', NULL, 1)",
    ),
    Definition(
        ScalarFunction("format", _of_nullable(_format), strict=False, can_fail=True),
        Signature("(template, any, ...)", _anything(1)),
        "a template with `%s` for values, `%I` for names, `%L` for literals; `%2$s` is the second",
        "format('%s: %L', 'a', 'it''s')",
    ),
    Definition(
        ScalarFunction("quote_ident", of_rows(_quoted_name)),
        fixed(VARCHAR, result=VARCHAR),
        "as a name in SQL",
        "quote_ident('Foo bar')",
    ),
    Definition(
        ScalarFunction("quote_literal", of_rows(_quoted_value)),
        Signature("(any)", _one),
        "as a text literal in SQL",
        "quote_literal('it''s')",
    ),
    Definition(
        ScalarFunction("quote_nullable", _of_nullable(_nullable_value), strict=False),
        Signature("(any)", _one),
        "the same, but of NULL the word",
        "quote_nullable(NULL)",
    ),
    Definition(
        ScalarFunction("string_to_array", _of_nullable(_string_to_array), strict=False),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=array_of(VARCHAR), optional=1),
        "the parts between delimiters, those equal to the third text as NULL",
        "string_to_array('a,b,', ',', '')",
    ),
    Definition(
        ScalarFunction("array_to_string", _array_to_string, strict=False),
        Signature("(array, delimiter[, null])", _array_and_texts),
        "the elements joined, NULLs left out or written as the third text",
        "array_to_string(string_to_array('a b', ' '), '-')",
    ),
)
