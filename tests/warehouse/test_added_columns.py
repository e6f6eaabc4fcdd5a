"""Columns that were added later are updated and optimized like others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from coldb_warehouse import check

import coldb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("dictionary", [None, True, False])
@pytest.mark.parametrize("default", ["", " DEFAULT 'x'"])
def test_text(tmp_path: Path, dictionary: bool | None, default: str) -> None:
    settings = {"block_rows": 7, "segment_rows": 20, "sync": False, "force_dictionary": dictionary}
    initial = "x" if default else None
    expected: dict[int, Any] = dict.fromkeys(range(50), initial)
    with coldb.connect(str(tmp_path / "w"), settings=settings) as connection:
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
        connection.execute(f"INSERT INTO t VALUES {', '.join(f'({a})' for a in expected)}")
        connection.execute(f"ALTER TABLE t ADD COLUMN s VARCHAR{default}")
        connection.execute("UPDATE t SET s = 'w' WHERE a IN (3, 45)")
        expected[3] = expected[45] = "w"
        assert dict(connection.execute("SELECT a, s FROM t").fetchall()) == expected
        connection.execute("INSERT INTO t (a) VALUES (100)")
        connection.execute("UPDATE t SET s = 'y' || a WHERE a < 3")
        expected |= {100: initial, 0: "y0", 1: "y1", 2: "y2"}
        assert dict(connection.execute("SELECT a, s FROM t").fetchall()) == expected
        assert check(tmp_path / "w").problems == ()
        connection.execute("DELETE FROM t WHERE a BETWEEN 30 AND 33")
        connection.execute("OPTIMIZE t")
        connection.execute("INSERT INTO t (a) VALUES (200)")
        expected = {a: s for a, s in expected.items() if not 30 <= a <= 33} | {200: initial}
        assert dict(connection.execute("SELECT a, s FROM t").fetchall()) == expected
        counted = connection.execute("SELECT count(*) FROM t WHERE s = 'x'").fetchone()
        assert counted == (sum(s == "x" for s in expected.values()),)
    assert check(tmp_path / "w").problems == ()


def test_numbers(tmp_path: Path) -> None:
    with coldb.connect(str(tmp_path / "w"), settings={"segment_rows": 20}) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
        connection.execute(f"INSERT INTO t VALUES {', '.join(f'({a})' for a in range(50))}")
        connection.execute("ALTER TABLE t ADD COLUMN n DECIMAL(30, 2) DEFAULT 7.5")
        connection.execute("UPDATE t SET n = 1000000000000000000000000.25 WHERE a = 25")
        connection.execute("ALTER TABLE t ALTER COLUMN a TYPE BIGINT")
        connection.execute("UPDATE t SET a = 5000000000 WHERE a = 1")
        for _ in range(2):
            total = connection.execute("SELECT sum(n), sum(a) FROM t").fetchone()
            assert total is not None
            assert str(total[0]) == "1000000000000000000000367.75"
            assert int(total[1]) == sum(range(50)) - 1 + 5_000_000_000
            connection.execute("OPTIMIZE")
    assert check(tmp_path / "w").problems == ()
