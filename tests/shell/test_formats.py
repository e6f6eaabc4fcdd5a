"""Each output format, with the values that tempt it: NULL, quotes, line ends, exact digits."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from coldb.shell.formats import FORMATS, write

from tests.shell.pages import memory_page, shown, written

RESULT = pa.table(
    {
        "name": pa.array(['Ångström, "A"', None, "", "NULL", "two\nlines\t|\\"], pa.large_string()),
        "n": pa.array([1, None, -3, 4, 9007199254740993], pa.int64()),
        "price": pa.array(
            [Decimal("1.50"), Decimal("0.0000001"), None, Decimal("-3.25"), Decimal(0)],
            pa.decimal128(30, 7),
        ),
        "ratio": pa.array([1.0, float("nan"), float("-inf"), -0.0, None]),
        "sold": pa.array([dt.date(2024, 1, 31), None, dt.date(1, 1, 1), None, None]),
        "at": pa.array(
            [
                dt.datetime(2024, 1, 31, 10, 0),
                None,
                None,
                None,
                dt.datetime(2024, 1, 1, 0, 0, 0, 450_000),
            ],
            pa.timestamp("us"),
        ),
        "open": pa.array([True, False, None, None, None]),
    }
)
EMPTY = RESULT.slice(0, 0)
TEXT_FORMATS = [name for name, format in FORMATS.items() if format.is_text]


def rendered(name: str, result: pa.Table = RESULT) -> str:
    page = memory_page()
    write(name, result, page)
    return shown(page)


def test_csv_is_read_back_by_the_csv_module() -> None:
    header, *rows = csv.reader(io.StringIO(rendered("csv"), newline=""))
    assert header == RESULT.column_names
    assert rows[0] == [
        'Ångström, "A"',
        "1",
        "1.5000000",
        "1",
        "2024-01-31",
        "2024-01-31 10:00:00",
        "true",
    ]
    assert rows[4][0] == "two\nlines\t|\\"
    assert rows[4][5] == "2024-01-01 00:00:00.45"


def test_csv_tells_null_from_an_empty_text() -> None:
    result = pa.table({"a": ["", None, " x", "x"], "b": [1, 2, 3, 4]})
    assert rendered("csv", result) == 'a,b\n"",1\n,2\n" x",3\nx,4\n'


def test_tsv_is_the_text_form_of_copy() -> None:
    result = pa.table({"a": ["x\ty", None, "back\\slash\r\n"], "b": [1, 2, None]})
    assert rendered("tsv", result) == "a\tb\nx\\ty\t1\n\\N\t2\nback\\\\slash\\r\\n\t\\N\n"


def test_json_is_an_array_of_objects() -> None:
    rows = json.loads(rendered("json"), parse_float=Decimal)
    assert [row["n"] for row in rows] == [1, None, -3, 4, 9007199254740993]
    assert rows[1]["price"] == Decimal("0.0000001")
    assert [row["ratio"] for row in rows] == [1, "NaN", "-Infinity", 0, None]
    assert [row["name"] for row in rows] == RESULT.column("name").to_pylist()
    assert [row["open"] for row in rows] == [True, False, None, None, None]


def test_json_lines_are_the_same_objects() -> None:
    lines = rendered("jsonl").splitlines()
    assert [json.loads(line) for line in lines] == json.loads(rendered("json"))


@pytest.mark.parametrize("code", [*range(32), 0x7F, 0x85, 0x2028, 0x1F600, ord('"'), ord("\\")])
def test_json_escapes_any_character(code: int) -> None:
    text = f"<{chr(code)}>"
    output = rendered("jsonl", pa.table({text: [text]}))
    assert output.count("\n") == 1
    assert json.loads(output) == {text: text}


def test_json_keeps_values_of_columns_with_one_name() -> None:
    result = pa.Table.from_arrays(
        [pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "a", "a_2"]
    )
    assert json.loads(rendered("jsonl", result)) == {"a": 1, "a_2": 2, "a_2_2": 3}


def test_no_rows() -> None:
    assert rendered("json", EMPTY) == "[]\n"
    assert rendered("jsonl", EMPTY) == ""
    assert rendered("csv", EMPTY) == "name,n,price,ratio,sold,at,open\n"
    assert rendered("vertical", EMPTY) == ""
    assert rendered("markdown", EMPTY).count("\n") == 2
    assert "<tbody>\n</tbody>" in rendered("html", EMPTY)


def test_markdown() -> None:
    result = pa.table({"a|b": ["x|y", None, "1\n2"], "n": [1, None, 3]})
    assert rendered("markdown", result) == (
        "| a\\|b | n |\n| --- | ---: |\n| x\\|y | 1 |\n| NULL | NULL |\n| 1<br>2 | 3 |\n"
    )


def test_html_escapes_everything() -> None:
    result = pa.table({"<b>": ["<script>alert('1') & \"2\"</script>", None], "n": [1, 2]})
    html = rendered("html", result)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(&#x27;1&#x27;) &amp; &quot;2&quot;&lt;/script&gt;" in html
    assert '<th scope="col">&lt;b&gt;</th>' in html
    assert '<td class="null">NULL</td><td class="number">2</td>' in html


def test_vertical() -> None:
    result = pa.table({"id": [1], "name": ["x\x1b[31m"], "nothing": pa.array([None], pa.int32())})
    heading, *lines = rendered("vertical", result).splitlines()
    assert heading == "-- row 1 -------------------------------"
    assert lines == ["     id | 1", "   name | x\\x1b[31m", "nothing | NULL"]


def test_vertical_says_what_it_leaves_out() -> None:
    page = memory_page(max_rows=2)
    write("vertical", pa.table({"a": range(5)}), page)
    assert shown(page).endswith("a | 1\n... 3 more rows\n")


def test_arrow_stream_is_read_back() -> None:
    page = memory_page()
    write("arrow", RESULT, page)
    back = pa.ipc.open_stream(written(page)).read_all()
    assert back.schema == RESULT.schema
    assert back.drop_columns(["ratio"]).equals(RESULT.drop_columns(["ratio"]))


def test_parquet_is_read_back() -> None:
    page = memory_page()
    result = RESULT.append_column("n", pa.array([1, 2, 3, 4, 5]))
    write("parquet", result, page)
    back = pq.read_table(io.BytesIO(written(page)))
    assert back.column_names == [*RESULT.column_names, "n_2"]
    assert back.column("price").to_pylist() == RESULT.column("price").to_pylist()


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_many_rows_are_written_once_each(name: str) -> None:
    """More rows than are made into text at a time: none is lost or doubled where pieces meet."""
    rows = 140_000
    output = rendered(name, pa.table({"x": pa.array(range(1_000_000, 1_000_000 + rows))}))
    for number in (0, 65_535, 65_536, 131_071, 131_072, rows - 1):
        assert output.count(str(1_000_000 + number)) == 1
    if name == "json":
        assert len(json.loads(output)) == rows


# --- the table -----------------------------------------------------------------------------------


def test_table() -> None:
    result = pa.table(
        {
            "name": ["ab", None, "NULL", "中文"],
            "n": pa.array([1, None, -3, 1000], pa.int64()),
            "d": pa.array([Decimal("1.50"), Decimal("10.00"), None, Decimal("0.25")]),
        }
    )
    assert rendered("table", result) == (
        " name   │    n │     d\n"
        "────────┼──────┼───────\n"
        " ab     │    1 │  1.50\n"
        " NULL   │ NULL │ 10.00\n"
        ' "NULL" │   -3 │  NULL\n'
        " 中文   │ 1000 │  0.25\n"
    )


def test_table_in_ascii_where_the_stream_has_nothing_better() -> None:
    page = memory_page(encoding="ascii")
    write("table", pa.table({"a": [1], "b": ["x"]}), page)
    assert shown(page) == " a | b\n---+---\n 1 | x\n"


def test_table_shows_head_and_tail() -> None:
    page = memory_page(max_rows=4)
    write("table", pa.table({"number": range(10)}), page)
    assert [line.strip() for line in shown(page).splitlines()[2:]] == ["0", "1", "⋮", "8", "9"]


def test_table_fits_the_terminal() -> None:
    wide = pa.table({f"column_{at}": ["word " * 10] for at in range(12)})
    page = memory_page(width=60)
    write("table", wide, page)
    lines = shown(page).splitlines()
    assert max(len(line) for line in lines) <= 60
    assert lines[0].startswith(" column_0")
    assert lines[0].endswith("column_11")
    assert lines[-1] == "(9 of 12 columns are not shown)"


def test_table_cuts_texts_but_never_numbers() -> None:
    result = pa.table({"text": ["x" * 100], "number": [12345678901234567]})
    page = memory_page(width=40)
    write("table", result, page)
    assert "12345678901234567" in shown(page)
    assert "xx…" in shown(page)


def test_table_in_a_file_has_everything() -> None:
    output = rendered("table", pa.table({"text": ["x" * 5000] * 500}))
    assert output.count("x" * 5000) == 500


def test_stored_values_cannot_control_the_terminal() -> None:
    page = memory_page(colour=True)
    write("table", pa.table({"a": ["\x1b[2J\x07\r\n\u202e"]}), page)
    assert "\\x1b[2J\\x07\\r\\n\\u202e" in shown(page)


def test_null_is_dim_where_there_are_colours() -> None:
    page = memory_page(colour=True)
    write("table", pa.table({"a": pa.array([None], pa.int64())}), page)
    assert "\x1b[2mNULL\x1b[0m" in shown(page)


def test_intervals_look_as_in_postgresql() -> None:
    values = [(14, 3, 3_723_500_000_000), (0, 0, 0), (-1, 0, 0), (0, -1, 1_000_000_000), None]
    result = pa.table({"i": pa.array(values, pa.month_day_nano_interval())})
    assert rendered("csv", result).splitlines()[1:] == [
        "1 year 2 mons 3 days 01:02:03.5",
        "00:00:00",
        "-1 mons",
        "-1 days +00:00:01",
        "",
    ]
