"""The system tables: information_schema and pg_catalog, made of the catalog when they are read."""

from __future__ import annotations

from coldb.engine.system.information_schema import INFORMATION_SCHEMA
from coldb.engine.system.pg_catalog import PG_CATALOG
from coldb.engine.system.tables import SystemTable

__all__ = ["SYSTEM_TABLES", "SystemTable"]

SYSTEM_TABLES = {
    schema: {table.name: table for table in tables}
    for schema, tables in (("information_schema", INFORMATION_SCHEMA), ("pg_catalog", PG_CATALOG))
}
