"""Declarations as the SQL that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.schema import MissingKey, TableKind

from coldb_etl.discovery.spelling import spelled
from coldb_etl.names import quote_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.schema import Column, ForeignKey, Source, TableSchema

__all__ = ["comment", "source_sql", "table_sql"]

_KINDS = {TableKind.PLAIN: "", TableKind.DIMENSION: "DIMENSION ", TableKind.FACT: "FACT "}


def comment(text: str) -> str:
    """The text as SQL comments, whatever names are in it."""
    return "\n".join(f"-- {line}" for line in text.splitlines())


def source_sql(source: Source) -> str:
    """CREATE SOURCE."""
    options = [f"TYPE {source.kind}"]
    options += [f"{name.upper()} {quote_literal(value)}" for name, value in source.options]
    return f"CREATE SOURCE {spelled(source.name)} ({', '.join(options)});"


def table_sql(table: TableSchema, notes: Sequence[str] = ()) -> str:
    """CREATE TABLE with all its clauses, under the notes as comments."""
    elements = [_column(table, column) for column in table.columns]
    if len(table.primary_key) > 1:
        elements.append(f"PRIMARY KEY {_list(table.primary_key)}")
    elements += [
        f"FOREIGN KEY {_list(key.columns)} {_reference(key)}"
        for key in table.foreign_keys
        if len(key.columns) > 1
    ]
    elements += [f"HIERARCHY {spelled(h.name)} {_list(h.columns)}" for h in table.hierarchies]
    lines = [comment(note) for note in notes]
    lines.append(f"CREATE {_KINDS[table.kind]}TABLE {spelled(table.name)} (")
    lines.append(",\n".join(f"    {element}" for element in elements))
    clauses = ")"
    if table.order_by:
        clauses += f" ORDER BY {_list(table.order_by)}"
    if table.filling:
        clauses += f"\nFROM SOURCE {spelled(table.filling.source)} AS "
        clauses += quote_literal(table.filling.query)
    lines.append(f"{clauses};")
    return "\n".join(lines)


def _column(table: TableSchema, column: Column) -> str:
    parts = [spelled(column.name), str(column.type)]
    if table.primary_key == (column.name,):
        parts.append("PRIMARY KEY")
    elif not column.nullable and column.name not in table.primary_key:
        parts.append("NOT NULL")
    key = table.foreign_key_on(column.name)
    if key is not None:
        parts.append(_reference(key))
    return " ".join(parts)


def _reference(key: ForeignKey) -> str:
    policy = "" if key.on_missing is MissingKey.REJECT else f" ON MISSING {key.on_missing.name}"
    return f"REFERENCES {spelled(key.table)}{policy}"


def _list(names: Sequence[str]) -> str:
    return f"({', '.join(map(spelled, names))})"
