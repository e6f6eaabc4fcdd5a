"""From the syntax tree to a logical plan: names and types resolved, conversions made explicit."""

from coldb.engine.bind.catalog import Catalog, Frame
from coldb.engine.bind.context import Parameters
from coldb.engine.bind.ddl import table_schema
from coldb.engine.bind.queries import BoundQuery, bind_query
from coldb.engine.bind.type_names import bind_type

__all__ = [
    "BoundQuery",
    "Catalog",
    "Frame",
    "Parameters",
    "bind_query",
    "bind_type",
    "table_schema",
]
