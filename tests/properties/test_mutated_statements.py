"""Whatever is asked, the answer is rows or a coldb.Error."""

import contextlib
import os
import random
import threading

import pytest

import coldb
from tests.properties.mutated import mutated, seeds, soup

SEEDS = seeds()
FEW = sorted(SEEDS)[:: max(1, len(SEEDS) // 10)]
SAMPLE, ALL = 2_000, int(os.environ.get("COLDB_MUTATIONS", "100000"))
PATIENCE = 5  # seconds, after which a statement is interrupted


def open_tables(seed):
    connection = coldb.connect(memory_limit="256MB", threads=1)
    for statement in seed.setup:
        with contextlib.suppress(coldb.Error):
            connection.execute(statement)
    return connection


def problem(connection, sql):
    """Runs the statement and undoes what it did. None, or the error that the user is told."""
    timer = threading.Timer(PATIENCE, connection.interrupt)
    timer.start()
    try:
        with contextlib.suppress(coldb.Error):
            connection.execute("BEGIN")
        connection.execute(sql).fetchmany(100)
    except coldb.Error as error:
        return error
    finally:
        timer.cancel()
        with contextlib.suppress(coldb.Error):
            connection.execute("ROLLBACK")
    return None


def survive_many(name, count):
    seed, dice = SEEDS[name], random.Random(name)
    with open_tables(seed) as connection:
        for number in range(count):
            sql = (mutated if number % 5 else soup)(seed, dice)
            error = problem(connection, sql)
            assert not isinstance(error, coldb.InternalError), f"{error}\n{sql}"
            assert str(error).isprintable(), sql


@pytest.mark.parametrize("name", FEW)
def test_mutated_statements(name):
    survive_many(name, SAMPLE // len(FEW))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SEEDS))
def test_many_mutated_statements(name):
    survive_many(name, ALL // len(SEEDS))


@pytest.fixture(scope="module")
def connection():
    with coldb.connect(memory_limit="512MB", threads=1) as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b VARCHAR)")
        connection.execute("INSERT INTO t VALUES (1, 'x'), (2, NULL)")
        yield connection


NUMBERS = range(10_000)
LARGE = {
    "parentheses": ("SELECT " + "(" * 10_000 + "1" + ")" * 10_000, None),
    "sub-queries": ("SELECT " + "(SELECT " * 10_000 + "1" + ")" * 10_000, None),
    "calls": ("SELECT " + "abs(" * 10_000 + "1" + ")" * 10_000, None),
    "NOT": ("SELECT " + "NOT " * 10_000 + "true", None),
    "CASE": ("SELECT " + "CASE WHEN true THEN " * 10_000 + "1" + " END" * 10_000, None),
    "UNION": (" UNION ALL ".join(["SELECT 1"] * 10_000), None),
    "joins": ("SELECT 1 FROM t" + " CROSS JOIN t" * 10_000, None),
    "addition": ("SELECT " + "+".join(["1"] * 10_000), None),
    "deep addition": ("SELECT " + "+".join(["1"] * 150), 150),
    "deep CASE": ("SELECT " + "CASE WHEN true THEN " * 60 + "1" + " END" * 60, 1),
    "deep sub-queries": ("SELECT " + "(SELECT " * 25 + "1" + ")" * 25, 1),
    "literal": (f"SELECT length('{'x' * 1_000_000}')", 1_000_000),
    "bad literal": (f"SELECT CAST('{'x' * 1_000_000}' AS INTEGER)", None),
    "name": (f"SELECT {'x' * 1_000_000} FROM t", None),
    "IN": (f"SELECT count(*) FROM t WHERE a IN ({', '.join(map(str, NUMBERS))})", 2),
    "IN of text": (f"SELECT count(*) FROM t WHERE b IN ({', '.join(f'{n!r}' for n in 'xyz')})", 1),
    "OR": ("SELECT count(*) FROM t WHERE " + " OR ".join(f"a = {n}" for n in NUMBERS), 2),
    "VALUES": (f"SELECT count(*) FROM (VALUES {', '.join(f'({n})' for n in NUMBERS)}) v", 10_000),
    "columns": ("SELECT " + ", ".join(f"a + {n} AS c{n}" for n in range(1_000)) + " FROM t", 1),
    "WITH": (
        "WITH " + ", ".join(f"w{n} AS (SELECT {n} AS a)" for n in range(500)) + " SELECT a FROM w7",
        7,
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_statements(connection, name):
    sql, answer = LARGE[name]
    if answer is None:
        error = problem(connection, sql)
        assert isinstance(error, coldb.Error)
        assert not isinstance(error, coldb.InternalError)
        assert len(str(error)) < 1_100
    else:
        assert connection.execute(sql).fetchone()[0] == answer
