"""Rows as JSON text, column by column: how a refused row is kept whatever its table looks like."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc
from coldb_warehouse.convert import from_arrow
from coldb_warehouse.convert.binary import blob_text, uuid_text
from coldb_warehouse.convert.strings import is_bytes
from coldb_warehouse.types import BLOB, UUID

__all__ = ["rows_as_json"]


def rows_as_json(rows: pa.RecordBatch | pa.Table) -> pa.StringArray:
    """One JSON object a row, every value as text or null. Strings must be valid UTF-8."""
    if rows.num_columns == 0:
        return pa.array(["{}"] * rows.num_rows, pa.string())
    parts: list[object] = ["{"]
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        value = _quoted(_text(column)).fill_null("null")
        parts += [json.dumps(name, ensure_ascii=False) + ": ", value, ", "]
    parts[-1] = "}"
    texts = pc.binary_join_element_wise(*parts, "")
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Bytes are written in hexadecimal."""
    is_uuid = column.type == pa.uuid()
    if not (is_uuid or is_bytes(column.type)):
        return column.cast(pa.string())
    converted = from_arrow(column, UUID if is_uuid else BLOB)
    write = uuid_text if is_uuid else blob_text
    texts = write(converted.values).cast(pa.string())
    return texts if converted.valid is None else pc.if_else(converted.valid, texts, None)


def _quoted(text: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    text = pc.replace_substring(text, "\\", "\\\\")
    text = pc.replace_substring(text, '"', '\\"')
    if pc.any(pc.match_substring_regex(text, r"[\x00-\x1f]")).as_py():
        for code in range(0x20):
            text = pc.replace_substring(text, chr(code), f"\\u{code:04x}")
    return pc.binary_join_element_wise('"', text, '"', "")
