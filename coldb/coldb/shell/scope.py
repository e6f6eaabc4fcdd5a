"""Which tables a statement speaks of, as far as its tokens tell: it may be half typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_grammar.names import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coldb_warehouse.schema import ForeignKey, TableSchema

__all__ = ["InScope", "Token", "condition", "join_conditions", "named_tables"]

Token = tuple[str, str]
"""A kind as `coldb_grammar.tokens` gives it, and the text."""

_BEFORE_TABLES = frozenset({"FROM", "USING", "TRUNCATE"})
_BEFORE_A_TABLE = _BEFORE_TABLES | {
    "JOIN", "INTO", "OVERWRITE", "UPDATE", "COPY", "DESCRIBE", "TABLE", "OPTIMIZE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InScope:
    """A table of the catalog under the name that the statement has for it."""

    name: str
    schema: TableSchema


def named_tables(tokens: Iterable[Token], tables: Mapping[str, TableSchema]) -> list[InScope]:
    """The tables named after FROM, JOIN and the like, in order; sub-queries are not told apart."""
    found: list[InScope] = []
    expects_table = in_list = may_alias = False
    for kind, text in tokens:
        word = text.upper() if kind == "keyword" else ""
        if word in _BEFORE_A_TABLE:
            expects_table, in_list, may_alias = True, word in _BEFORE_TABLES, False
        elif kind == "name" and expects_table:
            schema = tables.get(_unquoted(text))
            if schema is not None:
                found.append(InScope(_unquoted(text), schema))
            expects_table, may_alias = False, schema is not None
        elif kind == "name" and may_alias:
            found[-1] = InScope(_unquoted(text), found[-1].schema)
            may_alias = False
        elif text == "," and in_list:
            expects_table, may_alias = True, False
        elif word != "AS":
            expects_table = may_alias = False
            in_list = in_list and not word
    return found


def join_conditions(schema: TableSchema, name: str, others: Iterable[InScope]) -> list[str]:
    """The conditions on declared keys, in either direction, that join a named table to others."""
    conditions = []
    for other in others:
        conditions += [
            condition(other.name, key, name)
            for key in other.schema.foreign_keys
            if key.table == schema.name
        ]
        conditions += [
            condition(name, key, other.name)
            for key in schema.foreign_keys
            if key.table == other.schema.name and other.schema is not schema
        ]
    return conditions


def condition(referencing: str, key: ForeignKey, referenced: str) -> str:
    """`sales.store_id = store.store_id`, joined by AND for a key of several columns."""
    return " AND ".join(
        f"{quoted(referencing)}.{quoted(column)} = {quoted(referenced)}.{quoted(target)}"
        for column, target in zip(key.columns, key.referenced, strict=True)
    )


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.lower()
