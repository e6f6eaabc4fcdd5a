"""From the syntax tree to a logical plan: names and types resolved, conversions made explicit."""

from coldb.engine.bind.calls.functions import is_function
from coldb.engine.bind.calls.macros import macro_definition
from coldb.engine.bind.catalog import Catalog, Frame, Past
from coldb.engine.bind.changes.assignments import named_columns
from coldb.engine.bind.changes.merges import (
    CLAUSE,
    BoundMerge,
    bind_conflict,
    bind_merge,
    conflict_key,
)
from coldb.engine.bind.context import Parameters
from coldb.engine.bind.ddl import (
    added_column,
    column_value,
    index_name,
    table_schema,
    table_schema_as,
)
from coldb.engine.bind.prepared import bind_arguments
from coldb.engine.bind.queries import BoundQuery, bind_query
from coldb.engine.bind.statements import Reading, bind_statement
from coldb.engine.bind.type_names import bind_type
from coldb.engine.bind.view_definitions import bind_view_query, view_types

__all__ = [
    "CLAUSE",
    "BoundMerge",
    "BoundQuery",
    "Catalog",
    "Frame",
    "Parameters",
    "Past",
    "Reading",
    "added_column",
    "bind_arguments",
    "bind_conflict",
    "bind_merge",
    "bind_query",
    "bind_statement",
    "bind_type",
    "bind_view_query",
    "column_value",
    "conflict_key",
    "index_name",
    "is_function",
    "macro_definition",
    "named_columns",
    "table_schema",
    "table_schema_as",
    "view_types",
]
