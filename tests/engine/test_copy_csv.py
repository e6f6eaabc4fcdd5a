"""COPY from and to CSV: every option, what must not get lost, and how bad files are told of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def table(con: coldb.Connection) -> coldb.Connection:
    con.execute("CREATE TABLE t (a INTEGER, s VARCHAR, m DECIMAL(8, 2))")
    return con


def loaded(con: coldb.Connection, path: Path, text: str, options: str = "") -> list:
    """The rows of `t` after COPY from a file of that text."""
    path.write_bytes(text.encode())
    con.execute(f"COPY t FROM '{path}' {options}")
    return con.execute("SELECT * FROM t").fetchall()


def written(con: coldb.Connection, path: Path, source: str, options: str = "") -> str:
    con.execute(f"COPY {source} TO '{path}' {options}")
    return path.read_bytes().decode()


# --- from ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "rows"),
    [
        ("1,x,2.50\n2,y,3\n", "", [(1, "x", "2.50"), (2, "y", "3.00")]),
        ("1,x,2.50\r\n2,y,3", "", [(1, "x", "2.50"), (2, "y", "3.00")]),
        ("1,x,2.50\n\n\n", "", [(1, "x", "2.50")]),
        (",,\n", "", [(None, None, None)]),
        ('1,"",\n', "", [(1, "", None)]),
        ('1,"a,b",1\n', "", [(1, "a,b", "1.00")]),
        ('1,"a ""b""",1\n', "", [(1, 'a "b"', "1.00")]),
        ('1,"two\nlines",1\n2,c,2\n', "", [(1, "two\nlines", "1.00"), (2, "c", "2.00")]),
        ("1, é ,1\n", "", [(1, " é ", "1.00")]),
        ("1|x,y|1\n", "(DELIMITER '|')", [(1, "x,y", "1.00")]),
        ("1\tx\t1\n", "(DELIMITER '\t')", [(1, "x", "1.00")]),
        ("1,NA,NA\n", "(NULL 'NA')", [(1, None, None)]),
        ('1,"NA",1\n', "(NULL 'NA')", [(1, "NA", "1.00")]),
        ("1,,1\n", "(NULL 'NA')", [(1, "", "1.00")]),
        ("1,'a,''b',1\n", "(QUOTE '''')", [(1, "a,'b", "1.00")]),
        ('1,"a\\"b\\\\",1\n', "(ESCAPE '\\')", [(1, 'a"b\\', "1.00")]),
        ("a,s,m\n1,x,1\n", "(HEADER true)", [(1, "x", "1.00")]),
        ("m,a,s\n1,2,x\n", "(HEADER true)", [(2, "x", "1.00")]),
        ("m,a,s\n1,2,x\n", "", [(2, "x", "1.00")]),
        ("\ufeffm,a,s\n1,2,x\n", "", [(2, "x", "1.00")]),
        ('"a","s","m"\n1,x,1\n', "(HEADER true)", [(1, "x", "1.00")]),
        ("s,a\nx,1\n", "(HEADER true)", [(1, "x", None)]),
        ("a,s,m\n", "(HEADER true)", []),
        ("", "", []),
        ("", "(HEADER true)", []),
        ("1;x;1\n", "(FORMAT csv, DELIMITER ';', HEADER false, NULL '', QUOTE '\"')", [(1, "x", "1.00")]),
    ],
)  # fmt: skip
def test_reading(
    table: coldb.Connection, tmp_path: Path, text: str, options: str, rows: list
) -> None:
    expected = [(a, s, None if m is None else Decimal(m)) for a, s, m in rows]
    assert loaded(table, tmp_path / "x.csv", text, options) == expected


def test_the_ending_tsv_means_tabs(table: coldb.Connection, tmp_path: Path) -> None:
    assert loaded(table, tmp_path / "x.tsv", "1\ta,b\t2\n") == [(1, "a,b", Decimal("2.00"))]


def test_any_other_ending_means_csv(table: coldb.Connection, tmp_path: Path) -> None:
    assert loaded(table, tmp_path / "x.tbl", "1|a|2\n", "(DELIMITER '|')") == [
        (1, "a", Decimal("2.00"))
    ]


def test_listed_columns(table: coldb.Connection, tmp_path: Path) -> None:
    """By position without a header; with one by name, and other columns of the file do not matter."""
    (tmp_path / "x.csv").write_text("x,1\n")
    table.execute(f"COPY t (s, a) FROM '{tmp_path}/x.csv'")
    (tmp_path / "y.csv").write_text("a,other,s\n2,-,y\n")
    table.execute(f"COPY t (s, a) FROM '{tmp_path}/y.csv' (HEADER true)")
    assert table.execute("SELECT * FROM t ORDER BY a").fetchall() == [
        (1, "x", None),
        (2, "y", None),
    ]


def test_null_in_a_table_of_one_column(con: coldb.Connection, tmp_path: Path) -> None:
    """The NULL of a single column is an empty line."""
    con.execute("CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1), (NULL), (3)")
    con.execute(f"COPY one TO '{tmp_path}/x.csv'")
    con.execute("CREATE TABLE two (a INTEGER)")
    assert con.execute(f"COPY two FROM '{tmp_path}/x.csv'").rowcount == 3
    assert con.execute("SELECT count(*), count(a), sum(a) FROM two").fetchall() == [(3, 2, 4)]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("1,x,1\n2,y\n", "", "line 2 .* has 2 fields where 3 are expected: 2,y"),
        ("1,x,1\n2,y,1,0\n", "", "line 2 .* has 4 fields where 3 are expected"),
        ("1,x\n", "", "line 1 .* has 2 fields"),
        ("1,x,1\n2,y,1\nz,y,1\n", "", 'row 3: column "a": "z" is not an integer'),
        ("1,x,1\n99999999999,y,1\n", "", 'row 2: column "a".*does not fit'),
        ("1,x,1.234\n", "", 'row 1: column "m"'),
        ("1,x,1e30\n", "", 'row 1: column "m"'),
        ('1,"x,1\n', "", "fields where 3|cannot be read"),
        ("a,s,z\n1,x,1\n", "(HEADER true)", 'has a column "z", which table "t" lacks'),
        ("a,a,s\n1,2,x\n", "(HEADER true)", 'column "a" twice'),
    ],
)
def test_bad_files(
    table: coldb.Connection, tmp_path: Path, text: str, options: str, message: str
) -> None:
    table.execute("INSERT INTO t VALUES (0, 'here', 0)")
    with pytest.raises(coldb.DataError, match=message) as caught:
        loaded(table, tmp_path / "x.csv", text, options)
    assert "\n" not in str(caught.value)
    assert table.execute("SELECT a, s FROM t").fetchall() == [(0, "here")]


def test_a_missing_column_that_must_not_be_null(con: coldb.Connection, tmp_path: Path) -> None:
    con.execute("CREATE TABLE t (a INTEGER NOT NULL, s VARCHAR)")
    with pytest.raises(coldb.DataError, match='no column "a", which table "t" needs; it has s'):
        loaded(con, tmp_path / "x.csv", "s\nx\n", "(HEADER true)")


def test_a_listed_column_has_to_be_there(table: coldb.Connection, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,s\n1,x\n")
    with pytest.raises(coldb.DataError, match='no column "m"'):
        table.execute(f"COPY t (a, m) FROM '{tmp_path}/x.csv' (HEADER true)")


def test_bytes_that_are_no_text(table: coldb.Connection, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"1,\xe9,1\n")
    with pytest.raises(coldb.DataError, match=r"x\.csv.*(?i:utf-?8)"):
        table.execute(f"COPY t FROM '{tmp_path}/x.csv'")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("(FORMAT json)", "parquet, arrow and csv, not json"),
        ("(DELIM ',')", "no option DELIM: it has FORMAT, DELIMITER"),
        ("(FORMAT parquet, DELIMITER ',')", "no option DELIMITER: it has FORMAT"),
        ("(HEADER 5)", "HEADER is true or false"),
        ("(DELIMITER '||')", "one ASCII character"),
        ("(DELIMITER '')", "one ASCII character"),
        ("(DELIMITER 'é')", "one ASCII character"),
        ("(QUOTE '\n')", "one ASCII character"),
        ("(NULL 'a\nb')", "one line"),
        ("(DELIMITER '\"')", "another character than QUOTE"),
        ("(DELIMITER ';', QUOTE ';')", "another character than QUOTE"),
    ],
)
def test_wrong_options(table: coldb.Connection, tmp_path: Path, options: str, message: str) -> None:
    for statement in (f"COPY t FROM '{tmp_path}/x.csv'", f"COPY t TO '{tmp_path}/x.csv'"):
        with pytest.raises(coldb.ProgrammingError, match=message):
            table.execute(f"{statement} {options}")
    assert list(tmp_path.iterdir()) == []


def test_many_rows_in_order(con: coldb.Connection, tmp_path: Path) -> None:
    con.execute("CREATE TABLE t (a INTEGER, s VARCHAR)")
    lines = [f'{number},"line\n{number}"' for number in range(20_000)]
    rows = loaded(con, tmp_path / "x.csv", "\n".join(lines))
    assert rows == [(number, f"line\n{number}") for number in range(20_000)]


# --- to ------------------------------------------------------------------------------------------

ROWS = """(SELECT * FROM (VALUES
    (1, 'plain', 1.50, TRUE, DATE '2024-02-29', TIMESTAMP '2024-02-29 01:02:03.5'),
    (2, 'a,b', NULL, FALSE, NULL, NULL),
    (3, '', 0.25, NULL, NULL, NULL),
    (4, NULL, -1.00, NULL, NULL, NULL),
    (5, 'say "hi"', NULL, NULL, NULL, NULL),
    (6, 'two\nlines', NULL, NULL, NULL, NULL),
    (7, 'it''s | NA', NULL, NULL, NULL, NULL)) AS x(a, s, m, b, d, t) ORDER BY a)"""


def test_writing(con: coldb.Connection, tmp_path: Path) -> None:
    assert written(con, tmp_path / "x.csv", ROWS) == (
        "a,s,m,b,d,t\n"
        "1,plain,1.50,true,2024-02-29,2024-02-29 01:02:03.5\n"
        '2,"a,b",,false,,\n'
        '3,"",0.25,,,\n'
        "4,,-1.00,,,\n"
        '5,"say ""hi""",,,,\n'
        '6,"two\nlines",,,,\n'
        "7,it's | NA,,,,\n"
    )


def test_writing_with_every_option(con: coldb.Connection, tmp_path: Path) -> None:
    options = "(HEADER false, DELIMITER '|', NULL 'NA', QUOTE '''', ESCAPE '\\')"
    assert written(con, tmp_path / "x.csv", ROWS, options) == (
        "1|plain|1.50|true|2024-02-29|2024-02-29 01:02:03.5\n"
        "2|a,b|NA|false|NA|NA\n"
        "3||0.25|NA|NA|NA\n"
        "4|NA|-1.00|NA|NA|NA\n"
        '5|say "hi"|NA|NA|NA|NA\n'
        "6|'two\nlines'|NA|NA|NA|NA\n"
        "7|'it\\'s | NA'|NA|NA|NA|NA\n"
    )


def test_a_text_that_looks_like_null_is_quoted(con: coldb.Connection, tmp_path: Path) -> None:
    source = "(SELECT 'NA', NULL, '')"
    assert written(con, tmp_path / "x.csv", source, "(HEADER false, NULL 'NA')") == '"NA",NA,\n'


def test_headers_are_quoted_too(con: coldb.Connection, tmp_path: Path) -> None:
    source = 'SELECT 1 AS "a,b", 2 AS "say ""hi"""'
    assert written(con, tmp_path / "x.csv", f"({source})") == '"a,b","say ""hi"""\n1,2\n'


def test_columns_in_the_order_of_their_list(table: coldb.Connection, tmp_path: Path) -> None:
    table.execute("INSERT INTO t VALUES (1, 'x', 2)")
    assert written(table, tmp_path / "x.csv", "t (m, a)") == "m,a\n2.00,1\n"


def test_a_result_without_rows(table: coldb.Connection, tmp_path: Path) -> None:
    assert written(table, tmp_path / "x.csv", "t") == "a,s,m\n"
    assert written(table, tmp_path / "x.csv", "t", "(HEADER false)") == ""


@pytest.mark.parametrize(
    "options", ["", "(HEADER true)", "(HEADER false, DELIMITER ';', NULL '-', QUOTE '''')"]
)
def test_what_is_written_is_read_back(con: coldb.Connection, tmp_path: Path, options: str) -> None:
    values = ["", "-", "'", '"\'"', ";", ",", "\r\n", " x ", "\\", "\\N", "é\N{SNOWMAN}", None]
    con.execute("CREATE TABLE t (n INTEGER, s VARCHAR)")
    con.cursor().executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(values)))
    con.execute(f"COPY t TO '{tmp_path}/x.csv' {options}")
    con.execute("CREATE TABLE u (n INTEGER, s VARCHAR)")
    con.execute(f"COPY u FROM '{tmp_path}/x.csv' {options}")
    assert con.execute("SELECT s FROM u ORDER BY n").fetchall() == [(value,) for value in values]


def test_lines_that_end_in_a_delimiter(con, tmp_path):
    """As dbgen writes them: the field behind the last delimiter is none, as long as it is empty."""
    con.execute("CREATE TABLE ended (a INTEGER, b VARCHAR)")
    path = tmp_path / "t.tbl"
    path.write_text("1|x|\n2|y|\n")
    con.execute(f"COPY ended FROM '{path}' (FORMAT csv, DELIMITER '|', HEADER false)")
    assert con.execute("SELECT * FROM ended ORDER BY a").fetchall() == [(1, "x"), (2, "y")]
    path.write_text("1|x|\n2|y|z\n")
    with pytest.raises(coldb.DataError, match="3 fields where 2 are expected"):
        con.execute(f"COPY ended FROM '{path}' (DELIMITER '|')")
    assert con.execute("SELECT count(*) FROM ended").fetchall() == [(2,)]


@pytest.mark.parametrize("text", ['1,x\n2,"y\n3,z\n', '1,x\n2,"y', '1,x\n2,"a ""b"" c\n'])
def test_a_quote_that_is_never_closed(con, tmp_path, text):
    con.execute("CREATE TABLE unclosed (a INTEGER, b VARCHAR)")
    path = tmp_path / "u.csv"
    path.write_text(text)
    with pytest.raises(coldb.DataError, match="never closed"):
        con.execute(f"COPY unclosed FROM '{path}'")
    assert con.execute("SELECT count(*) FROM unclosed").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "text", ['1,"y"', '1,"y"\n', '1,""', '1,"a ""q"""\n', '1,5" nail\n', '1,5" nail']
)
def test_quotes_that_are_closed_or_no_quotes(con, tmp_path, text):
    con.execute("CREATE TABLE closed (a INTEGER, b VARCHAR)")
    path = tmp_path / "c.csv"
    path.write_text(text)
    assert con.execute(f"COPY closed FROM '{path}'").rowcount == 1


def test_an_ending_that_tells_no_format(con, tmp_path):
    con.execute("CREATE TABLE told (a INTEGER)")
    with pytest.raises(coldb.ProgrammingError, match=r"add \(FORMAT csv\)"):
        con.execute(f"COPY told TO '{tmp_path}/x.json'")
    assert con.execute(f"COPY told TO '{tmp_path}/x.json' (FORMAT csv)").rowcount == 0
