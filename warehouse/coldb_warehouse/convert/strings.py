"""To VARCHAR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.convert.converted import Faults, add_fault, impossible, mask_of

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.types import Type

__all__ = ["is_bytes", "is_text", "read_by_arrow", "to_strings", "trimmed"]

_PROBE = 64  # rows


def is_text(type: pa.DataType) -> bool:
    """Whether Arrow has strings of that type."""
    import pyarrow as pa

    return bool(
        pa.types.is_string(type) or pa.types.is_large_string(type) or pa.types.is_string_view(type)
    )


def trimmed(strings: pa.LargeStringArray) -> pa.LargeStringArray:
    """Without the white space around, which PostgreSQL ignores when it reads a number or a date."""
    import pyarrow.compute as pc

    return pc.ascii_trim_whitespace(strings)


def to_strings(array: pa.Array, type: Type) -> tuple[pa.LargeStringArray, Faults]:
    """Strings, bytes that are UTF-8; numbers, dates and booleans as PostgreSQL prints them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    faults: Faults = {}
    kind = array.type
    if pa.types.is_timestamp(kind):
        whole_seconds = r"(\.\d*[1-9])0+$|\.0+$"
        naive = array.cast(pa.timestamp(kind.unit))
        strings = pc.replace_substring_regex(naive.cast(pa.large_string()), whole_seconds, r"\1")
    elif is_bytes(kind) or is_text(kind):
        strings = _checked_utf8(array.cast(pa.large_binary()), faults)
    elif _is_printable(kind):
        strings = array.cast(pa.large_string())
    else:
        raise impossible(array.type, type)
    if strings.null_count:
        strings = strings.fill_null("")
    if type.trimmed:
        strings = pc.ascii_rtrim(strings, " ")
    if type.length:
        strings = _fitted(strings, type, faults)
    return strings, faults


def _fitted(strings: pa.LargeStringArray, type: Type, faults: Faults) -> pa.LargeStringArray:
    """Strings no longer than the type; of longer ones, blanks at the end are cut off."""
    import pyarrow.compute as pc

    too_long = pc.greater(pc.utf8_length(strings), type.length)
    if not pc.any(too_long, min_count=0).as_py():
        return strings
    cut = pc.utf8_slice_codeunits(strings, 0, type.length)
    only_blanks = pc.equal(pc.ascii_rtrim(strings, " "), pc.ascii_rtrim(cut, " "))
    add_fault(faults, f"is longer than {type}", mask_of(pc.and_not(too_long, only_blanks)))
    return pc.if_else(too_long, cut, strings)


def read_by_arrow(text: pa.LargeStringArray, type: pa.DataType) -> pa.Array | None:
    """By Arrow's own parser: fast, but None if a single row is not to its taste."""
    import pyarrow as pa

    try:
        text[:_PROBE].cast(type)  # because a row that fails costs Arrow 0.6 us
        return text.cast(type)
    except pa.ArrowInvalid:
        return None


def is_bytes(type: pa.DataType) -> bool:
    """Whether Arrow has bytes of that type."""
    import pyarrow as pa

    return any(
        is_kind(type)
        for is_kind in (
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_binary_view,
            pa.types.is_fixed_size_binary,
        )
    )


def _is_printable(type: pa.DataType) -> bool:
    import pyarrow as pa

    return any(
        is_kind(type)
        for is_kind in (
            pa.types.is_boolean,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_decimal,
            pa.types.is_date,
            pa.types.is_time,
        )
    )


def _checked_utf8(array: pa.LargeBinaryArray, faults: Faults) -> pa.LargeStringArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return array.cast(pa.large_string())
    except pa.ArrowInvalid:
        broken = _not_utf8(array)
        add_fault(faults, "is not UTF-8", broken)
        return pc.if_else(~broken, array, b"").cast(pa.large_string())


def _not_utf8(array: pa.LargeBinaryArray) -> Mask:
    """The rows whose bytes are no UTF-8, found by halving what contains one."""
    import pyarrow as pa

    mask = np.zeros(len(array), np.bool_)
    suspects = [(0, len(array))]
    while suspects:
        start, end = suspects.pop()
        try:
            array[start:end].cast(pa.large_string())
        except pa.ArrowInvalid:
            if end - start == 1:
                mask[start] = True
            else:
                middle = (start + end) // 2
                suspects += [(start, middle), (middle, end)]
    return mask
