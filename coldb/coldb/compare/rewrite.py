"""A query on the star as a query on its source.

Each table of the star names the query on the source that fills it. With those queries as common
tables, the user's query means on the source what it means in the warehouse:

    SELECT region, sum(amount) FROM sales JOIN store ON ... GROUP BY region

    WITH star_sales AS (<what fills sales>), star_store AS (<what fills store>)
    SELECT region, SUM(amount)
    FROM star_sales AS sales JOIN star_store AS store ON ... GROUP BY region

The common tables get names of their own, because a source may well have a table `sales` that the
query filling `sales` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from coldb.compare.dialects import DIALECTS
from coldb.compare.errors import CompareError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coldb_warehouse.schema import Source, TableSchema

__all__ = ["SourceQuery", "source_query"]


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """SQL in the dialect of the source."""

    source: Source
    sql: str


def source_query(
    sql: str,
    tables: Mapping[str, TableSchema],
    sources: Iterable[Source],
) -> SourceQuery:
    """Rewrites a SELECT on the star's tables (by name) for the one source that fills them.

    Raises CompareError when the query is no SELECT, or a table of it is filled by no source, by
    another source than the rest, or by a source that runs no SQL.
    """
    tree = _parsed(sql)
    references = _references(tree)
    used = [_schema(name, tables) for name in dict.fromkeys(map(_table_name, references))]
    source = _only_source(used, sources)
    dialect = DIALECTS[source.kind]
    names = _common_names(used)
    for reference in references:
        _rename(reference, names[_table_name(reference)])
    adapted = dialect.adapt(tree, {c.name: c.type for schema in used for c in schema.columns})
    return SourceQuery(source, _with_common_tables(adapted, used, names, dialect.name))


def _parsed(sql: str) -> exp.Query:
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except sqlglot.errors.SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise CompareError(f"the query cannot be rewritten for the source: {reason}") from error
    if not isinstance(tree, exp.Query):
        raise CompareError("only a SELECT can be compared")
    return tree


def _references(tree: exp.Query) -> list[exp.Table]:
    """The places that name a table of the star, and not a common table of the query itself."""
    return [
        source
        for scope in traverse_scope(tree)
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    ]


def _table_name(reference: exp.Table) -> str:
    name: str = reference.name
    return name if reference.this.args.get("quoted") else name.lower()


def _schema(name: str, tables: Mapping[str, TableSchema]) -> TableSchema:
    schema = tables.get(name)
    if schema is None:
        raise CompareError(f'no table "{name}"')
    if schema.filling is None:
        raise CompareError(
            f'table "{name}" is filled by no source, so the source cannot be asked for it'
        )
    return schema


def _only_source(used: Iterable[TableSchema], sources: Iterable[Source]) -> Source:
    names = list(dict.fromkeys(schema.filling.source for schema in used if schema.filling))
    if not names:
        raise CompareError("the query reads no table, so there is no source to ask")
    if len(names) > 1:
        raise CompareError(f"the tables come from several sources: {', '.join(names)}")
    source = next((source for source in sources if source.name == names[0]), None)
    if source is None:
        raise CompareError(f'no source "{names[0]}"')
    if source.kind not in DIALECTS:
        raise CompareError(f'source "{source.name}" is of type {source.kind}, which runs no SQL')
    return source


def _common_names(used: Iterable[TableSchema]) -> dict[str, str]:
    """A name for each table's common table that no filling query can mean something else by."""
    schemas = list(used)
    fillings = " ".join(schema.filling.query for schema in schemas if schema.filling).lower()
    prefix = "star_"
    while any(f"{prefix}{schema.name}".lower() in fillings for schema in schemas):
        prefix = f"_{prefix}"
    return {schema.name: f"{prefix}{schema.name}" for schema in schemas}


def _rename(reference: exp.Table, name: str) -> None:
    """Names the common table; the old name stays as alias, since columns may be qualified by it."""
    if not reference.alias:
        reference.set("alias", exp.TableAlias(this=reference.this.copy()))
    reference.set("this", exp.to_identifier(name))


def _with_common_tables(
    tree: exp.Query, used: Iterable[TableSchema], names: Mapping[str, str], dialect: str
) -> str:
    """The query behind the filling queries, which are the source's own SQL and stay as they are."""
    tables = [
        f"{exp.to_identifier(names[schema.name]).sql(dialect)} AS (\n{_bare(schema)}\n)"
        for schema in used
    ]
    query: str = tree.sql(dialect, pretty=True)
    if tree.find(exp.With):
        # One level down, the query's own common tables do not hide tables that the filling queries
        # read; all tables of one WITH may see each other.
        query = f"SELECT * FROM (\n{query}\n)"
    return "WITH " + ",\n".join(tables) + f"\n{query}"


def _bare(schema: TableSchema) -> str:
    """The filling query as it is, without the semicolon that would end the statement early."""
    return schema.filling.query.strip().rstrip(";").rstrip() if schema.filling else ""
