"""What a SQLite file says of its tables, and what its values say: SQLite's own types bind nothing."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TIMESTAMP,
    VARCHAR,
    decimal,
)

from coldb_etl.discovery.tables import Reference, SourceColumn, SourceTable
from coldb_etl.errors import SourceError, one_line
from coldb_etl.names import quote_identifier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coldb_warehouse.types import Type

__all__ = ["SqliteSurvey"]

_LOOKED_AT = 200_000  # values of a column whose types are looked at
_MAX_SCALE = 6
_DIRT = 0.02  # a type fits if no more than this share of the values is of another one
_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"


class SqliteSurvey:
    """A SQLite file in the state of the moment this is made; a context manager that closes it."""

    can_join = True

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SourceError(f'there is no SQLite file "{path}"')
        self._path = path
        uri = f"file:{quote(os.fspath(path.absolute()))}?mode=ro"
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self._ask("BEGIN")

    def __enter__(self) -> SqliteSurvey:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def query(self, table: str) -> str:
        return f"SELECT * FROM {quote_identifier(table)}"

    def tables(self) -> list[SourceTable]:
        names = self._ask(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
            "ESCAPE '\\' ORDER BY rowid"
        )
        found = [self._table(name) for (name,) in names]
        return [self._with_references(table, found) for table in found]

    def determines(self, table: str, fine: str, coarse: str) -> bool:
        fine_sql, coarse_sql = quote_identifier(fine), quote_identifier(coarse)
        return not self._ask(
            f"SELECT 1 FROM {quote_identifier(table)} WHERE {fine_sql} IS NOT NULL GROUP BY {fine_sql} "
            f"HAVING count(DISTINCT {coarse_sql}) > 1 LIMIT 1"
        )

    def counts(self, table: str, columns: Sequence[str]) -> list[tuple[int, int]]:
        names = [quote_identifier(name) for name in columns]
        selected = ", ".join(f"count({name}), count(DISTINCT {name})" for name in names)
        found = self._ask(f"SELECT {selected} FROM {quote_identifier(table)}")[0]
        return list(zip(found[::2], found[1::2], strict=True))

    def _ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with closing(self._connection.execute(sql, parameters)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise SourceError(f'SQLite file "{self._path}": {one_line(error)}') from error

    def _table(self, name: str) -> SourceTable:
        declared = self._ask(
            'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY cid', [name]
        )
        quoted = quote_identifier(name)
        key = tuple(c for c, _, _, pk in sorted(declared, key=lambda each: each[3]) if pk)
        rows = int(self._ask(f"SELECT count(*) FROM {quoted}")[0][0])
        columns = []
        for column, type_name, not_null, _ in declared:
            type, has_nulls = self._type(quoted, column, type_name.upper())
            is_required = (bool(not_null) or column in key) and not has_nulls
            columns.append(SourceColumn(column, type, is_required))
        return SourceTable(name, tuple(columns), key, (), rows)

    def _type(self, table: str, column: str, declared: str) -> tuple[Type | None, bool]:
        """The type that fits the values, the declared one where that leaves a choice; any NULLs?"""
        name = quote_identifier(column)
        kind = "typeof(v)"
        [(nulls, largest)] = self._ask(
            f"SELECT count(*) - count(v), max(CASE {kind} WHEN 'integer' THEN abs(v + 0.0) "
            f"WHEN 'real' THEN abs(v) END) FROM (SELECT {name} AS v FROM {table})"
        )
        sample = f"(SELECT {name} AS v FROM {table} WHERE {name} IS NOT NULL LIMIT {_LOOKED_AT})"
        [row] = self._ask(
            f"SELECT count(v), sum({kind} = 'integer'), sum({kind} = 'real'), "
            f"sum({kind} = 'blob'), sum({kind} = 'text' AND v GLOB '{_DAY}*'), "
            f"sum({kind} = 'text' AND (v GLOB '{_DAY}' OR v GLOB '{_DAY}[T ]00:00:00*')) "
            f"FROM {sample}"
        )
        values, integers, reals, blobs, moments, days = (n or 0 for n in row)
        enough = values * (1 - _DIRT)
        if values == 0:
            return _declared_type(declared), nulls > 0
        if blobs >= enough or ("BLOB" in declared and blobs):
            return BLOB, nulls > 0
        if blobs > values - enough:
            return None, nulls > 0
        if integers + reals >= enough:
            fitting = self._fitting_scales(sample, values - enough) if reals else range(1)
            type = _number_type(declared, reals, fitting, largest or 0)
        elif moments >= enough:
            type = DATE if days >= enough else TIMESTAMP
        else:
            type = VARCHAR
        return type, nulls > 0

    def _fitting_scales(self, sample: str, dirt: float) -> list[int]:
        """How many decimal places are enough for all but some `dirt` of the numbers."""
        scales = range(_MAX_SCALE + 1)
        sums = ", ".join(f"sum(v IS NOT round(v, {scale}))" for scale in scales)
        [inexact] = self._ask(f"SELECT {sums} FROM {sample} WHERE typeof(v) IN ('integer', 'real')")
        return [scale for scale, count in zip(scales, inexact, strict=True) if count <= dirt]

    def _with_references(
        self, table: SourceTable, all_tables: Sequence[SourceTable]
    ) -> SourceTable:
        keys: dict[int, list[tuple[str, str, str | None]]] = {}
        found = self._ask(
            'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq',
            [table.name],
        )
        for number, parent, column, referenced in found:
            keys.setdefault(number, []).append((parent, column, referenced))
        references = []
        for parts in keys.values():
            parent = next((t for t in all_tables if t.name.lower() == parts[0][0].lower()), None)
            if parent is None or not parent.primary_key:
                continue
            columns = [_own_name(table, column) for _, column, _ in parts]
            if all(to is None for _, _, to in parts):
                referenced = list(parent.primary_key)
            else:
                referenced = [_own_name(parent, to or "") for _, _, to in parts]
            if sorted(referenced) == sorted(parent.primary_key):
                pairs = dict(zip(referenced, columns, strict=True))
                ordered = tuple(pairs[name] for name in parent.primary_key)
                orphans = self._orphans(table.name, ordered, parent)
                references.append(Reference(ordered, parent.name, parent.primary_key, orphans))
        return SourceTable(
            table.name, table.columns, table.primary_key, tuple(references), table.rows
        )

    def _orphans(self, table: str, columns: tuple[str, ...], parent: SourceTable) -> int:
        pairs = zip(columns, parent.primary_key, strict=True)
        same = " AND ".join(f"p.{quote_identifier(b)} = c.{quote_identifier(a)}" for a, b in pairs)
        known = " AND ".join(f"c.{quote_identifier(name)} IS NOT NULL" for name in columns)
        [(count,)] = self._ask(
            f"SELECT count(*) FROM {quote_identifier(table)} AS c WHERE {known} AND NOT EXISTS "
            f"(SELECT 1 FROM {quote_identifier(parent.name)} AS p WHERE {same})"
        )
        return int(count)


def _own_name(table: SourceTable, name: str) -> str:
    """The column as the table spells it: SQLite's foreign keys need not agree in case."""
    return next((c.name for c in table.columns if c.name.lower() == name.lower()), name)


def _number_type(declared: str, reals: int, fitting: Sequence[int], largest: float) -> Type:
    """The type of numbers that have no more decimal places than any of `fitting`."""
    of_declaration = re.search(r"\(\s*(\d+)\s*,\s*(\d+)\s*\)", declared)
    is_float = any(word in declared for word in ("REAL", "FLOA", "DOUB"))
    if "BOOL" in declared and largest <= 1 and not reals:
        return BOOLEAN
    if fitting and fitting[0] == 0 and not of_declaration:
        return INTEGER if largest < 2**31 else BIGINT if largest < 2**63 or not reals else DOUBLE
    if is_float or not fitting:
        return DOUBLE
    scale = max(fitting[0], int(of_declaration[2]) if of_declaration else 0)
    digits = len(str(int(largest))) + scale
    precision = max(digits + 2, int(of_declaration[1]) if of_declaration else 10)
    return decimal(precision, scale) if precision <= 38 else DOUBLE


def _declared_type(declared: str) -> Type | None:
    """The type of a column without values, by SQLite's rules of affinity and the usual words."""
    words: list[tuple[str, Type]] = [
        ("INT", BIGINT),
        ("CHAR", VARCHAR),
        ("CLOB", VARCHAR),
        ("TEXT", VARCHAR),
        ("BLOB", BLOB),
        ("TIMESTAMP", TIMESTAMP),
        ("DATETIME", TIMESTAMP),
        ("DATE", DATE),
        ("BOOL", BOOLEAN),
        ("REAL", DOUBLE),
        ("FLOA", DOUBLE),
        ("DOUB", DOUBLE),
        ("NUMERIC", decimal(18, 4)),
        ("DECIMAL", decimal(18, 4)),
    ]
    return next((type for word, type in words if word in declared), VARCHAR)
