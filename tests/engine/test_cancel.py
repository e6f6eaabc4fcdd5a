"""interrupt() from another thread: the statement ends soon, and the next one is right."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def numbers() -> Iterator[coldb.Connection]:
    with coldb.connect(threads=2) as con:
        con.register("frame", pa.table({"a": list(range(20_000))}))
        con.execute("CREATE TABLE t (a INTEGER)")
        con.execute("INSERT INTO t SELECT CAST(a AS INTEGER) FROM frame")
        yield con


@pytest.mark.parametrize(
    "endless",
    [
        "SELECT count(*) FROM t x, t y, t z",
        "SELECT max(x.a * y.a % 7) FROM t x JOIN t y ON x.a < y.a JOIN t z ON y.a < z.a",
        "SELECT x.a FROM t x, t y, t z ORDER BY x.a + y.a LIMIT 3",
        "INSERT INTO t SELECT x.a FROM t x, t y, t z",
    ],
)
def test_interrupt(numbers: coldb.Connection, endless: str) -> None:
    done = threading.Event()

    def interrupt() -> None:
        while not done.wait(0.1):
            numbers.interrupt()

    other = threading.Thread(target=interrupt)
    other.start()
    started = time.monotonic()
    try:
        with pytest.raises(coldb.InterruptError, match="cancelled"):
            numbers.execute(endless).fetchall()
    finally:
        done.set()
        other.join()
    assert time.monotonic() - started < 60  # it would run for hours; the machine may be busy
    assert numbers.execute("SELECT count(*), sum(a) FROM t").fetchone() == (20_000, 199_990_000)


def test_interrupting_nothing_spares_the_next_statement(numbers: coldb.Connection) -> None:
    numbers.interrupt()
    assert numbers.execute("SELECT count(*) FROM t").fetchone() == (20_000,)


def test_threads_end_with_their_connection() -> None:
    before = set(threading.enumerate())
    with coldb.connect(threads=4, settings={"block_rows": 7, "segment_rows": 21}) as con:
        con.execute("CREATE TABLE t (a INTEGER)")
        con.execute("INSERT INTO t VALUES " + ", ".join(f"({n})" for n in range(300)))
        assert con.execute("SELECT sum(a + 0) FROM t").fetchone() == (44_850,)
    assert set(threading.enumerate()) <= before
