"""The demo's shop, its model and its reports, on a small scale."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from coldb.compare.equality import difference
from coldb.compare.rewrite import source_query
from coldb.demo.shop import make_shop
from coldb_etl import RunReport, rejects, run, verify
from coldb_etl.accepted import accepted_tables
from coldb_grammar import split_statements

import coldb

DEMO = Path(coldb.__file__).parent / "demo"
REPORTS = sorted((DEMO / "reports").glob("*.sql"))
LINES = 20_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "shop.sqlite"
    make_shop(path, LINES, seed=3)
    return path


@pytest.fixture(scope="module")
def loaded(shop: Path):
    with coldb.connect(str(shop.with_suffix(".coldb"))) as connection:
        for statement, _ in split_statements((DEMO / "model.sql").read_text()):
            connection.execute(statement)
        yield connection, run(connection.warehouse)


def test_equal_arguments_make_equal_shops(shop: Path, tmp_path: Path):
    heard = []
    make_shop(tmp_path / "same", LINES, 3, lambda *progress: heard.append(progress))
    make_shop(tmp_path / "other", LINES, 4)
    contents = []
    for path in (shop, tmp_path / "same", tmp_path / "other"):
        with closing(sqlite3.connect(path)) as connection:
            contents.append(list(connection.iterdump()))
    assert contents[0] == contents[1] != contents[2]
    assert ("order_lines", LINES, LINES) in heard
    assert list(tmp_path.glob("*.unfinished")) == []


@pytest.mark.parametrize("lines", [1, 2, 1_000])
def test_a_shop_has_as_many_lines_as_asked_for(tmp_path: Path, lines: int):
    make_shop(tmp_path / "shop.sqlite", lines)
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM order_lines").fetchone() == (lines,)


def test_an_interrupt_keeps_the_old_shop(shop: Path, tmp_path: Path):
    (tmp_path / "shop.sqlite").write_text("old")

    def interrupt(table: str, rows: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_shop(tmp_path / "shop.sqlite", LINES, progress=interrupt)
    assert (tmp_path / "shop.sqlite").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_every_row_and_every_dirty_value_is_accounted_for(loaded: tuple):
    connection, report = loaded
    assert isinstance(report, RunReport)
    loads = {load.table: load for load in report.loads}
    assert loads["sales"].rows_read == LINES
    assert loads["sales"].rows_rejected > 0
    assert loads["payments"].rows_rejected > 0
    assert loads["sales"].keys_unknown.keys() == {"product_id", "store_id"}
    assert sum(load.rows_rejected for load in report.loads) == len(rejects(connection.warehouse))
    reasons = " ".join(each.reason for each in rejects(connection.warehouse))
    for word in ('"day"', '"quantity"', '"amount_cents"'):
        assert word in reasons
    assert all(check.is_equal for check in verify(connection.warehouse))


def test_there_are_reports_enough():
    assert len(REPORTS) >= 8


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.stem)
def test_source_and_star_answer_alike_on_what_was_accepted(loaded: tuple, shop: Path, report: Path):
    connection, _ = loaded
    snapshot = connection.warehouse.snapshot()
    sql = report.read_text()
    cursor = connection.execute(sql)
    ours = cursor.fetchall()
    assert ours
    translated = source_query(sql, accepted_tables(snapshot), snapshot.sources)
    with closing(sqlite3.connect(shop)) as source:
        theirs = source.execute(translated.sql).fetchall()
    assert difference([column[1] for column in cursor.description], ours, theirs) is None


@pytest.mark.parametrize("table", ["sales", "payments", "product"])
def test_accepted_tables_hold_the_rows_of_the_star(loaded: tuple, shop: Path, table: str):
    connection, _ = loaded
    snapshot = connection.warehouse.snapshot()
    names = [column.name for column in snapshot.table(table).schema.columns]
    counts = ", ".join(f"count({name})" for name in names)
    query = accepted_tables(snapshot)[table].filling.query
    with closing(sqlite3.connect(shop)) as source:
        theirs = source.execute(f"SELECT count(*), {counts} FROM ({query})").fetchone()
    assert theirs == connection.execute(f"SELECT count(*), {counts} FROM {table}").fetchone()
