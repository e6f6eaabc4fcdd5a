"""Random tables, and random window calls over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.properties.stars import literal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WindowTable", "window_queries", "window_tables"]

_MOST_ROWS = 60
_VALUES: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "g": ("VARCHAR", st.sampled_from(["a", "b", "", "ä"])),
    "k": ("INTEGER", st.integers(-3, 6)),
    "n": ("BIGINT", st.sampled_from([0, 1, -1, 7, 2**62, -(2**62), 10**9])),
    "d": ("DECIMAL(12, 2)", st.integers(-500, 500)),
    "x": ("DOUBLE PRECISION", st.integers(-64, 64).map(lambda number: number / 8)),
    "f": ("BOOLEAN", st.booleans()),
}


@dataclass(frozen=True)
class WindowTable:
    """Rows in a table t: `id` numbers them, and the other columns have NULLs and repetitions."""

    statements: tuple[str, ...]


@st.composite
def window_tables(draw: st.DrawFn) -> WindowTable:
    """A table of no, few or some rows, which take several segments in some configurations."""
    rows = draw(st.integers(0, _MOST_ROWS))
    columns = [
        draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        for _, values in _VALUES.values()
    ]
    definitions = ", ".join(f"{name} {type_}" for name, (type_, _) in _VALUES.items())
    statements = [f"CREATE TABLE t (id INTEGER, {definitions})"]
    if rows:
        lines = ", ".join(
            f"({number}, {', '.join(map(_literal, row))})"
            for number, row in enumerate(zip(*columns, strict=True))
        )
        statements.append(f"INSERT INTO t VALUES {lines}")
    return WindowTable(tuple(statements))


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return literal(value, "text" if isinstance(value, str) else "int")


def window_queries() -> st.SearchStrategy[str]:
    """A query of some calls, each over a window of its own, in the order of the rows' numbers."""
    calls = st.lists(_calls(), min_size=1, max_size=3)
    return calls.map(lambda items: f"SELECT id, {', '.join(items)} FROM t ORDER BY id")


def _calls() -> st.SearchStrategy[str]:
    return st.one_of(_frame_calls(), _frame_calls(), _place_calls())


@st.composite
def _place_calls(draw: st.DrawFn) -> str:
    """A function that does not look at the frame; where rows are numbered, the order is total."""
    partition, direction = draw(_partitions()), draw(_directions())
    value = draw(st.sampled_from(["k", "g", "x", "n", "d"]))
    steps = draw(st.integers(-2, 3))
    choices: list[Callable[[], str]] = [
        lambda: f"row_number() OVER ({partition} ORDER BY {value}{direction}, id)",
        lambda: f"rank() OVER ({partition} ORDER BY {value}{direction})",
        lambda: f"dense_rank() OVER ({partition} ORDER BY {value}{direction})",
        lambda: f"percent_rank() OVER ({partition} ORDER BY {value}{direction})",
        lambda: f"cume_dist() OVER ({partition} ORDER BY {value}{direction})",
        lambda: f"ntile({abs(steps) + 1}) OVER ({partition} ORDER BY {value}{direction}, id)",
        lambda: f"lag({value}, {steps}) OVER ({partition} ORDER BY k{direction}, id)",
        lambda: f"lead(k, {steps}, id) OVER ({partition} ORDER BY {value}{direction}, id)",
    ]
    return draw(st.sampled_from(choices))()


@st.composite
def _frame_calls(draw: st.DrawFn) -> str:
    """A function of the frame. The order is total where the function can tell rows apart."""
    unit = draw(st.sampled_from(["ROWS", "RANGE", "GROUPS"]))
    picks = draw(st.booleans())
    if picks:
        column = draw(st.sampled_from(["k", "g", "x", "n"]))
        call = draw(
            st.sampled_from([f"first_value({column})", f"last_value({column})"])
            | st.integers(1, 4).map(lambda number: f"nth_value({column}, {number})")
        )
    else:
        call = draw(_aggregates())
    key = draw(st.sampled_from(["k", "x", "d"]))
    order = f"{key}{draw(_directions())}"
    if unit == "ROWS" or (picks and unit == "GROUPS"):
        order = f"{order}, id"
    elif picks:
        order = "id"
    exclude = draw(
        st.sampled_from(["", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"])
    )
    frame = f"{unit} BETWEEN {draw(_bounds())}{exclude}"
    return f"{call} OVER ({draw(_partitions())} ORDER BY {order} {frame})"


def _aggregates() -> st.SearchStrategy[str]:
    plain = [
        "count(*)",
        *(f"{name}({column})" for name in ("count", "sum", "min", "max") for column in "kdx"),
        *(f"{name}(n)" for name in ("count", "sum", "min", "max")),
        *(f"{name}({column})" for name in ("avg", "stddev", "var_pop") for column in "kx"),
        "min(g)",
        "max(g)",
        "bool_and(f)",
        "bool_or(f)",
        "covar_pop(x, k)",
        "bit_xor(k)",
    ]
    filters = st.sampled_from(["", "", " FILTER (WHERE f)", " FILTER (WHERE k > 1)"])
    return st.tuples(st.sampled_from(plain), filters).map("".join)


def _partitions() -> st.SearchStrategy[str]:
    columns = st.sampled_from(["", "g", "f", "g, f", "k"])
    return columns.map(lambda names: f"PARTITION BY {names}" if names else "")


def _directions() -> st.SearchStrategy[str]:
    return st.sampled_from(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])


def _bounds() -> st.SearchStrategy[str]:
    """Two bounds, the second of which does not come before the first."""
    numbers = st.sampled_from([0, 1, 2, 5, 100])
    preceding = numbers.map(lambda number: (-number, f"{number} PRECEDING"))
    following = numbers.map(lambda number: (number, f"{number} FOLLOWING"))
    start = st.one_of(
        st.just((-1000, "UNBOUNDED PRECEDING")), preceding, following, st.just((0, "CURRENT ROW"))
    )
    end = st.one_of(
        st.just((1000, "UNBOUNDED FOLLOWING")), preceding, following, st.just((0, "CURRENT ROW"))
    )
    return (
        st.tuples(start, end).filter(_is_legal).map(lambda pair: f"{pair[0][1]} AND {pair[1][1]}")
    )


def _is_legal(bounds: tuple[tuple[int, str], tuple[int, str]]) -> bool:
    places = {"PRECEDING": 0, "ROW": 1, "FOLLOWING": 2}
    start, end = (places[text.split()[-1]] for _, text in bounds)
    return start <= end
