"""information_schema: what the SQL standard has a database tell of itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from coldb.engine.system.relations import DATABASE, SCHEMA, keys
from coldb.engine.system.tables import SystemTable
from coldb.engine.system.type_facts import facts_of, numeric_precision
from coldb_warehouse.types import INTEGER, VARCHAR, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.system.relations import Key, Relation, RelationColumn
    from coldb.engine.system.tables import Rows
    from coldb_warehouse.types import Type

__all__ = ["INFORMATION_SCHEMA"]

_NAME = "information_schema"
_SCHEMAS = (SCHEMA, _NAME, "pg_catalog")


def _schemata(_relations: Sequence[Relation]) -> Rows:
    for name in _SCHEMAS:
        yield {"catalog_name": DATABASE, "schema_name": name, "schema_owner": DATABASE}


def _tables(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        is_table = relation.schema is not None
        yield {
            **_place("table", relation.name),
            "table_type": "BASE TABLE" if is_table else "VIEW",
            "is_insertable_into": _yes(is_table),
            "is_typed": "NO",
        }


def _views(relations: Sequence[Relation]) -> Rows:
    no = ("is_updatable", "is_insertable_into", "is_trigger_updatable", "is_trigger_deletable")
    for relation in relations:
        if relation.query is not None:
            yield {
                **_place("table", relation.name),
                "view_definition": relation.query,
                "check_option": "NONE",
                **dict.fromkeys((*no, "is_trigger_insertable_into"), "NO"),
            }


def _columns(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        for number, column in enumerate(relation.columns, start=1):
            yield {
                **_place("table", relation.name),
                "column_name": column.name,
                "ordinal_position": number,
                "column_default": column.default,
                "is_nullable": _yes(column.nullable),
                **_type(column),
                "is_identity": "NO",
                "is_generated": "NEVER",
                "is_updatable": _yes(relation.schema is not None),
            }


def _type(column: RelationColumn) -> dict[str, Any]:
    type_, facts = column.type, facts_of(column.type)
    bits = facts.bits is not None
    exact = type_.is_exact
    timed = type_.kind in (Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INTERVAL)
    precision = 6 if timed else 0 if type_.kind is Kind.DATE else None
    return {
        "data_type": facts.sql_name,
        "character_maximum_length": type_.length or None,
        "numeric_precision": numeric_precision(type_),
        "numeric_precision_radix": 2 if bits else 10 if exact else None,
        "numeric_scale": type_.scale if exact else None,
        "datetime_precision": precision,
        "udt_catalog": DATABASE,
        "udt_schema": "pg_catalog",
        "udt_name": facts.name,
    }


def _table_constraints(relations: Sequence[Relation]) -> Rows:
    for key in _keys(relations):
        yield {
            **_place("constraint", key.name),
            **_place("table", key.table),
            "constraint_type": key.kind,
            "is_deferrable": "NO",
            "initially_deferred": "NO",
            "enforced": "YES",
        }


def _key_column_usage(relations: Sequence[Relation]) -> Rows:
    for key in _keys(relations):
        for number, column in enumerate(key.columns, start=1):
            yield {
                **_place("constraint", key.name),
                **_place("table", key.table),
                "column_name": column,
                "ordinal_position": number,
                "position_in_unique_constraint": None if key.referenced is None else number,
            }


def _constraint_column_usage(relations: Sequence[Relation]) -> Rows:
    for key in _keys(relations):
        used = key.referenced or key
        for column in used.columns:
            yield {
                **_place("table", used.table),
                "column_name": column,
                **_place("constraint", key.name),
            }


def _referential_constraints(relations: Sequence[Relation]) -> Rows:
    for key in _keys(relations):
        if key.referenced is not None:
            yield {
                **_place("constraint", key.name),
                **_place("unique_constraint", key.referenced.name),
                "match_option": "NONE",
                "update_rule": "NO ACTION",
                "delete_rule": "NO ACTION",
            }


def _keys(relations: Sequence[Relation]) -> list[Key]:
    return [key for relation in relations for key in keys(relation)]


def _place(what: str, name: str) -> dict[str, str]:
    return {f"{what}_catalog": DATABASE, f"{what}_schema": SCHEMA, f"{what}_name": name}


def _yes(flag: bool) -> str:
    return "YES" if flag else "NO"


def _texts(*names: str) -> tuple[tuple[str, Type], ...]:
    return tuple((name, VARCHAR) for name in names)


def _numbers(*names: str) -> tuple[tuple[str, Type], ...]:
    return tuple((name, INTEGER) for name in names)


_TABLE = _texts("table_catalog", "table_schema", "table_name")
_CONSTRAINT = _texts("constraint_catalog", "constraint_schema", "constraint_name")
_UNIQUE = _texts("unique_constraint_catalog", "unique_constraint_schema", "unique_constraint_name")
_table = partial(SystemTable, _NAME)

INFORMATION_SCHEMA = (
    _table("schemata", _texts("catalog_name", "schema_name", "schema_owner"), _schemata),
    _table("tables", (*_TABLE, *_texts("table_type", "is_insertable_into", "is_typed")), _tables),
    _table(
        "views",
        (
            *_TABLE,
            *_texts("view_definition", "check_option", "is_updatable", "is_insertable_into"),
            *_texts("is_trigger_updatable", "is_trigger_deletable", "is_trigger_insertable_into"),
        ),
        _views,
    ),
    _table(
        "columns",
        (
            *_TABLE,
            *_texts("column_name"),
            *_numbers("ordinal_position"),
            *_texts("column_default", "is_nullable", "data_type"),
            *_numbers("character_maximum_length", "numeric_precision", "numeric_precision_radix"),
            *_numbers("numeric_scale", "datetime_precision"),
            *_texts("udt_catalog", "udt_schema", "udt_name"),
            *_texts("is_identity", "is_generated", "is_updatable"),
        ),
        _columns,
    ),
    _table(
        "table_constraints",
        (
            *_CONSTRAINT,
            *_TABLE,
            *_texts("constraint_type", "is_deferrable", "initially_deferred", "enforced"),
        ),
        _table_constraints,
    ),
    _table(
        "key_column_usage",
        (
            *_CONSTRAINT,
            *_TABLE,
            *_texts("column_name"),
            *_numbers("ordinal_position", "position_in_unique_constraint"),
        ),
        _key_column_usage,
    ),
    _table(
        "constraint_column_usage",
        (*_TABLE, *_texts("column_name"), *_CONSTRAINT),
        _constraint_column_usage,
    ),
    _table(
        "referential_constraints",
        (*_CONSTRAINT, *_UNIQUE, *_texts("match_option", "update_rule", "delete_rule")),
        _referential_constraints,
    ),
)
