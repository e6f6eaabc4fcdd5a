"""To BLOB and UUID."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.convert.converted import Faults, add_fault, impossible, mask_of
from coldb_warehouse.convert.hexadecimal import from_hexadecimal, to_hexadecimal
from coldb_warehouse.convert.strings import is_bytes, is_text, trimmed

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["blob_text", "read_escaped", "to_blobs", "to_uuids", "uuid_text"]

_UUID_BYTES = 16
_UUID = r"^(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}$|^\{(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}\}$"
_GROUPS = r"^(.{8})(.{4})(.{4})(.{4})(.{12})$"


def to_blobs(array: pa.Array, type: Type) -> tuple[pa.LargeBinaryArray, Faults]:
    """Bytes as they are; text as PostgreSQL reads it: `\\x` and digits, or text with escapes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    faults: Faults = {}
    if is_bytes(array.type):
        return _without_nulls(array.cast(pa.large_binary())), faults
    if not is_text(array.type):
        raise impossible(array.type, type)
    text = _without_nulls(array)
    is_hexadecimal = pc.starts_with(text, "\\x")
    digits = pc.replace_substring_regex(
        pc.if_else(is_hexadecimal, pc.utf8_slice_codeunits(text, 2), ""), r"\s", ""
    )
    values, bad = from_hexadecimal(digits)
    add_fault(faults, "is not hexadecimal", bad)
    plain = text.cast(pa.large_binary())
    escaped = mask_of(pc.and_not(pc.match_substring(text, "\\"), is_hexadecimal))
    if escaped.any():
        read = [read_escaped(each) for each in text.filter(pa.array(escaped)).to_pylist()]
        add_fault(faults, "has a wrong escape", _at(escaped, [each is None for each in read]))
        plain = pc.replace_with_mask(
            plain, escaped, pa.array([each or b"" for each in read], plain.type)
        )
    return pc.if_else(is_hexadecimal, values, plain), faults


def read_escaped(text: str) -> bytes | None:
    """PostgreSQL's escape format: `\\\\` is a backslash, `\\ooo` a byte; None if it is not well formed."""
    first, *others = text.encode().replace(b"\\\\", b"\\134").split(b"\\")
    parts = [first]
    for other in others:
        octal = other[:3]
        if len(octal) < 3 or not octal.isdigit() or octal.translate(None, b"89") != octal:
            return None
        byte = int(octal, 8)
        if byte > 255:
            return None
        parts.append(bytes([byte]) + other[3:])
    return b"".join(parts)


def to_uuids(array: pa.Array, type: Type) -> tuple[pa.LargeBinaryArray, Faults]:
    """16 bytes, or 32 hexadecimal digits with hyphens between groups of four, perhaps in braces."""
    import pyarrow as pa
    import pyarrow.compute as pc

    faults: Faults = {}
    if is_bytes(array.type):
        values = array.cast(pa.large_binary())
        fits = mask_of(pc.equal(pc.binary_length(values), _UUID_BYTES))
    elif is_text(array.type):
        text = pc.utf8_lower(trimmed(_without_nulls(array)))
        fits = mask_of(pc.match_substring_regex(text, _UUID))
        digits = pc.replace_substring_regex(text, "[-{}]", "")
        values, _ = from_hexadecimal(pc.if_else(fits, digits, "0" * 2 * _UUID_BYTES))
    else:
        raise impossible(array.type, type)
    add_fault(faults, "is not a UUID", ~fits)
    return pc.if_else(fits, values, bytes(_UUID_BYTES)), faults


def uuid_text(values: pa.LargeBinaryArray) -> pa.LargeStringArray:
    """UUIDs, 16 bytes each, as PostgreSQL prints them. No row may be null."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(to_hexadecimal(values), _GROUPS, r"\1-\2-\3-\4-\5")


def blob_text(values: pa.LargeBinaryArray) -> pa.LargeStringArray:
    """Bytes as PostgreSQL prints them, `\\x` and digits. No row may be null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    prefix, nothing = (pa.scalar(text, pa.large_string()) for text in ("\\x", ""))
    return pc.binary_join_element_wise(prefix, to_hexadecimal(values), nothing)


def _without_nulls(array: pa.Array) -> pa.Array:
    import pyarrow as pa

    return array.fill_null(pa.scalar("", array.type)) if array.null_count else array


def _at(rows: np.ndarray, values: list[bool]) -> np.ndarray:
    """`values` in the rows of a mask, False elsewhere."""
    result = np.zeros(len(rows), np.bool_)
    result[rows] = values
    return result
