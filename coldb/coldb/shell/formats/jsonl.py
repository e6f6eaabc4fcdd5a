"""One JSON object a line. Numbers keep all their digits, dates are ISO texts, NaN is a text,
arrays are arrays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coldb.shell.formats.text import TEXT, as_text, batches, glue, join_rows, unique_names
from coldb.shell.formats.values import is_number

if TYPE_CHECKING:
    from coldb.shell.page import Page

__all__ = ["keys_of", "objects", "write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes a line for each row."""
    keys = keys_of(result)
    for batch in batches(result):
        page.text.write(join_rows([objects(batch, keys)], ""))


def keys_of(result: pa.Table) -> list[str]:
    """The column names, distinct and quoted."""
    return [json.dumps(name, ensure_ascii=False) for name in unique_names(result.column_names)]


def objects(batch: pa.RecordBatch, keys: list[str]) -> pa.Array:
    """A JSON object as text for each row; `keys` are the column names, already quoted."""
    parts: list[pa.Array | str] = []
    for key, column in zip(keys, batch.columns, strict=True):
        parts += [f"{',' if parts else '{'}{key}:", pc.fill_null(_values(column), "null")]
    return glue(*parts, "}") if parts else pa.array([], pa.large_string())


def _values(column: pa.Array) -> pa.Array:
    if pa.types.is_large_list(column.type):
        return _lists(column)
    text = as_text(column)
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return text
    if is_number(kind):
        if pa.types.is_floating(kind):
            finite = pc.is_finite(column)
            return pc.if_else(finite, text, glue('"', text, '"'))
        return text
    return glue('"', _escaped(text), '"')


def _lists(column: pa.Array) -> pa.Array:
    elements = pc.fill_null(_values(column.flatten()), "null")
    sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    joined = pc.binary_join(pa.LargeListArray.from_arrays(offsets, elements), pa.scalar(",", TEXT))
    return pc.if_else(column.is_valid(), glue("[", joined, "]"), None)


def _escaped(text: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(text, r'["\\\x00-\x1f]')).as_py():
        return text
    text = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
    for code in range(32):
        character = chr(code)
        if pc.any(pc.match_substring(text, character)).as_py():
            text = pc.replace_substring(text, character, json.dumps(character)[1:-1])
    return text
