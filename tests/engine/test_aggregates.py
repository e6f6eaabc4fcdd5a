"""Aggregates over many small segments against Python's exact arithmetic and its statistics module."""

from __future__ import annotations

import math
import statistics
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = {"block_rows": 7, "segment_rows": 56}
FEW = settings(max_examples=40, deadline=None, derandomize=True)
LEAST, MOST = -(2**63), 2**63 - 1
DIGITS = Context(prec=200)


@pytest.fixture
def small() -> Iterator[coldb.Connection]:
    with coldb.connect(threads=2, settings=SMALL) as con:
        yield con


def fill(con: coldb.Connection, columns: str, rows: list[tuple[Any, ...]]) -> None:
    con.execute(f"CREATE TABLE t ({columns})")
    if rows:
        places = ", ".join(["?"] * len(rows[0]))
        con.execute(
            f"INSERT INTO t VALUES {', '.join([f'({places})'] * len(rows))}",
            [value for row in rows for value in row],
        )


def one(con: coldb.Connection, items: str) -> tuple[Any, ...]:
    row = con.execute(f"SELECT {items} FROM t").fetchone()
    assert row is not None
    return row


def mean(values: list[Any], digits: int) -> Decimal:
    """The mean with so many digits after the point; halves away from zero."""
    exact = sum(map(Fraction, values)) / len(values)
    quotient = DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return quotient.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, DIGITS)


# --- DISTINCT and FILTER -------------------------------------------------------------------------

GROUPED = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.none() | st.integers(-3, 3),
        st.none() | st.sampled_from(["", "a", "b", "é"]),
        st.none() | st.booleans(),
    ),
    max_size=70,
)


@FEW
@given(GROUPED)
def test_distinct_and_filter(rows: list[tuple[int, int | None, str | None, bool | None]]) -> None:
    items = (
        "count(DISTINCT n), sum(DISTINCT n), avg(DISTINCT n), count(DISTINCT s), count(*) FILTER (WHERE b),"
        " sum(n) FILTER (WHERE b IS NULL), count(DISTINCT s) FILTER (WHERE n > 0),"
        " max(s) FILTER (WHERE NOT b), sum(n), bool_and(b) FILTER (WHERE n = 1), min(DISTINCT n)"
    )

    def expected(members: list[tuple[int, int | None, str | None, bool | None]]) -> tuple[Any, ...]:
        numbers = [n for _, n, _, _ in members if n is not None]
        distinct = set(numbers)
        unknown = [n for _, n, _, b in members if b is None and n is not None]
        ones = [b for _, n, _, b in members if n == 1 and b is not None]
        return (
            len(distinct),
            sum(distinct) if distinct else None,
            mean(list(distinct), 16) if distinct else None,
            len({s for _, _, s, _ in members if s is not None}),
            sum(b is True for *_, b in members),
            sum(unknown) if unknown else None,
            len({s for _, n, s, _ in members if s is not None and n is not None and n > 0}),
            max((s for _, _, s, b in members if s is not None and b is False), default=None),
            sum(numbers) if numbers else None,
            all(ones) if ones else None,
            min(numbers, default=None),
        )

    with coldb.connect(threads=1, settings=SMALL) as con:
        fill(con, "k INTEGER, n INTEGER, s VARCHAR, b BOOLEAN", rows)
        assert one(con, items) == expected(rows)
        found = con.execute(f"SELECT k, {items} FROM t GROUP BY k ORDER BY k").fetchall()
    groups = sorted({row[0] for row in rows})
    assert found == [(k, *expected([row for row in rows if row[0] == k])) for k in groups]


def test_a_filter_that_no_row_passes_keeps_its_group(small: coldb.Connection) -> None:
    fill(small, "k INTEGER, n INTEGER", [(n % 3, n) for n in range(100)])
    query = (
        "SELECT k, count(*) FILTER (WHERE n > 98), sum(n) FILTER (WHERE n > 98) FROM t GROUP BY k"
    )
    assert sorted(small.execute(query).fetchall()) == [(0, 1, 99), (1, 0, None), (2, 0, None)]


def test_distinct_floats_know_one_nan_and_one_zero(small: coldb.Connection) -> None:
    values = [math.nan, 0.0, -0.0, 1.5, None] * 20
    fill(small, "x DOUBLE PRECISION", [(value,) for value in values])
    assert one(small, "count(DISTINCT x), count(x), sum(DISTINCT x) FILTER (WHERE x < 9)") == (
        3, 80, 1.5
    )  # fmt: skip


# --- variance ------------------------------------------------------------------------------------

SPREAD = "var_pop(x), var_samp(x), variance(x), stddev_pop(x), stddev_samp(x), stddev(x)"


def spread(values: list[Any]) -> tuple[float | None, ...]:
    """The six of SPREAD, exactly, by the statistics module."""
    exact = [Fraction(value) for value in values]
    population = float(statistics.pvariance(exact)) if exact else None
    sample = float(statistics.variance(exact)) if len(exact) > 1 else None
    roots = [None if value is None else math.sqrt(value) for value in (population, sample)]
    return (population, sample, sample, roots[0], roots[1], roots[1])


@FEW
@given(
    st.sampled_from([0, 10**6]),
    st.lists(st.tuples(st.integers(0, 1), st.none() | st.integers(-50, 50)), max_size=150),
)
@pytest.mark.parametrize("type_", ["INTEGER", "DECIMAL(12, 2)", "DOUBLE PRECISION"])
def test_variances(type_: str, offset: int, rows: list[tuple[int, int | None]]) -> None:
    """A large offset must not cost digits, as it does where squares are summed."""
    scaled = [(k, None if n is None else _value(type_, offset, n)) for k, n in rows]
    with coldb.connect(threads=1, settings=SMALL) as con:
        fill(con, f"k INTEGER, x {type_}", scaled)
        found = [one(con, SPREAD)]
        groups = con.execute(f"SELECT {SPREAD} FROM t GROUP BY k ORDER BY k").fetchall()
    members = [
        [x for group, x in scaled if group == k and x is not None]
        for k in sorted({k for k, _ in rows})
    ]
    expected = [spread([x for _, x in scaled if x is not None]), *map(spread, members)]
    for row, wanted in zip(found + groups, expected, strict=True):
        for value, exact in zip(row, wanted, strict=True):
            assert value is exact is None or math.isclose(value, exact, rel_tol=1e-9, abs_tol=1e-9)


def _value(type_: str, offset: int, number: int) -> Any:
    match type_:
        case "INTEGER":
            return offset + number
        case "DOUBLE PRECISION":
            return offset + number / 4
        case _:
            return Decimal(offset) + Decimal(number) / 4


# --- sums and averages are exact -----------------------------------------------------------------

EXTREME = st.sampled_from([LEAST, LEAST + 1, -1, 0, 1, 2**53 + 1, MOST - 1, MOST])


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 2), EXTREME | st.integers(LEAST, MOST)), max_size=120),
)
def test_sums_and_averages_of_bigints(rows: list[tuple[int, int]]) -> None:
    def expected(values: list[int]) -> tuple[Decimal | None, Decimal | None]:
        return (Decimal(sum(values)), mean(values, 16)) if values else (None, None)

    with coldb.connect(threads=1, settings=SMALL) as con:
        fill(con, "k INTEGER, n BIGINT", rows)
        assert one(con, "sum(n), avg(n)") == expected([n for _, n in rows])
        found = con.execute("SELECT k, sum(n), avg(n) FROM t GROUP BY k ORDER BY k").fetchall()
    groups = sorted({k for k, _ in rows})
    assert found == [(k, *expected([n for key, n in rows if key == k])) for k in groups]


@FEW
@given(st.lists(st.decimals(-(10**10), 10**10, places=3), min_size=1, max_size=120))
def test_sums_and_averages_of_decimals(values: list[Decimal]) -> None:
    with coldb.connect(threads=1, settings=SMALL) as con:
        fill(con, "x DECIMAL(16, 3)", [(value,) for value in values])
        assert one(con, "sum(x), avg(x)") == (
            sum(values, Decimal(0)), mean(values, 16)
        )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "result"),
    [
        ("SMALLINT", 2**15 - 1, "bigint"),
        ("INTEGER", -(2**31), "bigint"),
        ("BIGINT", MOST, "decimal128(38, 0)"),
        ("BIGINT", LEAST, "decimal128(38, 0)"),
        ("DECIMAL(8, 2)", Decimal("999999.99"), "decimal128(38, 2)"),
    ],
)
def test_sums_are_wider_than_their_arguments(
    small: coldb.Connection, column: str, value: Any, result: str
) -> None:
    fill(small, f"x {column}", [(value,)] * 200)
    found = small.execute("SELECT sum(x) AS s FROM t").arrow()
    assert str(found.schema.field("s").type) == result.replace("bigint", "int64")
    assert found.column("s").to_pylist() == [value * 200]


def test_a_sum_beyond_38_digits_is_an_error(small: coldb.Connection) -> None:
    most = Decimal("9" * 38)
    fill(small, "k INTEGER, x DECIMAL(38, 0)", [(n % 2, most) for n in range(60)])
    for query in ("SELECT sum(x) FROM t", "SELECT k, sum(x) FROM t GROUP BY k"):
        with pytest.raises(coldb.DataError, match="more than 38 digits"):
            small.execute(query).fetchall()
    assert one(small, "sum(x) FILTER (WHERE x < 0), min(x), max(x)") == (None, most, most)


def test_a_total_that_fits_may_pass_through_ones_that_do_not(small: coldb.Connection) -> None:
    most = Decimal("9" * 38)
    fill(small, "x DECIMAL(38, 0)", [(most,)] * 60 + [(most.copy_negate(),)] * 59)
    assert one(small, "sum(x)") == (most,)


def test_a_sum_of_floats_that_overflows_is_an_error(small: coldb.Connection) -> None:
    fill(small, "x DOUBLE PRECISION, r REAL", [(1e308, 3e38)] * 100)
    for item in ("sum(x)", "sum(r)"):
        with pytest.raises(coldb.DataError, match="overflow in sum"):
            one(small, item)
    small.execute("INSERT INTO t VALUES ('Infinity', 'Infinity')")
    assert one(small, "max(x), avg(r)") == (math.inf, math.inf)


# --- nothing to aggregate ------------------------------------------------------------------------

ALL = (
    "count(*), count(n), count(DISTINCT n), sum(n), avg(n), min(n), max(n), min(s), max(s),"
    " bool_and(b), bool_or(b), every(b), var_pop(n), var_samp(n), stddev_pop(n), stddev_samp(n)"
)
COLUMNS = "n INTEGER, s VARCHAR, b BOOLEAN"


@pytest.mark.parametrize("where", ["", " WHERE n > 5", " WHERE FALSE"])
def test_no_rows(small: coldb.Connection, where: str) -> None:
    fill(small, COLUMNS, [(n % 5, "a", True) for n in range(100)] if where else [])
    query = f"SELECT {ALL} FROM t{where}"
    assert small.execute(query).fetchall() == [(0, 0, 0, *[None] * 13)]
    assert small.execute(f"{query} GROUP BY s").fetchall() == []


def test_only_nulls(small: coldb.Connection) -> None:
    fill(small, COLUMNS, [(None, None, None)] * 100)
    expected = (100, 0, 0, *[None] * 13)
    assert one(small, ALL) == expected
    assert small.execute(f"SELECT {ALL} FROM t GROUP BY n, s").fetchall() == [expected]


def test_a_single_value(small: coldb.Connection) -> None:
    fill(small, COLUMNS, [(4, "x", False)])
    four = Decimal("4.0000000000000000")
    assert one(small, ALL) == (
        1, 1, 1, 4, four, 4, 4, "x", "x", False, False, False, 0.0, None, 0.0, None
    )  # fmt: skip


@pytest.mark.parametrize("base", [0, 7, -(2**31), 2**40, -(2**62), 2**62])
@pytest.mark.parametrize("span", [1, 200, 60_000, 2**31])
def test_sums_of_narrow_columns(base: int, span: int) -> None:
    """Values are kept as small integers above a reference, which takes part once for each row."""
    values = [base + n * span // 10 for n in range(11)]
    with coldb.connect(settings={"force_encoding": "plain"}) as con:
        con.execute("CREATE TABLE t (x BIGINT)")
        con.execute(f"INSERT INTO t VALUES {', '.join(f'({value})' for value in values)}")
        (found,) = con.execute("SELECT sum(x), count(x) FROM t").fetchall()
        assert found == (sum(values), len(values))
        wanted = "SELECT sum(x) FROM t WHERE x > (SELECT min(x) FROM t)"
        assert con.execute(wanted).fetchall() == [
            (sum(v for v in values if v > values[0]) or None,)
        ]
