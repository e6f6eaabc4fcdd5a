"""The grammar against PostgreSQL itself: reserved words, precedence, intervals."""

import random

import pytest
from coldb_grammar import SqlSyntaxError, parse_expression
from coldb_grammar.intervals import IntervalError, parse_interval
from coldb_grammar.keywords import RESERVED

from tests.grammar.shape import shape

psycopg = pytest.importorskip("psycopg")

NUMBERS = ["1", "2", "3", "0.5", "7", "1::numeric", "2::int"]
SIGNS = ["", "-", "- -", "+"]
ARITHMETIC = [" + ", " - ", " * ", " / ", " % ", " ^ "]
CONDITIONS = [
    "true", "NULL", "1 < 2", "'a' || 1 LIKE 'a' || '1'", "2 BETWEEN 1 AND 1 + 2", "1 IN (1, 2)",
    "1 + 1 NOT IN (3)", "'b' NOT LIKE 'a' || '%'", "1 = 2 IS NULL", "(false)",
    "'ab' ~ 'A' || 'b'", "'ab' !~* 'B'", "'b' !~~ 'a%'", "5 & 3 | 4 = 5", "1 << 2 + 1 > 4", "~ 1 + 1 = -3",
    "5 # 3 >> 1 = 3", "1 = ANY (ARRAY[1, NULL])", "2 < ALL (ARRAY[3, 4])", "(1, 2) < (1, 3)", "1 ISNULL",
    "2 BETWEEN SYMMETRIC 3 AND 1", "NULL NOTNULL", "(ARRAY[1, 2])[2] = 2", "- 2 ^ 2 = 4",
]  # fmt: skip
TESTS = ["", " IS NULL", " IS NOT TRUE", " IS UNKNOWN"]
CONNECTIVES = [" AND ", " OR ", " = ", " <> ", " AND NOT ", " OR NOT ", " IS DISTINCT FROM "]
INTERVALS = [
    "1 month", "1.5 months", "1.3 months", "1.55 years", "1.999 year", "2.7 weeks", "1.5 decades",
    "1 day 04:05:06.5", "3 12:30", "-01:30:00", "-3 days 04:05", "04:05", "1:2:3", "1-2", "-1-2",
    "1 year 2 mons -3 days", "1h30m", "1y2mon", "1 d 2 h 3 m 4 s", "P1Y2M3DT4H5M6.5S", "P2W",
    "P1.5D", "PT1.5H", "P-1D", "5", "1 d 5", "+1 day", "1 century ago", "1 mon 1.5 days ago",
    "10 milliseconds 5 us", "0.1 days", "-1.5 months", "1 quarter", "2 12", "5 1 day", "", "day",
]  # fmt: skip


@pytest.fixture(scope="module")
def postgres(postgres_uri):
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        yield connection


def test_reserved_words(postgres):
    rows = postgres.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")
    assert {word.upper() for (word,) in rows} | {"BETWEEN"} == RESERVED


def answer(postgres, expression):
    """The value, the name of the error, or None where the expression is no SQL."""
    try:
        (value,) = postgres.execute(f"SELECT {expression}").fetchone()
    except psycopg.errors.SyntaxError:
        return None
    except psycopg.Error as error:
        return type(error).__name__
    return type(value), value


def joined(dice, terms, connectives):
    text = terms[0]
    for term in terms[1:]:
        text += dice.choice(connectives) + term
    return text


def random_expressions():
    dice = random.Random(5)
    for length in range(1, 6):
        for _ in range(50):
            terms = [dice.choice(SIGNS) + dice.choice(NUMBERS) for _ in range(length)]
            yield joined(dice, terms, ARITHMETIC)
            terms = [dice.choice(CONDITIONS) + dice.choice(TESTS) for _ in range(length)]
            yield joined(dice, terms, CONNECTIVES)


def test_precedence(postgres):
    """What we read, written out with every parenthesis, is what PostgreSQL reads."""
    compared = 0
    for text in random_expressions():
        expected = answer(postgres, text)
        if expected is None:
            with pytest.raises(SqlSyntaxError):
                parse_expression(text)
        else:
            assert answer(postgres, shape(parse_expression(text))) == expected, text
            compared += 1
    assert compared > 300


FIELDS = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "DAY TO MINUTE", "YEAR TO MONTH"]
LENGTHS = [
    "2",
    "1.5",
    "-1 year -8 mons",
    "1 day 26:03:04.5",
    "-3 days -04:05:06.7",
    "20 mons 40 days",
]


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("text", LENGTHS)
def test_intervals_of_some_fields(postgres, text, fields):
    literal = f"INTERVAL '{text}' {fields}"
    found = parse_expression(literal)
    parts = f"make_interval(months => {found.months}, days => {found.days})"
    parts += f" + {found.microseconds} * INTERVAL '1 microsecond'"
    (same,) = postgres.execute(
        f"SELECT extract(epoch FROM {literal}) = extract(epoch FROM {parts})"
    ).fetchone()
    assert same


@pytest.mark.parametrize("text", INTERVALS)
def test_intervals(postgres, text):
    parts = (
        "SELECT 12 * extract(year FROM i) + extract(month FROM i), extract(day FROM i),"
        " (3600 * extract(hour FROM i) + 60 * extract(minute FROM i)) * 1000000"
        " + extract(microseconds FROM i) FROM (SELECT %s::interval) AS t (i)"
    )
    try:
        expected = postgres.execute(parts, (text,)).fetchone()
    except psycopg.errors.DataError:
        expected = None
    try:
        found = parse_interval(text)
    except IntervalError:
        found = None
    assert found == expected
