"""How a table is fitted into a terminal."""

from __future__ import annotations

from coldb.shell.formats.layout import SEPARATOR_WIDTH, ColumnWidth, fit_columns, head_and_tail
from hypothesis import given
from hypothesis import strategies as st

COLUMNS = st.lists(
    st.builds(
        ColumnWidth,
        name=st.integers(0, 60),
        values=st.integers(0, 60),
        may_cut=st.booleans(),
    ),
    min_size=1,
    max_size=30,
)


def test_what_fits_is_left_alone() -> None:
    columns = [ColumnWidth(5, 20, True), ColumnWidth(3, 10, False)]
    assert fit_columns(columns, 80) == [20, 10]
    assert fit_columns(columns, None) == [20, 10]


def test_long_texts_share_the_room() -> None:
    columns = [ColumnWidth(5, 200, True), ColumnWidth(3, 10, False), ColumnWidth(5, 200, True)]
    assert fit_columns(columns, 80) == [31, 10, 31]


def test_the_middle_is_left_out_first() -> None:
    columns = [ColumnWidth(5, 12, False) for _ in range(9)]
    widths = fit_columns(columns, 80)
    assert widths[0] == widths[-1] == 12
    kept = [at for at, width in enumerate(widths) if width is not None]
    assert kept == [0, 1, 6, 7, 8]


@given(COLUMNS, st.integers(10, 200))
def test_never_wider_than_the_terminal_if_columns_can_go(
    columns: list[ColumnWidth], available: int
) -> None:
    widths = fit_columns(columns, available)
    kept = [width for width in widths if width is not None]
    gap = 1 if None in widths else 0
    total = sum(kept) + gap + SEPARATOR_WIDTH * (len(kept) + gap) - 1
    assert total <= available or len(kept) <= 2
    for column, width in zip(columns, widths, strict=True):
        assert width is None or column.may_cut or width >= column.values


def test_head_and_tail() -> None:
    assert head_and_tail(10, None) == (10, 0)
    assert head_and_tail(10, 10) == (10, 0)
    assert head_and_tail(11, 10) == (5, 5)
    assert head_and_tail(11, 5) == (3, 2)
    assert head_and_tail(11, 1) == (1, 0)
