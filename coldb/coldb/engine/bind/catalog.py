"""What a statement can name: stored tables of one snapshot, and registered Arrow tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.bind.frames import frame_columns
from coldb.engine.bind.names import did_you_mean, listing
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_warehouse.errors import CatalogError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from coldb_grammar.ast import Identifier, Span
    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.schema import Column, TableSchema

__all__ = ["Catalog", "Frame", "Past"]

Past: TypeAlias = "Callable[[int | None, dt.datetime | None], Snapshot]"


@dataclass(frozen=True, slots=True)
class Frame:
    """An Arrow table under a name, with the columns as SQL sees them."""

    name: str
    columns: tuple[Column, ...]


class Catalog:
    """Looks up tables and frames by name. Stored tables come first: a frame never hides one."""

    def __init__(
        self,
        snapshot: Snapshot,
        frames: Mapping[str, pa.Table] | None = None,
        past: Past | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._frames = {} if frames is None else frames
        self._past = past
        self._older: dict[int, Snapshot] = {}

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

    def older(self, span: Span, version: int | None, at: dt.datetime | None) -> Snapshot:
        """The version of that number, or of that moment: one object for each within a statement.

        Raises ProgrammingError where it is not kept.
        """
        if self._past is None:
            raise NotSupportedError("only a query can read an older version", span)
        try:
            found = self._past(version, at)
        except CatalogError as error:
            raise ProgrammingError(str(error), span) from error
        return self._older.setdefault(found.version, found)

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
