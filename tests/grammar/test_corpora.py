"""Queries that others wrote: every one of the standard star-schema and decision-support suites."""

import os
from pathlib import Path

import pytest
from coldb_grammar import parse
from coldb_grammar.ast import Join, NamedTable, Query, Select

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("COLDB_DATA", REPOSITORY.parent / "shared" / "data"))
SSB = sorted((REPOSITORY / "benchmarks" / "ssb" / "queries").glob("*.sql"))


def suite(name):
    files = sorted((DATA / name / "queries").glob("*.sql"))
    absent = pytest.mark.skip(reason=f"no {name} queries in {DATA}")
    return [pytest.param(file, id=file.stem) for file in files] or [
        pytest.param(None, marks=absent)
    ]


def test_all_queries_of_the_star_schema_benchmark_are_here():
    assert len(SSB) == 13


@pytest.mark.parametrize("file", SSB, ids=lambda file: file.stem)
def test_star_schema_benchmark(file):
    (query,) = parse(file.read_text())
    assert isinstance(query, Query)
    assert isinstance(query.body, Select)
    source = query.body.source
    while isinstance(source, Join):
        assert source.kind == "CROSS"
        source = source.left
    assert isinstance(source, NamedTable)


@pytest.mark.parametrize("file", [*suite("tpch"), *suite("tpcds")])
def test_tpc(file):
    assert parse(file.read_text())
