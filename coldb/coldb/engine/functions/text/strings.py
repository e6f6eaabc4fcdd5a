"""Functions on text. Positions and lengths count characters (code points), from one.

Most are defined by a Python function of one row, which runs once for each distinct combination of
arguments, and a form for a whole Arrow array where the other arguments are constants.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.text.kernels import arrow_kernel, text_kernel
from coldb.engine.functions.text.search import contains
from coldb.errors import DataError
from coldb_warehouse.types import BOOLEAN, INTEGER, VARCHAR, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel
    from coldb.engine.vector import Vector

__all__ = ["DEFINITIONS"]

MAX_LENGTH = 1 << 28
"""Characters of a text that repeat, lpad and rpad may make."""


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


def _split_part_array(texts: Any, delimiter: str, number: int) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if number == 0 or not delimiter:
        rows = [_split_part(text, delimiter, number) for text in texts.to_pylist()]
        return pa.array(rows, type=pa.large_string())
    parts = pc.split_pattern(texts, delimiter)
    offsets = parts.offsets.to_numpy()
    places = offsets[:-1] + number - 1 if number > 0 else offsets[1:] + number
    there = (offsets[:-1] <= places) & (places < offsets[1:])
    return pc.fill_null(parts.values.take(pa.array(places, mask=~there)), "")


def _trim(python_name: str, arrow_name: str) -> Kernel:
    def trimmed(text: str, characters: str = " ") -> str:
        return str(getattr(text, python_name)(characters)) if characters else text

    def trimmed_array(texts: Any, characters: str = " ") -> Any:
        import pyarrow.compute as pc

        return getattr(pc, arrow_name)(texts, characters=characters)

    return text_kernel(trimmed, trimmed_array)


# --- search and replace ------------------------------------------------------------------------


def _position_array(texts: Any, needle: str) -> Any:
    """Byte positions are turned into characters by counting the bytes that start one."""
    import pyarrow.compute as pc

    if not needle:
        return np.ones(len(texts), dtype=np.int64)
    found = pc.find_substring(texts, needle).to_numpy()
    if _is_ascii(texts):
        return found + 1
    _, offsets, data = texts.buffers()
    if data is None:
        return found + 1
    starts = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts)]
    leading = (np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80
    characters = np.concatenate([[0], np.cumsum(leading)])
    positions = characters[starts + np.maximum(found, 0)] - characters[starts] + 1
    return np.where(found < 0, 0, positions)


_strpos = text_kernel(lambda text, needle: text.find(needle) + 1, _position_array)


def _position(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    needle, text = arguments
    return _strpos((text, needle), result, rows)


def _replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


def _replace_array(texts: Any, old: str, new: str) -> Any:
    import pyarrow.compute as pc

    return pc.replace_substring(texts, old, new) if old else texts


def _test_array(arrow_name: str) -> Callable[..., Any]:
    def tested(texts: Any, piece: str) -> Any:
        import pyarrow.compute as pc

        return getattr(pc, arrow_name)(texts, piece)

    return tested


def _contains_array(texts: Any, piece: str) -> Any:
    return contains(texts, piece) if piece else np.ones(len(texts), dtype=np.bool_)


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


def _pad_array(arrow_name: str, row: Callable[..., str]) -> Callable[..., Any]:
    """Arrow fills up with single characters only, and cuts nothing off."""

    def padded(texts: Any, length: int, fill: str = " ") -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        if len(fill) != 1 or not 0 <= length <= MAX_LENGTH:
            rows = [row(text, length, fill) for text in texts.to_pylist()]
            return pa.array(rows, type=pa.large_string())
        cut = pc.utf8_slice_codeunits(texts, 0, length)
        return getattr(pc, arrow_name)(cut, width=length, padding=fill)

    return padded


def _overlay(text: str, new: str, start: int, length: int | None = None) -> str:
    if start < 1:
        raise DataError(f"negative substring length not allowed: overlay begins at {start}, not 1")
    end = start - 1 + (len(new) if length is None else length)
    return text[: start - 1] + new + text[max(end, 0) :]


_ESCAPE = re.compile(
    r"\\(?:(?P<backslash>\\)|u?(?P<short>[0-9a-fA-F]{4})|\+(?P<middle>[0-9a-fA-F]{6})"
    r"|U(?P<long>[0-9a-fA-F]{8})|(?P<wrong>))"
)


def _unistr(text: str) -> str:
    def character(escape: re.Match[str]) -> str:
        if escape["backslash"]:
            return "\\"
        if escape["wrong"] is not None:
            raise DataError(
                "invalid Unicode escape: write it as \\XXXX, \\+XXXXXX, \\uXXXX or \\UXXXXXXXX"
            )
        return _chr(int(escape["short"] or escape["middle"] or escape["long"], 16))

    return _ESCAPE.sub(character, text)


def _is_ascii(texts: Any) -> bool:
    """Arrow is many times faster on texts that are."""
    _, offsets, data = texts.buffers()
    if data is None:
        return True
    ends = np.frombuffer(offsets, dtype=np.int64)[[texts.offset, texts.offset + len(texts)]]
    memory = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[1]]
    return not len(memory) or bool(memory.max() < 128)


def _lower(texts: Any) -> Any:
    import pyarrow.compute as pc

    return pc.ascii_lower(texts) if _is_ascii(texts) else pc.utf8_lower(texts)


def _upper(texts: Any) -> Any:
    """Arrow knows a capital ß, which PostgreSQL leaves as it is."""
    import pyarrow.compute as pc

    if _is_ascii(texts):
        return pc.ascii_upper(texts)
    if not contains(texts, "ß").any():
        return pc.utf8_upper(texts)
    upper = pc.utf8_upper(pc.replace_substring(texts, "ß", "\0"))
    return pc.replace_substring(upper, "\0", "ß")


def _initcap(text: str) -> str:
    return re.sub(r"[^\W_]+", lambda word: word[0][0].upper() + word[0][1:].lower(), text)


def _chr(code: int) -> str:
    if code == 0:
        raise DataError("null character not permitted")
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        raise DataError(f"chr({code}) is no character")
    return chr(code)


# --- types and table ---------------------------------------------------------------------------


_TEXT = fixed(VARCHAR, result=VARCHAR)
_MEASURE = fixed(VARCHAR, result=INTEGER)
_COUNTED = fixed(VARCHAR, INTEGER, result=VARCHAR)
_TRIMMED = fixed(VARCHAR, VARCHAR, result=VARCHAR, optional=1)
_PADDED = fixed(VARCHAR, INTEGER, VARCHAR, result=VARCHAR, optional=1)
_TESTED = fixed(VARCHAR, VARCHAR, result=BOOLEAN)

_btrim = _trim("strip", "utf8_trim")

_LENGTH = Definition(
    ScalarFunction("length", arrow_kernel("utf8_length")),
    _MEASURE,
    "number of characters",
    "length('café')",
)
_STRPOS = Definition(
    ScalarFunction("strpos", _strpos),
    fixed(VARCHAR, VARCHAR, result=INTEGER),
    "where the second text occurs in the first, from 1; 0 if nowhere",
    "strpos('abc', 'b')",
)
_ASCII = Definition(
    ScalarFunction("ascii", text_kernel(lambda text: ord(text[0]) if text else 0)),
    _MEASURE,
    "code point of the first character",
    "ascii('A')",
)
_SUBSTRING = Definition(
    ScalarFunction("substring", text_kernel(_substring, _substring_array), can_fail=True),
    fixed(VARCHAR, INTEGER, INTEGER, result=VARCHAR, optional=1),
    "from a position, counted from 1, as many characters as told; also `substring(s FROM 2 FOR 3)`",
    "substring('abcde', 2, 3)",
)

DEFINITIONS = (
    Definition(
        ScalarFunction("lower", text_kernel(None, _lower)), _TEXT, "in lower case", "lower('ABC')"
    ),
    Definition(
        ScalarFunction("upper", text_kernel(None, _upper)), _TEXT, "in upper case", "upper('abc')"
    ),
    Definition(
        ScalarFunction("reverse", arrow_kernel("utf8_reverse")),
        _TEXT,
        "characters in reverse order",
        "reverse('abc')",
    ),
    Definition(
        ScalarFunction("initcap", text_kernel(_initcap)),
        _TEXT,
        "first letter of every word in upper case",
        "initcap('hello world')",
    ),
    _LENGTH,
    _LENGTH.alias("char_length"),
    _LENGTH.alias("character_length"),
    _LENGTH.alias("len"),
    Definition(
        ScalarFunction("octet_length", arrow_kernel("binary_length")),
        _MEASURE,
        "number of bytes in UTF-8",
        "octet_length('café')",
    ),
    Definition(
        ScalarFunction("bit_length", text_kernel(lambda text: 8 * len(text.encode()))),
        _MEASURE,
        "number of bits in UTF-8",
        "bit_length('café')",
    ),
    _ASCII,
    _ASCII.alias("unicode"),
    Definition(
        ScalarFunction("chr", text_kernel(_chr), can_fail=True),
        fixed(INTEGER, result=VARCHAR),
        "the character of a code point",
        "chr(65)",
    ),
    _SUBSTRING,
    _SUBSTRING.alias("substr"),
    Definition(
        ScalarFunction("left", text_kernel(_left, _left_array)),
        _COUNTED,
        "first n characters; all but the last -n if n < 0",
        "left('abcde', 2)",
    ),
    Definition(
        ScalarFunction("right", text_kernel(_right, _right_array)),
        _COUNTED,
        "last n characters; all but the first -n if n < 0",
        "right('abcde', 2)",
    ),
    Definition(
        ScalarFunction("repeat", text_kernel(_repeat), can_fail=True),
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
        ScalarFunction("lpad", text_kernel(_lpad, _pad_array("utf8_lpad", _lpad)), can_fail=True),
        _PADDED,
        "filled up on the left to n characters, or cut to them",
        "lpad('7', 3, '0')",
    ),
    Definition(
        ScalarFunction("rpad", text_kernel(_rpad, _pad_array("utf8_rpad", _rpad)), can_fail=True),
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
    _STRPOS,
    _STRPOS.alias("instr"),
    *(
        Definition(ScalarFunction(name, kernel), _TESTED, summary, example)
        for name, kernel, summary, example in (
            (
                "starts_with",
                text_kernel(str.startswith, _test_array("starts_with")),
                "whether the first text begins with the second",
                "starts_with('abc', 'ab')",
            ),
            (
                "ends_with",
                text_kernel(str.endswith, _test_array("ends_with")),
                "whether the first text ends with the second",
                "ends_with('abc', 'bc')",
            ),
            (
                "contains",
                text_kernel(lambda text, piece: piece in text, _contains_array),
                "whether the second text is part of the first",
                "contains('abc', 'b')",
            ),
        )
    ),
    Definition(
        ScalarFunction("overlay", text_kernel(_overlay), can_fail=True),
        fixed(VARCHAR, VARCHAR, INTEGER, INTEGER, result=VARCHAR, optional=1),
        "the second text in place of as many characters from a position on; also"
        " `overlay(s PLACING t FROM 2 FOR 3)`",
        "overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4)",
    ),
    Definition(
        ScalarFunction("unistr", text_kernel(_unistr), can_fail=True),
        _TEXT,
        "escapes such as `\\00e9` and `\\U0001f600` replaced by their characters",
        "unistr('caf\\00e9')",
    ),
    Definition(
        ScalarFunction("replace", text_kernel(_replace, _replace_array)),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=VARCHAR),
        "every occurrence replaced",
        "replace('banana', 'an', 'AN')",
    ),
    Definition(
        ScalarFunction("translate", text_kernel(_translate)),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=VARCHAR),
        "each character of the second text replaced by that of the third",
        "translate('12345', '143', 'ax')",
    ),
    Definition(
        ScalarFunction("split_part", text_kernel(_split_part, _split_part_array), can_fail=True),
        fixed(VARCHAR, VARCHAR, INTEGER, result=VARCHAR),
        "the n-th part between delimiters; from the end if n < 0",
        "split_part('a-b-c', '-', 2)",
    ),
)
