"""Rows as JSON text: what comes out is JSON, and holds every value as text."""

import datetime as dt
import decimal
import json
import uuid

import pyarrow as pa
from coldb_etl.row_json import rows_as_json
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.none() | st.text(), max_size=5), st.text())
def test_any_text_survives(values: list, name: str):
    rows = pa.record_batch([pa.array(values, pa.string())], [name])
    assert [json.loads(text) for text in rows_as_json(rows).to_pylist()] == [
        {name: value} for value in values
    ]


def test_every_type_becomes_text():
    rows = pa.table(
        {
            "i": [1],
            "f": [1.5],
            "b": [True],
            "d": [dt.date(2024, 1, 31)],
            "t": [dt.datetime(2024, 1, 31, 10, 11, 12)],
            "m": [decimal.Decimal("1.50")],
            "n": pa.nulls(1),
            "raw": [b"\x00\xff"],
            "uuid": pa.array([uuid.UUID(int=1)], pa.uuid()),
        }
    )
    [text] = rows_as_json(rows).to_pylist()
    assert json.loads(text) == {
        "i": "1",
        "f": "1.5",
        "b": "true",
        "d": "2024-01-31",
        "t": "2024-01-31 10:11:12.000000",
        "m": "1.50",
        "n": None,
        "raw": "\\x00ff",
        "uuid": "00000000-0000-0000-0000-000000000001",
    }


def test_rows_without_columns_are_empty_objects():
    assert rows_as_json(pa.table({"a": [1, 2]}).select([])).to_pylist() == ["{}", "{}"]
