"""All rows of a load: in memory as they came, or on disk in runs, each of them sorted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa

from coldb_warehouse.chunks.chunk import Coded, Text
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.loading.loaded import LoadedRows, join_rows
from coldb_warehouse.loading.spill import SpilledRows
from coldb_warehouse.reading.key_index import hash_keys, repeated_rows
from coldb_warehouse.schema import ROW
from coldb_warehouse.values import all_valid, blanked, concatenate, take

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.domain import Codes
    from coldb_warehouse.loading.text_column import TextColumn
    from coldb_warehouse.reading.key_index import Numbers

__all__ = ["Run", "Runs", "repeated_keys"]

Run: TypeAlias = "LoadedRows | SpilledRows"


class Runs:
    """The runs of one load, at least one, in the order in which their rows came.

    Text reads in one form from all of them: by one dictionary if it has one in every run and its
    entries are not too many in all.
    """

    def __init__(self, runs: Sequence[Run], text_column: Callable[[str, int], TextColumn]) -> None:
        """`text_column(name, rows)` decides on the dictionary of a column, after so many rows."""
        self.runs = runs
        self.count = sum(run.count for run in runs)
        self._recodings: Mapping[str, _Recoding] = {}
        spilled = [run for run in runs if isinstance(run, SpilledRows)]
        if spilled:
            self._recodings = {
                name: _recoding(
                    [run.layout[name] for run in spilled], self.count, name, text_column
                )
                for name, form in spilled[0].layout.items()
                if isinstance(form, Coded | Text)
            }

    def read(
        self,
        names: Collection[str] | None = None,
        bounds: Sequence[tuple[int, int]] | None = None,
    ) -> LoadedRows:
        """The rows of all runs, or of each those from first to last - 1, one run after the other."""
        if bounds is None:
            bounds = [(0, run.count) for run in self.runs]
        return join_rows(
            [self.read_run(number, names, *bound) for number, bound in enumerate(bounds)]
        )

    def read_run(
        self,
        number: int,
        names: Collection[str] | None = None,
        first: int = 0,
        last: int | None = None,
    ) -> LoadedRows:
        """Rows of one run."""
        return self._recoded(number, self.runs[number].read(names, first, last))

    def samples(self) -> tuple[LoadedRows, Numbers]:
        """The first row of each batch of all runs, and the number of its run."""
        spilled = [run for run in self.runs if isinstance(run, SpilledRows)]
        parts = [self._recoded(number, run.samples) for number, run in enumerate(spilled)]
        return join_rows(parts), np.repeat(np.arange(len(parts)), [part.count for part in parts])

    def have_lost_order(self, names: Collection[str]) -> bool:
        """Whether strings now stand in one of these columns for codes that did not ascend as they do."""
        return any(
            isinstance(form, Coded)
            and isinstance(form.domain, Dictionary)
            and not form.domain.is_sorted
            for name in names
            if name in self._recodings and self._recodings[name].dictionary is None
            for run in self.runs
            if isinstance(run, SpilledRows)
            for form in [run.layout[name]]
        )

    def dictionary(self, name: str) -> Dictionary | None:
        """The dictionary by which a column reads, if it has one."""
        recoding = self._recodings.get(name)
        if recoding is not None:
            return recoding.dictionary
        run = self.runs[0]
        form = run.forms.get(name) if isinstance(run, LoadedRows) else None
        if isinstance(form, Coded) and isinstance(form.domain, Dictionary):
            return form.domain
        return None

    def _recoded(self, number: int, rows: LoadedRows) -> LoadedRows:
        if not self._recodings:
            return rows
        forms = {
            name: self._recodings[name].apply(number, form, rows.valid[name])
            if name in self._recodings
            else form
            for name, form in rows.forms.items()
        }
        return LoadedRows(rows.count, rows.types, forms, rows.valid, rows.positions)


@dataclass(frozen=True, slots=True, eq=False)
class _Recoding:
    """How text comes into the form that is that of all runs: strings, if there is no dictionary.

    `codes[i]` has the code of each entry of the dictionary of run i. They ascend as the entries do,
    if no entry was known before the load, so that sorted rows stay sorted.
    """

    dictionary: Dictionary | None
    codes: Sequence[Codes]

    def apply(self, run: int, form: Form, valid: Mask | None) -> Form:
        if not isinstance(form, Coded):
            return form
        if self.dictionary is not None:
            return Coded(take_codes(self.codes[run], form.codes), self.dictionary)
        assert isinstance(form.domain, Dictionary), "positions are kept apart from values"
        strings = take(form.domain.values, form.codes)
        return Text(strings if valid is None else blanked(strings, valid))


def take_codes(codes: Codes, rows: Codes) -> Codes:
    """The codes of entries; of no entries at all, every row is null and has code 0."""
    return codes.take(rows) if len(codes) else np.zeros(len(rows), codes.dtype)


def _recoding(
    forms: Sequence[Form], rows: int, name: str, text_column: Callable[[str, int], TextColumn]
) -> _Recoding:
    dictionaries = [
        form.domain
        for form in forms
        if isinstance(form, Coded) and isinstance(form.domain, Dictionary)
    ]
    if len(dictionaries) < len(forms):
        return _Recoding(None, ())
    sizes = [dictionary.size for dictionary in dictionaries]
    column = text_column(name, rows - sum(sizes))
    for dictionary in dictionaries:
        codes = pa.array(np.arange(dictionary.size, dtype=np.int32))
        column.add(pa.DictionaryArray.from_arrays(codes, dictionary.values), None)
    joined = column.finish()
    if not isinstance(joined, Coded):
        return _Recoding(None, ())
    assert isinstance(joined.domain, Dictionary), "text is coded by dictionaries only"
    return _Recoding(joined.domain, np.split(joined.codes, np.cumsum(sizes)[:-1]))


def repeated_keys(runs: Runs, columns: Sequence[str], parts: int) -> Numbers:
    """The rows of the runs, ascending, whose key a row has that came before. A NULL is like no other.

    The keys are divided by hash into `parts`, of which one is in memory at a time.
    """
    rows = runs.runs[0]
    if isinstance(rows, LoadedRows):
        valid = all_valid([rows.valid[name] for name in columns])
        return repeated_rows([rows.values(name) for name in columns], valid)
    found = [_repeated_in_part(runs, columns, part, parts) for part in range(parts)]
    return np.sort(np.concatenate(found))


def _repeated_in_part(runs: Runs, columns: Sequence[str], part: int, parts: int) -> Numbers:
    keys: list[list[Values]] = [[] for _ in columns]
    numbers, places = [], []
    first = 0
    for run in range(len(runs.runs)):
        rows = runs.read_run(run, {*columns, ROW})
        values = [rows.values(name) for name in columns]
        chosen = np.arange(rows.count)
        wanted = all_valid([rows.valid[name] for name in columns])
        if parts > 1:
            here = hash_keys(values) % np.uint64(parts) == part
            wanted = here if wanted is None else wanted & here
        if wanted is not None:
            chosen = np.flatnonzero(wanted)
            values = [take(it, chosen) for it in values]
        for collected, it in zip(keys, values, strict=True):
            collected.append(it)
        numbers.append(rows.numbers[chosen])
        places.append(chosen + first)
        first += rows.count
    joined = [concatenate(collected) for collected in keys]
    repeated = repeated_rows(joined)
    if not len(repeated):
        return repeated
    came = np.argsort(np.concatenate(numbers), kind="stable")
    later = came[repeated_rows([take(values, came) for values in joined])]
    return np.concatenate(places)[later]
