"""System tables: tables whose rows are made of the catalog when a query reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyarrow as pa
    from coldb.engine.system.relations import Relation
    from coldb_warehouse.types import Type

__all__ = ["Rows", "SystemTable"]

Rows: TypeAlias = "Iterable[Mapping[str, Any]]"


@dataclass(frozen=True, slots=True)
class SystemTable:
    """`rows` makes the rows by the names of their columns, those that are NULL left out."""

    schema: str
    name: str
    columns: tuple[tuple[str, Type], ...]
    rows: Callable[[Sequence[Relation]], Rows]

    def frame(self, relations: Sequence[Relation]) -> pa.Table:
        """The whole table."""
        import pyarrow as pa

        schema = pa.schema([pa.field(name, type_.to_arrow()) for name, type_ in self.columns])
        rows = [{name: row.get(name) for name in schema.names} for row in self.rows(relations)]
        return pa.Table.from_pylist(rows, schema)
