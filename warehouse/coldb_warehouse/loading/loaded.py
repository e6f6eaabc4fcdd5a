"""The rows of one load, in memory, on their way into segments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Coded, Fixed, Form, Mask, Text
from coldb_warehouse.chunks.narrow import join_fixed
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.schema import ROW
from coldb_warehouse.values import blanked, concatenate, fixed_values, take

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from coldb_warehouse.convert import Values
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.types import Type

__all__ = ["LoadedRows", "join_masks", "join_rows", "slice_form", "take_form"]


@dataclass(frozen=True, slots=True, eq=False)
class LoadedRows:
    """`count` rows that are sound so far.

    `forms` has the columns that are kept by value, `types` their types, and `valid` which rows of
    them are not null. A column that is nothing but a foreign key need not be among them. `positions`
    has, by the name of its position column, the rows that a foreign key leads to: -1 where it is
    null or not yet known; and as ROW the rows' numbers, from zero, in the data as it came.
    """

    count: int
    types: Mapping[str, Type]
    forms: Mapping[str, Form]
    valid: Mapping[str, Mask | None]
    positions: Mapping[str, Numbers]

    @property
    def numbers(self) -> Numbers:
        return self.positions[ROW]

    def read(
        self, names: Collection[str] | None = None, first: int = 0, last: int | None = None
    ) -> LoadedRows:
        """The rows from first to last - 1, of the columns of these names; nothing is copied."""
        last = self.count if last is None else last
        if names is None:
            names = {*self.forms, *self.positions}
        kept = [name for name in self.forms if name in names]
        return LoadedRows(
            count=last - first,
            types=self.types,
            forms={name: slice_form(self.forms[name], first, last) for name in kept},
            valid={
                name: None if (v := self.valid[name]) is None else v[first:last] for name in kept
            },
            positions={n: p[first:last] for n, p in self.positions.items() if n in names},
        )

    def take(self, rows: Numbers) -> LoadedRows:
        """Those rows, in that order."""
        return LoadedRows(
            count=len(rows),
            types=self.types,
            forms={name: take_form(form, rows) for name, form in self.forms.items()},
            valid={name: None if v is None else v[rows] for name, v in self.valid.items()},
            positions={name: positions[rows] for name, positions in self.positions.items()},
        )

    def values(self, column: str) -> Values:
        """The values of a column that is kept by value; null rows hold anything."""
        match self.forms[column]:
            case Fixed() as fixed:
                return fixed_values(fixed, self.types[column])
            case Text(strings=strings):
                return strings
            case Coded(codes=codes, domain=domain):
                assert isinstance(domain, Dictionary), "positions are kept apart from values"
                return take(domain.values, codes)

    def with_nulls(self, columns: Sequence[str], rows: Mask) -> LoadedRows:
        """NULL in the columns of those rows."""
        forms, valid = dict(self.forms), dict(self.valid)
        for name in columns:
            before, form = valid[name], forms[name]
            valid[name] = kept = ~rows if before is None else before & ~rows
            if isinstance(form, Text):
                forms[name] = Text(blanked(form.strings, kept))
        return replace(self, forms=forms, valid=valid)

    def with_positions(self, column: str, positions: Numbers) -> LoadedRows:
        return replace(self, positions={**self.positions, column: positions})


def join_rows(parts: Sequence[LoadedRows]) -> LoadedRows:
    """The rows of all parts, at least one, which have the same columns; codes are of one domain."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    counts = [part.count for part in parts]
    return LoadedRows(
        count=sum(counts),
        types=first.types,
        forms={n: _joined([part.forms[n] for part in parts], first.types[n]) for n in first.forms},
        valid={n: join_masks([part.valid[n] for part in parts], counts) for n in first.valid},
        positions={
            n: np.concatenate([part.positions[n] for part in parts]) for n in first.positions
        },
    )


def _joined(forms: Sequence[Form], type: Type) -> Form:
    coded = [form for form in forms if isinstance(form, Coded)]
    texts = [form.strings for form in forms if isinstance(form, Text)]
    if coded:
        return Coded(np.concatenate([form.codes for form in coded]), coded[0].domain)
    if texts:
        return Text(concatenate(texts))
    return join_fixed([form for form in forms if isinstance(form, Fixed)], type)


def join_masks(parts: Sequence[Mask | None], lengths: Sequence[int]) -> Mask | None:
    """The masks of parts of these lengths as one; None stands for a mask that is True everywhere."""
    if all(part is None for part in parts):
        return None
    masks = [
        np.ones(length, np.bool_) if part is None else part
        for part, length in zip(parts, lengths, strict=True)
    ]
    return np.concatenate(masks)


def take_form(form: Form, rows: Numbers) -> Form:
    """The form of those rows, all of which there are, in that order."""
    # To clip what is never outside is a quarter faster than to look whether it is.
    match form:
        case Fixed(stored=stored, reference=reference):
            return Fixed(stored.take(rows, mode="clip"), reference)
        case Coded(codes=codes, domain=domain):
            return Coded(codes.take(rows, mode="clip"), domain)
        case Text(strings=strings):
            return Text(take(strings, rows))


def slice_form(form: Form, first: int, last: int) -> Form:
    """The form of the rows from first to last - 1, without a copy."""
    match form:
        case Fixed(stored=stored, reference=reference):
            return Fixed(stored[first:last], reference)
        case Coded(codes=codes, domain=domain):
            return Coded(codes[first:last], domain)
        case Text(strings=strings):
            return Text(strings[first:last])
