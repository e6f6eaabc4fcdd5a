"""Any statements that change rows leave in a star what they leave in PostgreSQL, or both refuse."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.configurations import CONFIGURATIONS, Coldb
from tests.oracles import Postgres
from tests.properties.changes import changes
from tests.properties.profiles import FEW, MANY
from tests.properties.stars import Star, stars
from tests.sql_engine import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sql_engine import Engine

CONFIGURATION = st.sampled_from(sorted(CONFIGURATIONS))
CHANGES_EACH = 8


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Star, list[str]]:
    star = draw(stars())
    return star, draw(st.lists(changes(star), min_size=1, max_size=CHANGES_EACH))


@FEW
@given(case=_cases(), configuration=CONFIGURATION)
def test_changes(postgres_uri: str, case: tuple[Star, list[str]], configuration: str) -> None:
    _check(postgres_uri, *case, configuration)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(case=_cases(), configuration=CONFIGURATION)
def test_many_changes(postgres_uri: str, case: tuple[Star, list[str]], configuration: str) -> None:
    _check(postgres_uri, *case, configuration)


def _check(postgres_uri: str, star: Star, statements: list[str], configuration: str) -> None:
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(Coldb(CONFIGURATIONS[configuration], Path(scratch))) as coldb,
        closing(Postgres(postgres_uri)) as postgres,
    ):
        for statement in star.statements:
            note(statement)
            coldb.execute(statement)
            postgres.execute(statement)
        for statement in statements:
            note(statement)
            assert _is_done(coldb, statement) == _is_done(postgres, statement), statement
            for question in _questions(star):
                assert _rows(coldb, question) == _rows(postgres, question), statement


def _is_done(engine: Engine, statement: str) -> bool:
    try:
        engine.execute(statement)
    except EngineError as error:
        note(f"{min(engine.names)}: {error}")
        is_bug = "internal error" in str(error)
    else:
        return True
    assert not is_bug
    return False


def _questions(star: Star) -> Iterator[str]:
    """All that is there, and what its statistics, keys and positions say of it."""
    yield "SELECT * FROM f"
    yield "SELECT count(*), count(f_int), min(f_int), max(f_int), min(f_text), max(f_date) FROM f"
    for one in star.dimensions:
        name, meeting = one.name, f"f_{one.name} = {one.key}"
        yield f"SELECT * FROM {name}"
        yield f"SELECT f_id, {name}.* FROM {name} LEFT JOIN f ON {meeting}"
        yield (
            f"SELECT {name}_group, {name}_city, count(*), sum(f_int) FROM f, {name}"
            f" WHERE {meeting} GROUP BY {name}_group, {name}_city"
        )


def _rows(engine: Engine, question: str) -> list[str]:
    result = engine.execute(question)
    assert result is not None
    return sorted(map(str, result.rows))
