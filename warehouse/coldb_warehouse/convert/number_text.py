"""Numbers written as text, read as PostgreSQL reads them.

Arrow's own parsers are tried first: they are fast, but give up if a single row is not to their
taste. Then regular expressions tell the rows apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.convert.converted import (
    Faults,
    add_fault,
    fraction_fault,
    mask_of,
    numbers_of,
    range_fault,
    read_slowly,
)
from coldb_warehouse.convert.strings import read_by_arrow, trimmed
from coldb_warehouse.types import MAX_DECIMAL_DIGITS

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["parse_decimals", "parse_floats", "parse_integers"]

_DIGITS = r"^(?P<sign>[+-]?)(?P<whole>[0-9]+)(?P<fraction>)(?P<exponent>)$"
_NUMBER = (
    r"^(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?:[eE](?P<exponent>[+-]?[0-9]{1,6}))?$"
)
_FLOAT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_NOT_FINITE = r"(?i)^[+-]?(inf|infinity|nan)$"
_ZERO = r"^[+-]?[0.]+([eE].*)?$"


def parse_integers(strings: pa.LargeStringArray, type: Type, faults: Faults) -> pa.Array:
    """Integers, or decimals of scale 0 where int64 is too small; null where there is a fault."""
    import pyarrow as pa

    text = trimmed(strings)
    read = read_by_arrow(text, pa.int64())
    if read is None or _contains(text, "x"):  # Arrow reads 0x1F as 31
        return _parse_exactly(text, _DIGITS, type, "is not an integer", faults)
    return read


def parse_decimals(strings: pa.LargeStringArray, type: Type, faults: Faults) -> pa.Array:
    """Decimals of the scale of the type; null where there is a fault."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = trimmed(strings)
    read = read_by_arrow(text, pa.decimal128(MAX_DECIMAL_DIGITS, type.scale))
    # Arrow reads 1.5e-40 as zero, so it is trusted only with what has not that many digits.
    longest = pc.max(pc.binary_length(text)).as_py()
    if read is None or longest > MAX_DECIMAL_DIGITS or _contains(text, "e"):
        return _parse_exactly(text, _NUMBER, type, "is not a number", faults)
    return read


def parse_floats(strings: pa.LargeStringArray, type: Type, faults: Faults) -> npt.NDArray[Any]:
    """The nearest floats; NaN, inf and infinity in any case. Null and faulty rows are zero."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = trimmed(strings)
    floats = read_by_arrow(text, type.to_arrow())
    if floats is None:
        read_slowly(len(text))
        is_float = mask_of(pc.match_substring_regex(text, f"{_FLOAT}|{_NOT_FINITE}"))
        add_fault(faults, "is not a number", ~is_float)
        text = pc.if_else(is_float, text, None)
        floats = text.cast(type.to_arrow())
    values = numbers_of(floats)
    suspects = np.flatnonzero(~np.isfinite(values) | (values == 0))
    words = text.take(pa.array(suspects)).fill_null("0")
    outside = np.zeros(len(values), np.bool_)
    outside[suspects] = ~mask_of(pc.match_substring_regex(words, f"{_NOT_FINITE}|{_ZERO}"))
    add_fault(faults, range_fault(type), outside)
    return values


def _parse_exactly(
    text: pa.LargeStringArray, pattern: str, type: Type, syntax_fault: str, faults: Faults
) -> pa.Array:
    """Decimals, from significant digits and a power of ten.

    -01.50e3    sign -    significant 15    power 2
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    read_slowly(len(text))
    groups = pc.extract_regex(text, pattern)
    sign, whole, fraction, exponent = (groups.field(i).fill_null("") for i in range(4))
    nothing, exponent_mark = pa.scalar("", text.type), pa.scalar("e", text.type)
    digits = pc.binary_join_element_wise(whole, fraction, nothing)
    syntax_ok = mask_of(pc.not_equal(digits, ""))
    add_fault(faults, syntax_fault, ~syntax_ok)
    without_tail = pc.utf8_rtrim(digits, "0")
    significant = pc.utf8_ltrim(without_tail, "0")
    nonzero = mask_of(pc.not_equal(significant, ""))
    power = _integers(exponent) - _lengths(fraction) + _lengths(digits) - _lengths(without_tail)
    too_large = nonzero & (_lengths(significant) + power > MAX_DECIMAL_DIGITS - type.scale)
    too_fine = nonzero & (-power > type.scale)
    add_fault(faults, range_fault(type), too_large)
    add_fault(faults, fraction_fault(type), too_fine)
    power_text = pa.array(power).cast(pa.large_string())
    number = pc.binary_join_element_wise(sign, significant, exponent_mark, power_text, nothing)
    number = pc.if_else(nonzero, number, "0")
    number = pc.if_else(syntax_ok & ~too_large & ~too_fine, number, None)
    return number.cast(pa.decimal128(MAX_DECIMAL_DIGITS, type.scale))


def _contains(text: pa.LargeStringArray, letter: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring(text, letter, ignore_case=True), min_count=0).as_py())


def _lengths(strings: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    import pyarrow.compute as pc

    return numbers_of(pc.binary_length(strings))


def _integers(strings: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    """Of signed digits; nothing is zero."""
    import pyarrow as pa
    import pyarrow.compute as pc

    unsigned = pc.utf8_ltrim(strings, "+")
    return numbers_of(pc.if_else(pc.equal(unsigned, ""), "0", unsigned).cast(pa.int64()))
