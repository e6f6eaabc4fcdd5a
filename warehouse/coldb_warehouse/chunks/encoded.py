"""A column on disk, asked without being decoded.

A block that is constant or run-length encoded is tested, looked up and added by the run. Blocks whose
statistics answer a test are not even looked at. What this cannot answer better than the decoded
column can, it does not answer: each question may be refused with None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.layout import FormKind, unpack_header
from coldb_warehouse.chunks.reader import block_statistics, check_form, damaged
from coldb_warehouse.chunks.streams import streams_of
from coldb_warehouse.encodings import ByRun, Runs, encoding_by_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.domain import Domain
    from coldb_warehouse.encodings import Stored
    from coldb_warehouse.types import Type

__all__ = ["EncodedColumn"]


class EncodedColumn:
    """One column of one segment, `rows` long, as it is on disk.

    `blocks` has the statistics of its blocks. `nbytes` counts the bytes that answers have needed so
    far. Every method raises CorruptionError for damaged bytes.
    """

    def __init__(
        self,
        buffer: bytes | memoryview,
        type: Type,
        domain: Domain | None,
        *,
        where: str,
        header_crc: int | None = None,
    ) -> None:
        """As for decode_chunk. Nothing but the header is read."""
        self._where = where
        self._domain = domain
        try:
            view = memoryview(buffer).toreadonly()
            self._header, end = unpack_header(view, header_crc)
            check_form(self._header, type, domain)
        except ValueError as error:
            raise damaged(where, error) from None
        self._streams = streams_of(self._header, view[end:])
        self.rows = self._header.rows
        self.blocks = block_statistics(self._header)
        self.nbytes = end

    def range_test(self, low: int | None, high: int | None) -> Mask | None:
        """Which rows hold a value (a code, of coded columns) from low to high; False where null.

        A bound of None is open.
        """
        known = self.blocks
        if known.low is None or known.high is None or known.low.dtype.kind == "f":
            return None
        outside = known.low > known.high
        inside = (known.nulls == 0) & ~outside
        if low is not None:
            outside |= known.high < low
            inside &= known.low >= low
        if high is not None:
            outside |= known.low > high
            inside &= known.high <= high

        def test(stored: Stored) -> Mask:
            if stored.dtype.kind == "b":
                stored = stored.view(np.uint8)  # comparable with every integer
            reference = self._header.reference
            passed = np.ones(len(stored), np.bool_)
            if low is not None:
                passed &= stored >= low - reference
            if high is not None:
                passed &= stored <= high - reference
            return passed

        return self._test(test, inside, ~(inside | outside))

    def member_test(self, table: Mask) -> Mask | None:
        """Which rows hold a code that the table has True for, one entry a code; False where null."""
        if self._header.form is not FormKind.CODED:
            return None
        present = self.blocks.nulls < self.blocks.rows
        return self._test(lambda codes: table[codes], np.zeros_like(present), present)

    def sum(self) -> int | None:
        """The sum of all values, exactly; None of anything but integers without nulls."""
        header = self._header
        every = np.ones(len(self.blocks.rows), np.bool_)
        if (
            header.form is not FormKind.FIXED
            or header.dtype.kind not in "iu"
            or header.has_nulls
            or not self._is_by_run(every)
        ):
            return None
        return header.reference * self.rows + sum(
            _exact_sum(block.values, block.lengths)
            if isinstance(block, Runs)
            else _exact_sum(block)
            for block in map(self._block, range(len(every)))
        )

    def take(self, rows: npt.NDArray[np.integer[Any]]) -> Stored | None:
        """What the chunk's form would hold in these rows, which ascend; None of text and with nulls.

        Only the blocks that they are in are decoded. Raises IndexError for rows that there are not.
        """
        if len(rows) and not 0 <= rows[0] <= rows[-1] < self.rows:
            raise IndexError(f"rows {rows[0]} to {rows[-1]} of {self.rows}")
        header = self._header
        if header.form is FormKind.TEXT or header.has_nulls or header.dtype.kind == "V":
            return None
        taken = np.empty(len(rows), header.dtype)
        bounds = np.searchsorted(rows, np.arange(len(self.blocks.rows) + 1) * header.block_rows)
        for block in np.flatnonzero(np.diff(bounds)).tolist():
            first, last = int(bounds[block]), int(bounds[block + 1])
            within = rows[first:last] - block * header.block_rows
            found = self._block(block)
            if isinstance(found, Runs):
                runs = np.searchsorted(np.cumsum(found.lengths), within, side="right")
                taken[first:last] = found.values[runs]
            else:
                taken[first:last] = found[within]
        return taken

    def _test(self, test: Callable[[Stored], Mask], inside: Mask, undecided: Mask) -> Mask | None:
        """A test of stored values, block by block: True for all rows of blocks `inside`, put to the
        values of `undecided` blocks, and False elsewhere."""
        if not self._is_by_run(undecided):
            return None
        passed = np.repeat(inside, self.blocks.rows)
        start = 0
        for block, rows in enumerate(self.blocks.rows.tolist()):
            if undecided[block]:
                found = self._block(block)
                answer = test(found.values if isinstance(found, Runs) else found)
                if isinstance(found, Runs):
                    answer = np.repeat(answer, found.lengths)
                passed[start : start + rows] = answer
            start += rows
        if self._header.has_nulls:
            passed &= self._valid()
        return passed

    def _is_by_run(self, blocks: Mask) -> bool:
        """Whether no more than half of the rows in these blocks would have to be decoded."""
        rows = self.blocks.rows
        ids = self._streams[0].entries["encoding"].tolist()
        by_run = [isinstance(encoding_by_id(id), ByRun) for id in ids]
        return 2 * int(rows[blocks & ~np.array(by_run, np.bool_)].sum()) <= int(rows[blocks].sum())

    def _block(self, block: int) -> Runs | Stored:
        """The stored values of one block, as runs if it is encoded so."""
        rows, stream = int(self.blocks.rows[block]), self._streams[0]
        self.nbytes += int(stream.entries["bytes"][block])
        try:
            encoding, payload = stream.encoding(block), stream.payload(block)
            if isinstance(encoding, ByRun):
                runs = encoding.runs(payload, self._header.dtype, rows)
                self._check(runs.values)
                return runs
            values = np.empty(rows, self._header.dtype)
            encoding.decode(payload, values)
            self._check(values)
            return values
        except ValueError as error:
            raise damaged(self._where, error) from None

    def _check(self, stored: Stored) -> None:
        if self._domain is not None and int(stored.max(initial=0)) >= self._domain.size:
            raise ValueError("a code is outside of the domain")
        if stored.dtype.kind == "b" and stored.view(np.uint8).max(initial=0) > 1:
            raise ValueError("a boolean is neither true nor false")

    def _valid(self) -> Mask:
        stream = self._streams[-1]
        self.nbytes += int(stream.entries["bytes"].sum())
        try:
            return stream.values(self._header, np.dtype(np.bool_))
        except ValueError as error:
            raise damaged(self._where, error) from None


def _exact_sum(values: Stored, times: npt.NDArray[np.int64] | None = None) -> int:
    """The sum of the integers of a block, each so many times, which overflows by halves of 32 bits
    in no chunk that is as long as it may be."""
    if values.itemsize < 8:
        return _dot(values.astype(np.int64), times)
    low, high = (values & 0xFFFF_FFFF).astype(np.int64), (values >> 32).astype(np.int64)
    return _dot(low, times) + (_dot(high, times) << 32)


def _dot(values: npt.NDArray[np.int64], times: npt.NDArray[np.int64] | None) -> int:
    return int(values.sum() if times is None else values @ times)
