"""Collecting the rows that have faults while a load goes on, and saying what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coldb_warehouse.loading.rejects import Rejects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.errors import WarehouseError

__all__ = [
    "Refusal",
    "Refusals",
    "as_text",
    "describe_key",
    "describe_missing_key",
    "describe_values",
]

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """Rows refused for one kind of fault: `numbers` count from zero in the data as it came."""

    numbers: npt.NDArray[np.int64]
    reasons: pa.StringArray
    rows: pa.Table
    error: type[WarehouseError]


class Refusals:
    """All refusals of one append."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self._table = table
        self._schema = pa.schema([(name, pa.large_string()) for name in columns])
        self._found: list[Refusal] = []

    def add(self, refusal: Refusal) -> None:
        self._found.append(refusal)

    def raise_first(self) -> None:
        """Raises the error of the earliest refused row, if there is any."""
        if not self._found:
            return
        first = min(self._found, key=lambda refusal: int(refusal.numbers[0]))
        others = sum(len(refusal.numbers) for refusal in self._found) - 1
        more = f" ({others} more rows have faults)" if others else ""
        row = int(first.numbers[0]) + 1
        raise first.error(f'table "{self._table}", row {row}: {first.reasons[0].as_py()}{more}')

    def numbers(self) -> npt.NDArray[np.int64]:
        """The numbers of the refused rows, in no order."""
        return np.concatenate([np.empty(0, np.int64), *(it.numbers for it in self._found)])

    def rejects(self) -> Rejects:
        """The refused rows in the order in which they came."""
        if not self._found:
            return Rejects(self._schema.empty_table(), pa.array([], pa.string()))
        numbers = np.concatenate([refusal.numbers for refusal in self._found])
        order = pa.array(np.argsort(numbers, kind="stable"))
        rows = pa.concat_tables([refusal.rows for refusal in self._found])
        reasons = pa.concat_arrays([refusal.reasons for refusal in self._found])
        return Rejects(rows.cast(self._schema).take(order), reasons.take(order))


def as_text(array: pa.Array) -> pa.LargeStringArray:
    """An Arrow array's values as text, nulls as null."""
    try:
        return array.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # binary that is no UTF-8, structs
        texts = [None if value is None else str(value) for value in array.to_pylist()]
        return pa.array(texts, pa.large_string())


def describe_values(column: str, values: pa.LargeStringArray, reason: str) -> pa.StringArray:
    """'column "price": "abc" is not a number', for each value."""
    return _joined(f'column "{column}": "', _shortened(values), f'" {reason}')


def describe_key(columns: Sequence[str], values: Sequence[pa.LargeStringArray]) -> pa.StringArray:
    """'store_id = 7' or '(a, b) = (1, 2)', for each row."""
    if len(columns) == 1:
        return _joined(f"{columns[0]} = ", _shortened(values[0]), "")
    shown = pc.binary_join_element_wise(*[_shortened(part) for part in values], ", ")
    return _joined(f"({', '.join(columns)}) = (", shown, ")")


def describe_missing_key(
    columns: Sequence[str], values: Sequence[pa.LargeStringArray], table: str
) -> pa.StringArray:
    """'missing key: store_id = 7 is not in table "store"', for each row."""
    return _joined("missing key: ", describe_key(columns, values), f' is not in table "{table}"')


def _joined(before: str, texts: pa.StringArray, after: str) -> pa.StringArray:
    return pc.binary_join_element_wise(before, texts.cast(pa.string()), after, "")


def _shortened(texts: pa.LargeStringArray) -> pa.StringArray:
    shown = pc.utf8_slice_codeunits(texts, 0, _SHOWN_CHARACTERS)
    return pc.fill_null(shown, "NULL").cast(pa.string())
