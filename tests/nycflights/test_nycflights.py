"""The flights of New York, loaded from files: no row is lost, and questions get true answers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import coldb_etl
import duckdb
import pytest

import coldb
from benchmarks.answers import same_rows
from tests.nycflights.data import write_files

if TYPE_CHECKING:
    from collections.abc import Iterator

Star: TypeAlias = tuple[coldb.Connection, coldb_etl.RunReport]

HERE = Path(__file__).parent
MODEL = (HERE / "model.sql").read_text()
QUESTIONS = sorted((HERE / "questions").glob("*.sql"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("nycflights")
    write_files(directory)
    return directory


@pytest.fixture(scope="module")
def truth(files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The files as they are, queried by DuckDB."""
    with duckdb.connect() as connection:
        connection.execute("SET integer_division = true")
        for path in files.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
        yield connection


@pytest.fixture(scope="module")
def star(files: Path) -> Iterator[Star]:
    with closing(coldb.connect(":memory:", threads=2)) as connection:
        connection.execute(MODEL.replace("__DIR__", str(files)))
        yield connection, coldb_etl.run(connection.warehouse)


def count(connection: duckdb.DuckDBPyConnection | coldb.Connection, query: str) -> int:
    [(value,)] = connection.execute(f"SELECT count(*) FROM {query}").fetchall()
    return int(value)


def test_every_row_is_loaded(star: Star, truth: duckdb.DuckDBPyConnection, files: Path) -> None:
    connection, report = star
    inferred = inferred_rows(truth)
    assert {load.table for load in report.loads} == {path.stem for path in files.iterdir()}
    for load in report.loads:
        rows = count(truth, load.table)
        assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (rows, rows, 0)
        assert count(connection, load.table) == rows + inferred.get(load.table, 0)


def test_missing_keys_are_counted(star: Star, truth: duckdb.DuckDBPyConnection) -> None:
    connection, report = star
    [flights] = [load for load in report.loads if load.table == "flights"]
    unknown = count(truth, "flights WHERE tailnum NOT IN (SELECT tailnum FROM planes)")
    assert flights.keys_unknown == {"tailnum": unknown}
    assert flights.rows_inferred == inferred_rows(truth)
    without_plane = count(truth, "flights WHERE tailnum IS NULL")
    assert count(connection, "flights WHERE tailnum IS NULL") == without_plane + unknown
    assert count(connection, "airports WHERE name IS NULL") == flights.rows_inferred["airports"]


def inferred_rows(truth: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Four airports that flights go to, and hours of which the weather was not kept."""
    airports = "(SELECT DISTINCT dest FROM flights WHERE dest NOT IN (SELECT faa FROM airports))"
    hours = "(SELECT DISTINCT origin, time_hour FROM flights ANTI JOIN weather USING (origin, time_hour))"
    return {"airports": count(truth, airports), "weather": count(truth, hours)}


def test_rejected_rows_are_kept(files: Path, truth: duckdb.DuckDBPyConnection) -> None:
    model = MODEL.replace("__DIR__", str(files)).replace("airports ON MISSING INFER", "airports")
    with closing(coldb.connect(":memory:")) as connection:
        connection.execute(model)
        report = coldb_etl.run(connection.warehouse)
        [flights] = [load for load in report.loads if load.table == "flights"]
        lost = count(truth, "flights WHERE dest NOT IN (SELECT faa FROM airports)")
        assert flights.rows_rejected == lost
        assert flights.rows_loaded + flights.rows_rejected == flights.rows_read
        kept = coldb_etl.rejects(connection.warehouse, "flights")
        assert len(kept) == lost
        assert {reject.table for reject in kept} == {"flights"}
        assert all("dest" in reject.reason for reject in kept)


def test_a_second_run_changes_nothing(
    star: Star,
) -> None:
    connection, first = star
    second = coldb_etl.run(connection.warehouse)
    assert second.is_unchanged
    assert second.version == first.version


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_question(
    path: Path,
    star: Star,
    truth: duckdb.DuckDBPyConnection,
) -> None:
    answer = star[0].execute(path.read_text()).fetchall()
    expected = truth.execute(path.read_text()).fetchall()
    assert expected, "a question without an answer proves nothing"
    assert same_rows(answer, expected, ordered=True), f"{answer[:5]}\n{expected[:5]}"
