"""Searching text: LIKE and its kernels agree with Python, across rows, blocks and slices."""

from __future__ import annotations

import random
import re

import pyarrow as pa
import pytest
from coldb.engine.evaluate import evaluate
from coldb.engine.expressions import Constant
from coldb.engine.functions.text import search as text_search
from coldb.engine.functions.text.search import contains
from coldb_warehouse.types import VARCHAR
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.vectors import batch, call, column, context, plain, values_of

WORDS = [
    "special",
    "especial",
    "specia",
    "lspec",
    "",
    "requests",
    "spécial",
    "x" * 40,
    "specspecial",
]


def texts(count: int, share: float) -> list[str]:
    """Texts of which about a share contain `special`; many end or begin with a part of it."""
    randomness = random.Random(count)
    rest = [word for word in WORDS if "special" not in word]
    return [
        " ".join(
            randomness.choice(WORDS if randomness.random() < share else rest) for _ in range(2)
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("block", [16, 100, 1 << 18])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.9])
@pytest.mark.parametrize("needle", ["special", "l spe", "spécial", "ecial r", "x", "absent"])
def test_contains(needle: str, share: float, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_search, "_BLOCK", block)
    values = texts(3_000, share)
    array = pa.array(values, type=pa.large_string())
    assert contains(array, needle).tolist() == [needle in value for value in values]
    part = array[17:2_900]
    assert contains(part, needle).tolist() == [needle in value for value in values[17:2_900]]


def test_a_piece_that_spans_two_texts_is_in_neither() -> None:
    values = ["abspec", "ialcd"] * 2_000
    assert not contains(pa.array(values, type=pa.large_string()), "special").any()


PATTERN_PIECES = st.lists(
    st.sampled_from(["%", "_", "a", "b", "ab", "é", ".", "\\%", "\\_"]), max_size=6
)


@given(
    pieces=PATTERN_PIECES,
    values=st.lists(st.text("abé.%_\n", max_size=6), min_size=1, max_size=20),
    ignore_case=st.booleans(),
)
def test_like_agrees_with_regular_expressions(
    pieces: list[str], values: list[str], ignore_case: bool
) -> None:
    pattern = "".join(pieces)
    if ignore_case:
        pattern = pattern.upper()
    translated = "".join(
        ".*" if piece == "%" else "." if piece == "_" else re.escape(piece.removeprefix("\\"))
        for piece in pieces
    )
    expected = [repr(re.fullmatch(translated, value, re.DOTALL) is not None) for value in values]
    name = "ilike" if ignore_case else "like"
    expression = call(name, column(0, VARCHAR), Constant(pattern, VARCHAR))
    rows = batch(plain(values, VARCHAR))
    assert values_of(evaluate(expression, rows, context()), len(values)) == expected


@pytest.mark.parametrize("pattern", ["%special%requests%", "special%", "%requests", "%spec_al%x%"])
def test_like_on_many_rows(pattern: str) -> None:
    values = texts(5_000, 0.1)
    expression = call("like", column(0, VARCHAR), Constant(pattern, VARCHAR))
    found = values_of(evaluate(expression, batch(plain(values, VARCHAR)), context()), len(values))
    translated = pattern.replace("%", ".*").replace("_", ".")
    assert found == [repr(re.fullmatch(translated, value) is not None) for value in values]
