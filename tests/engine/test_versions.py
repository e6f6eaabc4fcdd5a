"""Queries do not keep versions longer than they need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import coldb

if TYPE_CHECKING:
    from pathlib import Path


def kept(connection: coldb.Connection) -> list[int]:
    return [version.number for version in connection.warehouse.versions()]


def test_a_connection_that_goes_on_asking_holds_one_version(tmp_path: Path) -> None:
    with coldb.connect(tmp_path / "db") as writer, coldb.connect(tmp_path / "db") as reader:
        writer.execute("CREATE TABLE t (a INTEGER)")
        writer.execute("SET RETENTION 1 VERSIONS")
        for number in range(1, 8):
            writer.execute("INSERT INTO t VALUES (?)", [number])
            asked = f"SELECT count(*), {number} FROM t"
            assert reader.execute(asked).fetchall() == [(number, number)]
            assert writer.execute(asked).fetchall() == [(number, number)]
        assert len(kept(writer)) <= 2  # the newest, and the one before until somebody writes
        writer.execute("VACUUM")
        assert kept(writer) == [10]


def test_a_query_that_is_read_holds_its_version(tmp_path: Path) -> None:
    with coldb.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
        connection.execute("INSERT INTO t VALUES (1)")
        cursor = connection.execute("SELECT a FROM t")
        connection.execute("UPDATE t SET a = 2")
        connection.execute("VACUUM")
        assert kept(connection) == [3, 4]
        assert cursor.fetchall() == [(1,)]
        connection.execute("VACUUM")
        assert cursor.fetchall() == []
        del cursor
        connection.execute("VACUUM")
        assert kept(connection) == [4]
