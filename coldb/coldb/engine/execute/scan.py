"""Reading a stored table: the ladder of scan tricks, cheapest first.

1. partitions, segments and blocks whose number or statistics exclude a test are never touched
2. a test that a block's statistics prove is not run there
3. the sorted leading column: two binary searches instead of a scan
4. range tests on codes, then look-up tables on codes
5. once few rows survive, only the survivors are tested further; deleted rows go last
6. whatever predicate is left is evaluated on the survivors, and columns are fetched for them alone
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import Batch
from coldb.engine.evaluate import evaluate_predicates
from coldb.engine.execute.code_sets import CodeSet
from coldb.engine.execute.columns import POSITION, ChunkSource, ColumnReader, stored_name
from coldb.engine.execute.key_sets import rows_in
from coldb.engine.execute.operator import Operator
from coldb.engine.execute.partitions import partitions_to_read
from coldb.engine.execute.scratch import scratch
from coldb.engine.execute.sieve import ColumnTest, Sieve, make_sieve
from coldb_warehouse.chunks.chunk import Chunk, Coded, Fixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    import numpy.typing as npt
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.plan import Scan
    from coldb.engine.vector import Indices, Mask
    from coldb_warehouse import Segment, TableSnapshot
    from coldb_warehouse.reading.segment_group import SegmentGroup

__all__ = ["ScanOperator"]

# Below these shares of survivors, listing them (0.6 ns a row at 4 %) and testing them one by one costs
# less than testing all rows again: by a range (0.15 ns a row), by a look-up table (2 ns a row).
SPARSE_FOR_RANGES = 0.01
SPARSE_FOR_TABLE = 0.25
# Blocks of one morsel, at most: a whole segment. Python runs on one thread at a time, so its cost for each
# morsel bounds what a second thread gains: a million rows a morsel took 7 to 9 ms where half took 10 to 14.
MORSEL_BLOCKS = 8
# A small table is cut into about so many morsels, whatever the number of threads: where rows are cut
# decides how sums of floats are rounded.
FEWEST_MORSELS = 4


@dataclass(frozen=True, slots=True)
class Morsel:
    """Rows start to stop - 1 of a segment and the tests that its blocks still need."""

    segment: Segment | SegmentGroup
    start: int
    stop: int
    tests: tuple[ColumnTest, ...]


class ScanOperator(Operator):
    """Scans a table; joins above may push tests on positions into it."""

    plan: Scan

    def __init__(self, plan: Scan) -> None:
        super().__init__(plan)
        self._pushed: list[ColumnTest] = []
        self._hints: list[tuple[int, CodeSet]] = []

    def push_test(self, field: int, test: ColumnTest) -> bool:
        for candidate, column in zip(self.plan.fields, self.plan.columns, strict=True):
            if candidate.id == field:
                self._pushed.append(replace(test, column=column))
                return True
        return False

    def hint(self, field: int, values: CodeSet) -> None:
        self._hints.append((field, values))

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        reader = context.reader_at(self.plan.past)
        table = reader.snapshot.table(self.plan.table)
        pushed = tuple(replace(test, column=stored_name(test.column)) for test in self._pushed)
        pushed += tuple(self._hinted(table, reader))
        sieve = make_sieve(self.plan, table, reader, pushed, context.evaluation)
        self._describe(sieve)
        for morsel in self._morsels(table, sieve, context):
            yield self._task(morsel, sieve, reader, context)

    def _hinted(self, table: TableSnapshot, reader: ColumnReader) -> Iterator[ColumnTest]:
        """The hints as tests of what is stored: values, or codes of their domain."""
        columns = zip(self.plan.fields, self.plan.columns, strict=True)
        places = {field.id: (field, column) for field, column in columns}
        for key, values in self._hints:
            field, column = places[key]
            domain = None if column.startswith(POSITION) else table.domain(stored_name(column))
            if domain is not None:
                codes = CodeSet.of_table(rows_in(reader.domain_vector(field.type, domain), values))
                share = codes.size / max(domain.size, 1)
                yield ColumnTest(stored_name(column), codes, fraction=share)
            elif field.type.is_discrete:
                share = values.size / max(table.rows, values.size, 1)
                yield ColumnTest(stored_name(column), values, fraction=share)

    def _describe(self, sieve: Sieve) -> None:
        for test in sieve.tests:
            kind = "range tests" if test.codes.table is None else "look-up tables"
            self.metrics.add(kind)
        self.metrics.add("row predicates", len(sieve.remaining))

    # --- which rows ----------------------------------------------------------------------------

    def _morsels(
        self, table: TableSnapshot, sieve: Sieve, context: ExecutionContext
    ) -> Iterator[Morsel]:
        segments = self._unpruned(table, sieve, context)
        pieces = [piece for segment in segments for piece in self._pieces(segment, sieve, context)]
        kept = sum(piece.stop - piece.start for piece in pieces)
        share = kept // (FEWEST_MORSELS * context.block_rows)
        limit = context.block_rows * min(max(share, 1), MORSEL_BLOCKS)
        for piece in pieces:
            for start in range(piece.start, piece.stop, limit):
                yield replace(piece, start=start, stop=min(start + limit, piece.stop))

    def _unpruned(
        self, table: TableSnapshot, sieve: Sieve, context: ExecutionContext
    ) -> list[Segment | SegmentGroup]:
        """The segments of the partitions that the tests do not exclude, small ones together."""
        groups = table.segment_groups(context.block_rows)
        wanted = partitions_to_read(table, sieve.tests, context.reader_at(self.plan.past))
        if wanted is None:
            return list(groups)
        pruned = {group.partition for group in groups} - wanted
        self.metrics.add("partitions pruned", len(pruned))
        for group in groups:
            if group.partition in pruned:
                self._count_blocks(context, -(-group.rows // context.block_rows), 0)
        return [group for group in groups if group.partition not in pruned]

    def _pieces(
        self, segment: Segment | SegmentGroup, sieve: Sieve, context: ExecutionContext
    ) -> Iterator[Morsel]:
        """The rows of a segment that statistics and sort order leave, in runs with equal tests."""
        if not segment.live_rows or not all(_may_pass(segment, test) for test in sieve.tests):
            self._count_blocks(context, -(-segment.rows // context.block_rows), 0)
            return
        if not sieve.tests:
            yield Morsel(segment, 0, segment.rows, ())
            return
        chunks = [segment.chunk(test.column) for test in sieve.tests]
        own_ends = [np.cumsum(chunk.blocks.rows) for chunk in chunks]
        ends = np.unique(np.concatenate(own_ends))  # a column written later may have other blocks
        begins = np.concatenate(([0], ends[:-1]))
        keep = np.ones(len(ends), dtype=np.bool_)
        needed = np.zeros((len(ends), len(sieve.tests)), dtype=np.bool_)  # block by test
        start, stop = 0, segment.rows
        for number, (test, chunk) in enumerate(zip(sieve.tests, chunks, strict=True)):
            block = np.searchsorted(own_ends[number], ends)
            passing, proven = (blocks[block] for blocks in _by_statistics(chunk, test))
            keep &= passing
            if chunk.is_sorted and test.codes.table is None and len(test.codes.ranges) == 1:
                low, high = _binary_search(chunk, test.codes.ranges[0])
                start, stop = max(start, low), min(stop, high)
                self.metrics.add("binary searches")
            else:
                needed[:, number] = ~proven
        keep &= (ends > start) & (begins < stop)
        self._count_blocks(context, len(ends), int(np.count_nonzero(keep)))
        if segment.rows <= context.block_rows and keep.any():  # so few rows are not worth a cut
            first, last = int(keep.argmax()), len(keep) - int(keep[::-1].argmax())
            keep[first:last] = True
            needed[:] = needed.any(axis=0)
        for first, last in _runs(keep, needed):
            tests = tuple(itertools.compress(sieve.tests, needed[first]))
            yield Morsel(
                segment, max(int(begins[first]), start), min(int(ends[last - 1]), stop), tests
            )

    def _count_blocks(self, context: ExecutionContext, blocks: int, kept: int) -> None:
        context.blocks += blocks
        context.blocks_pruned += blocks - kept
        self.metrics.add("blocks", blocks)
        self.metrics.add("blocks pruned", blocks - kept)

    # --- one morsel ----------------------------------------------------------------------------

    def _task(
        self, morsel: Morsel, sieve: Sieve, reader: ColumnReader, context: ExecutionContext
    ) -> Task:
        def run() -> Batch | None:
            rows = morsel.stop - morsel.start
            with context.lock:
                context.rows_read += rows
                self.metrics.add("rows read", rows)
            selection = _surviving(morsel, context)
            if selection is not None and not len(selection):
                return None
            sources = {}
            for field, column in zip(self.plan.fields, self.plan.columns, strict=True):
                chunk = morsel.segment.chunk(stored_name(column))
                as_position = column.startswith(POSITION)
                sources[field.id] = ChunkSource(
                    reader, chunk, morsel.start, morsel.stop, as_position
                )
            batch = Batch(rows, sources, selection)
            if sieve.remaining:
                passing = evaluate_predicates(sieve.remaining, batch, context.evaluation)
                if passing is not None:
                    batch = batch.select(passing)
            return batch

        return run


def _may_pass(segment: Segment | SegmentGroup, test: ColumnTest) -> bool:
    """Whether the manifest's statistics allow any row of the segment to pass; nothing is read."""
    statistics = segment.statistics(test.column)
    if test.nulls_pass and statistics.nulls:
        return True
    if not isinstance(statistics.low, int) or not isinstance(statistics.high, int):
        return statistics.nulls < segment.rows
    low, high = np.array([statistics.low]), np.array([statistics.high])
    return bool(test.codes.meets(low, high)[0])


def _by_statistics(chunk: Chunk, test: ColumnTest) -> tuple[Mask, Mask]:
    """For each block: can any row pass, and do all rows certainly pass."""
    blocks = chunk.blocks
    if blocks.low is None or blocks.high is None:
        return np.ones(len(blocks.rows), np.bool_), np.zeros(len(blocks.rows), np.bool_)
    filled = blocks.low <= blocks.high
    low, high = np.where(filled, blocks.low, 0), np.where(filled, blocks.high, 0)
    passing = filled & test.codes.meets(low, high)
    proven = passing & test.codes.covers(low, high)
    has_nulls = blocks.nulls > 0
    if test.nulls_pass:
        passing |= has_nulls
    else:
        proven &= ~has_nulls
    return passing, proven


def _binary_search(chunk: Chunk, bounds: tuple[int, int]) -> tuple[int, int]:
    """The rows of a sorted chunk whose values lie within inclusive bounds."""
    stored, reference = _stored(chunk)
    info = np.iinfo(stored.dtype)
    low, high = bounds[0] - reference, bounds[1] - reference
    if high < info.min or low > info.max:
        return 0, 0
    start = 0 if low <= info.min else int(np.searchsorted(stored, stored.dtype.type(low), "left"))
    stop = (
        len(stored)
        if high >= info.max
        else int(np.searchsorted(stored, stored.dtype.type(high), "right"))
    )
    return start, stop


def _stored(chunk: Chunk) -> tuple[npt.NDArray[Any], int]:
    """The integers of a chunk and what to add to them."""
    match chunk.form:
        case Coded(codes=codes):
            return codes, 0
        case Fixed(stored=stored, reference=reference):
            return stored.view(np.uint8) if stored.dtype == np.bool_ else stored, reference
        case _:
            raise AssertionError("a test on a column of strings")


def _runs(keep: Mask, needed: Mask) -> list[tuple[int, int]]:
    """Maximal runs first..last-1 of kept blocks that need the same tests."""
    differs = (keep[1:] != keep[:-1]) | (needed[1:] != needed[:-1]).any(axis=1)
    edges = [0, *(np.flatnonzero(differs) + 1).tolist(), len(keep)]
    return [(first, last) for first, last in itertools.pairwise(edges) if keep[first]]


def _surviving(morsel: Morsel, context: ExecutionContext) -> Indices | None:
    """The rows of the morsel (from its start) that pass its tests; None for all of them."""
    mask: Mask | None = None
    selection: Indices | None = None
    rows = morsel.stop - morsel.start
    touched = 0
    for test in morsel.tests:
        if mask is not None and selection is None and np.count_nonzero(mask) < rows * _sparse(test):
            selection = np.flatnonzero(mask)
        chunk = morsel.segment.chunk(test.column)
        stored, reference = _stored(chunk)
        stored = stored[morsel.start : morsel.stop]
        valid = None if chunk.valid is None else chunk.valid[morsel.start : morsel.stop]
        if selection is not None:
            stored = stored.take(selection)
            valid = None if valid is None else valid.take(selection)
        touched += stored.nbytes
        out = scratch("first" if mask is None else "further", len(stored), np.bool_)
        passing = _passing(test, stored, reference, valid, out)
        if selection is not None:
            selection = selection.take(np.flatnonzero(passing))
            continue
        mask = passing if mask is None else np.logical_and(mask, passing, out=mask)
    context.reader.count_bytes(touched)
    live = morsel.segment.live
    if live is not None:
        live = live[morsel.start : morsel.stop]
        if selection is not None:
            return selection.take(np.flatnonzero(live.take(selection)))
        mask = live if mask is None else np.logical_and(mask, live, out=mask)
    if selection is not None:
        return selection
    return None if mask is None else np.flatnonzero(mask)


def _sparse(test: ColumnTest) -> float:
    return SPARSE_FOR_RANGES if test.codes.table is None else SPARSE_FOR_TABLE


def _passing(
    test: ColumnTest, stored: npt.NDArray[Any], reference: int, valid: Mask | None, out: Mask
) -> Mask:
    passing = test.codes.test(stored, reference, out)
    if valid is None:
        return passing
    if test.nulls_pass:
        return np.logical_or(passing, ~valid, out=passing)
    return np.logical_and(passing, valid, out=passing)
