"""Queries whose LIMIT cuts between equal rows: which answers are right."""

from __future__ import annotations

import pytest

from benchmarks.complete import Complete, complete

EVERYTHING = [("a", 1, 10), ("b", 1, 10), ("c", 2, 20), ("d", 2, 20), ("e", 3, 30)]
BY_HIDDEN = Complete("", keys=(-1,), hidden=1, limit=3)


@pytest.mark.parametrize(
    ("rows", "right"),
    [
        ([("a", 1), ("b", 1), ("c", 2)], True),
        ([("b", 1), ("a", 1), ("d", 2)], True),
        ([("a", 1), ("c", 2), ("b", 1)], False),
        ([("a", 1), ("b", 1), ("e", 3)], False),
        ([("a", 1), ("a", 1), ("c", 2)], False),
        ([("a", 1), ("b", 1)], False),
        ([("a", 1), ("b", 1), ("c", 2), ("d", 2)], False),
    ],
)
def test_rows_that_tie_are_interchangeable(rows: list[tuple[str, int]], right: bool) -> None:
    assert BY_HIDDEN.allows(rows, EVERYTHING) is right


def test_of_the_last_group_no_row_comes_twice() -> None:
    assert not Complete("", (0,), 0, 2).allows([(1, "a"), (1, "a")], [(1, c) for c in "abc"])
    assert Complete("", (0,), 0, 2).allows([(1, "a"), (1, "c")], [(1, c) for c in "abc"])


def test_without_order_every_order_is_right() -> None:
    assert Complete("", (), 0, None).allows([(2,), (1,)], [(1,), (2,)])
    assert not Complete("", (), 0, None).allows([(2,), (2,)], [(1,), (2,)])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT a, b FROM t ORDER BY b, a LIMIT 7;",
            ("SELECT a, b FROM t ORDER BY b, a ", (1, 0), 7),
        ),
        ("SELECT a FROM t", ("SELECT a FROM t", (), None)),
        (
            "SELECT sum(a) AS s FROM t GROUP BY b ORDER BY b DESC, s limit 1",
            ("SELECT sum(a) AS s, b FROM t GROUP BY b ORDER BY b DESC, s ", (-1, 0), 1),
        ),
        ("SELECT * FROM t ORDER BY 2, c", ("SELECT *, c FROM t ORDER BY 2, c", (1, -1), None)),
    ],
)
def test_what_sorts_is_added(sql: str, expected: tuple[str, tuple[int, ...], int | None]) -> None:
    whole = complete(sql)
    assert (whole.sql, whole.keys, whole.limit) == expected
    assert whole.hidden == sum(key < 0 for key in whole.keys)
