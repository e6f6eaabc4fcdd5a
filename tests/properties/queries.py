"""Random queries on a star, ordered so that their answers are one sequence of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.properties.stars import Column, Star, literal

__all__ = ["queries"]


@dataclass(frozen=True)
class _Source:
    """A FROM clause, with what its joins leave for WHERE, and the columns in sight."""

    text: str
    conditions: tuple[str, ...]
    columns: tuple[Column, ...]


@st.composite
def queries(draw: st.DrawFn, star: Star) -> str:
    source = draw(_sources(star))
    body = draw(_grouped(source) if draw(st.booleans()) else _plain(source))
    conditions = [*source.conditions, *draw(st.lists(_conditions(source), max_size=3))]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = draw(st.sampled_from(["", "", " LIMIT 3", " LIMIT 4 OFFSET 2", " LIMIT 0"]))
    return body.format(source=source.text, where=where) + limit


# --- FROM --------------------------------------------------------------------------------------


@st.composite
def _sources(draw: st.DrawFn, star: Star) -> _Source:
    """The fact with some of its dimensions, by JOIN or by comma; a parent follows its child."""
    if draw(st.integers(0, 9)) == 0:
        dimension = draw(st.sampled_from(star.dimensions))
        return _Source(dimension.name, (), tuple(dimension.columns))
    chosen = draw(st.lists(st.sampled_from(star.dimensions), unique=True, max_size=3))
    columns = list(star.fact_columns)
    joins = []
    for dimension in chosen:
        joins.append((dimension.name, f"f_{dimension.name} = {dimension.key}"))
        columns += dimension.columns
    names = [dimension.name for dimension in chosen]
    if "b" in names and "a" not in names and star.dimensions[1].parent:
        joins.append(("a", "b_parent = a_key"))
        columns += star.dimensions[0].columns
    if draw(st.booleans()):
        text = ", ".join(["f", *(name for name, _ in joins)])
        return _Source(text, tuple(condition for _, condition in joins), tuple(columns))
    text = "f"
    for name, condition in joins:
        kind = draw(st.sampled_from(["JOIN", "LEFT JOIN"]))
        text += f" {kind} {name} ON {condition}"
    return _Source(text, (), tuple(columns))


# --- conditions --------------------------------------------------------------------------------


def _conditions(source: _Source) -> st.SearchStrategy[str]:
    atom = st.sampled_from(source.columns).flatmap(_atom)
    either = st.tuples(atom, atom).map(lambda pair: f"({pair[0]} OR {pair[1]})")
    negated = atom.map(lambda condition: f"NOT ({condition})")
    return atom | either | negated


def _atom(column: Column) -> st.SearchStrategy[str]:
    constant = st.sampled_from(column.values).map(lambda value: literal(value, column.kind))
    comparison = st.tuples(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), constant)
    name = column.name
    choices: list[st.SearchStrategy[str]] = [
        comparison.map(lambda pair: f"{name} {pair[0]} {pair[1]}"),
        st.tuples(constant, constant).map(lambda pair: f"{name} BETWEEN {pair[0]} AND {pair[1]}"),
        st.lists(constant | st.just("NULL"), min_size=1, max_size=3).map(
            lambda items: f"{name} IN ({', '.join(items)})"
        ),
        st.sampled_from([f"{name} IS NULL", f"{name} IS NOT NULL"]),
    ]
    if column.kind == "text":
        patterns = st.sampled_from(["a%", "%1", "_", "%", "", "A__A", "%S%"])
        choices.append(patterns.map(lambda pattern: f"{name} LIKE '{pattern}'"))
    if column.kind == "int":
        choices.append(constant.map(lambda value: f"{name} + 1 > {value}"))
    return st.one_of(choices)


# --- SELECT ------------------------------------------------------------------------------------


@st.composite
def _plain(draw: st.DrawFn, source: _Source) -> str:
    """Some columns, ordered by all of them: rows that tie are alike."""
    columns = draw(st.lists(st.sampled_from(source.columns), min_size=1, max_size=4, unique=True))
    names = [column.name for column in columns]
    distinct = draw(st.sampled_from(["", "", "DISTINCT "]))
    order = draw(_order(names))
    return f"SELECT {distinct}{', '.join(names)} FROM {{source}}{{where}} ORDER BY {order}"


@st.composite
def _grouped(draw: st.DrawFn, source: _Source) -> str:
    """Groups by some columns; all of them are in the order, which makes it complete."""
    keys = draw(st.lists(_group_keys(source), max_size=3, unique=True))
    aggregates = draw(st.lists(_aggregates(source), min_size=1, max_size=4))
    keyed = [f"{key} AS k{number}" for number, key in enumerate(keys)]
    summed = [f"{aggregate} AS s{number}" for number, aggregate in enumerate(aggregates)]
    exact = [f"s{i}" for i, text in enumerate(aggregates) if not text.startswith("avg")]
    by = f" GROUP BY {', '.join(keys)}" if keys else ""
    having = draw(_having(source)) if draw(st.booleans()) else ""
    sortable = [*(f"k{number}" for number in range(len(keys))), *exact]
    order = f" ORDER BY {draw(_order(sortable))}" if sortable else ""
    return f"SELECT {', '.join(keyed + summed)} FROM {{source}}{{where}}{by}{having}{order}"


def _group_keys(source: _Source) -> st.SearchStrategy[str]:
    names = st.sampled_from([column.name for column in source.columns])
    integers = [column.name for column in source.columns if column.kind == "int"]
    return names | st.sampled_from(integers).map(lambda name: f"{name} % 3")


def _aggregates(source: _Source) -> st.SearchStrategy[str]:
    every = st.sampled_from(source.columns).map(lambda column: column.name)
    numeric = st.sampled_from([c.name for c in source.columns if c.kind in ("int", "decimal")])
    return st.one_of(
        st.just("count(*)"),
        every.map(lambda name: f"count({name})"),
        every.map(lambda name: f"count(DISTINCT {name})"),
        every.map(lambda name: f"min({name})"),
        every.map(lambda name: f"max({name})"),
        numeric.map(lambda name: f"sum({name})"),
        numeric.map(lambda name: f"avg({name})"),
        numeric.map(lambda name: f"sum({name}) FILTER (WHERE {name} > 0)"),
    )


def _having(source: _Source) -> st.SearchStrategy[str]:
    numeric = st.sampled_from([c.name for c in source.columns if c.kind in ("int", "decimal")])
    return st.sampled_from([" HAVING count(*) > 1", " HAVING count(*) < 3"]) | numeric.map(
        lambda name: f" HAVING sum({name}) > 4"
    )


@st.composite
def _order(draw: st.DrawFn, names: list[str]) -> str:
    items: list[Any] = []
    for name in draw(st.permutations(names)):
        direction = draw(st.sampled_from(["", " DESC"]))
        nulls = draw(st.sampled_from(["", " NULLS FIRST", " NULLS LAST"]))
        items.append(f"{name}{direction}{nulls}")
    return ", ".join(items)
