"""A star from which rows were deleted answers as one that never had them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

import coldb
from tests.configurations import SMALL
from tests.properties.profiles import FEW, MANY
from tests.properties.queries import queries
from tests.properties.stars import Star, stars

if TYPE_CHECKING:
    from collections.abc import Collection

QUERIES_EACH = 6


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Star, Star, list[str]]:
    """A star, what is left of it, and queries on that."""
    star = draw(stars())
    facts = tuple(row for row in star.facts if draw(st.booleans()))
    dimensions = []
    needed = {
        dimension.name: {row[1 + number] for row in facts}
        for number, dimension in enumerate(star.dimensions)
    }
    for dimension in reversed(star.dimensions):  # a parent comes before its children
        rows = tuple(
            row for row in dimension.rows if row[0] in needed[dimension.name] or draw(st.booleans())
        )
        if dimension.parent:
            needed[dimension.parent] |= {row[4] for row in rows}
        dimensions.append(replace(dimension, rows=rows))
    left = Star(tuple(reversed(dimensions)), facts, star.order)
    return star, left, draw(st.lists(queries(left), min_size=1, max_size=QUERIES_EACH))


@FEW
@given(_cases())
def test_queries(case: tuple[Star, Star, list[str]]) -> None:
    _check(*case)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(_cases())
def test_many_queries(case: tuple[Star, Star, list[str]]) -> None:
    _check(*case)


def _check(star: Star, left: Star, questions: list[str]) -> None:
    with closing(_loaded(star)) as thinned, closing(_loaded(left)) as fresh:
        _keep(thinned, "f", "f_id", {row[0] for row in left.facts})
        for dimension in reversed(left.dimensions):
            _keep(thinned, dimension.name, dimension.key, set(dimension.keys))
        for question in questions:
            note(question)
            expected = fresh.execute(question).fetchall()
            assert thinned.execute(question).fetchall() == expected


def _loaded(star: Star) -> coldb.Connection:
    connection = coldb.connect(threads=2, settings=SMALL)
    for statement in star.statements:
        note(statement)
        connection.execute(statement)
    return connection


def _keep(connection: coldb.Connection, table: str, key: str, kept: Collection[int]) -> None:
    """Deletes the rows of all other keys."""
    with connection.warehouse.begin() as transaction:
        stored, _ = transaction.snapshot().table(table).values(key)
        transaction.delete(table, np.flatnonzero(~np.isin(stored, list(kept))))
        transaction.commit()
