"""Any Arrow array to values of a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.convert.binary import to_blobs, to_uuids, uuid_text
from coldb_warehouse.convert.booleans import to_booleans
from coldb_warehouse.convert.converted import (
    Converted,
    Failure,
    Faults,
    TooMixedError,
    Values,
    impossible,
    mask_of,
)
from coldb_warehouse.convert.dates_and_times import to_dates, to_timestamps
from coldb_warehouse.convert.floats import to_floats
from coldb_warehouse.convert.scaled_integers import to_scaled_integers
from coldb_warehouse.convert.strings import is_text, to_strings
from coldb_warehouse.convert.times import to_times
from coldb_warehouse.types import Kind
from coldb_warehouse.values import concatenate

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["from_arrow"]


def from_arrow(
    array: pa.Array | pa.ChunkedArray, type: Type, *, keep_codes: bool = False
) -> Converted:
    """Values of `type` that equal those of `array`.

    Any Arrow type from which an exact conversion makes sense is taken: integers, floats and
    decimals for one another, strings for everything, dates, times and timestamps of any unit,
    bytes, dictionaries, nulls.
    Text is read as PostgreSQL's casts read it, and refused where those would drop something: digits
    beyond the scale, a time of day from a date, an offset from UTC. Only floats take the nearest
    value, of decimals and of wider floats. Raises ConversionError if no value could ever be
    converted (a struct for an INTEGER).

    With `keep_codes`, text that comes as codes into a dictionary may stay so: the values are then an
    Arrow array of codes (int32) into large strings, all of them in the type.
    """
    if keep_codes and (coded := _coded_text(array, type)) is not None:
        return coded
    flat = _flat(array, type)
    if flat.null_count == len(flat):
        return _all_null(len(flat), type)
    values, faults = _convert(flat, type)
    return _assemble(flat, values, faults)


def _coded_text(array: pa.Array | pa.ChunkedArray, type: Type) -> Converted | None:
    """Text by its dictionary, each entry converted once; None if it has none, or one with faults."""
    import pyarrow as pa

    if type.kind is not Kind.VARCHAR or not isinstance(array, pa.DictionaryArray):
        return None
    if type.length or type.trimmed:  # cut to length, two entries might become one
        return None
    if array.null_count == len(array) or not is_text(array.type.value_type):
        return None
    entries = from_arrow(array.dictionary, type)
    if entries.valid is not None:  # a fault, or a null among the entries
        return None
    valid = mask_of(array.is_valid()) if array.null_count else None
    indices = array.indices.fill_null(0).cast(pa.int32())
    return Converted(pa.DictionaryArray.from_arrays(indices, entries.values), valid)


def _convert(array: pa.Array, type: Type) -> tuple[Values, Faults]:
    """All rows at once, or, where a few odd ones would make that slow, one half and then the other."""
    if array.null_count == len(array):
        return _all_null(len(array), type).values, {}
    try:
        return _convert_at_once(array, type)
    except TooMixedError:
        middle = len(array) // 2
        parts = [array[:middle], array[middle:]]
        (before, faults_before), (after, faults_after) = (_convert(part, type) for part in parts)
        none = [np.zeros(len(part), np.bool_) for part in parts]
        faults = {
            reason: np.concatenate(
                [faults_before.get(reason, none[0]), faults_after.get(reason, none[1])]
            )
            for reason in faults_before | faults_after
        }
        return concatenate([before, after]), faults


def _convert_at_once(array: pa.Array, type: Type) -> tuple[Values, Faults]:
    match type.kind:
        case Kind.SMALLINT | Kind.INTEGER | Kind.BIGINT | Kind.DECIMAL:
            return to_scaled_integers(array, type)
        case Kind.REAL | Kind.DOUBLE:
            return to_floats(array, type)
        case Kind.BOOLEAN:
            return to_booleans(array, type)
        case Kind.VARCHAR:
            return to_strings(array, type)
        case Kind.DATE:
            return to_dates(array, type)
        case Kind.TIME:
            return to_times(array, type)
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            return to_timestamps(array, type)
        case Kind.BLOB:
            return to_blobs(array, type)
        case Kind.UUID:
            return to_uuids(array, type)
        case Kind.INTERVAL | Kind.ARRAY | Kind.NULL:
            raise impossible(array.type, type)


def _flat(array: pa.Array | pa.ChunkedArray, type: Type) -> pa.Array:
    """One plain array: dictionaries and runs decoded, extension types as stored, text large.

    UUIDs are written out where text is wanted.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array.type, pa.BaseExtensionType):
        chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
        is_uuid_text = array.type == pa.uuid() and type.kind is Kind.VARCHAR
        array = pa.chunked_array([it.storage for it in chunks], array.type.storage_type)
        if is_uuid_text:
            array = _uuids_written_out(array.combine_chunks())
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    if is_text(array.type):
        array = array.cast(pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _uuids_written_out(storage: pa.FixedSizeBinaryArray) -> pa.LargeStringArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    present = storage.fill_null(bytes(16)) if storage.null_count else storage
    return pc.if_else(storage.is_valid(), uuid_text(present.cast(pa.large_binary())), None)


def _all_null(rows: int, type: Type) -> Converted:
    import pyarrow as pa

    values: Values
    if type.is_bytes:
        values = pa.array([""], type.bytes_array).take(pa.array(np.zeros(rows, np.int64)))
    else:
        values = np.zeros(rows, type.dtype)
    return Converted(values, np.zeros(rows, np.bool_) if rows else None)


def _assemble(array: pa.Array, values: Values, faults: Faults) -> Converted:
    """Takes failed rows out of the values, and lists them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    valid = mask_of(array.is_valid()) if array.null_count else None
    failures = []
    for reason, rows in faults.items():
        failed = rows if valid is None else rows & valid
        if failed.any():
            failures.append(Failure(np.flatnonzero(failed), reason))
            valid = ~failed if valid is None else valid & ~failed
    if valid is None:
        return Converted(values, None)
    if isinstance(values, np.ndarray):
        values = np.where(valid, values, np.zeros(1, values.dtype))
    else:
        values = pc.if_else(valid, values, pa.scalar("", values.type))
    return Converted(values, valid, tuple(failures))
