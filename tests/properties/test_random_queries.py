"""Any query on any star has the answer that DuckDB gives."""

from __future__ import annotations

import math
import tempfile
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.configurations import CONFIGURATIONS, Coldb
from tests.oracles import Duckdb
from tests.properties.profiles import FEW, MANY
from tests.properties.queries import queries
from tests.properties.stars import Star, stars

if TYPE_CHECKING:
    from tests.sql_engine import Engine

CONFIGURATION = st.sampled_from(sorted(CONFIGURATIONS))
QUERIES_EACH = 6  # a star costs more than a query


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Star, list[str]]:
    star = draw(stars())
    return star, draw(st.lists(queries(star), min_size=1, max_size=QUERIES_EACH))


@FEW
@given(_cases(), CONFIGURATION)
def test_queries(case: tuple[Star, list[str]], configuration: str) -> None:
    _check(*case, configuration)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(_cases(), CONFIGURATION)
def test_many_queries(case: tuple[Star, list[str]], configuration: str) -> None:
    _check(*case, configuration)


def _check(star: Star, questions: list[str], configuration: str) -> None:
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(Coldb(CONFIGURATIONS[configuration], Path(scratch))) as coldb,
        closing(Duckdb()) as duckdb,
    ):
        for statement in star.statements:
            note(statement)
            coldb.execute(statement)
            duckdb.execute(statement)
        for question in questions:
            note(question)
            assert _rows(coldb, question) == _rows(duckdb, question)


def _rows(engine: Engine, question: str) -> list[tuple[Any, ...]]:
    result = engine.execute(question)
    assert result is not None
    return [tuple(map(_comparable, row)) for row in result.rows]


def _comparable(value: Any) -> Any:
    """Averages have more digits in one engine than in another; all else is exact."""
    if isinstance(value, float):
        return value if math.isnan(value) else float(f"{value:.10g}")
    if isinstance(value, Decimal) and -value.as_tuple().exponent > 4:
        return float(f"{value:.10g}")
    return value
