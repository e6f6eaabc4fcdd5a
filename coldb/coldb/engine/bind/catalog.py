"""What a statement can name: stored tables and views of one snapshot, and registered Arrow tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.bind.names import did_you_mean, listing
from coldb.engine.bind.tables.frames import frame_columns
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.schema import TableSchema

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa
    from coldb_grammar.ast import Identifier, Span
    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.schema import Column
    from coldb_warehouse.views import Macro, View

__all__ = ["Catalog", "Frame", "Past"]

Past: TypeAlias = "Callable[[int | None, dt.datetime | None], Snapshot]"


@dataclass(frozen=True, slots=True)
class Frame:
    """An Arrow table under a name, with the columns as SQL sees them."""

    name: str
    columns: tuple[Column, ...]


class Catalog:
    """Looks up tables, views and frames by name. A frame never hides what is stored."""

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

    def table(self, name: Identifier) -> TableSchema | View | Frame:
        """The table, view or frame of that name. Raises ProgrammingError with the nearest name."""
        if self._snapshot.has_table(name.text):
            return self._snapshot.table(name.text).schema
        view = self.view(name.text)
        if view is not None:
            return view
        frame = self._frames.get(name.text)
        if frame is not None:
            return Frame(name.text, frame_columns(name.text, frame))
        names = self.names()
        hint = did_you_mean(name.text, names)
        if not hint and names:
            hint = f"; there are {listing(names)}"
        raise ProgrammingError(f'no table "{name.text}"{hint}', name.span)

    def at(self, past: Snapshot | None) -> Catalog:
        """What names mean at an older version; the same catalog for None."""
        return self if past is None else Catalog(past)

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
        return self.is_stored(name) or name in self._frames

    def is_stored(self, name: str) -> bool:
        """Whether there is a table or view of that name."""
        return self._snapshot.has_table(name) or self.view(name) is not None

    def view(self, name: str) -> View | None:
        """The view of that name, if there is one."""
        return next((view for view in self._snapshot.views if view.name == name), None)

    def tables(self) -> Iterator[tuple[TableSchema, int]]:
        """The stored tables, and how many rows each has."""
        for schema in self._snapshot.tables:
            yield schema, self._snapshot.table(schema.name).live_rows

    def views(self) -> tuple[View, ...]:
        return self._snapshot.views

    @property
    def index_names(self) -> frozenset[str]:
        """The names of all indexes."""
        return frozenset(index.name for schema in self._snapshot.tables for index in schema.indexes)

    def macro(self, name: str) -> Macro | None:
        """The macro of that name, if there is one."""
        return next((macro for macro in self._snapshot.macros if macro.name == name), None)

    def stored(self, name: Identifier) -> TableSchema:
        """The stored table of that name, for statements that change or reference it."""
        if self.view(name.text) is not None:
            message = f'"{name.text}" is a view: change the tables that it reads'
            raise ProgrammingError(message, name.span)
        if not self._snapshot.has_table(name.text) and name.text in self._frames:
            message = f'"{name.text}" is a registered frame, not a stored table'
            raise ProgrammingError(message, name.span)
        schema = self.table(name)
        assert isinstance(schema, TableSchema)
        return schema

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        stored = (schema.name for schema in self._snapshot.tables)
        views = (view.name for view in self._snapshot.views)
        return tuple(sorted({*stored, *views, *self._frames}))

    def check_free(self, name: Identifier) -> None:
        """Refuses to create a table or view where there is one of that name."""
        if self.is_stored(name.text):
            kind = "view" if self.view(name.text) else "table"
            raise ProgrammingError(f'{kind} "{name.text}" exists already', name.span)

    def check_frame_name(self, name: str) -> None:
        """Refuses to register a frame under the name of a stored table, which would win."""
        if self.is_stored(name):
            raise ProgrammingError(
                f'cannot register "{name}": a stored table or view has that name and would be used instead'
            )
