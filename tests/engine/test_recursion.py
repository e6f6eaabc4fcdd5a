"""What cannot be told in SQL of WITH RECURSIVE and of generated rows."""

from __future__ import annotations

import threading

import pytest

import coldb

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1::BIGINT UNION ALL SELECT n + 1 FROM t) "


def test_a_recursion_without_end_is_cancelled() -> None:
    with coldb.connect() as connection:
        cancel = threading.Timer(0.2, connection.interrupt)
        cancel.start()
        with pytest.raises(coldb.InterruptError):
            connection.execute(ENDLESS + "SELECT count(*) FROM t").fetchall()
        cancel.join()


def test_what_no_round_changes_is_read_once() -> None:
    with coldb.connect() as connection:
        connection.execute(
            "CREATE TABLE h AS SELECT g AS id, g - 1 AS up FROM generate_series(1, 50) g"
        )
        walk = "SELECT id FROM h WHERE up = 0 UNION ALL SELECT h.id FROM h JOIN w ON h.up = w.id"
        query = f"WITH RECURSIVE w AS ({walk}) SELECT count(*) FROM w"
        assert connection.execute(query).fetchall() == [(50,)]
        text = "\n".join(row[0] for row in connection.execute(f"EXPLAIN ANALYZE {query}"))
        assert "rounds 50" in text
        assert "51 rows read" in text  # one by the base, and all of them once for all rounds


def test_a_long_series_is_never_in_memory_as_a_whole() -> None:
    with coldb.connect() as connection:
        cursor = connection.execute("SELECT * FROM generate_series(1, 1000000000000) LIMIT 2")
        assert cursor.fetchall() == [(1,), (2,)]
