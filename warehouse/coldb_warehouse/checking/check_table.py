"""Checking one table at one version: its bytes, and what must hold between them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.checking.check_chunk import chunk_faults
from coldb_warehouse.chunks.chunk import Coded
from coldb_warehouse.loading.arrange import SortKey, ascending_order, form_key, sort_key
from coldb_warehouse.loading.loaded import take_form
from coldb_warehouse.reading.key_index import repeated_rows
from coldb_warehouse.reading.moves import read_move
from coldb_warehouse.values import all_valid
from coldb_warehouse.writing.partitions import partition_numbers

if TYPE_CHECKING:
    from coldb_warehouse.checking.findings import Findings
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.reading.segment import Segment
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.schema import ForeignKey
    from coldb_warehouse.versions.manifest import MoveEntry, SegmentEntry, TableEntry

__all__ = ["check_data", "check_rules"]


def check_data(
    table: TableSnapshot, entry: TableEntry, files: DataFiles, findings: Findings
) -> None:
    """Reads what was not read in another version: chunks, deleted rows, dictionaries, moves."""
    for segment, stored in zip(table.segments, entry.segments, strict=True):
        for name in table.column_names:
            findings.attempt(partial(_chunk, table, name, segment, stored, findings))
        if stored.deleted is not None and findings.is_new(stored.deleted.place):
            findings.attempt(partial(_deleted, segment))
    names = {table.key(name): name for name in table.column_names}
    for key, dictionary in entry.dictionaries.items():
        new = [part for part in dictionary.parts if findings.is_new(part.place)]
        if new and key in names:
            findings.attempt(partial(_dictionary, table, names[key], findings))
        _moves(dictionary.moves, dictionary.size, files, findings)
    _moves(entry.moves, entry.rows, files, findings)


def check_rules(table: TableSnapshot, findings: Findings) -> None:
    """Checks what is declared of the rows: order, partitions, primary and foreign keys."""
    for segment in table.segments:
        findings.attempt(partial(_order, table, segment, findings))
        findings.attempt(partial(_partition, table, segment, findings))
    for columns in table.schema.unique_keys:
        findings.attempt(partial(_unique_key, table, columns, findings))
    for key in table.schema.foreign_keys:
        findings.attempt(partial(_foreign_key, table, key, findings))
        if len(key.columns) > 1:
            findings.attempt(partial(_positions, table, key, findings))


def _chunk(
    table: TableSnapshot, name: str, segment: Segment, stored: SegmentEntry, findings: Findings
) -> None:
    entry = stored.chunks.get(table.key(name))
    if entry is not None and not findings.is_new(entry.place):
        return
    chunk, said = segment.chunk(name), segment.statistics(name)
    is_moved = (
        entry is not None
        and isinstance(chunk.form, Coded)
        and chunk.form.domain.generation != entry.generation
    )
    # What is said of codes that have moved since is in the old codes.
    faults = [] if entry is None or is_moved else list(chunk_faults(chunk, said))
    if chunk.valid is not None and not _is_nullable(table, name):
        nulls = ~chunk.valid if segment.live is None else ~chunk.valid & segment.live
        if nulls.any():
            faults.append("it has nulls and is NOT NULL")
    where = _where(table, name)
    findings.problems += [f"{where}, rows from {segment.first_row} on: {fault}" for fault in faults]


def _is_nullable(table: TableSnapshot, name: str) -> bool:
    return name.startswith("#") or table.schema.column(name).nullable


def _deleted(segment: Segment) -> None:
    """Reading it counts it."""
    assert segment.live is not None


def _dictionary(table: TableSnapshot, name: str, findings: Findings) -> None:
    dictionary = table.dictionary(name)
    if dictionary is None:
        return
    if len(repeated_rows([dictionary.values])):
        findings.problems.append(f"{_where(table, name)}: its dictionary repeats a value")
    key = sort_key(dictionary.values, None)
    if dictionary.is_sorted and ascending_order([key], dictionary.size) is not None:
        findings.problems.append(f"{_where(table, name)}: its dictionary is not in order")


def _moves(moves: tuple[MoveEntry, ...], size: int, files: DataFiles, findings: Findings) -> None:
    for move in moves:
        if findings.is_new(move.place):
            findings.attempt(partial(_move, move, size, files))


def _move(move: MoveEntry, size: int, files: DataFiles) -> None:
    """Reading it compares it with the domain that it leads to."""
    read_move([move], size, files)


def _order(table: TableSnapshot, segment: Segment, findings: Findings) -> None:
    """Deleted rows do not count: what they referenced may be gone, and their codes with it."""
    if not segment.is_sorted:
        return
    live = np.arange(segment.rows) if segment.live is None else np.flatnonzero(segment.live)
    keys: list[SortKey] = []
    for name in table.schema.sort_columns:
        reference = table.schema.foreign_key_on(name)
        if reference is not None and reference.table == table.schema.name:
            break  # sorted by the key itself, whose row may have been anywhere at that time
        chunk = segment.chunk(name)
        valid = None if chunk.valid is None else chunk.valid[live]
        keys.append(form_key(take_form(chunk.form, live), valid))
    if ascending_order(keys, len(live)) is not None:
        findings.problems.append(
            f'table "{table.schema.name}", rows from {segment.first_row} on: not in order'
        )


def _partition(table: TableSnapshot, segment: Segment, findings: Findings) -> None:
    numbers = partition_numbers(table, segment)
    where = f'table "{table.schema.name}", rows from {segment.first_row} on'
    if (numbers is None) != (segment.partition is None):
        findings.problems.append(f"{where}: in no partition, or in one although there are none")
    if numbers is None or segment.partition is None:
        return
    wrong = numbers != segment.partition
    if segment.live is not None:
        wrong &= segment.live
    if wrong.any():
        findings.problems.append(
            f"{where}: {np.count_nonzero(wrong)} belong to another partition than "
            f"{segment.partition}"
        )


def _unique_key(table: TableSnapshot, names: tuple[str, ...], findings: Findings) -> None:
    columns = [table.values(name) for name in names]
    valid = all_valid([table.live, *(valid for _, valid in columns)])
    if len(repeated_rows([values for values, _ in columns], valid)):
        key = "primary key" if names == table.schema.primary_key else f"key ({', '.join(names)})"
        findings.problems.append(f'table "{table.schema.name}": a {key} occurs twice')


def _foreign_key(table: TableSnapshot, key: ForeignKey, findings: Findings) -> None:
    """No row that is there references one that is not; positions beyond the end are not read."""
    referenced = table.referenced(key.table).live
    chunk = table.chunk(key.position_column)
    if referenced is None or not isinstance(chunk.form, Coded) or not chunk.rows:
        return
    lost = ~referenced[chunk.form.codes]
    for there in (chunk.valid, table.live):
        if there is not None:
            lost &= there
    if lost.any():
        findings.problems.append(
            f"{_where(table, key.position_column)}: {np.count_nonzero(lost)} rows reference rows "
            f'of table "{key.table}" that were deleted'
        )


def _positions(table: TableSnapshot, key: ForeignKey, findings: Findings) -> None:
    """A key of several columns is stored twice: as it is written, and as a position."""
    positions, known = table.values(key.position_column)
    assert isinstance(positions, np.ndarray)
    written = [table.values(name) for name in key.columns]
    found = table.referenced(key.table).positions_of(
        [values for values, _ in written], all_valid([valid for _, valid in written])
    )
    stored = positions if known is None else np.where(known, positions, -1)
    wrong = stored != found
    if table.live is not None:
        wrong &= table.live
    if wrong.any():
        findings.problems.append(f"{_where(table, key.position_column)}: wrong positions")


def _where(table: TableSnapshot, column: str) -> str:
    return f'column "{column}" of table "{table.schema.name}"'
