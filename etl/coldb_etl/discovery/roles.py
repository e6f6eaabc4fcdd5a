"""Which tables of an OLTP schema are events, to be counted and summed, and which describe them.

fact        an event: nobody refers to it but details of it, and it refers to what took part
header      an event that facts refer to, as order lines refer to orders: a fact as well, whose
            columns its details take over, so that they need no join to tell when and for whom
dimension   everything else that has a key
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_warehouse.types import Kind

from coldb_etl.discovery.spelling import snake_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_etl.discovery.tables import SourceColumn, SourceTable

__all__ = ["Roles", "assign_roles", "day_column", "event_days", "is_audit", "label_column"]

_LABELS = ("name", "full_name", "company_name", "last_name", "title", "label", "description")
_ENTITY_LABELS = (*_LABELS, "first_name", "email")
_AUDIT = ("last_update", "last_updated", "last_modified", "modified", "modified_at", "updated_at")
_MONEY = ("amount", "total", "price", "cost", "revenue", "quantity", "cents")


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of tables by what they are. Headers are facts too."""

    facts: frozenset[str]
    headers: frozenset[str]


def assign_roles(tables: Sequence[SourceTable]) -> Roles:
    """Find the facts, and the headers among them."""
    by_name = {table.name: table for table in tables}
    referenced = {name for table in tables for name in table.parents}
    facts = {t.name for t in tables if t.name not in referenced and _is_event(t)}
    headers: set[str] = set()
    found = set(facts)
    while found:  # a header may have a header of its own
        parents = {by_name[parent] for name in found for parent in by_name[name].parents}
        found = {p.name for p in parents if _is_header(p, by_name)} - headers - facts
        headers |= found
    return Roles(frozenset(facts | headers), frozenset(headers))


def event_days(table: SourceTable) -> list[SourceColumn]:
    """The columns that say when an event took place, the likeliest first."""
    days = [c for c in table.columns if c.is_date and not is_audit(c)]
    return sorted(days, key=lambda column: not column.is_required)


def day_column(table: SourceTable) -> SourceColumn | None:
    """The column by which a fact's events are dated, if it has one."""
    days = event_days(table)
    return days[0] if days else None


def is_audit(column: SourceColumn) -> bool:
    """Whether the column tells about the row in the database, not about the world."""
    return snake_case(column.name) in _AUDIT


def label_column(table: SourceTable) -> SourceColumn | None:
    """The column that names a row for people."""
    own = _own_labels(table)
    texts = [c for c in table.columns if c.is_text and c.name not in table.key_columns]
    for wanted in (*own, *_LABELS):
        for column in texts:
            if snake_case(column.name) == wanted:
                return column
    return texts[0] if texts else None


def _own_labels(table: SourceTable) -> list[str]:
    name = snake_case(table.name)
    singulars = {
        name,
        name.removesuffix("s"),
        name.removesuffix("ies") + "y",
        name.removesuffix("es"),
    }
    return [*singulars, *(f"{each}_name" for each in singulars)]


def _is_event(table: SourceTable) -> bool:
    if table.parents:
        return True
    return bool(event_days(table)) and _has_measure(table) and not _names_an_entity(table)


def _is_header(table: SourceTable, by_name: dict[str, SourceTable]) -> bool:
    if not table.parents or not event_days(table) or _names_an_entity(table):
        return False
    if any(by_name[parent].rows > table.rows for parent in table.parents):
        return False
    return len(table.parents) > 1 or _has_measure(table)


def _has_measure(table: SourceTable) -> bool:
    for column in table.columns:
        if column.type is None or column.name in table.key_columns:
            continue
        if column.type.kind in (Kind.DECIMAL, Kind.DOUBLE):
            return True
        if column.type.is_integer and any(word in column.name.lower() for word in _MONEY):
            return True
    return False


def _names_an_entity(table: SourceTable) -> bool:
    labels = {*_own_labels(table), *_ENTITY_LABELS}
    return any(column.is_text and snake_case(column.name) in labels for column in table.columns)
