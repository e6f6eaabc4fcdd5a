"""SUMMARIZE: a row of statistics for each column of a table or query, in one pass over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb_grammar import ast, parse_expression
from coldb_warehouse.types import BIGINT, DOUBLE, VARCHAR, Kind, decimal

from coldb.engine.bind import bind_query
from coldb.engine.query import plan_query
from coldb.result import Result, rows_result
from coldb.statements.rows import all_rows
from coldb.statements.show import rows_of

if TYPE_CHECKING:
    from coldb_warehouse.types import Type

    from coldb.engine.query import Stages
    from coldb.session import Session

__all__ = ["summarize"]

_COLUMNS = (
    ("column_name", VARCHAR),
    ("column_type", VARCHAR),
    ("min", VARCHAR),
    ("max", VARCHAR),
    ("distinct_count", BIGINT),
    ("avg", DOUBLE),
    ("std", DOUBLE),
    ("q25", VARCHAR),
    ("q50", VARCHAR),
    ("q75", VARCHAR),
    ("count", BIGINT),
    ("null_percentage", decimal(5, 2)),
)
_ORDERED = frozenset(
    {Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INTERVAL, Kind.VARCHAR}
)
_QUARTILES = ("0.25", "0.5", "0.75")


def summarize(
    session: Session, statement: ast.Summarize, parameters: Any, stages: Stages
) -> Result:
    """SUMMARIZE table | query: each statistic is an aggregate of one query over all rows."""
    context = session.query_context(stages)
    subject = rows_of(statement.subject)
    bound = bind_query(subject, context.catalog, parameters)
    names = tuple(ast.Identifier(f"c{number}") for number in range(len(bound.names)))
    aggregates = [
        aggregate
        for name, field in zip(names, bound.plan.fields, strict=True)
        for aggregate in _aggregates(name.text, field.type)
    ]
    items = tuple(ast.SelectItem(parse_expression(aggregate)) for aggregate in aggregates)
    alias = ast.Alias(ast.Identifier("rows"), names)
    query = ast.Query(ast.Select(items, ast.SubqueryTable(subject, alias)))
    table = all_rows(plan_query(query, parameters, context), context)
    values = iter([column[0].as_py() for column in table.columns])
    rows = [
        (name, str(field.type), *(next(values) for _ in _COLUMNS[2:]))
        for name, field in zip(bound.names, bound.plan.fields, strict=True)
    ]
    return rows_result("SUMMARIZE", _COLUMNS, rows)


def _aggregates(name: str, type_: Type) -> tuple[str, ...]:
    """The statistics of a column, in the order of the result."""
    if type_.is_numeric:
        average, deviation = f"avg({name})::DOUBLE PRECISION", f"stddev({name})::DOUBLE PRECISION"
        quartile = "percentile_cont({}) WITHIN GROUP (ORDER BY {})::VARCHAR"
    else:
        average = deviation = "NULL::DOUBLE PRECISION"
        quartile = "percentile_disc({}) WITHIN GROUP (ORDER BY {})::VARCHAR"
    if not type_.is_numeric and (type_.kind not in _ORDERED or type_.kind is Kind.VARCHAR):
        quartile = "NULL::VARCHAR"
    value = name if type_.is_numeric or type_.kind in _ORDERED else f"{name}::VARCHAR"
    return (
        f"min({value})::VARCHAR",
        f"max({value})::VARCHAR",
        f"count(DISTINCT {value})",
        average,
        deviation,
        *(quartile.format(fraction, name) for fraction in _QUARTILES),
        "count(*)",
        f"round(100.0 * (count(*) - count({name})) / nullif(count(*), 0), 2)::DECIMAL(5,2)",
    )
