"""Rows of a load on disk: what does not fit into memory waits there, sorted, to be merged.

A file of spilled rows is an Arrow file in the directory `data`, of batches of equally many rows, so
that any columns of any rows are read alone. No version names it: it is removed when the load ends,
and swept by the next writer if the load was cut short.

    value:<column>   what is stored of the column (numbers narrowed, codes, strings)
    valid:<column>   which of its rows are not null
    row:<column>     the positions that a foreign key leads to, and the rows' numbers
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.chunks.wide import WIDE, from_wide, to_wide
from coldb_warehouse.loading.loaded import LoadedRows, join_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from coldb_warehouse.chunks.chunk import Form
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.types import Type

__all__ = ["SpilledRows", "spill"]


@dataclass(frozen=True, slots=True, eq=False)
class SpilledRows:
    """`count` rows in a file, in batches of `batch_rows`.

    `samples` has the first row of each batch, of the columns that the rows are sorted by; `nbytes`
    is what the widest column takes in memory. `layout` has a form of no rows for each column, which
    says how its values are stored; `fields` are the names of the file's columns.
    """

    count: int
    types: Mapping[str, Type]
    layout: Mapping[str, Form]
    samples: LoadedRows
    batch_rows: int
    nbytes: int
    fields: tuple[str, ...]
    name: str
    files: DataFiles

    def read(
        self, names: Collection[str] | None = None, first: int = 0, last: int | None = None
    ) -> LoadedRows:
        """The rows from first to last - 1, of the columns of these names; StorageError."""
        last = self.count if last is None else last
        if names is not None and not names:
            return LoadedRows(last - first, self.types, {}, {}, {})
        start = min(first, self.count - 1) // self.batch_rows
        stop = max(-(-last // self.batch_rows), start + 1)
        rows = join_rows([self._rows(batch) for batch in self._batches(names, start, stop)])
        skipped = start * self.batch_rows
        return rows.read(None, first - skipped, last - skipped)

    def remove(self) -> None:
        """Removes the file."""
        self.files.directory.remove(self.name)

    def _batches(
        self, names: Collection[str] | None, first: int, last: int
    ) -> Iterator[pa.RecordBatch]:
        fields = [
            number
            for number, field in enumerate(self.fields)
            if names is None or field.partition(":")[2] in names
        ]
        with self.files.directory.reading(self.name) as file:
            reader = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=fields))
            for number in range(first, last):
                yield reader.get_batch(number)

    def _rows(self, batch: pa.RecordBatch) -> LoadedRows:
        forms, valid, positions = {}, {}, {}
        for field, array in zip(batch.schema.names, batch.columns, strict=True):
            kind, _, name = field.partition(":")
            if kind == "value":
                forms[name] = _form(array, self.layout[name])
            elif kind == "valid":
                mask = array.to_numpy(zero_copy_only=False)
                valid[name] = None if mask.all() else mask
            else:
                positions[name] = array.to_numpy()
        return LoadedRows(batch.num_rows, self.types, forms, valid, positions)


def spill(
    rows: LoadedRows,
    order: npt.NDArray[np.int64] | None,
    sorted_by: Collection[str],
    files: DataFiles,
    name: str,
    batch_rows: int,
) -> SpilledRows:
    """Writes the rows, at least one, in that order, into a new file; raises StorageError."""
    starts = range(0, rows.count, batch_rows)
    with files.directory.writing(name) as file:
        schema = _batch(rows.read(None, 0, 0)).schema
        with pa.ipc.new_file(file, schema) as writer:
            for first in starts:
                last = min(first + batch_rows, rows.count)
                chosen = (
                    rows.read(None, first, last) if order is None else rows.take(order[first:last])
                )
                writer.write_batch(_batch(chosen))
    firsts = np.array(starts) if order is None else order[np.array(starts)]
    return SpilledRows(
        count=rows.count,
        types=rows.types,
        layout={name: _no_rows(form) for name, form in rows.forms.items()},
        samples=rows.read(sorted_by).take(firsts),
        batch_rows=batch_rows,
        nbytes=max(map(_nbytes, rows.forms.values()), default=0),
        fields=tuple(schema.names),
        name=name,
        files=files,
    )


def _batch(rows: LoadedRows) -> pa.RecordBatch:
    columns = {f"value:{name}": _array(form) for name, form in rows.forms.items()}
    for name, valid in rows.valid.items():
        columns[f"valid:{name}"] = pa.array(
            np.ones(rows.count, np.bool_) if valid is None else valid
        )
    columns |= {f"row:{name}": pa.array(positions) for name, positions in rows.positions.items()}
    return pa.record_batch(columns)


def _array(form: Form) -> pa.Array:
    match form:
        case Fixed(stored=stored) if stored.dtype == object:
            wide = pa.py_buffer(to_wide(stored))
            return pa.Array.from_buffers(pa.binary(WIDE.itemsize), len(stored), [None, wide])
        case Fixed(stored=stored):
            return pa.array(stored.view(np.uint8) if stored.dtype == np.bool_ else stored)
        case Coded(codes=codes):
            return pa.array(codes)
        case Text(strings=strings):
            return strings


def _form(array: pa.Array, layout: Form) -> Form:
    """The opposite of `_array`."""
    match layout:
        case Fixed(stored=stored) if stored.dtype == object:
            wide = np.frombuffer(array.buffers()[1], WIDE)[array.offset :][: len(array)]
            return Fixed(from_wide(wide).astype(object))
        case Fixed(stored=stored, reference=reference):
            return Fixed(array.to_numpy().view(stored.dtype), reference)
        case Coded(domain=domain):
            return Coded(array.to_numpy(), domain)
        case Text():
            return Text(array)


def _no_rows(form: Form) -> Form:
    """What is kept in memory of a form: its dtype and reference, or its domain."""
    match form:
        case Fixed(stored=stored, reference=reference):
            return Fixed(np.empty(0, stored.dtype), reference)
        case Coded(codes=codes, domain=domain):
            return Coded(codes[:0].copy(), domain)
        case Text(strings=strings):
            return Text(pa.array([], strings.type))


def _nbytes(form: Form) -> int:
    match form:
        case Fixed(stored=array) | Coded(codes=array):
            return int(array.nbytes)
        case Text(strings=strings):
            return int(strings.nbytes)
