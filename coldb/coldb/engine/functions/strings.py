"""Functions on text. Positions and lengths count characters (code points), from one.

Most are defined by a Python function of one row, which runs once for each distinct combination of
arguments, and a form for a whole Arrow array where the other arguments are constants.
"""

from __future__ import annotations

import functools
import hashlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.coercion import explicit_cast_allowed
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature, fixed
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BOOLEAN, INTEGER, VARCHAR, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel, Typing

__all__ = ["DEFINITIONS"]

MAX_LENGTH = 1 << 28
"""Characters of a text that repeat, lpad and rpad may make."""


def _kernel(row: Callable[..., Any] | None, array: Callable[..., Any] | None = None) -> Kernel:
    """A kernel from the function of one row, and the one of an array of text and constants."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        text, *options = arguments
        if array is not None and all(option.constant for option in options):
            values = array(text.strings, *(_value(option) for option in options))
            if result.kind is Kind.VARCHAR:
                return Vector(result, values)
            return Vector(result, np.asarray(values).astype(result.dtype))
        assert row is not None
        return map_distinct(row, arguments, result, rows)

    return kernel


def _value(constant: Vector) -> Any:
    if constant.type.kind is Kind.VARCHAR:
        return constant.strings[0].as_py()
    return constant.values[0].item()


# --- parts of a text ---------------------------------------------------------------------------


def _substring(text: str, start: int, length: int | None = None) -> str:
    return text[slice(*_range(start, length))]


def _substring_array(texts: Any, start: int, length: int | None = None) -> Any:
    import pyarrow.compute as pc

    return pc.utf8_slice_codeunits(texts, *_range(start, length))


def _range(start: int, length: int | None) -> tuple[int, int | None]:
    """Where a substring starts and stops, from zero; what lies before the text counts as length."""
    if length is None:
        return max(start - 1, 0), None
    if length < 0:
        raise DataError(f"negative substring length {length} not allowed")
    return max(start - 1, 0), max(start - 1 + length, 0)


def _left(text: str, count: int) -> str:
    return text[:count]


def _left_array(texts: Any, count: int) -> Any:
    import pyarrow.compute as pc

    return pc.utf8_slice_codeunits(texts, 0, count)


def _right(text: str, count: int) -> str:
    return text[-count:] if count else ""


def _right_array(texts: Any, count: int) -> Any:
    import pyarrow.compute as pc

    if count == 0:
        return pc.utf8_slice_codeunits(texts, 0, 0)
    return pc.utf8_slice_codeunits(texts, -count)


def _split_part(text: str, delimiter: str, number: int) -> str:
    if number == 0:
        raise DataError("field position of split_part must not be zero: count from 1, or from -1")
    parts = text.split(delimiter) if delimiter else [text]
    index = number - 1 if number > 0 else number + len(parts)
    return parts[index] if 0 <= index < len(parts) else ""


def _trim(python_name: str, arrow_name: str) -> Kernel:
    def trimmed(text: str, characters: str = " ") -> str:
        return str(getattr(text, python_name)(characters)) if characters else text

    def trimmed_array(texts: Any, characters: str = " ") -> Any:
        import pyarrow.compute as pc

        return getattr(pc, arrow_name)(texts, characters=characters)

    return _kernel(trimmed, trimmed_array)


# --- search and replace ------------------------------------------------------------------------


def _position_array(texts: Any, needle: str) -> Any:
    """Byte positions are turned into characters by counting the bytes that start one."""
    import pyarrow.compute as pc

    if not needle:
        return np.ones(len(texts), dtype=np.int64)
    found = pc.find_substring(texts, needle).to_numpy()
    _, offsets, data = texts.buffers()
    if data is None:
        return found + 1
    starts = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts)]
    leading = (np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80
    characters = np.concatenate([[0], np.cumsum(leading)])
    positions = characters[starts + np.maximum(found, 0)] - characters[starts] + 1
    return np.where(found < 0, 0, positions)


_strpos = _kernel(lambda text, needle: text.find(needle) + 1, _position_array)


def _position(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    needle, text = arguments
    return _strpos((text, needle), result, rows)


def _replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


def _replace_array(texts: Any, old: str, new: str) -> Any:
    import pyarrow.compute as pc

    return pc.replace_substring(texts, old, new) if old else texts


def _starts_with_array(texts: Any, prefix: str) -> Any:
    import pyarrow.compute as pc

    return pc.starts_with(texts, prefix)


def _translate(text: str, source: str, target: str) -> str:
    table: dict[int, str | None] = {}
    for index, character in enumerate(source):
        table.setdefault(ord(character), target[index] if index < len(target) else None)
    return text.translate(table)


# --- building text -----------------------------------------------------------------------------


def _repeat(text: str, count: int) -> str:
    if len(text) * count > MAX_LENGTH:
        raise DataError(f"the result of repeat is longer than {MAX_LENGTH} characters")
    return text * count


def _padding(text: str, length: int, fill: str) -> str:
    if length > MAX_LENGTH:
        raise DataError(f"a text of {length} characters is too long: at most {MAX_LENGTH}")
    missing = max(length - len(text), 0) if fill else 0
    return (fill * (missing // max(len(fill), 1) + 1))[:missing]


def _lpad(text: str, length: int, fill: str = " ") -> str:
    text = text[: max(length, 0)]
    return _padding(text, length, fill) + text


def _rpad(text: str, length: int, fill: str = " ") -> str:
    text = text[: max(length, 0)]
    return text + _padding(text, length, fill)


def _initcap(text: str) -> str:
    return re.sub(r"[^\W_]+", lambda word: word[0][0].upper() + word[0][1:].lower(), text)


def _chr(code: int) -> str:
    if code == 0:
        raise DataError("null character not permitted")
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        raise DataError(f"chr({code}) is no character")
    return chr(code)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def concatenate(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """`||`: NULL if one operand is."""
    return Vector(result, _joined([_arrow(argument) for argument in arguments], "", rows))


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


# --- types and table ---------------------------------------------------------------------------


def _simple(arrow_name: str) -> Kernel:
    def array(texts: Any) -> Any:
        import pyarrow.compute as pc

        return getattr(pc, arrow_name)(texts)

    return _kernel(None, array)


def _concatenable(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    """`||` makes text of the other operand if one is text."""
    del constants
    texts = sum(argument.kind in (Kind.VARCHAR, Kind.NULL) for argument in arguments)
    if len(arguments) != 2 or not texts:
        return None
    return (VARCHAR, VARCHAR), VARCHAR


def _anything(least: int) -> Callable[..., Typing | None]:
    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        if len(arguments) < least or not all(explicit_cast_allowed(a, VARCHAR) for a in arguments):
            return None
        return (VARCHAR,) * len(arguments), VARCHAR

    return match


_TEXT = fixed(VARCHAR, result=VARCHAR)
_MEASURE = fixed(VARCHAR, result=INTEGER)
_COUNTED = fixed(VARCHAR, INTEGER, result=VARCHAR)
_TRIMMED = fixed(VARCHAR, VARCHAR, result=VARCHAR, optional=1)
_PADDED = fixed(VARCHAR, INTEGER, VARCHAR, result=VARCHAR, optional=1)
_TESTED = fixed(VARCHAR, VARCHAR, result=BOOLEAN)

_length = _simple("utf8_length")
_btrim = _trim("strip", "utf8_trim")

_SUBSTRING = Definition(
    ScalarFunction("substring", _kernel(_substring, _substring_array), can_fail=True),
    fixed(VARCHAR, INTEGER, INTEGER, result=VARCHAR, optional=1),
    "from a position, counted from 1, as many characters as told; also `substring(s FROM 2 FOR 3)`",
    "substring('abcde', 2, 3)",
)

DEFINITIONS = (
    Definition(
        ScalarFunction("lower", _simple("utf8_lower")), _TEXT, "in lower case", "lower('ABC')"
    ),
    Definition(
        ScalarFunction("upper", _simple("utf8_upper")), _TEXT, "in upper case", "upper('abc')"
    ),
    Definition(
        ScalarFunction("reverse", _simple("utf8_reverse")),
        _TEXT,
        "characters in reverse order",
        "reverse('abc')",
    ),
    Definition(
        ScalarFunction("initcap", _kernel(_initcap)),
        _TEXT,
        "first letter of every word in upper case",
        "initcap('hello world')",
    ),
    Definition(
        ScalarFunction("md5", _kernel(_md5)), _TEXT, "MD5 as 32 hexadecimal digits", "md5('a')"
    ),
    Definition(
        ScalarFunction("length", _length), _MEASURE, "number of characters", "length('café')"
    ),
    Definition(
        ScalarFunction("char_length", _length),
        _MEASURE,
        "number of characters",
        "char_length('café')",
    ),
    Definition(
        ScalarFunction("character_length", _length),
        _MEASURE,
        "number of characters",
        "character_length('café')",
    ),
    Definition(
        ScalarFunction("octet_length", _simple("binary_length")),
        _MEASURE,
        "number of bytes in UTF-8",
        "octet_length('café')",
    ),
    Definition(
        ScalarFunction("ascii", _kernel(lambda text: ord(text[0]) if text else 0)),
        _MEASURE,
        "code point of the first character",
        "ascii('A')",
    ),
    Definition(
        ScalarFunction("chr", _kernel(_chr), can_fail=True),
        fixed(INTEGER, result=VARCHAR),
        "the character of a code point",
        "chr(65)",
    ),
    _SUBSTRING,
    _SUBSTRING.alias("substr"),
    Definition(
        ScalarFunction("left", _kernel(_left, _left_array)),
        _COUNTED,
        "first n characters; all but the last -n if n < 0",
        "left('abcde', 2)",
    ),
    Definition(
        ScalarFunction("right", _kernel(_right, _right_array)),
        _COUNTED,
        "last n characters; all but the first -n if n < 0",
        "right('abcde', 2)",
    ),
    Definition(
        ScalarFunction("repeat", _kernel(_repeat), can_fail=True),
        _COUNTED,
        "n times the text",
        "repeat('ab', 3)",
    ),
    Definition(
        ScalarFunction("btrim", _btrim),
        _TRIMMED,
        "without these characters (a space) at both ends",
        "btrim('xxaxx', 'x')",
    ),
    Definition(
        ScalarFunction("trim", _btrim),
        _TRIMMED,
        "as `btrim`; also `trim(LEADING 'x' FROM s)`",
        "trim(BOTH 'x' FROM 'xax')",
    ),
    Definition(
        ScalarFunction("ltrim", _trim("lstrip", "utf8_ltrim")),
        _TRIMMED,
        "without these characters (a space) on the left",
        "ltrim('  a ')",
    ),
    Definition(
        ScalarFunction("rtrim", _trim("rstrip", "utf8_rtrim")),
        _TRIMMED,
        "without these characters (a space) on the right",
        "rtrim(' a  ') || '|'",
    ),
    Definition(
        ScalarFunction("lpad", _kernel(_lpad), can_fail=True),
        _PADDED,
        "filled up on the left to n characters, or cut to them",
        "lpad('7', 3, '0')",
    ),
    Definition(
        ScalarFunction("rpad", _kernel(_rpad), can_fail=True),
        _PADDED,
        "filled up on the right to n characters, or cut to them",
        "rpad('7', 3, '0')",
    ),
    Definition(
        ScalarFunction("position", _position),
        fixed(VARCHAR, VARCHAR, result=INTEGER),
        "where the first text occurs in the second, from 1; 0 if nowhere",
        "position('b' IN 'abc')",
    ),
    Definition(
        ScalarFunction("strpos", _strpos),
        fixed(VARCHAR, VARCHAR, result=INTEGER),
        "where the second text occurs in the first, from 1; 0 if nowhere",
        "strpos('abc', 'b')",
    ),
    Definition(
        ScalarFunction("starts_with", _kernel(str.startswith, _starts_with_array)),
        _TESTED,
        "whether the first text begins with the second",
        "starts_with('abc', 'ab')",
    ),
    Definition(
        ScalarFunction("replace", _kernel(_replace, _replace_array)),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=VARCHAR),
        "every occurrence replaced",
        "replace('banana', 'an', 'AN')",
    ),
    Definition(
        ScalarFunction("translate", _kernel(_translate)),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=VARCHAR),
        "each character of the second text replaced by that of the third",
        "translate('12345', '143', 'ax')",
    ),
    Definition(
        ScalarFunction("split_part", _kernel(_split_part), can_fail=True),
        fixed(VARCHAR, VARCHAR, INTEGER, result=VARCHAR),
        "the n-th part between delimiters; from the end if n < 0",
        "split_part('a-b-c', '-', 2)",
    ),
    Definition(
        ScalarFunction("||", concatenate, operator=True), Signature("text || any", _concatenable)
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
)
