"""CSV and Parquet files as sources: columns by name, bad lines set aside, changes noticed."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from coldb_etl.errors import ModelError, SourceError
from coldb_etl.sources.csv import CsvSource
from coldb_etl.sources.parquet import ParquetSource
from coldb_warehouse.types import DATE, INTEGER, VARCHAR

from tests.etl.sources import columns, extracted

if TYPE_CHECKING:
    from pathlib import Path

WANTED = columns(id=INTEGER, name=VARCHAR)
ROWS = [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob"}]


def csv_source(path: Path, content: str | bytes, **options: str) -> CsvSource:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return CsvSource(path.parent, options)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("id,name\n1,Ada\n2,Bob\n", {}),
        ("\ufeffname,ID,other\r\nAda,1,x\r\nBob,2,y\r\n", {}),
        ('"id"|"name"\n"1"|Ada\n\n2|"Bob"', {"delimiter": "|"}),
        ("1;Ada\n2;Bob\n", {"delimiter": ";", "header": "false"}),
        ("1\tAda\textra\n2\tBob\t\n", {"delimiter": "\t", "header": "false"}),
    ],
)
def test_csv_columns_are_found(tmp_path: Path, content: str, options: dict[str, str]):
    source = csv_source(tmp_path / "t.csv", content, **options)
    assert extracted(source, "t.csv", WANTED) == (ROWS, [])
    assert source.count("t.csv") == 2


def test_csv_nulls_quotes_and_newlines(tmp_path: Path):
    text = 'id,name\n1,\n2,""\n3,"a ""b""\nc, d"\nNULL,"NULL"\n'
    source = csv_source(tmp_path / "t.csv", text)
    names = ["", None, 'a "b"\nc, d', "NULL"]
    rows, _ = extracted(source, "t.csv", WANTED)
    assert [row["name"] for row in rows] == [None, "", 'a "b"\nc, d', "NULL"]
    rows, _ = extracted(CsvSource(tmp_path, {"null": "NULL"}), "t.csv", WANTED)
    assert [row["id"] for row in rows] == ["1", "2", "3", None]
    assert [row["name"] for row in rows] == ["", "", names[2], "NULL"]


def test_csv_lines_that_do_not_fit_are_set_aside(tmp_path: Path):
    text = b"id,name\n1,Ada\n2\n3,x,y\n4,\xff\n2,Bob\n5,a,b,c"
    source = csv_source(tmp_path / "t.csv", text)
    rows, rejected = extracted(source, "t.csv", WANTED)
    assert rows == ROWS
    assert sorted(rejected, key=lambda each: each[1]) == [
        ({"line": "2"}, "1 fields instead of 2"),
        ({"line": "3,x,y"}, "3 fields instead of 2"),
        ({"line": "5,a,b,c"}, "4 fields instead of 2"),
        ({"id": "4", "name": "\ufffd"}, 'column "name": the text is not valid UTF-8'),
    ]
    assert source.count("t.csv") == 6


def test_csv_of_many_blocks(tmp_path: Path):
    count = 200_000
    lines = [f"{i},name {i:040}" if i % 50_000 else f"{i}" for i in range(count)]
    source = csv_source(tmp_path / "t.csv", "\n".join(["id,name", *lines]))
    rows, rejected = extracted(source, "t.csv", WANTED)
    assert [int(row["id"]) for row in rows] == [i for i in range(count) if i % 50_000]
    assert [row for row, _ in rejected] == [{"line": str(i)} for i in range(0, count, 50_000)]
    assert source.count("t.csv") == count


def test_patterns_read_several_files_in_order(tmp_path: Path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.csv").write_text("id,name\n2,Bob\n")
    (tmp_path / "b" / "1.csv").write_text("id,name\n1,Ada\n")
    (tmp_path / "odd[1].csv").write_text("id,name\n1,Ada\n2,Bob\n")
    source = CsvSource(tmp_path, {})
    assert extracted(source, "b/*.csv", WANTED) == (ROWS, [])
    assert extracted(source, "odd[1].csv", WANTED) == (ROWS, [])
    assert source.count("**/*.csv") == 4
    single = CsvSource(tmp_path / "odd[1].csv", {})
    assert extracted(single, "odd[1].csv", WANTED) == (ROWS, [])
    with pytest.raises(SourceError, match=r'there is no file "1\.csv"'):
        single.match("1.csv", WANTED)


@pytest.mark.parametrize(
    ("content", "query", "message"),
    [
        ("id,name\n1,Ada\n", "u.csv", 'there is no file "u.csv"'),
        ("id,name\n1,Ada\n", "u*.csv", r'there is no file "u\*.csv"'),
        ("id,name\n1,Ada\n", "", "is no file name or pattern"),
        ("id,name\n1,Ada\n", "/etc/*.conf", "is no file name or pattern"),
        ("id,title\n1,Ada\n", "t.csv", 'the source has no column "name"; it has "id", "title"'),
        ("id,name,name\n1,Ada,x\n", "t.csv", 'has two columns "name"'),
        ("", "t.csv", "Empty CSV file"),
        (b"id,name\n5,\xff,9\n", "t.csv", "CSV parse error"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_csv_faults_are_one_clear_line(tmp_path: Path, content, query: str, message: str):
    source = csv_source(tmp_path / "t.csv", content)
    with pytest.raises(SourceError, match=message) as caught:
        extracted(source, query, WANTED)
    assert "\n" not in str(caught.value)


def test_files_of_one_query_must_agree(tmp_path: Path):
    (tmp_path / "1.csv").write_text("id,name\n1,Ada\n")
    (tmp_path / "2.csv").write_text("id,title\n2,Bob\n")
    with pytest.raises(SourceError, match="differ in their columns"):
        extracted(CsvSource(tmp_path, {}), "*.csv", WANTED)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": "||"}, "DELIMITER must be one character"),
        ({"delimiter": '"'}, "DELIMITER must be one character"),
        ({"header": "maybe"}, "HEADER must be true or false"),
        ({"quote": "'"}, "a csv source has no option QUOTE: it has PATH, DELIMITER, HEADER, NULL"),
    ],
)
def test_csv_options_are_checked(tmp_path: Path, options: dict[str, str], message: str):
    with pytest.raises(ModelError, match=message):
        CsvSource(tmp_path, options)


def test_a_missing_directory_is_named(tmp_path: Path):
    for source in (CsvSource, ParquetSource):
        with pytest.raises(SourceError, match="there is no file or directory"):
            source(tmp_path / "gone", {})


def test_a_file_that_changes_while_it_is_read_ends_the_load(tmp_path: Path):
    source = csv_source(tmp_path / "t.csv", "id,name\n1,Ada\n")
    stream = source.extract("t.csv", WANTED)
    next(stream.pieces)
    with (tmp_path / "t.csv").open("a") as file:
        file.write("2,Bob\n")
    with pytest.raises(SourceError, match="changed while it was read: run again"):
        list(stream.pieces)


def test_position_tells_of_any_change(tmp_path: Path):
    source = csv_source(tmp_path / "t.csv", "id,name\n1,Ada\n")
    before = source.position()
    assert CsvSource(tmp_path, {}).position() == before
    os.utime(tmp_path / "t.csv", ns=(1, 1))
    assert source.position() != before
    (tmp_path / "u.csv").write_text("")
    assert source.position().keys() == {"t.csv", "u.csv"}


def test_parquet_columns_come_by_name_in_their_types(tmp_path: Path):
    table = pa.table(
        {
            "Name": pa.array(["a", None]).dictionary_encode(),
            "other": [1.5, 2.5],
            "day": pa.array([dt.date(2024, 1, 31), None]),
            "id": pa.array([1, 2], pa.int16()),
        }
    )
    pq.write_table(table, tmp_path / "1.parquet", row_group_size=1)
    source = ParquetSource(tmp_path, {})
    wanted = [*WANTED, *columns(day=DATE)]
    rows, rejected = extracted(source, "*.parquet", wanted)
    assert rows == [
        {"id": 1, "name": "a", "day": dt.date(2024, 1, 31)},
        {"id": 2, "name": None, "day": None},
    ]
    assert rejected == []
    assert source.count("1.parquet") == 2
    assert source.match("1.parquet", WANTED).extra == ("other", "day")


def test_parquet_faults_are_one_clear_line(tmp_path: Path):
    pq.write_table(pa.table({"id": [1], "name": ["x"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"id": ["1"], "name": ["x"]}), tmp_path / "2.parquet")
    pq.write_table(pa.table({"id": [1]}), tmp_path / "3.parquet")
    (tmp_path / "4.parquet").write_text("no parquet")
    whole = (tmp_path / "1.parquet").read_bytes()
    (tmp_path / "5.parquet").write_bytes(whole[:-20] + whole[-8:])
    source = ParquetSource(tmp_path, {})
    for query, message in [
        ("[12].parquet", "differ in their columns"),
        ("3.parquet", 'no column "name"; it has "id"'),
        ("4.parquet", "4.parquet"),
        ("5.parquet", "5.parquet"),
        ("6.parquet", 'there is no file "6.parquet"'),
    ]:
        with pytest.raises(SourceError, match=message) as caught:
            extracted(source, query, WANTED)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="a parquet source has no option HEADER: it has PATH"):
        ParquetSource(tmp_path, {"header": "true"})
