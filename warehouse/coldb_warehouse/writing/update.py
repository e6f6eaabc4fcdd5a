"""Changing values of rows, which keep their positions.

Of each segment that has such rows, the chunks of the changed columns are written anew, and no others.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coldb_warehouse.chunks.chunk import Coded, Fixed, Form, Mask, Text
from coldb_warehouse.domain import Dictionary, Rows, code_dtype
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.loading.text_column import TextColumn
from coldb_warehouse.values import blanked, concatenate, fixed_values, take
from coldb_warehouse.writing.delete import marked_rows
from coldb_warehouse.writing.new_values import NewValues
from coldb_warehouse.writing.partitions import refuse_moves
from coldb_warehouse.writing.references import refuse_referenced
from coldb_warehouse.writing.segment_writer import StoredColumn

if TYPE_CHECKING:
    import numpy.typing as npt

    from coldb_warehouse.chunks.chunk import Chunk
    from coldb_warehouse.domain import Codes, Domain
    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.reading.segment import Segment
    from coldb_warehouse.reading.snapshot import TableSnapshot

__all__ = ["update_rows"]

NewForm: TypeAlias = "tuple[Form, Mask | None]"


def update_rows(workspace: Workspace, name: str, positions: npt.ArrayLike, data: pa.Table) -> int:
    """Gives the row at positions[i] the values of row i of the data; the number of rows.

    The data has the columns that change. Raises ConversionError; ConstraintError; CatalogError for
    a position that occurs twice, or where there is no row.
    """
    table = workspace.snapshot().table(name)
    new = NewValues.convert(table, *_ascending(table, positions, data))
    if not len(new.positions) or not new.columns:
        return len(new.positions)
    refuse_moves(new)
    rekeyed = new.rows_with_other_keys()
    _Rewriting(workspace, new).run()
    if rekeyed is not None:
        # Keys on the table itself that change too were looked up among the new keys.
        followed = {key: new.positions for key in new.changed_keys() if key.table == name}
        refuse_referenced(workspace.snapshot(), table, rekeyed, followed)
    return len(new.positions)


def _ascending(
    table: TableSnapshot, positions: npt.ArrayLike, data: pa.Table
) -> tuple[Numbers, pa.Table]:
    """Positions and data in the order of the positions, which are checked."""
    marked = marked_rows(table, positions)
    numbers = np.asarray(positions, np.int64)
    if len(numbers) != data.num_rows:
        raise CatalogError(f"there are {len(numbers)} positions for {data.num_rows} rows of data")
    if np.count_nonzero(marked) != len(numbers):
        raise CatalogError(f'a row of table "{table.schema.name}" would be changed twice')
    if table.live is not None and (marked & ~table.live).any():
        raise CatalogError(f'a row of table "{table.schema.name}" to be changed was deleted')
    if (numbers[1:] > numbers[:-1]).all():
        return numbers, data
    order = np.argsort(numbers)
    return numbers[order], data.take(order)


class _Rewriting:
    """Writes the chunks that change."""

    def __init__(self, workspace: Workspace, new: NewValues) -> None:
        self._workspace = workspace
        self._new = new
        self._table = table = new.table
        self._entry = workspace.entry(table.schema.name)
        starts = [segment.first_row for segment in table.segments]
        bounds = np.searchsorted(new.positions, [*starts, table.rows]).tolist()
        self._slices = [slice(first, last) for first, last in pairwise(bounds)]
        self._dictionaries = dict(self._entry.dictionaries)
        self._forms = self._new_forms()

    def run(self) -> None:
        """Puts the changed table in place."""
        unordered = set(self._new.columns) & set(self._table.schema.sort_columns)
        affected = [number for number, rows in enumerate(self._slices) if rows.start < rows.stop]
        written = self._workspace.writer.write_columns(self._columns(n) for n in affected)
        segments = list(self._entry.segments)
        for number, chunks in zip(affected, written, strict=True):
            before = segments[number]
            segments[number] = replace(
                before,
                chunks={**before.chunks, **chunks},
                is_sorted=before.is_sorted and not unordered,
            )
        self._workspace.replace(
            replace(self._entry, segments=tuple(segments), dictionaries=self._dictionaries)
        )

    def _new_forms(self) -> dict[str, NewForm]:
        """The new values as they will be stored, by column: foreign keys as positions."""
        schema = self._table.schema
        forms: dict[str, NewForm] = {}
        for name, (values, valid) in self._new.columns.items():
            if schema.foreign_key_on(name) is not None:
                continue  # stored as positions, and as nothing else
            if isinstance(values, np.ndarray):
                forms[name] = Fixed(values), valid
            else:
                forms[name] = self._text(name), valid
        snapshot = self._workspace.snapshot()
        for key in self._new.changed_keys():
            target = snapshot.table(key.table)
            domain = Rows(key.table, target.rows, target.generation)
            positions = self._new.resolve(snapshot, key)
            codes = np.maximum(positions, 0).astype(code_dtype(domain.size))
            valid = None if (positions >= 0).all() else positions >= 0
            forms[key.position_column] = Coded(codes, domain), valid
        return forms

    def _text(self, name: str) -> Text | Coded:
        """New strings, by dictionary if the column has one, which gets what it has not."""
        key = self._table.key(name)
        chunks = [s.chunks[key] for s in self._entry.segments if key in s.chunks]
        known = self._table.dictionary(name)
        choice = known is not None and all(chunk.coded for chunk in chunks)
        column = TextColumn(
            self._table.type_of(name), known if choice else None, self._table.rows, choice
        )
        values, valid = self._new.columns[name]
        column.add(values, valid)
        if len(chunks) < len(self._entry.segments):  # the rows that stay have the initial value
            declared = self._table.schema.column(name)
            column.add(pa.array([declared.initial], declared.type.bytes_array), None)
        form = _part(column.finish(), slice(len(values)))
        assert not isinstance(form, Fixed), "text is never Fixed"
        if isinstance(form, Coded) and isinstance(form.domain, Dictionary):
            before = self._dictionaries.get(key)
            self._dictionaries[key] = self._workspace.writer.write_dictionary(form.domain, before)
        return form

    def _columns(self, number: int) -> list[StoredColumn]:
        """The changed columns of a segment, whole."""
        segment, rows = self._table.segments[number], self._slices[number]
        places = self._new.positions[rows] - segment.first_row
        columns = []
        for name, (form, valid) in self._forms.items():
            new_valid = None if valid is None else valid[rows]
            changed, kept = self._changed(segment, name, places, (_part(form, rows), new_valid))
            columns.append(
                StoredColumn(
                    self._table.key(name),
                    self._table.type_of(name),
                    changed,
                    kept,
                    self._table.encoding(name),
                )
            )
        return columns

    def _changed(self, segment: Segment, name: str, places: Numbers, new: NewForm) -> NewForm:
        """A column of a segment with new values at some places."""
        chunk = segment.chunk(name, keep=False)
        form, valid = new
        kept = _changed_validity(chunk, valid, places)
        match form:
            case Fixed(stored=values):
                assert isinstance(chunk.form, Fixed), "numbers are always Fixed"
                before = fixed_values(chunk.form, chunk.type)
                return Fixed(_changed_array(before, values, places)), kept
            case Coded(codes=codes, domain=domain):
                before = self._codes(name, chunk, domain)
                return Coded(_changed_array(before, codes, places), domain), kept
            case Text(strings=strings):
                index = np.arange(chunk.rows)
                index[places] = chunk.rows + np.arange(len(places))
                both = concatenate([self._table.values_of(name, chunk), strings])
                changed = take(both, index)
                return Text(changed if kept is None else blanked(changed, kept)), kept

    def _codes(self, name: str, chunk: Chunk, domain: Domain) -> Codes:
        """A column's codes before the change, in a domain that may have grown since."""
        known = self._table.dictionary(name)
        if isinstance(chunk.form, Coded) and chunk.form.domain in (known, domain):
            return chunk.form.codes
        assert isinstance(domain, Dictionary), "positions are stored in every segment"
        strings = self._table.values_of(name, chunk)
        found = pc.index_in(strings, value_set=domain.values).fill_null(0)
        codes: Codes = found.to_numpy().astype(code_dtype(domain.size))
        return codes


def _part(form: Form, rows: slice) -> Form:
    match form:
        case Fixed(stored=stored):
            return Fixed(stored[rows])
        case Coded(codes=codes, domain=domain):
            return Coded(codes[rows], domain)
        case Text(strings=strings):
            return Text(strings[rows])


def _changed_array(
    before: npt.NDArray[Any], values: npt.NDArray[Any], places: Numbers
) -> npt.NDArray[Any]:
    changed = before.astype(np.result_type(before, values))
    changed[places] = values
    return changed


def _changed_validity(chunk: Chunk, valid: Mask | None, places: Numbers) -> Mask | None:
    if chunk.valid is None and valid is None:
        return None
    changed = np.ones(chunk.rows, np.bool_) if chunk.valid is None else chunk.valid.copy()
    changed[places] = True if valid is None else valid
    return changed
