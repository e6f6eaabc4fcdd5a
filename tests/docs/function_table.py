"""The tables of functions in docs/sql.md: names and arguments from the registry, answers from coldb.

What a function does and an example of it are told here. A function that is told nothing of, or an
entry for one that is no more, is an error.
"""

from __future__ import annotations

import re

from coldb.engine.functions.aggregates import aggregate_names
from coldb.engine.functions.registry import extract_fields, function_names, signatures
from coldb.shell.formats.values import texts_of

import coldb

__all__ = ["with_function_table"]

_FORMS = {  # written like functions, but built by the binder
    "coalesce": ("coalesce(value, ...)", "the first value that is not NULL", "coalesce(NULL, 7)"),
    "nullif": ("nullif(a, b)", "NULL if they are equal, else `a`", "nullif(3, 3)"),
}

_WORDS = frozenset({"current_date", "current_timestamp", "localtimestamp"})  # no parentheses

# What the function does, and an example.
_SCALAR = {
    "abs": ("absolute value", "abs(-2.5)"),
    "acos": ("inverse cosine, in radians", "acos(1)"),
    "age": (
        "difference in years, months, days and time",
        "age(TIMESTAMP '2024-03-01', TIMESTAMP '2023-01-15')",
    ),
    "ascii": ("code point of the first character", "ascii('A')"),
    "asin": ("inverse sine, in radians", "asin(0)"),
    "atan": ("inverse tangent, in radians", "atan(0)"),
    "atan2": ("inverse tangent of `y / x`, in radians", "atan2(0, 1)"),
    "btrim": ("without these characters (a space) at both ends", "btrim('xxaxx', 'x')"),
    "cbrt": ("cube root", "cbrt(27)"),
    "ceil": ("smallest whole number not below", "ceil(2.1)"),
    "ceiling": ("the same as `ceil`", "ceiling(-2.1)"),
    "char_length": ("number of characters", "char_length('café')"),
    "character_length": ("number of characters", "character_length('café')"),
    "chr": ("the character of a code point", "chr(65)"),
    "concat": ("all values as one text; NULL counts as empty", "concat('a', NULL, 1)"),
    "concat_ws": ("values joined by a separator, NULLs left out", "concat_ws('-', 'a', NULL, 1)"),
    "cos": ("cosine of radians", "cos(0)"),
    "current_date": ("today", None),
    "current_timestamp": ("when the statement began, local time", None),
    "date_part": (
        "a field of a timestamp or interval; see EXTRACT",
        "date_part('year', TIMESTAMP '2024-05-06')",
    ),
    "date_trunc": (
        "start of the unit that a timestamp lies in",
        "date_trunc('month', TIMESTAMP '2024-05-06 07:08:09')",
    ),
    "degrees": ("radians to degrees", "degrees(pi())"),
    "exp": ("e raised to the power", "exp(0)"),
    "floor": ("largest whole number not above", "floor(-2.1)"),
    "greatest": ("largest of the values that are not NULL", "greatest(1, NULL, 3)"),
    "initcap": ("first letter of every word in upper case", "initcap('hello world')"),
    "least": ("smallest of the values that are not NULL", "least(1, NULL, 3)"),
    "left": ("first n characters; all but the last -n if n < 0", "left('abcde', 2)"),
    "length": ("number of characters", "length('café')"),
    "ln": ("natural logarithm", "ln(1)"),
    "localtimestamp": ("when the statement began, local time", None),
    "log": ("logarithm to base 10, or `log(base, number)`", "log(2, 8)"),
    "log10": ("logarithm to base 10", "log10(100)"),
    "lower": ("in lower case", "lower('ABC')"),
    "lpad": ("filled up on the left to n characters, or cut to them", "lpad('7', 3, '0')"),
    "ltrim": ("without these characters (a space) on the left", "ltrim('  a ')"),
    "make_date": ("date from year, month, day", "make_date(2024, 5, 6)"),
    "make_timestamp": (
        "timestamp from year, month, day, hour, minute, second",
        "make_timestamp(2024, 5, 6, 7, 8, 9.5)",
    ),
    "md5": ("MD5 as 32 hexadecimal digits", "md5('a')"),
    "mod": ("remainder, with the sign of the dividend", "mod(-7, 3)"),
    "now": ("when the statement began, local time", None),
    "octet_length": ("number of bytes in UTF-8", "octet_length('café')"),
    "pi": ("π", "pi()"),
    "position": (
        "where the first text occurs in the second, from 1; 0 if nowhere",
        "position('b' IN 'abc')",
    ),
    "pow": ("the same as `power`", "pow(2, 10)"),
    "power": ("a raised to the power b; also `a ^ b`", "power(2, 10)"),
    "radians": ("degrees to radians", "radians(180)"),
    "regexp_like": (
        "whether a regular expression (RE2) matches somewhere",
        "regexp_like('abc', 'b.')",
    ),
    "regexp_replace": (
        "the first match replaced; all with the flag `g`; `i` ignores case",
        "regexp_replace('a1b22', '[0-9]+', '#', 'g')",
    ),
    "repeat": ("n times the text", "repeat('ab', 3)"),
    "replace": ("every occurrence replaced", "replace('banana', 'an', 'AN')"),
    "reverse": ("characters in reverse order", "reverse('abc')"),
    "right": ("last n characters; all but the first -n if n < 0", "right('abcde', 2)"),
    "round": (
        "to whole numbers or n decimals: halves away from zero for DECIMAL, to even for DOUBLE",
        "round(2.345, 2)",
    ),
    "rpad": ("filled up on the right to n characters, or cut to them", "rpad('7', 3, '0')"),
    "rtrim": ("without these characters (a space) on the right", "rtrim(' a  ') || '|'"),
    "sign": ("-1, 0 or 1", "sign(-2.5)"),
    "sin": ("sine of radians", "sin(0)"),
    "split_part": (
        "the n-th part between delimiters; from the end if n < 0",
        "split_part('a-b-c', '-', 2)",
    ),
    "sqrt": ("square root", "sqrt(2)"),
    "starts_with": ("whether the first text begins with the second", "starts_with('abc', 'ab')"),
    "statement_timestamp": ("when the statement began, local time", None),
    "strpos": (
        "where the second text occurs in the first, from 1; 0 if nowhere",
        "strpos('abc', 'b')",
    ),
    "substr": ("the same as `substring`", "substr('abcde', 2, 3)"),
    "substring": (
        "from a position, counted from 1, as many characters as told; also `substring(s FROM 2 FOR 3)`",
        "substring('abcde', 2, 3)",
    ),
    "tan": ("tangent of radians", "tan(0)"),
    "to_char": (
        "timestamp as text by a template",
        "to_char(TIMESTAMP '2024-05-06 07:08:09', 'DD.MM.YYYY HH24:MI')",
    ),
    "to_date": ("date from text by a template", "to_date('06.05.2024', 'DD.MM.YYYY')"),
    "to_timestamp": (
        "timestamp from text by a template, or from seconds since 1970",
        "to_timestamp('06.05.2024 07:08', 'DD.MM.YYYY HH24:MI')",
    ),
    "translate": (
        "each character of the second text replaced by that of the third",
        "translate('12345', '143', 'ax')",
    ),
    "trim": ("as `btrim`; also `trim(LEADING 'x' FROM s)`", "trim(BOTH 'x' FROM 'xax')"),
    "trunc": ("towards zero, to whole numbers or n decimals", "trunc(-2.789, 1)"),
    "upper": ("in upper case", "upper('abc')"),
}

# What the aggregate takes and does, and an example over the rows x = 1, 2, 2, NULL.
_AGGREGATE = {
    "avg": ("number", "mean", "avg(x)"),
    "bool_and": ("BOOLEAN", "whether all are true", "bool_and(x > 1)"),
    "bool_or": ("BOOLEAN", "whether any is true", "bool_or(x > 1)"),
    "count": ("\\* or any", "number of rows, or of values that are not NULL", "count(x)"),
    "every": ("BOOLEAN", "the same as `bool_and`", "every(x > 0)"),
    "max": ("number, text, date, timestamp", "largest", "max(x)"),
    "min": ("number, text, date, timestamp", "smallest", "min(x)"),
    "stddev": ("number", "the same as `stddev_samp`", "stddev(x)"),
    "stddev_pop": ("number", "standard deviation of a population", "stddev_pop(x)"),
    "stddev_samp": (
        "number",
        "standard deviation of a sample; NULL for fewer than two",
        "stddev_samp(x)",
    ),
    "sum": ("number", "sum; NULL over nothing", "sum(x)"),
    "var_pop": ("number", "variance of a population", "var_pop(x)"),
    "var_samp": ("number", "variance of a sample; NULL for fewer than two", "var_samp(x)"),
    "variance": ("number", "the same as `var_samp`", "variance(x)"),
}


def with_function_table(text: str) -> str:
    """The page with what stands between the marks of a table made anew; other pages as they are."""
    for name, table in (("functions", _scalar_table), ("aggregates", _aggregate_table)):
        start, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->"
        if start in text:
            body = table()
            text = re.sub(
                f"{re.escape(start)}.*?{re.escape(end)}",
                lambda _, s=start, b=body, e=end: s + b + e,
                text,
                flags=re.DOTALL,
            )
    return text


def _scalar_table() -> str:
    names = set(function_names())
    assert names == set(_SCALAR), f"told and known functions differ: {sorted(names ^ set(_SCALAR))}"
    rows = []
    with coldb.connect() as connection:
        for name, (summary, example) in _SCALAR.items():
            calls = (name,) if name in _WORDS else signatures(name)
            told = ", ".join(f"`{call}`" for call in calls)
            rows.append((name, told, summary, *_answer(connection, example or calls[0], example)))
        for name, (call, summary, example) in _FORMS.items():
            rows.append((name, f"`{call}`", summary, *_answer(connection, example, example)))
    lines = [
        f"| {told} | {summary} | {shown} | {kind} |"
        for _, told, summary, kind, shown in sorted(rows)
    ]
    head = "| function | what | example | its type |\n|---|---|---|---|\n"
    told = ", ".join(f"`{field}`" for field in sorted(extract_fields()))
    return (
        head
        + "\n".join(lines)
        + f"\n\nFields of `EXTRACT(field FROM x)` and `date_part`: {told}.\n"
    )


def _aggregate_table() -> str:
    names = set(aggregate_names())
    assert names == set(_AGGREGATE), (
        f"told and known aggregates differ: {sorted(names ^ set(_AGGREGATE))}"
    )
    lines = [
        "| aggregate | takes | what | over 1, 2, 2, NULL | its type |",
        "|---|---|---|---|---|",
    ]
    with coldb.connect() as connection:
        for name, (takes, summary, example) in _AGGREGATE.items():
            kind, shown = _answer(
                connection, example, example, "FROM (VALUES (1), (2), (2), (NULL)) AS t (x)"
            )
            lines.append(f"| `{name}` | {takes} | {summary} | {shown} | {kind} |")
    return "\n".join(lines) + "\n"


def _answer(
    connection: coldb.Connection, sql: str, example: str | None, source: str = ""
) -> tuple[str, str]:
    """The type of an expression, and the example with its value."""
    cursor = connection.execute(f"SELECT {sql} {source}")
    assert cursor.description is not None
    kind = cursor.description[0][1]
    (text,) = texts_of(cursor.arrow().column(0).combine_chunks())
    shown = "" if example is None else f"`{example}` → `{'NULL' if text is None else text}`"
    return kind, shown.replace("|", "\\|")
