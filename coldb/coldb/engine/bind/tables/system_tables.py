"""Tables of information_schema and pg_catalog in FROM: frames made of the catalog, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.names import did_you_mean, listing
from coldb.engine.bind.tables.views import bind_view
from coldb.engine.plan import FrameScan
from coldb.engine.system import SYSTEM_TABLES
from coldb.engine.system.relations import SCHEMA, Relation, of_table, of_view
from coldb.errors import Error, ProgrammingError
from coldb_warehouse.types import NULL

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context
    from coldb.engine.system import SystemTable
    from coldb_grammar import ast
    from coldb_warehouse import Snapshot
    from coldb_warehouse.types import Type
    from coldb_warehouse.views import View

__all__ = ["bind_system_table", "system_table"]

_IMPLICIT = "pg_catalog"  # whose tables are found without its name, as in PostgreSQL
_USERS = (SCHEMA, "public")


def system_table(node: ast.NamedTable, context: Context) -> SystemTable | None:
    """The system table of that name; None for a name that means something else. Raises
    ProgrammingError for a schema that there is not, and for a table that it has not."""
    name = node.name.text
    if node.schema is None:
        return None if context.catalog.has(name) else SYSTEM_TABLES[_IMPLICIT].get(name)
    schema = node.schema.text
    if schema in _USERS:
        return None
    tables = SYSTEM_TABLES.get(schema)
    if tables is None:
        message = f'no schema "{schema}"; there are {listing((SCHEMA, *SYSTEM_TABLES))}'
        raise ProgrammingError(message, node.schema.span)
    if name not in tables:
        hint = did_you_mean(name, tables) or f"; there are {listing(tuple(tables))}"
        raise ProgrammingError(f'no table "{name}" in {schema}{hint}', node.name.span)
    return tables[name]


def bind_system_table(
    table: SystemTable, past: Snapshot | None, context: Context, span: ast.Span
) -> FrameScan:
    """The rows of a system table as of now, or as of a version that is over."""
    catalog = context.catalog.at(past)
    tables = [of_table(schema, rows) for schema, rows in catalog.tables()]
    views = [
        of_view(view, number, _types(view, past, context, span))
        for number, view in enumerate(catalog.views())
    ]
    relations: list[Relation] = sorted((*tables, *views), key=lambda relation: relation.name)
    frame = table.frame(relations)
    fields = tuple(context.field(name, type_) for name, type_ in table.columns)
    return FrameScan(context.add_frame(frame), fields)


def _types(view: View, past: Snapshot | None, context: Context, span: ast.Span) -> tuple[Type, ...]:
    """The types of a view's columns; unknown ones where it cannot be read any more."""
    try:
        plan = bind_view(view, past, context, span).plan
    except Error:
        return (NULL,) * len(view.columns)
    return tuple(field.type for field in plan.fields)
