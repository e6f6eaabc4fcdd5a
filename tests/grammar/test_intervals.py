"""What the text of an interval means, as in PostgreSQL."""

import pytest
from coldb_grammar import SqlSyntaxError, parse_expression
from coldb_grammar.ast import IntervalLiteral

SECOND = 1_000_000
HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'1 month'", (1, 0, 0)),
        ("'1 year 2 mons -3 days'", (14, -3, 0)),
        ("'1 day 04:05:06.5'", (0, 1, 4 * HOUR + 5 * 60 * SECOND + 6_500_000)),
        ("'3 12:30'", (0, 3, 12 * HOUR + 30 * 60 * SECOND)),
        ("'-01:30:00'", (0, 0, -HOUR - HOUR // 2)),
        ("'1-2'", (14, 0, 0)),
        ("'-1-2'", (-14, 0, 0)),
        ("'2 weeks'", (0, 14, 0)),
        ("'1.5 days'", (0, 1, 12 * HOUR)),
        ("'1.5 months'", (1, 15, 0)),
        ("'1.5 years'", (18, 0, 0)),
        ("'1 decade'", (120, 0, 0)),
        ("'10 milliseconds 5 us'", (0, 0, 10_005)),
        ("'1 day ago'", (0, -1, 0)),
        ("'1h30m'", (0, 0, HOUR + 30 * 60 * SECOND)),
        ("'P1Y2M3DT4H5M6.5S'", (14, 3, 4 * HOUR + 5 * 60 * SECOND + 6_500_000)),
        ("'P2W'", (0, 14, 0)),
        ("'5'", (0, 0, 5 * SECOND)),
        ("'90' DAY", (0, 90, 0)),
        ("'1.5' HOUR", (0, 0, HOUR)),
        ("1.5 HOUR", (0, 0, HOUR + HOUR // 2)),
        ("3 MONTHS", (3, 0, 0)),
        ("0.5 SECOND", (0, 0, SECOND // 2)),
    ],
)
def test_interval(text, expected):
    assert parse_expression(f"INTERVAL {text}") == IntervalLiteral(*expected)


@pytest.mark.parametrize(
    "text",
    [
        "''",
        "'day'",
        "'1 moth'",
        "'1 day x'",
        "'P'",
        "'PT'",
        "'1:2:3:4'",
        "'2 12'",
        "'5 1 day'",
        "'3000000000 months'",
        "'99999999999999999999 years'",
        "'1' FORTNIGHT",
        "5",
    ],
)
def test_no_interval(text):
    with pytest.raises(SqlSyntaxError):
        parse_expression(f"INTERVAL {text}")
