"""How windows are planned and computed: what answers alone do not tell."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from coldb.engine.execute.windows import aggregates
from coldb.engine.execute.windows.arrangement import Sections
from coldb.engine.execute.windows.frames import Piece
from coldb.engine.execute.windows.ranges import exact_sums, float_sums, minima
from hypothesis import given
from hypothesis import strategies as st

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def con() -> Iterator[coldb.Connection]:
    with coldb.connect(threads=2, settings={"block_rows": 7, "segment_rows": 21}) as connection:
        connection.execute("CREATE TABLE t (g INTEGER, a INTEGER, b INTEGER, s VARCHAR)")
        connection.execute(
            "INSERT INTO t VALUES "
            + ", ".join(f"({n % 5}, {n * 7 % 40}, {n}, 's{n}')" for n in range(40))
        )
        yield connection


def plan(con: coldb.Connection, query: str) -> list[str]:
    """The lines of the optimized plan."""
    lines = [line for (line,) in con.execute(f"EXPLAIN {query}").fetchall()]
    last = max(number for number, line in enumerate(lines) if line.startswith("-- "))
    return lines[last + 1 :]


# --- plans -------------------------------------------------------------------------------------


def test_orders_that_begin_alike_share_a_sort(con: coldb.Connection) -> None:
    query = (
        "SELECT sum(b) OVER (PARTITION BY g ORDER BY a), rank() OVER (PARTITION BY g ORDER BY a, b),"
        " count(*) OVER (PARTITION BY g) FROM t"
    )
    assert plan(con, query) == [
        "Project: sum, rank, count",
        "└─ Window by g order a, b: sum(b), rank(), count(*)",
        "   └─ Scan: t (g, a, b)",
    ]


def test_other_partitions_and_orders_have_sorts_of_their_own(con: coldb.Connection) -> None:
    query = "SELECT sum(b) OVER (ORDER BY a), sum(b) OVER (ORDER BY a DESC), sum(b) OVER () FROM t"
    assert plan(con, query) == [
        "Project: sum, sum, sum",
        "└─ Window order a DESC: sum(b)",
        "   └─ Window order a: sum(b), sum(b)",
        "      └─ Scan: t (a, b)",
    ]


def test_equal_calls_are_computed_once(con: coldb.Connection) -> None:
    query = "SELECT lag(a) OVER w, lag(a) OVER w + 1 FROM t WINDOW w AS (ORDER BY b)"
    assert plan(con, query)[1] == "└─ Window order b: lag(a)"


def test_the_frame_is_told(con: coldb.Connection) -> None:
    query = (
        "SELECT max(s) FILTER (WHERE a > 3) OVER (ORDER BY a RANGE BETWEEN 2 PRECEDING AND"
        " UNBOUNDED FOLLOWING EXCLUDE TIES), first_value(a) IGNORE NULLS OVER (ORDER BY a ROWS 1 PRECEDING) FROM t"
    )
    assert plan(con, query)[1] == (
        "└─ Window order a: max(s) FILTER (WHERE a > 3) RANGE BETWEEN a - 2 AND UNBOUNDED FOLLOWING"
        " EXCLUDE TIES, first_value(a) IGNORE NULLS ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"
    )


def test_calls_that_nobody_reads_are_not_computed(con: coldb.Connection) -> None:
    query = "SELECT b FROM (SELECT b, rank() OVER (ORDER BY a) AS r FROM t) AS q"
    assert plan(con, query) == ["Project: b", "└─ Project: b", "   └─ Scan: t (b)"]


def test_conditions_on_partitions_go_below(con: coldb.Connection) -> None:
    query = (
        "SELECT b FROM (SELECT g, b, rank() OVER (PARTITION BY g ORDER BY a) AS r FROM t) AS q"
        " WHERE g = 3 AND r = 1 AND b > 2"
    )
    lines = "\n".join(plan(con, query))
    assert "Filter: rank = 1 AND b > 2" in lines
    assert "where g = 3" in lines


@pytest.mark.parametrize(
    ("call", "condition", "most"),
    [
        ("row_number()", "r = 1", 1),
        ("rank()", "r <= 3 AND b > 2", 3),
        ("rank()", "r < 3 AND r < 9", 2),
        ("row_number()", "4 >= r", 4),
        ("rank()", "r > 3", None),
        ("rank()", "r = b", None),
        ("dense_rank()", "r = 1", None),
        ("count(*)", "r = 1", None),
    ],
)
def test_windows_know_how_many_ranks_are_wanted(
    con: coldb.Connection, call: str, condition: str, most: int | None
) -> None:
    query = (
        f"SELECT b FROM (SELECT b, {call} OVER (PARTITION BY g ORDER BY a) AS r FROM t) AS q"
        f" WHERE {condition}"
    )
    told = "" if most is None else f", the first {most}"
    assert f"Window by g order a: {call}{told}\n" in "\n".join(plan(con, query))


def test_windows_that_compute_more_need_all_rows(con: coldb.Connection) -> None:
    window = "OVER (PARTITION BY g ORDER BY a)"
    query = (
        f"SELECT b, total FROM (SELECT b, sum(b) {window} AS total, rank() {window} AS r FROM t)"
        " AS q WHERE r = 1"
    )
    assert "the first" not in "\n".join(plan(con, query))


@pytest.mark.parametrize("most", [0, 1, 2, 7, 8, 9, 100])
@pytest.mark.parametrize("call", ["rank()", "row_number()"])
def test_the_first_ranks_of_many_batches(con: coldb.Connection, call: str, most: int) -> None:
    ranks = f"SELECT b, {call} OVER (PARTITION BY g ORDER BY a / 7, b % 2) AS r FROM t"
    everything = con.execute(f"{ranks} ORDER BY b").fetchall()
    query = f"SELECT b, r FROM ({ranks}) AS q WHERE r <= {most} ORDER BY b"
    assert con.execute(query).fetchall() == [row for row in everything if row[1] <= most]


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("most_rows", [1, 10, 1000])
def test_frames_are_seen_whole_in_any_portions(
    con: coldb.Connection, monkeypatch: pytest.MonkeyPatch, most_rows: int
) -> None:
    monkeypatch.setattr(aggregates, "_MOST_ROWS", most_rows)
    query = (
        "SELECT b, string_agg(s, ',') OVER (PARTITION BY g ORDER BY b ROWS 1 PRECEDING EXCLUDE TIES)"
        " FROM t ORDER BY b"
    )
    expected = [(n, f"s{n}" if n < 5 else f"s{n - 5},s{n}") for n in range(40)]
    assert con.execute(query).fetchall() == expected


def test_windows_are_cancelled() -> None:
    done = threading.Event()
    with coldb.connect(threads=2) as con:
        con.register("frame", pa.table({"a": list(range(30_000))}))

        def interrupt() -> None:
            while not done.wait(0.1):
                con.interrupt()

        other = threading.Thread(target=interrupt)
        other.start()
        try:
            with pytest.raises(coldb.InterruptError):
                con.execute("SELECT array_agg(a) OVER (ORDER BY a) FROM frame").fetchall()
        finally:
            done.set()
            other.join()


# --- ranges ------------------------------------------------------------------------------------


@st.composite
def ranges(draw: st.DrawFn, values: st.SearchStrategy[int]) -> tuple[list[int], Sections, Piece]:
    """Values in partitions, and for each place a range in its partition."""
    numbers = draw(st.lists(values, min_size=1, max_size=40))
    begins = draw(st.lists(st.booleans(), min_size=len(numbers), max_size=len(numbers)))
    sections = Sections(np.array([True, *begins[1:]]))
    running = draw(st.booleans())
    first, ends = [], []
    for place in range(len(numbers)):
        section = sections.ids[place]
        low, high = int(sections.first[section]), int(sections.ends[section])
        start = low if running else draw(st.integers(low, high))
        first.append(start)
        ends.append(draw(st.integers(start, high)))
    return numbers, sections, Piece(np.array(first), np.array(ends))


INTEGERS = st.integers(-5, 5) | st.sampled_from([2**63 - 1, -(2**63), 2**62, 2**32, -(2**31)])


@given(ranges(INTEGERS))
def test_exact_sums(case: tuple[list[int], Sections, Piece]) -> None:
    numbers, _, piece = case
    middle = (piece.first + piece.ends) // 2
    pieces = (Piece(piece.first, middle), Piece(middle, piece.ends))
    sums = exact_sums(np.array(numbers, dtype=np.int64), pieces)
    pairs = zip(piece.first, piece.ends, strict=True)
    assert sums.tolist() == [sum(numbers[first:end]) for first, end in pairs]


@given(ranges(st.integers(-(2**20), 2**20)))
def test_float_sums(case: tuple[list[int], Sections, Piece]) -> None:
    numbers, sections, piece = case
    values = np.array(numbers, dtype=np.float64) / 8
    pairs = zip(piece.first, piece.ends, strict=True)
    expected = [float(values[first:end].sum()) for first, end in pairs]
    assert float_sums(values, (piece,), sections).tolist() == expected


@given(ranges(st.sampled_from([np.inf, -np.inf, np.nan, 1.0])))
def test_float_sums_of_what_is_no_number(case: tuple[list[int], Sections, Piece]) -> None:
    """Infinity outside of a range leaves nothing behind in its sum."""
    numbers, sections, piece = case
    values = np.array(numbers, dtype=np.float64)
    found = float_sums(values, (piece,), sections)
    with np.errstate(invalid="ignore"):
        pairs = zip(piece.first, piece.ends, strict=True)
        expected = [values[first:end].sum() for first, end in pairs]
    np.testing.assert_array_equal(found, expected)


@given(ranges(st.integers(0, 2**20 - 1)))
def test_minima(case: tuple[list[int], Sections, Piece]) -> None:
    numbers, sections, piece = case
    largest = np.iinfo(np.int64).max
    pairs = list(zip(piece.first, piece.ends, strict=True))
    expected = [min(numbers[first:end], default=largest) for first, end in pairs]
    values = np.array(numbers, dtype=np.int64)
    for bits in (20, 62):
        assert minima(values, bits, piece, sections).tolist() == expected
