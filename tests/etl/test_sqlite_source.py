"""SQLite as a source: pinned types, dirt set aside, one snapshot, hostile names, clear errors."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from coldb_etl.errors import SourceError
from coldb_etl.sources import sqlite as sqlite_source
from coldb_etl.sources.source import BATCH_ROWS
from coldb_etl.sources.sqlite import SqliteSource
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TIMESTAMP,
    VARCHAR,
    Type,
    decimal,
)

from tests.etl.sources import columns, extracted, make_sqlite

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    'quo"te', "apos'trophe", "back`tick", "semi;--", "per%s", ":x", "?", "$1", "]", "new\nline",
    "x" * 10_000, "select", "from", "-x", "a b", " ", "\u202eright", "\u00c4", "*", "q", "/*",
]  # fmt: skip


@pytest.fixture
def opened(tmp_path: Path):
    """Opens the file that `make_sqlite` makes; everything is closed at the end."""
    sources = []

    def open_script(script: str, **tables: list[tuple]) -> SqliteSource:
        path = make_sqlite(tmp_path / "s.sqlite", script, **tables)
        sources.append(SqliteSource(path, {}))
        return sources[-1]

    yield open_script
    for source in sources:
        source.close()


# A value in SQLite, the type wanted, what arrives; None where it is set aside.
VALUES = [
    ("1", INTEGER, 1),
    ("'12'", INTEGER, 12),
    ("' 12 '", INTEGER, 12),
    ("'-0'", INTEGER, 0),
    ("5.0", INTEGER, 5),
    ("'5.0'", INTEGER, 5),
    ("5.5", INTEGER, None),
    ("'abc'", INTEGER, None),
    ("'12abc'", INTEGER, None),
    ("'1e3'", INTEGER, None),
    ("''", INTEGER, None),
    ("x'31'", INTEGER, None),
    ("9223372036854775807", BIGINT, 9223372036854775807),
    ("-9223372036854775808", BIGINT, -9223372036854775808),
    ("9223372036854775808", BIGINT, None),
    ("'9223372036854775808'", BIGINT, None),
    ("1e300", BIGINT, None),
    ("9e999", BIGINT, None),
    ("1.5", DOUBLE, 1.5),
    ("7", DOUBLE, 7.0),
    ("'1.5'", DOUBLE, 1.5),
    ("9007199254740992", DOUBLE, 9007199254740992.0),
    ("9007199254740993", DOUBLE, None),
    ("9e999", DOUBLE, float("inf")),
    ("'nan'", DOUBLE, None),
    ("x'00'", DOUBLE, None),
    ("0.99", decimal(10, 2), 0.99),
    ("'0.99'", decimal(10, 2), 0.99),
    ("'zero'", decimal(10, 2), None),
    ("123456789012345678", decimal(18, 0), "123456789012345678"),
    ("'0.1234567890123456'", decimal(18, 16), "0.1234567890123456"),
    ("0.25", decimal(18, 2), "0.25"),
    ("0.1 + 0.2", decimal(18, 17), "0.30000000000000004"),
    ("'a' || char(0) || 'b'", VARCHAR, "a\0b"),
    ("12", VARCHAR, "12"),
    ("1.5", VARCHAR, "1.5"),
    ("''", VARCHAR, ""),
    ("x'6162'", VARCHAR, None),
    ("CAST(x'61ff' AS TEXT)", VARCHAR, None),
    ("'2024-02-30'", DATE, "2024-02-30"),
    ("'2024-01-31 10:11:12.5'", TIMESTAMP, "2024-01-31 10:11:12.5"),
    ("1", BOOLEAN, "1"),
]


@pytest.mark.parametrize(("sql", "type", "expected"), VALUES)
def test_a_value_arrives_exactly_or_is_set_aside(opened, sql: str, type: Type, expected):
    source = opened("CREATE TABLE t (v)")
    rows, rejected = extracted(source, f"SELECT {sql} AS v", columns(v=type))
    assert len(rows) + len(rejected) == 1
    assert [row["v"] for row in rows] == ([] if expected is None else [expected])
    for row, reason in rejected:
        assert row.keys() == {"v"}
        assert 'column "v"' in reason


@pytest.mark.parametrize("type", [BIGINT, DOUBLE, VARCHAR, DATE, decimal(9, 2), decimal(30, 2)])
def test_null_stays_null_even_where_nothing_else_tells_the_type(opened, type: Type):
    source = opened("CREATE TABLE t (v)", t=[(None,)] * 3)
    assert extracted(source, "t", columns(v=type)) == ([{"v": None}] * 3, [])


def test_dirt_behind_the_first_batch_does_not_end_the_stream(opened):
    count = 2 * BATCH_ROWS + 10
    dirty = {BATCH_ROWS - 2, BATCH_ROWS - 1, BATCH_ROWS, count - 1}
    values = [(i, f"n{i}" if i in dirty else i) for i in range(count)]
    source = opened("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)", t=values)
    rows, rejected = extracted(source, "SELECT * FROM t", columns(id=BIGINT, n=BIGINT))
    assert [row["id"] for row in rows] == [i for i in range(count) if i not in dirty]
    assert all(row["id"] == row["n"] for row in rows)
    assert [row for row, _ in rejected] == [{"id": str(i), "n": f"n{i}"} for i in sorted(dirty)]
    assert rejected[0][1] == f"column \"n\": 'n{BATCH_ROWS - 2}' is no exact BIGINT"
    assert source.count("t") == count


def test_a_reason_may_have_any_characters(opened):
    value = "a\nb\\\"c'\0d"
    source = opened("CREATE TABLE t (n, s)", t=[(value, value)])
    _, [(row, reason)] = extracted(source, "t", columns(n=INTEGER, s=VARCHAR))
    assert row == {"n": value, "s": value}
    assert reason.startswith('column "n": ')
    assert reason.endswith(" is no exact INTEGER")


def test_rows_with_invalid_text_are_set_aside_alone(opened):
    source = opened("CREATE TABLE t (id, s TEXT)", t=[(i, "ok") for i in range(100)])
    query = "SELECT id, CASE WHEN id % 40 = 7 THEN CAST(x'ff41' AS TEXT) ELSE s END AS s FROM t"
    rows, rejected = extracted(source, query, columns(id=INTEGER, s=VARCHAR))
    assert len(rows) == 97
    assert [row for row, _ in rejected] == [{"id": str(i), "s": "\ufffdA"} for i in (7, 47, 87)]
    assert rejected[0][1] == 'column "s": the text is not valid UTF-8'


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(tmp_path: Path, name: str):
    quoted = '"' + name.replace('"', '""') + '"'
    path = make_sqlite(
        tmp_path / "s.sqlite",
        f"CREATE TABLE {quoted} ({quoted} INTEGER, other TEXT)",
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"INSERT INTO {quoted} VALUES (1, ?), ('x', ?)", [name, name])
        connection.commit()
    before = hashlib.sha256(path.read_bytes()).digest()
    with closing(SqliteSource(path, {})) as source:
        wanted = columns(**{name: INTEGER, "other": VARCHAR})
        rows, rejected = extracted(source, f"SELECT * FROM {quoted}", wanted)
    assert rows == [{name: 1, "other": name}]
    assert [row for row, _ in rejected] == [{name: "x", "other": name}]
    assert hashlib.sha256(path.read_bytes()).digest() == before


@pytest.mark.parametrize(
    "value", [*HOSTILE, "", "\0", "a\0", "\r\n", "\u0301", "\U0001f600", "NULL"]
)
def test_hostile_text_arrives_unchanged(opened, value: str):
    source = opened("CREATE TABLE t (v TEXT)", t=[(value,)])
    assert extracted(source, "t", columns(v=VARCHAR)) == ([{"v": value}], [])


def test_any_select_of_the_dialect_is_a_query(opened):
    source = opened("CREATE TABLE t (a INTEGER, b TEXT)", t=[(3, "x"), (1, "y"), (2, "z")])
    queries = [
        "SELECT b, a FROM t ORDER BY a LIMIT 2;",
        "WITH u AS (SELECT * FROM t WHERE a < 3) SELECT A, B FROM u ORDER BY a -- the end",
        "SELECT a, b FROM t WHERE a = 1 UNION ALL SELECT a, b FROM t WHERE a = 2",
        "VALUES (1, 'y'), (2, 'z')",
    ]
    expected = [{"a": 1, "b": "y"}, {"a": 2, "b": "z"}]
    for query in queries[:3]:
        assert extracted(source, query, columns(a=INTEGER, b=VARCHAR)) == (expected, []), query
    assert source.count(queries[3]) == 2


def test_every_query_sees_the_moment_of_opening(tmp_path: Path):
    path = make_sqlite(
        tmp_path / "s.sqlite", "PRAGMA journal_mode = WAL; CREATE TABLE a (v); CREATE TABLE b (v)",
        a=[(1,)], b=[(1,)],
    )  # fmt: skip
    with closing(sqlite3.connect(path)) as writer, closing(SqliteSource(path, {})) as source:
        assert source.count("a") == 1
        with writer:
            writer.execute("INSERT INTO a VALUES (2)")
            writer.execute("INSERT INTO b VALUES (2)")
        assert source.count("b") == 1
        assert extracted(source, "b", columns(v=INTEGER)) == ([{"v": 1}], [])
        with closing(SqliteSource(path, {})) as later:
            assert later.count("b") == 2
            assert later.position() != source.position()


def test_position_changes_with_every_commit(tmp_path: Path):
    path = make_sqlite(tmp_path / "s.sqlite", "CREATE TABLE t (v)", t=[(1,)])
    for mode in ("DELETE", "WAL"):
        with closing(sqlite3.connect(path)) as writer:
            writer.execute(f"PRAGMA journal_mode = {mode}")
            seen = []
            for value in range(5):
                with writer:
                    writer.execute("UPDATE t SET v = ?", [value])
                for _ in range(2):
                    with closing(SqliteSource(path, {})) as source:
                        seen.append(source.position())
            assert [seen[i] == seen[i + 1] for i in range(9)] == [True, False] * 4 + [True]


def test_match_tells_what_is_missing_and_extra(opened):
    source = opened('CREATE TABLE t (Id, Name, extra, "a", "A ")')
    matching = source.match("t", columns(id=INTEGER, name=VARCHAR, colour=VARCHAR))
    assert matching.pairs == {"id": "Id", "name": "Name"}
    assert matching.missing == ("colour",)
    assert matching.extra == ("extra", "a", "A ")
    with pytest.raises(SourceError, match=r'no column "colour"; it has "Id", "Name", "extra"'):
        source.extract("t", columns(id=INTEGER, name=VARCHAR, colour=VARCHAR))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELEC 1", 'near "1": syntax error'),
        ("SELECT 1 AS v; DROP TABLE t", "syntax error"),
        ("DELETE FROM t", "syntax error"),
        ("", "syntax error"),
        ("SELECT abs(-9223372036854775808) AS v", "integer overflow"),
    ],
)
def test_a_bad_query_is_one_clear_line(opened, query: str, message: str):
    source = opened("CREATE TABLE t (v)", t=[(1,)])
    with pytest.raises(SourceError) as caught:
        extracted(source, query, columns(v=INTEGER))
    assert message in str(caught.value)
    assert "s.sqlite" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert source.count("t") == 1


def test_a_query_cannot_write(opened, tmp_path: Path):
    source = opened("CREATE TABLE t (v)", t=[(1,)])
    with pytest.raises(SourceError):
        source._first_value("INSERT INTO t VALUES (2)")
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_what_is_no_sqlite_file_is_refused(tmp_path: Path):
    (tmp_path / "text").write_text("hello " * 1000)
    for path, message in [
        (tmp_path / "text", "file is not a database"),
        (tmp_path / "missing.sqlite", "there is no SQLite file"),
        (tmp_path, "there is no SQLite file"),
    ]:
        with pytest.raises(SourceError, match=message):
            SqliteSource(path, {})


def test_a_path_with_characters_that_mean_something_in_a_uri(tmp_path: Path):
    path = make_sqlite(tmp_path / "a?mode=rwc&b#c%41 d.sqlite", "CREATE TABLE t (v)", t=[(1,)])
    with closing(SqliteSource(path, {})) as source:
        assert source.count("t") == 1


def test_a_table_of_very_many_columns(opened):
    names = [f"c{i}" for i in range(1_500)]
    source = opened(f"CREATE TABLE t ({', '.join(names)})")
    with closing(sqlite3.connect(source._path)) as connection:
        connection.execute(f"INSERT INTO t VALUES ({', '.join(map(str, range(1_500)))})")
        connection.execute(f"INSERT INTO t ({names[-1]}) VALUES ('dirt')")
        connection.commit()
    with closing(SqliteSource(source._path, {})) as source:
        rows, [(row, reason)] = extracted(source, "t", columns(**dict.fromkeys(names, INTEGER)))
    assert rows == [{name: i for i, name in enumerate(names)}]
    assert row == {**dict.fromkeys(names), "c1499": "dirt"}
    assert reason == "column \"c1499\": 'dirt' is no exact INTEGER"


def test_a_locked_file_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_source, "_BUSY_TIMEOUT_MS", 10)
    path = make_sqlite(tmp_path / "s.sqlite", "CREATE TABLE t (v)")
    # In a process of its own: locks of a file do not tell two libraries in one process apart.
    hold = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "connection.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(SourceError, match="database is locked"):
            SqliteSource(path, {})
        other.stdin.close()
    SqliteSource(path, {}).close()


def test_closing_while_a_stream_is_open(opened):
    source = opened("CREATE TABLE t (v)", t=[(i,) for i in range(3 * BATCH_ROWS)])
    pieces = source.extract("t", columns(v=INTEGER)).pieces
    next(pieces)
    source.close()
