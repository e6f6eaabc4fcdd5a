"""Results as Arrow data, and frames of other libraries as tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import coldb

# --- results -------------------------------------------------------------------------------------


def test_types_of_columns(con: coldb.Connection) -> None:
    table = con.execute(
        "SELECT CAST(NULL AS BOOLEAN) AS b, CAST(1 AS SMALLINT) AS s, 1 AS i, CAST(1 AS BIGINT) AS l,"
        " CAST(1.5 AS DECIMAL(7, 2)) AS m, CAST(0.5 AS REAL) AS r, CAST(0.5 AS DOUBLE PRECISION) AS x,"
        " 'é' AS v, DATE '2024-02-29' AS d, TIMESTAMP '2024-02-29 01:02:03' AS t"
    ).arrow()
    assert table.schema.types == [
        pa.bool_(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.decimal128(7, 2),
        pa.float32(),
        pa.float64(),
        pa.large_string(),
        pa.date32(),
        pa.timestamp("us"),
    ]
    assert table.to_pylist() == [
        {
            "b": None,
            "s": 1,
            "i": 1,
            "l": 1,
            "m": Decimal("1.50"),
            "r": 0.5,
            "x": 0.5,
            "v": "é",
            "d": dt.date(2024, 2, 29),
            "t": dt.datetime(2024, 2, 29, 1, 2, 3),
        }
    ]


def test_an_empty_result_has_its_schema(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER NOT NULL, s VARCHAR)")
    table = con.execute("SELECT a, s FROM t").arrow()
    assert table.num_rows == 0
    assert table.schema == pa.schema(
        [pa.field("a", pa.int32(), nullable=False), pa.field("s", pa.large_string())]
    )


def test_record_batches_are_computed_when_asked_for() -> None:
    small = {"block_rows": 7, "segment_rows": 21}
    with coldb.connect(threads=1, settings=small) as con:
        con.execute("CREATE TABLE t (a INTEGER)")
        con.execute("INSERT INTO t VALUES " + ", ".join(f"({number})" for number in range(300)))
        cursor = con.execute("SELECT a FROM t WHERE a <> 1000")
        reader = cursor.fetch_record_batch()
        first = next(iter(reader))
        assert cursor.metrics is not None
        assert first.num_rows <= cursor.metrics.rows_read < 300
        rest = reader.read_all()
    assert pa.concat_tables([pa.Table.from_batches([first]), rest]).column("a").to_pylist() == [
        *range(300)
    ]


def test_an_error_in_the_middle_of_a_stream() -> None:
    small = {"block_rows": 7, "segment_rows": 21}
    with coldb.connect(threads=2, settings=small) as con:
        con.execute("CREATE TABLE t (a INTEGER)")
        con.execute("INSERT INTO t VALUES " + ", ".join(f"({n})" for n in range(300, -1, -1)))
        reader = con.execute("SELECT 1 / a FROM t").fetch_record_batch()
        with pytest.raises(coldb.DataError, match="division by zero"):
            reader.read_all()
        assert con.execute("SELECT count(*) FROM t").fetchone() == (301,)


def test_the_stream_interface(con: coldb.Connection) -> None:
    sql = "SELECT a, a / 2.0 AS half FROM (VALUES (1), (NULL)) AS x(a)"
    expected = {"a": [1, None], "half": [Decimal("0.5"), None]}
    assert pa.table(con.execute(sql)).to_pydict() == expected
    assert pl.DataFrame(con.execute(sql)).to_dict(as_series=False) == expected
    assert pd.DataFrame.from_arrow(con.execute(sql)).shape == (2, 2)


def test_pandas(con: coldb.Connection) -> None:
    frame = con.execute("SELECT 1 AS a, 'x' AS s").df()
    assert isinstance(frame, pd.DataFrame)
    assert frame.to_dict("list") == {"a": [1], "s": ["x"]}


# --- frames --------------------------------------------------------------------------------------

COLUMNS = {"a": [1, 2, None], "s": ["x", None, "y"]}


@pytest.mark.parametrize(
    "frame",
    [
        pa.table(COLUMNS),
        pa.RecordBatch.from_pydict(COLUMNS),
        pa.table(COLUMNS).to_reader(),
        pl.DataFrame(COLUMNS),
        pd.DataFrame({"a": pd.array([1, 2, None], "Int64"), "s": ["x", None, "y"]}),
    ],
    ids=["table", "batch", "reader", "polars", "pandas"],
)
def test_kinds_of_frames(con: coldb.Connection, frame) -> None:
    con.register("frame", frame)
    assert con.execute("SELECT a, s FROM frame").fetchall() == [(1, "x"), (2, None), (None, "y")]


def test_a_cursor_is_a_frame(con: coldb.Connection) -> None:
    con.register("frame", con.execute("SELECT 7 AS n"))
    assert con.execute("SELECT n FROM frame").fetchall() == [(7,)]


def test_a_frame_joins_tables(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER, n INTEGER); INSERT INTO t VALUES (1, 10), (3, 30)")
    con.register("frame", pa.table(COLUMNS))
    cursor = con.execute("SELECT s, sum(n) FROM frame JOIN t USING (a) GROUP BY s")
    assert cursor.fetchall() == [("x", 10)]
    assert con.execute("INSERT INTO t SELECT a, a FROM frame").rowcount == 3


def test_types_of_frames(con: coldb.Connection) -> None:
    con.register(
        "frame",
        pa.table(
            {
                "u": pa.array([255], pa.uint8()),
                "l": pa.array([2**40], pa.int64()),
                "v": pa.array(["x"]).dictionary_encode(),
                "m": pa.array([Decimal("1.50")], pa.decimal128(5, 2)),
                "t": pa.array([dt.datetime(2024, 1, 1)], pa.timestamp("ms")),
                "d": pa.array([dt.date(2024, 1, 1)], pa.date64()),
                "h": pa.array(np.array([0.5], np.float32)),
                "b": pa.array([True]),
            }
        ),
    )
    assert con.execute("SELECT * FROM frame").fetchall() == [
        (255, 2**40, "x", Decimal("1.50"), dt.datetime(2024, 1, 1), dt.date(2024, 1, 1), 0.5, True)
    ]


def test_a_frame_of_many_chunks(con: coldb.Connection) -> None:
    con.register("frame", pa.concat_tables([pa.table({"a": [n]}) for n in range(50)]))
    assert con.execute("SELECT sum(a), count(*) FROM frame WHERE a >= 10").fetchall() == [
        (1180, 40)
    ]


def test_a_frame_without_rows(con: coldb.Connection) -> None:
    con.register("frame", pa.table({"a": pa.array([], pa.int64())}))
    assert con.execute("SELECT count(*), sum(a) FROM frame").fetchall() == [(0, None)]
    assert con.execute("SELECT a FROM frame").fetchall() == []


def test_a_table_wins_over_a_frame(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER)")
    with pytest.raises(coldb.ProgrammingError, match='"t"'):
        con.register("t", pa.table(COLUMNS))
    con.register("later", pa.table(COLUMNS))
    con.execute("CREATE TABLE later (z INTEGER)")
    assert con.execute("SELECT * FROM later").fetchall() == []
    con.execute("DROP TABLE later")
    assert len(con.execute("SELECT * FROM later").fetchall()) == 3


def test_names_of_frames_are_exact(con: coldb.Connection) -> None:
    con.register("My Frame", pa.table({"The A": [1]}))
    assert con.execute('SELECT "The A" FROM "My Frame"').fetchall() == [(1,)]


@pytest.mark.parametrize("statement", ["INSERT INTO frame VALUES (1)", "DROP TABLE frame"])
def test_a_frame_is_for_reading(con: coldb.Connection, statement: str) -> None:
    con.register("frame", pa.table({"a": [1]}))
    with pytest.raises(coldb.ProgrammingError, match="frame"):
        con.execute(statement)


@pytest.mark.parametrize("frame", [[1, 2], {"a": [1]}, None, "x", np.arange(3)])
def test_what_is_no_frame(con: coldb.Connection, frame) -> None:
    with pytest.raises(coldb.InterfaceError, match="cannot register"):
        con.register("frame", frame)


def test_a_column_of_mixed_objects(con: coldb.Connection) -> None:
    with pytest.raises(coldb.InterfaceError, match="no Arrow form"):
        con.register("frame", pd.DataFrame({"a": [1, "x", object()]}))


def test_types_that_are_not_understood(con: coldb.Connection) -> None:
    con.register("frame", pa.table({"a": [[1, 2]]}))
    with pytest.raises(coldb.NotSupportedError, match='"a"'):
        con.execute("SELECT * FROM frame")


def test_unsigned_integers_keep_their_values(con: coldb.Connection) -> None:
    con.register("frame", pa.table({"a": pa.array([2**64 - 1], pa.uint64())}))
    assert con.execute("SELECT a FROM frame").fetchall() == [(Decimal(2**64 - 1),)]


def test_values_that_do_not_fit(con: coldb.Connection) -> None:
    far = pa.array([10**12], pa.timestamp("s"))
    con.register("frame", pa.table({"t": pa.chunked_array([far.cast(pa.timestamp("s"))])}))
    con.register("nanos", pa.table({"t": pa.array([1], pa.timestamp("ns"))}))
    assert con.execute("SELECT extract(year FROM t) FROM frame").fetchall() == [(33658,)]
    with pytest.raises(coldb.DataError, match='"t" of frame "nanos"'):
        con.execute("SELECT t FROM nanos")


def test_unregistering_what_is_not_there(con: coldb.Connection) -> None:
    con.unregister("nothing")
