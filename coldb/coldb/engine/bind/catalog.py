"""What a statement can name: stored tables of one snapshot, and registered Arrow tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb.engine.bind.frames import frame_columns
from coldb.engine.bind.names import did_you_mean, listing
from coldb.errors import ProgrammingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from coldb_grammar.ast import Identifier
    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.schema import Column, TableSchema

__all__ = ["Catalog", "Frame"]


@dataclass(frozen=True, slots=True)
class Frame:
    """An Arrow table under a name, with the columns as SQL sees them."""

    name: str
    columns: tuple[Column, ...]


class Catalog:
    """Looks up tables and frames by name. Stored tables come first: a frame never hides one."""

    def __init__(self, snapshot: Snapshot, frames: Mapping[str, pa.Table] | None = None) -> None:
        self._snapshot = snapshot
        self._frames = {} if frames is None else frames

    def table(self, name: Identifier) -> TableSchema | Frame:
        """The table or frame of that name. Raises ProgrammingError with the nearest name."""
        if self._snapshot.has_table(name.text):
            return self._snapshot.table(name.text).schema
        frame = self._frames.get(name.text)
        if frame is not None:
            return Frame(name.text, frame_columns(name.text, frame))
        names = self.names()
        hint = did_you_mean(name.text, names)
        if not hint and names:
            hint = f"; there are {listing(names)}"
        raise ProgrammingError(f'no table "{name.text}"{hint}', name.span)

    def has(self, name: str) -> bool:
        """Whether there is a table or frame of that name."""
        return self._snapshot.has_table(name) or name in self._frames

    def stored(self, name: Identifier) -> TableSchema:
        """The stored table of that name, for statements that change or reference it."""
        if not self._snapshot.has_table(name.text) and name.text in self._frames:
            message = f'"{name.text}" is a registered frame, not a stored table'
            raise ProgrammingError(message, name.span)
        schema = self.table(name)
        assert not isinstance(schema, Frame)
        return schema

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        stored = (schema.name for schema in self._snapshot.tables)
        return tuple(sorted({*stored, *self._frames}))

    def check_frame_name(self, name: str) -> None:
        """Refuses to register a frame under the name of a stored table, which would win."""
        if self._snapshot.has_table(name):
            raise ProgrammingError(
                f'cannot register "{name}": a stored table has that name and would be used instead'
            )
