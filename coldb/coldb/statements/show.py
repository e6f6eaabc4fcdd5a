"""SHOW and DESCRIBE: the catalog as small results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from coldb_grammar import ast
from coldb_warehouse.schema import TableSchema
from coldb_warehouse.types import BIGINT, BOOLEAN, TIMESTAMP, VARCHAR
from coldb_warehouse.views import View

from coldb.engine.bind import Catalog, Frame, bind_query, macro_definition
from coldb.engine.system.relations import default_text
from coldb.result import Result, rows_result

if TYPE_CHECKING:
    from coldb_warehouse import Snapshot

    from coldb.session import Session

__all__ = ["describe", "rows_of", "show"]


def show(session: Session, statement: ast.Show) -> Result:
    """SHOW TABLES, VIEWS, MACROS, SOURCES, SNAPSHOTS."""
    snapshot = session.snapshot()
    match statement.subject:
        case "snapshots":
            return _snapshots(session)
        case "views":
            return _views(snapshot)
        case "macros":
            return _macros(snapshot)
        case "sources":
            return _sources(snapshot)
        case "tables":
            return _tables(snapshot)
        case _:
            assert_never(statement.subject)


def _tables(snapshot: Snapshot) -> Result:
    tables = [
        (schema.name, schema.kind.value, snapshot.table(schema.name).live_rows)
        for schema in snapshot.tables
    ]
    columns = (("name", VARCHAR), ("kind", VARCHAR), ("rows", BIGINT))
    return rows_result("SHOW", columns, sorted(tables))


def _sources(snapshot: Snapshot) -> Result:
    rows = [
        (source.name, source.kind, ", ".join(f"{name}={value}" for name, value in source.options))
        for source in snapshot.sources
    ]
    columns = (("name", VARCHAR), ("type", VARCHAR), ("options", VARCHAR))
    return rows_result("SHOW", columns, sorted(rows))


def _views(snapshot: Snapshot) -> Result:
    columns = (("name", VARCHAR), ("columns", VARCHAR), ("query", VARCHAR), ("comment", VARCHAR))
    rows = [
        (view.name, ", ".join(view.columns), view.query, view.comment) for view in snapshot.views
    ]
    return rows_result("SHOW", columns, sorted(rows))


def _macros(snapshot: Snapshot) -> Result:
    columns = (("name", VARCHAR), ("parameters", VARCHAR), ("definition", VARCHAR))
    rows = []
    for macro in snapshot.macros:
        parameters = macro_definition(macro).parameters
        names = ", ".join(name.text for name, _ in parameters)
        rows.append((macro.name, names, macro.definition))
    return rows_result("SHOW", columns, sorted(rows))


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


def describe(session: Session, statement: ast.Describe, parameters: Any) -> Result:
    """DESCRIBE table | view | query: its columns."""
    subject = statement.subject
    catalog = Catalog(session.snapshot(), session.frames)
    bound = bind_query(rows_of(subject), catalog, parameters)
    known: TableSchema | View | Frame | None = None
    if isinstance(subject, ast.Identifier) and catalog.has(subject.text):
        known = catalog.table(subject)
    rows = []
    for name, field in zip(bound.names, bound.plan.fields, strict=True):
        key = default = comment = None
        if isinstance(known, TableSchema):
            key = _key(known, name)
            default = default_text(known.column(name))
            comment = known.column(name).comment
        elif isinstance(known, View):
            comment = known.comment_on(name)
        rows.append((name, str(field.type), field.nullable, key, default, comment))
    columns = (
        ("column", VARCHAR),
        ("type", VARCHAR),
        ("nullable", BOOLEAN),
        ("key", VARCHAR),
        ("default", VARCHAR),
        ("comment", VARCHAR),
    )
    return rows_result("DESCRIBE", columns, rows)


def rows_of(subject: ast.Identifier | ast.Query) -> ast.Query:
    """A query as it is; all rows of a table or view."""
    if isinstance(subject, ast.Query):
        return subject
    span = subject.span
    table = ast.NamedTable(subject, span=span)
    select = ast.Select((ast.SelectItem(ast.Star(span=span), span=span),), table, span=span)
    return ast.Query(select, span=span)


def _key(schema: TableSchema, column: str) -> str | None:
    """What part a column plays in the keys of its table."""
    parts = ["primary key"] if column in schema.primary_key else []
    if any(index.unique and column in index.columns for index in schema.indexes):
        parts.append("unique")
    parts += [f"references {key.table}" for key in schema.foreign_keys if column in key.columns]
    return ", ".join(parts) or None
