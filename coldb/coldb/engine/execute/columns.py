"""Stored columns as vectors: of a range of rows of a segment, or of a whole table by position."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, assert_never

from coldb.engine.vector import Vector, take_data
from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.domain import Dictionary, Rows
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from coldb.engine.batch import Batch, Source
    from coldb.engine.vector import Indices, Mask
    from coldb_warehouse import Snapshot
    from coldb_warehouse.chunks.chunk import Chunk
    from coldb_warehouse.types import Type

__all__ = [
    "POSITION",
    "ChunkSource",
    "ColumnReader",
    "GatherSource",
    "SharedPositions",
    "WholeColumnSource",
    "stored_name",
]

# Before the name of a foreign key's column it asks for the positions that the key resolved to, as numbers.
POSITION = "##"


def stored_name(column: str) -> str:
    """The stored column behind a column of a scan."""
    return column.removeprefix(POSITION)


class ColumnReader:
    """Turns chunks of one snapshot into vectors. Domains become vectors once, and are shared."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._domains: dict[int, tuple[Dictionary, Vector]] = {}
        self._whole: dict[tuple[str, str], Vector] = {}
        self._lock = threading.RLock()
        self.bytes_read = 0

    def count_bytes(self, amount: int) -> None:
        """Takes note of bytes of stored columns, as they are in memory, that the statement has read."""
        with self._lock:
            self.bytes_read += amount

    def whole(self, table: str, column: str) -> Vector:
        """A column of a table, one entry for each row position."""
        key = (table, column)
        with self._lock:
            vector = self._whole.get(key)
            if vector is None:
                chunk = self.snapshot.table(table).chunk(stored_name(column))
                vector = self.vector(
                    chunk, 0, chunk.rows, None, as_position=column.startswith(POSITION)
                )
                self._whole[key] = vector
            return vector

    def vector(
        self,
        chunk: Chunk,
        start: int,
        stop: int,
        selection: Indices | None,
        *,
        as_position: bool = False,
    ) -> Vector:
        """The rows start to stop - 1 of a chunk, or those of them that `selection` (from start) names."""
        valid = None if chunk.valid is None else chunk.valid[start:stop]
        if valid is not None and selection is not None:
            valid = valid.take(selection)
        match chunk.form:
            case Fixed(stored=stored, reference=reference):
                data = stored[start:stop]
                if selection is not None:
                    data = data.take(selection)
                self.count_bytes(data.nbytes)
                return Vector(chunk.type, data, valid, reference=reference, bounds=_bounds(chunk))
            case Text(strings=strings):
                text = strings.slice(start, stop - start)
                if selection is not None:
                    text = take_data(text, selection)
                self.count_bytes(text.nbytes)
                return Vector(chunk.type, text, valid)
            case Coded(codes=codes, domain=domain):
                data = codes[start:stop]
                if selection is not None:
                    data = data.take(selection)
                self.count_bytes(data.nbytes)
                if as_position:
                    return Vector(BIGINT, data, valid, bounds=(0, max(domain.size - 1, 0)))
                entries = self.domain_vector(chunk.type, domain)
                ordered = isinstance(domain, Dictionary) and domain.is_sorted
                return Vector(chunk.type, data, valid, domain=entries, sorted_domain=ordered)
            case _:
                assert_never(chunk.form)

    def key_values(self, table: str) -> Vector:
        """The primary key of a table (of one column) by position."""
        (key,) = self.snapshot.table(table).schema.primary_key
        name = (table, f"{key} plain")
        with self._lock:
            if name not in self._whole:
                self._whole[name] = self.whole(table, key).plain()
            return self._whole[name]

    def domain_vector(self, type_: Type, domain: Dictionary | Rows) -> Vector:
        """The values of a domain's entries, by code: for a foreign key the referenced table's primary key."""
        if isinstance(domain, Rows):
            return self.key_values(domain.table)
        with self._lock:
            known = self._domains.get(id(domain))
            if known is None:
                known = (domain, Vector(type_, domain.values))
                self._domains[id(domain)] = known
            return known[1]


def _bounds(chunk: Chunk) -> tuple[int, int] | None:
    """What the block statistics prove of the values, for types whose values are integers."""
    low, high = chunk.blocks.low, chunk.blocks.high
    if not chunk.type.is_discrete or low is None or high is None or not len(low):
        return None
    filled = low <= high
    if not filled.any():
        return (0, 0)
    return int(low[filled].min()), int(high[filled].max())


class ChunkSource:
    """A column of a batch that is read from a range of rows of a segment's chunk."""

    __slots__ = ("as_position", "chunk", "reader", "start", "stop")

    def __init__(
        self, reader: ColumnReader, chunk: Chunk, start: int, stop: int, as_position: bool
    ) -> None:
        self.reader = reader
        self.chunk = chunk
        self.start = start
        self.stop = stop
        self.as_position = as_position

    def fetch(self, selection: Indices | None) -> Vector:
        return self.reader.vector(
            self.chunk, self.start, self.stop, selection, as_position=self.as_position
        )


class WholeColumnSource:
    """A column of a whole table, read when first asked for."""

    __slots__ = ("column", "reader", "table")

    def __init__(self, reader: ColumnReader, table: str, column: str) -> None:
        self.reader = reader
        self.table = table
        self.column = column

    def fetch(self, selection: Indices | None) -> Vector:
        vector = self.reader.whole(self.table, self.column)
        return vector if selection is None else vector.take(selection)


class SharedPositions:
    """Positions that several attributes are gathered by, as plain numbers: fetched once for a selection."""

    __slots__ = ("_latest", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._latest: tuple[Indices | None, Vector] | None = None

    def fetch(self, selection: Indices | None) -> Vector:
        latest = self._latest
        if latest is None or latest[0] is not selection:
            positions = self.source.fetch(selection)
            while positions.domain is not None:
                positions = positions.decoded()
            latest = (selection, positions)
            self._latest = latest
        return latest[1]


class GatherSource:
    """An attribute of a dimension for the rows of a batch: a vector coded by position.

    `dimension` holds the whole domain, one row for each position. `partners` (None: all) tells which
    positions count as found; where there is no partner the value is NULL.
    """

    __slots__ = ("dimension", "field", "partners", "positions")

    def __init__(
        self, positions: SharedPositions, dimension: Batch, field: int, partners: Mask | None
    ) -> None:
        self.positions = positions
        self.dimension = dimension
        self.field = field
        self.partners = partners

    def fetch(self, selection: Indices | None) -> Vector:
        positions = self.positions.fetch(selection)
        attribute = self.dimension.column(self.field).expanded(self.dimension.rows)
        found = positions.valid
        if self.partners is not None and len(attribute):
            partner = self.partners.take(positions.data)
            found = partner if found is None else found & partner
        return Vector(
            attribute.type,
            positions.data,
            found,
            domain=attribute,
            bounds=attribute.bounds,
            distinct_domain=False,
        )
