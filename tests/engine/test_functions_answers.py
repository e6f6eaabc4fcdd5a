"""Scalar expressions: what they are, or how they fail, is what PostgreSQL says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import coldb
from tests.engine.answers import Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = cases()


@pytest.fixture(scope="module")
def connection() -> Iterator[coldb.Connection]:
    with coldb.connect() as connection:
        yield connection


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_answer(connection: coldb.Connection, case: Case) -> None:
    query = f"SELECT CAST({case.expression} AS VARCHAR)"
    if case.error is None:
        assert connection.execute(query).fetchall() == [(case.answer,)]
    else:
        with pytest.raises(coldb.Error) as failure:
            connection.execute(query).fetchall()
        assert str(failure.value).startswith(case.error)


def test_postgres_answers_the_same(postgres_uri: str) -> None:
    import psycopg

    differences = []
    with psycopg.connect(postgres_uri, autocommit=True) as postgres:
        for name, case in CASES:
            try:
                row = postgres.execute(f"SELECT ({case.expression})::text").fetchone()
            except psycopg.Error:
                theirs = "ERROR"
            else:
                theirs = "NULL" if row is None or row[0] is None else row[0]
            ours = "ERROR" if case.error else "NULL" if case.answer is None else case.answer
            if theirs != (case.postgres or ours):
                differences.append((name, case.expression, ours, theirs))
    assert differences == []
