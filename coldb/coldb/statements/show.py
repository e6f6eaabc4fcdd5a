"""SHOW and DESCRIBE: the catalog as small results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_grammar import ast
from coldb_warehouse.types import BIGINT, BOOLEAN, TIMESTAMP, VARCHAR

from coldb.errors import NotSupportedError
from coldb.result import Result, rows_result

if TYPE_CHECKING:
    from coldb_warehouse.schema import TableSchema

    from coldb.session import Session

__all__ = ["describe", "show"]


def show(session: Session, statement: ast.Show) -> Result:
    """SHOW TABLES, SHOW SOURCES, SHOW SNAPSHOTS."""
    if statement.subject == "snapshots":
        return _snapshots(session)
    snapshot = session.snapshot()
    if statement.subject == "sources":
        rows = [
            (
                source.name,
                source.kind,
                ", ".join(f"{name}={value}" for name, value in source.options),
            )
            for source in snapshot.sources
        ]
        return rows_result(
            "SHOW", (("name", VARCHAR), ("type", VARCHAR), ("options", VARCHAR)), sorted(rows)
        )
    tables = [
        (schema.name, schema.kind.value, snapshot.table(schema.name).live_rows)
        for schema in snapshot.tables
    ]
    return rows_result(
        "SHOW", (("name", VARCHAR), ("kind", VARCHAR), ("rows", BIGINT)), sorted(tables)
    )


def _snapshots(session: Session) -> Result:
    """The versions that AS OF can read, with their moments in UTC."""
    rows = [
        (
            version.number,
            version.committed_at.replace(tzinfo=None),
            version.tables,
            version.rows,
            version.nbytes,
        )
        for version in session.warehouse.versions()
    ]
    columns = (
        ("version", BIGINT),
        ("committed_at", TIMESTAMP),
        ("tables", BIGINT),
        ("rows", BIGINT),
        ("bytes", BIGINT),
    )
    return rows_result("SHOW", columns, rows)


def describe(session: Session, statement: ast.Describe) -> Result:
    """DESCRIBE table."""
    if not isinstance(statement.subject, ast.Identifier):
        raise NotSupportedError("DESCRIBE of a query is not supported", statement.subject.span)
    schema = session.snapshot().table(statement.subject.text).schema
    rows = [
        (column.name, str(column.type), column.nullable, _key(schema, column.name))
        for column in schema.columns
    ]
    return rows_result(
        "DESCRIBE",
        (("column", VARCHAR), ("type", VARCHAR), ("nullable", BOOLEAN), ("key", VARCHAR)),
        rows,
    )


def _key(schema: TableSchema, column: str) -> str | None:
    """What part a column plays in the keys of its table."""
    parts = ["primary key"] if column in schema.primary_key else []
    parts += [f"references {key.table}" for key in schema.foreign_keys if column in key.columns]
    return ", ".join(parts) or None
