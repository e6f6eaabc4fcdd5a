"""Functions and operators of regular expressions: ~, SIMILAR TO, regexp_replace and their kin.

Whether there is a match is asked of RE2 wherever it knows the pattern, for all texts at once. What
matched, and where, is then asked of Python's engine, once for each distinct text with a match, so
that texts without one never make it try every way of not matching.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.distinct import map_distinct, of_rows
from coldb.engine.functions.text.regular_expressions import RegularExpression, compiled
from coldb.engine.functions.text.similar import similar_pattern
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BOOLEAN, INTEGER, VARCHAR, Type, array_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel

__all__ = ["DEFINITIONS"]


# --- whether there is a match ------------------------------------------------------------------


def _constants(options: list[Vector]) -> list[Any]:
    return [
        option.strings[0].as_py() if option.type.in_arrow else option.values[0].item()
        for option in options
    ]


def _test(expression: Callable[..., RegularExpression], *, negated: bool = False) -> Kernel:
    """A kernel from what makes an expression of the arguments behind the text."""

    def row(text: str, *options: str) -> bool:
        import pyarrow as pa

        found = expression(*options).found_in(pa.array([text], type=pa.large_string()))
        return bool(found[0]) is not negated

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        text, *options = arguments
        if not all(option.constant for option in options):
            return map_distinct(row, arguments, result, rows)
        found = expression(*_constants(options)).found_in(text.strings)
        return Vector(result, ~found if negated else found)

    return kernel


def _ignoring_case(pattern: str) -> RegularExpression:
    return compiled(pattern, "i")


def _similar(pattern: str, escape: str = "\\") -> RegularExpression:
    return compiled(similar_pattern(pattern, escape))


def _like_with_flags(pattern: str, flags: str = "") -> RegularExpression:
    return _once(pattern, flags, "regexp_like")


def _once(pattern: str, flags: str, function: str) -> RegularExpression:
    if "g" in flags:
        raise DataError(f'{function} does not support the "global" option: leave out the flag g')
    return compiled(pattern, flags)


# --- what matched ------------------------------------------------------------------------------


def _of_matches(row: Callable[..., Any], absent: Any, pattern_at: int = 1) -> Kernel:
    """A kernel from a function of one row which is `absent` where the pattern does not match."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        pattern = arguments[pattern_at]
        flags = [each for each in arguments[pattern_at + 1 :] if each.type == VARCHAR]
        if arguments[0].constant or not all(each.constant for each in (pattern, *flags)):
            return map_distinct(row, arguments, result, rows)
        flag_text = "".join(_constants(flags)) if pattern_at == 1 else ""
        expression = compiled(_constants([pattern])[0], flag_text)
        matching = expression.found_in(arguments[0].strings)
        if matching.all():
            return map_distinct(row, arguments, result, rows)
        present = np.flatnonzero(matching)
        return _scattered(row, arguments, result, present, rows, absent)

    return kernel


def _scattered(
    row: Callable[..., Any],
    arguments: tuple[Vector, ...],
    result: Type,
    present: Any,
    rows: int,
    absent: Any,
) -> Vector:
    from coldb.engine.assemble import scattered

    others = np.ones(rows, dtype=np.bool_)
    others[present] = False
    found = map_distinct(row, tuple(each.take(present) for each in arguments), result, len(present))
    nothing = Vector.constant_of(result, absent)
    return scattered([(present, found), (np.flatnonzero(others), nothing)], rows)


def _match(text: str, pattern: str, flags: str = "") -> tuple[str | None, ...] | None:
    found = next(_once(pattern, flags, "regexp_match").matches(text), None)
    return None if found is None else found.groups() or (found[0],)


def _substring(text: str, pattern: str) -> str | None:
    """The first group, or all that matched if there is none."""
    found = next(compiled(pattern).matches(text), None)
    return None if found is None else (*found.groups(), found[0])[0]


def _nth(text: str, pattern: str, start: int, number: int, flags: str, function: str) -> Any:
    """The match of that number from a place on, both counted from one; None if there is none."""
    if start < 1:
        raise DataError(f'invalid value for parameter "start" of {function}: {start}; count from 1')
    if number < 1:
        raise DataError(f'invalid value for parameter "n" of {function}: {number}; count from 1')
    for count, found in enumerate(_once(pattern, flags, function).matches(text, start - 1), 1):
        if count == number:
            return found
    return None


def _part(found: Any, part: int, function: str) -> int | None:
    """The group to take, 0 for all; None if the match has no such group."""
    if part < 0:
        raise DataError(f'invalid value for parameter "subexpr" of {function}: {part}')
    return part if part <= found.re.groups else None


def _regexp_substr(
    text: str, pattern: str, start: int = 1, number: int = 1, flags: str = "", part: int = 0
) -> str | None:
    found = _nth(text, pattern, start, number, flags, "regexp_substr")
    group = None if found is None else _part(found, part, "regexp_substr")
    return None if group is None else found[group]


def _regexp_instr(
    text: str,
    pattern: str,
    start: int = 1,
    number: int = 1,
    end: int = 0,
    flags: str = "",
    part: int = 0,
) -> int:
    if end not in (0, 1):
        raise DataError(f'invalid value for parameter "endoption" of regexp_instr: {end}; 0 or 1')
    found = _nth(text, pattern, start, number, flags, "regexp_instr")
    group = None if found is None else _part(found, part, "regexp_instr")
    if group is None or found.start(group) < 0:
        return 0
    return int(found.end(group) if end else found.start(group)) + 1


def _count(text: str, pattern: str, start: int = 1, flags: str = "") -> int:
    if start < 1:
        raise DataError(
            f'invalid value for parameter "start" of regexp_count: {start}; count from 1'
        )
    return sum(1 for _ in _once(pattern, flags, "regexp_count").matches(text, start - 1))


def _split(text: str, pattern: str, flags: str = "") -> tuple[str, ...]:
    """Empty matches split only between characters."""
    pieces = []
    end = 0
    for found in _once(pattern, flags, "regexp_split_to_array").matches(text):
        if found.start() < len(text) and found.end() > end:
            pieces.append(text[end : found.start()])
            end = found.end()
    return (*pieces, text[end:])


# --- replacing ---------------------------------------------------------------------------------

_REFERENCE = re.compile(r"\\([1-9&\\])", re.DOTALL)


def _replacement(found: re.Match[str], template: str) -> str:
    r"""\1 to \9 are the groups of a match, \& is all of it, \\ is a backslash."""

    def meaning(reference: re.Match[str]) -> str:
        if reference[1] == "\\":
            return "\\"
        if reference[1] == "&":
            return found[0]
        number = int(reference[1])
        return (found[number] or "") if number <= found.re.groups else ""

    return _REFERENCE.sub(meaning, template)


def _replaced(
    text: str, expression: RegularExpression, template: str, start: int, number: int
) -> str:
    """`number` is that of the match to replace, 0 for all."""
    pieces = []
    end = 0
    for count, found in enumerate(expression.matches(text, start), 1):
        if number in (0, count):
            pieces += [text[end : found.start()], _replacement(found, template)]
            end = found.end()
        if count == number:
            break
    return "".join((*pieces, text[end:]))


def _replace(text: str, pattern: str, template: str, flags: str = "") -> str:
    expression = compiled(pattern, flags)
    return _replaced(text, expression, template, 0, 0 if expression.everywhere else 1)


def _replace_from(
    text: str, pattern: str, template: str, start: int, number: int | None = None, flags: str = ""
) -> str:
    if start < 1:
        raise DataError(
            f'invalid value for parameter "start" of regexp_replace: {start}; count from 1'
        )
    if number is not None and number < 0:
        raise DataError(f'invalid value for parameter "n" of regexp_replace: {number}')
    expression = compiled(pattern, flags)
    if number is None:
        number = 0 if expression.everywhere else 1
    return _replaced(text, expression, template, start - 1, number)


def _replace_kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """RE2 for constant patterns that it knows; an empty match would make it go on elsewhere."""
    import pyarrow.compute as pc

    text, *options = arguments
    if not all(option.constant for option in options):
        return map_distinct(_replace, arguments, result, rows)
    pattern, template, *flags = _constants(options)
    expression = compiled(pattern, *flags)
    if expression.re2 is None or expression.backtracking.fullmatch(""):
        return map_distinct(_replace, arguments, result, rows)
    for_re2 = _REFERENCE.sub(
        lambda reference: {"&": r"\0", "\\": r"\\"}.get(reference[1], reference[0]), template
    )
    largest = max((int(digit) for digit in re.findall(r"\\([1-9])", template)), default=0)
    if largest > expression.groups or re.search(r"\\(?![1-9&\\])", template):
        return map_distinct(_replace, arguments, result, rows)
    limit = None if expression.everywhere else 1
    replaced = pc.replace_substring_regex(
        text.strings, expression.re2, for_re2, max_replacements=limit
    )
    return Vector(result, replaced)


# --- table -------------------------------------------------------------------------------------

_TESTED = fixed(VARCHAR, VARCHAR, result=BOOLEAN)


def _operator(symbol: str, kernel: Kernel) -> Definition:
    return Definition(
        ScalarFunction(symbol, kernel, can_fail=True, operator=True),
        _TESTED.described(f"text {symbol} text"),
    )


DEFINITIONS = (
    _operator("~", _test(compiled)),
    _operator("!~", _test(compiled, negated=True)),
    _operator("~*", _test(_ignoring_case)),
    _operator("!~*", _test(_ignoring_case, negated=True)),
    Definition(
        ScalarFunction("similar_to", _test(_similar), can_fail=True),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=BOOLEAN, optional=1),
        "`text SIMILAR TO pattern [ESCAPE c]`: LIKE with `|`, `*`, `+`, `?`, `{m,n}`, `()` and `[]`",
        "similar_to('abc', '%(b|d)%')",
    ),
    Definition(
        ScalarFunction("regexp_like", _test(_like_with_flags), can_fail=True),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=BOOLEAN, optional=1),
        "whether a regular expression matches somewhere; the flag `i` ignores case",
        "regexp_like('abc', 'B.', 'i')",
    ),
    Definition(
        ScalarFunction("regexp_replace", _replace_kernel, can_fail=True),
        fixed(VARCHAR, VARCHAR, VARCHAR, VARCHAR, result=VARCHAR, optional=1),
        "the first match replaced, all with the flag `g`; `\\1` is a group, `\\&` all that matched",
        "regexp_replace('a1b22', '([0-9]+)', '<\\1>', 'g')",
    ),
    Definition(
        ScalarFunction("regexp_replace", of_rows(_replace_from), can_fail=True),
        fixed(VARCHAR, VARCHAR, VARCHAR, INTEGER, INTEGER, VARCHAR, result=VARCHAR, optional=2),
        "the n-th match from a place on replaced, all if n is 0",
        "regexp_replace('a1b2c3', '[0-9]', '#', 1, 2)",
    ),
    Definition(
        ScalarFunction("regexp_match", _of_matches(_match, None), can_fail=True),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=array_of(VARCHAR), optional=1),
        "the groups of the first match, or all of it if there are none; NULL without a match",
        "regexp_match('2024-05', '(\\d+)-(\\d+)')",
    ),
    Definition(
        ScalarFunction("substring", _of_matches(_substring, None), can_fail=True),
        fixed(VARCHAR, VARCHAR, result=VARCHAR),
        "what a regular expression matches, or its first group; also `substring(s FROM pattern)`",
        "substring('order 4711', '\\d+')",
    ),
    Definition(
        ScalarFunction("regexp_substr", _of_matches(_regexp_substr, None), can_fail=True),
        fixed(
            VARCHAR, VARCHAR, INTEGER, INTEGER, VARCHAR, INTEGER, result=VARCHAR, optional=4
        ).described("(text, pattern[, start[, n[, flags[, group]]]])"),
        "the n-th match from a place on, or a group of it; NULL without a match",
        "regexp_substr('a1b22c', '[0-9]+', 1, 2)",
    ),
    Definition(
        ScalarFunction("regexp_instr", _of_matches(_regexp_instr, 0), can_fail=True),
        fixed(
            VARCHAR,
            VARCHAR,
            INTEGER,
            INTEGER,
            INTEGER,
            VARCHAR,
            INTEGER,
            result=INTEGER,
            optional=5,
        ).described("(text, pattern[, start[, n[, endoption[, flags[, group]]]]])"),
        "where the n-th match begins, or with endoption 1 where it has ended; 0 without a match",
        "regexp_instr('a1b22c', '[0-9]+', 1, 2)",
    ),
    Definition(
        ScalarFunction("regexp_count", _of_matches(_count, 0), can_fail=True),
        fixed(VARCHAR, VARCHAR, INTEGER, VARCHAR, result=INTEGER, optional=2),
        "number of matches from a place on",
        "regexp_count('a1b22c', '[0-9]')",
    ),
    Definition(
        ScalarFunction("regexp_split_to_array", of_rows(_split), can_fail=True),
        fixed(VARCHAR, VARCHAR, VARCHAR, result=array_of(VARCHAR), optional=1),
        "the parts between matches",
        "regexp_split_to_array('a, b,c', ',\\s*')",
    ),
)
