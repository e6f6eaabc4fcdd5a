"""pg_catalog: the part of PostgreSQL's system tables that tools ask for tables, columns and keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coldb.engine.system.relations import DATABASE, SCHEMA, keys
from coldb.engine.system.tables import SystemTable
from coldb.engine.system.type_facts import TYPE_FACTS, facts_of, type_modifier
from coldb_warehouse.types import BIGINT, BOOLEAN, INTEGER, REAL, SMALLINT, VARCHAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.system.relations import Relation
    from coldb.engine.system.tables import Rows

__all__ = ["PG_CATALOG"]

_OWNER = 10
_DATABASE = 1
_CLASSES = 1259  # the oid of pg_class, of which comments say that they are on its rows
_SCHEMA = 2200
_SCHEMAS = {"pg_catalog": 11, SCHEMA: _SCHEMA, "information_schema": 13_000}


def _pg_namespace(_relations: Sequence[Relation]) -> Rows:
    for name, oid in _SCHEMAS.items():
        yield {"oid": oid, "nspname": name, "nspowner": _OWNER}


def _pg_database(_relations: Sequence[Relation]) -> Rows:
    yield {"oid": _DATABASE, "datname": DATABASE, "datdba": _OWNER, "datallowconn": True}


def _pg_class(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        schema = relation.schema
        yield {
            "oid": relation.oid,
            "relname": relation.name,
            "relnamespace": _SCHEMA,
            "relowner": _OWNER,
            "reltuples": float(relation.rows),
            "relhasindex": schema is not None and bool(schema.primary_key),
            "relpersistence": "p",
            "relkind": "r" if schema is not None else "v",
            "relnatts": len(relation.columns),
            "relhasrules": schema is None,
            "relhastriggers": False,
            "relrowsecurity": False,
            "relispartition": False,
        }


def _pg_attribute(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        for number, column in enumerate(relation.columns, start=1):
            facts = facts_of(column.type)
            yield {
                "attrelid": relation.oid,
                "attname": column.name,
                "atttypid": facts.oid,
                "attlen": facts.size,
                "attnum": number,
                "atttypmod": type_modifier(column.type),
                "attnotnull": not column.nullable,
                "atthasdef": column.default is not None,
                "attidentity": "",
                "attgenerated": "",
                "attisdropped": False,
            }


def _pg_attrdef(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        for number, column in enumerate(relation.columns, start=1):
            if column.default is not None:
                yield {"adrelid": relation.oid, "adnum": number, "adbin": column.default}


def _pg_type(_relations: Sequence[Relation]) -> Rows:
    for facts in TYPE_FACTS.values():
        yield {
            "oid": facts.oid,
            "typname": facts.name,
            "typnamespace": _SCHEMAS["pg_catalog"],
            "typowner": _OWNER,
            "typlen": facts.size,
            "typtype": "p" if facts.category in "AX" else "b",
            "typcategory": facts.category,
            "typnotnull": False,
            "typbasetype": 0,
            "typtypmod": -1,
        }


def _pg_constraint(relations: Sequence[Relation]) -> Rows:
    oids = {relation.name: relation.oid for relation in relations}
    number = 0
    for relation in relations:
        for key in keys(relation):
            number += 1
            yield {
                "oid": number,
                "conname": key.name,
                "connamespace": _SCHEMA,
                "contype": key.kind[0].lower(),
                "conrelid": relation.oid,
                "confrelid": 0 if key.referenced is None else oids[key.referenced.table],
                "condeferrable": False,
                "convalidated": True,
            }


def _pg_description(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        texts = (relation.comment, *(column.comment for column in relation.columns))
        for number, text in enumerate(texts):
            if text is not None:
                yield {
                    "objoid": relation.oid,
                    "classoid": _CLASSES,
                    "objsubid": number,
                    "description": text,
                }


def _pg_tables(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        if relation.schema is not None:
            yield {
                "schemaname": SCHEMA,
                "tablename": relation.name,
                "tableowner": DATABASE,
                "hasindexes": bool(relation.schema.primary_key),
                "hasrules": False,
                "hastriggers": bool(relation.schema.foreign_keys),
                "rowsecurity": False,
            }


def _pg_views(relations: Sequence[Relation]) -> Rows:
    for relation in relations:
        if relation.query is not None:
            yield {
                "schemaname": SCHEMA,
                "viewname": relation.name,
                "viewowner": DATABASE,
                "definition": relation.query,
            }


_table = partial(SystemTable, "pg_catalog")

PG_CATALOG = (
    _table(
        "pg_namespace",
        (("oid", BIGINT), ("nspname", VARCHAR), ("nspowner", BIGINT)),
        _pg_namespace,
    ),
    _table(
        "pg_database",
        (("oid", BIGINT), ("datname", VARCHAR), ("datdba", BIGINT), ("datallowconn", BOOLEAN)),
        _pg_database,
    ),
    _table(
        "pg_class",
        (
            ("oid", BIGINT),
            ("relname", VARCHAR),
            ("relnamespace", BIGINT),
            ("relowner", BIGINT),
            ("reltuples", REAL),
            ("relhasindex", BOOLEAN),
            ("relpersistence", VARCHAR),
            ("relkind", VARCHAR),
            ("relnatts", SMALLINT),
            ("relhasrules", BOOLEAN),
            ("relhastriggers", BOOLEAN),
            ("relrowsecurity", BOOLEAN),
            ("relispartition", BOOLEAN),
        ),
        _pg_class,
    ),
    _table(
        "pg_attribute",
        (
            ("attrelid", BIGINT),
            ("attname", VARCHAR),
            ("atttypid", BIGINT),
            ("attlen", SMALLINT),
            ("attnum", SMALLINT),
            ("atttypmod", INTEGER),
            ("attnotnull", BOOLEAN),
            ("atthasdef", BOOLEAN),
            ("attidentity", VARCHAR),
            ("attgenerated", VARCHAR),
            ("attisdropped", BOOLEAN),
        ),
        _pg_attribute,
    ),
    _table(
        "pg_attrdef", (("adrelid", BIGINT), ("adnum", SMALLINT), ("adbin", VARCHAR)), _pg_attrdef
    ),
    _table(
        "pg_type",
        (
            ("oid", BIGINT),
            ("typname", VARCHAR),
            ("typnamespace", BIGINT),
            ("typowner", BIGINT),
            ("typlen", SMALLINT),
            ("typtype", VARCHAR),
            ("typcategory", VARCHAR),
            ("typnotnull", BOOLEAN),
            ("typbasetype", BIGINT),
            ("typtypmod", INTEGER),
        ),
        _pg_type,
    ),
    _table(
        "pg_constraint",
        (
            ("oid", BIGINT),
            ("conname", VARCHAR),
            ("connamespace", BIGINT),
            ("contype", VARCHAR),
            ("conrelid", BIGINT),
            ("confrelid", BIGINT),
            ("condeferrable", BOOLEAN),
            ("convalidated", BOOLEAN),
        ),
        _pg_constraint,
    ),
    _table(
        "pg_description",
        (("objoid", BIGINT), ("classoid", BIGINT), ("objsubid", INTEGER), ("description", VARCHAR)),
        _pg_description,
    ),
    _table(
        "pg_tables",
        (
            ("schemaname", VARCHAR),
            ("tablename", VARCHAR),
            ("tableowner", VARCHAR),
            ("tablespace", VARCHAR),
            ("hasindexes", BOOLEAN),
            ("hasrules", BOOLEAN),
            ("hastriggers", BOOLEAN),
            ("rowsecurity", BOOLEAN),
        ),
        _pg_tables,
    ),
    _table(
        "pg_views",
        (
            ("schemaname", VARCHAR),
            ("viewname", VARCHAR),
            ("viewowner", VARCHAR),
            ("definition", VARCHAR),
        ),
        _pg_views,
    ),
)
