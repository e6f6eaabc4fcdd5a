"""A column of values in flight.

A vector stays in the narrow form in which it was read for as long as possible:

    plain        data holds the values, in the type's own dtype (or as an Arrow array)
    narrow       data holds small unsigned integers, value = data + reference
    coded        data holds codes, value = domain[code]; the domain is a vector too, perhaps coded itself
    constant     data has one entry, which stands for every row

Nulls are in `valid` (None: no nulls); `data` at a null row is meaningless but never harmful: any
kernel may compute on it as long as the result is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from coldb_warehouse.types import MAX_DECIMAL_DIGITS, Kind, Type

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Data", "Indices", "Mask", "Vector", "concat_arrow", "single_entry", "take_data"]

Mask: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.integer[Any]]
Data: TypeAlias = "npt.NDArray[Any] | pa.LargeStringArray | pa.LargeListArray"


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """Values of one type for a number of rows.

    `bounds` are an inclusive range that all non-null values of a discrete type (or, when coded, all
    entries) are known to lie in; they come from statistics and prove that fast arithmetic is exact.
    `distinct_domain` tells that no two entries of the domain are equal, so codes identify values;
    `sorted_domain` that entries ascend, so codes compare as values do.
    """

    type: Type
    data: Data
    valid: Mask | None = None
    domain: Vector | None = None
    reference: int = 0
    bounds: tuple[int, int] | None = None
    constant: bool = False
    distinct_domain: bool = True
    sorted_domain: bool = False

    def __len__(self) -> int:
        return len(self.data)

    # --- whole-vector views --------------------------------------------------------------------

    def decoded(self) -> Vector:
        """A coded vector as its domain's entries: one level down, so perhaps coded by another domain."""
        assert self.domain is not None
        if not len(self.domain):
            # Nothing to look up: every row is NULL.
            null = Vector.constant_of(self.type, None)
            return null if self.constant else null.expanded(len(self))
        entries = self.domain.take(cast("Indices", self.data))
        valid = self.valid
        if valid is None or entries.valid is None:
            valid = entries.valid if valid is None else valid
        else:
            valid = valid & entries.valid
        return replace(entries, valid=valid, constant=self.constant)

    def plain(self) -> Vector:
        """The same values, neither coded nor narrow. Constants stay constant."""
        if self.domain is not None:
            return self.decoded().plain()
        if isinstance(self.data, np.ndarray) and self.type.kind not in (Kind.NULL, Kind.INTERVAL):
            wanted = self.type.dtype
            if self.data.dtype != wanted and self.data.dtype != object:
                widened = self.data.astype(wanted)
                if self.reference:
                    widened += wanted.type(self.reference)
                return replace(self, data=widened, reference=0)
            if self.reference:
                return replace(self, data=self.data + self.reference, reference=0)
        return self

    @property
    def values(self) -> npt.NDArray[Any]:
        """The values as a numpy array in the type's dtype; not for types that are in Arrow arrays."""
        data = self.plain().data
        assert isinstance(data, np.ndarray)
        return data

    @property
    def strings(self) -> pa.LargeStringArray:
        """The values of a vector whose type is in Arrow arrays, such as VARCHAR."""
        data = self.plain().data
        assert not isinstance(data, np.ndarray)
        return data

    @property
    def arrays(self) -> pa.LargeListArray:
        """The values of a vector of arrays."""
        data = self.plain().data
        assert not isinstance(data, np.ndarray)
        return data

    @property
    def valid_mask(self) -> Mask:
        """`valid`, written out where it is None."""
        return np.ones(len(self), dtype=np.bool_) if self.valid is None else self.valid

    def take(self, indices: Indices) -> Vector:
        """Rows by number."""
        if self.constant:
            return self
        valid = None if self.valid is None else self.valid[indices]
        return replace(self, data=take_data(self.data, indices), valid=valid)

    def slice(self, start: int, stop: int) -> Vector:
        """The rows start to stop - 1, without a copy."""
        if self.constant:
            return self
        valid = None if self.valid is None else self.valid[start:stop]
        return replace(self, data=self.data[start:stop], valid=valid)

    def expanded(self, rows: int) -> Vector:
        """A constant written out for `rows` rows; any other vector as it is."""
        if not self.constant:
            return self
        single = replace(self, constant=False)
        return single.take(np.zeros(rows, dtype=np.intp))

    def is_true(self) -> Mask:
        """For a BOOLEAN vector: where it is TRUE (FALSE and NULL are not)."""
        plain = self.plain()
        values = plain.values
        return values if plain.valid is None else values & plain.valid

    @classmethod
    def constant_of(cls, type_: Type, value: Any) -> Vector:
        """One value for every row, given in its physical form (see warehouse types); None is NULL."""
        return cls(
            type_,
            single_entry(type_, value),
            np.zeros(1, dtype=np.bool_) if value is None else None,
            bounds=(value, value) if value is not None and type_.is_discrete else None,
            constant=True,
        )


def single_entry(type_: Type, value: Any) -> Data:
    """An array of one physical value; a harmless stand-in for NULL."""
    value = type_.blank if value is None and type_.kind is not Kind.NULL else value
    if type_.element is not None:
        from coldb.engine.arrays import arrays_of

        return arrays_of([value], type_.element).data
    if type_.is_bytes:
        import pyarrow as pa

        return pa.array([value], type=type_.bytes_array)
    if type_.kind in (Kind.NULL, Kind.INTERVAL):
        single = np.empty(1, dtype=object)
        single[0] = value
        return single
    if type_.kind is Kind.DECIMAL and not -(2**63) <= value < 2**63:
        return np.array([value], dtype=object)
    return np.array([value], dtype=type_.dtype)


def take_data(data: Data, indices: Indices) -> Data:
    """Entries by number, of either kind of array."""
    if isinstance(data, np.ndarray):
        return data.take(indices)
    import pyarrow as pa
    import pyarrow.compute as pc

    if indices.dtype == np.intp or indices.dtype.kind == "u":
        return pc.take(data, pa.array(indices), boundscheck=False)
    return pc.take(data, pa.array(indices.astype(np.int64)), boundscheck=False)


def concat_arrow(arrays: list[Any]) -> Any:
    """Arrow arrays of one SQL type, end to end."""
    import pyarrow as pa

    if any(array.type != arrays[0].type for array in arrays):
        # Arrays of decimals, of which some need more than 64 bits.
        wide = pa.large_list(pa.decimal128(MAX_DECIMAL_DIGITS, 0))
        arrays = [array.cast(wide) for array in arrays]
    return pa.concat_arrays(arrays)
