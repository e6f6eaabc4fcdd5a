"""A column in the segments that are older than it: each row has the initial value.

Nothing of that is stored; what is read is as if it had been written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coldb_warehouse.chunks.chunk import Coded, Fixed, Form, Text
from coldb_warehouse.chunks.reader import decode_chunk
from coldb_warehouse.chunks.writer import encode_chunk
from coldb_warehouse.domain import Dictionary, code_dtype
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.initial import initial_values
from coldb_warehouse.reading.column_statistics import ColumnStatistics

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Chunk
    from coldb_warehouse.schema import Column

__all__ = ["initial_chunk", "initial_code", "initial_statistics"]


def initial_code(column: Column, dictionary: Dictionary) -> int:
    """The code of the initial value, 0 if that is NULL; CorruptionError if it has none."""
    if column.initial is None:
        return 0
    code: int = pc.index(
        dictionary.values, pa.scalar(column.initial, column.type.bytes_array)
    ).as_py()
    if code < 0:
        raise CorruptionError(
            f'the dictionary of column "{column.name}" lacks the value {column.initial!r}, which '
            f"rows have that are older than the column"
        )
    return code


def initial_chunk(column: Column, dictionary: Dictionary | None, rows: int) -> Chunk:
    """The initial value in so many rows, coded if the column has a dictionary."""
    values, valid = initial_values(column, rows)
    if dictionary is not None:
        code = initial_code(column, dictionary)
        form: Form = Coded(np.full(rows, code, code_dtype(dictionary.size)), dictionary)
    elif isinstance(values, np.ndarray):
        form = Fixed(values)
    else:
        form = Text(values)
    data = b"".join(encode_chunk(form, valid, block_rows=rows).parts)
    return decode_chunk(data, column.type, dictionary, where=f'column "{column.name}"')


def initial_statistics(
    column: Column, dictionary: Dictionary | None, rows: int, *, is_exact: bool
) -> ColumnStatistics:
    """The statistics of that chunk."""
    value: int | float | None = None
    if column.initial is not None:
        if dictionary is not None:
            value = initial_code(column, dictionary)
        elif not isinstance(column.initial, str | bytes):
            value = column.initial
    return ColumnStatistics(
        rows=rows,
        nulls=rows if column.initial is None else 0,
        low=value,
        high=value,
        distinct=int(column.initial is not None),
        is_sorted=column.initial is not None,
        is_coded=dictionary is not None,
        nbytes=0,
        encodings=("constant",),
        is_exact=is_exact,
    )
