"""Random queries on a star, ordered so that their answers are one sequence of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.properties.conditions import Source, conditions
from tests.properties.stars import Column

if TYPE_CHECKING:
    from tests.properties.stars import Star

__all__ = ["queries"]

LIMITS = ["", "", " LIMIT 3", " LIMIT 4 OFFSET 2", " LIMIT 0"]


@st.composite
def queries(draw: st.DrawFn, star: Star) -> str:
    joined = _joined_facts(star)
    source = draw(st.one_of(joined, joined, _dimensions(star), _lateral(star), _recursive(star)))
    body = draw(_grouped(source) if draw(st.booleans()) else _plain(source))
    where = [*source.conditions, *draw(st.lists(conditions(source), max_size=3))]
    text = body.replace("{source}", source.text)
    text = text.replace("{where}", f" WHERE {' AND '.join(where)}" if where else "")
    return text + draw(st.sampled_from(LIMITS))


# --- FROM --------------------------------------------------------------------------------------


@st.composite
def _joined_facts(draw: st.DrawFn, star: Star) -> Source:
    """The fact with some of its dimensions, by JOIN or by comma; a parent follows its child."""
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
        on = tuple(condition for _, condition in joins)
        return Source(text, on, tuple(columns), star.dimensions)
    text = "f"
    for name, condition in joins:
        kind = draw(st.sampled_from(["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "FULL JOIN"]))
        text += f" {kind} {name} ON {condition}"
    return Source(text, (), tuple(columns), star.dimensions)


@st.composite
def _dimensions(draw: st.DrawFn, star: Star) -> Source:
    """A dimension, or two that are joined by what no key declares."""
    first, second, *_ = draw(st.permutations(star.dimensions))
    if draw(st.booleans()):
        return Source(first.name, (), tuple(first.columns))
    kind = draw(st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]))
    on = draw(
        st.sampled_from(
            [
                f"{first.name}_group = {second.name}_group",
                f"{first.name}_number = {second.key}",
                f"{first.name}_city = {second.name}_city AND {first.key} = {second.key}",
                f"{first.key} = {second.name}_number + 1",
            ]
        )
    )
    columns = (*first.columns, *second.columns)
    return Source(f"{first.name} {kind} {second.name} ON {on}", (), columns)


@st.composite
def _lateral(draw: st.DrawFn, star: Star) -> Source:
    """The fact, each row of it with what a query on a dimension finds for that row."""
    dimension = draw(st.sampled_from(star.dimensions))
    name, key, number = dimension.name, dimension.key, f"{dimension.name}_number"
    related = draw(
        st.sampled_from([f"{key} = f_{name}", f"{number} >= f_int", f"{number} + f_int = {key}"])
    )
    inner = draw(
        st.sampled_from(
            [
                f"SELECT count(*), max({number}) FROM {name} WHERE {related}",
                f"SELECT {key}, {number} FROM {name} WHERE {related}",
                f"SELECT {key}, {number} FROM {name} WHERE {related} ORDER BY 2, 1 LIMIT 2",
                f"SELECT {number}, count(*) FROM {name} WHERE {related} GROUP BY {number}",
                f"SELECT f_int, {key} FROM {name} UNION SELECT {number}, f_int FROM {name}"
                f" WHERE {related}",
            ]
        )
    )
    join, on = draw(st.sampled_from([("CROSS JOIN", ""), ("LEFT JOIN", " ON true")]))
    found = (Column("found", "int", (0, 1, 2)), Column("other", "int", (0, 1, 5)))
    text = f"f {join} LATERAL ({inner}) AS l (found, other){on}"
    return Source(text, (), (*star.fact_columns, *found), star.dimensions)


@st.composite
def _recursive(draw: st.DrawFn, star: Star) -> Source:
    """The rows of a dimension that can be reached from keys of it by rows of the fact."""
    dimension = draw(st.sampled_from(star.dimensions))
    name, key = dimension.name, dimension.key
    step = draw(
        st.sampled_from(
            [
                f"SELECT CAST(f_int AS BIGINT) FROM f, walk WHERE f_{name} = step",
                f"SELECT CAST(f_int AS BIGINT) FROM walk JOIN f ON f_{name} = step AND f_int <> step",
                f"SELECT CAST({name}_number AS BIGINT) FROM walk JOIN {name} ON {key} = step + 1",
            ]
        )
    )
    walk = f"SELECT CAST({key} AS BIGINT) FROM {name} UNION {step}"
    text = f"(WITH RECURSIVE walk(step) AS ({walk}) SELECT step FROM walk) AS walked"
    steps = Column("step", "int", (0, 1, 3))
    return Source(f"{text} JOIN {name} ON {key} = step", (), (steps, *dimension.columns))


# --- SELECT ------------------------------------------------------------------------------------


@st.composite
def _plain(draw: st.DrawFn, source: Source) -> str:
    """Some values, ordered by all of them: rows that tie are alike."""
    values = draw(st.lists(_values(source), min_size=1, max_size=4))
    items = [f"{value} AS v{number}" for number, value in enumerate(values)]
    distinct = draw(st.sampled_from(["", "", "DISTINCT "]))
    order = draw(_order([f"v{number}" for number in range(len(values))]))
    return f"SELECT {distinct}{', '.join(items)} FROM {{source}}{{where}} ORDER BY {order}"


@st.composite
def _grouped(draw: st.DrawFn, source: Source) -> str:
    """Groups by some values; all of them are in the order, which makes it complete."""
    keys = draw(st.lists(_values(source), max_size=3, unique=True))
    aggregates = draw(st.lists(_aggregates(source), min_size=1, max_size=4))
    keyed = [f"{key} AS k{number}" for number, key in enumerate(keys)]
    summed = [f"{aggregate} AS s{number}" for number, aggregate in enumerate(aggregates)]
    exact = [f"s{i}" for i, text in enumerate(aggregates) if not text.startswith("avg")]
    by = f" GROUP BY {', '.join(keys)}" if keys else ""
    sortable = [*(f"k{number}" for number in range(len(keys))), *exact]
    if keys and draw(st.integers(0, 2)) == 0:
        by = f" GROUP BY {draw(_grouping_sets(keys))}"
        summed.append(f"grouping({', '.join(keys)}) AS g")
        sortable.append("g")
    having = draw(_having(source)) if draw(st.booleans()) else ""
    order = f" ORDER BY {draw(_order(sortable))}" if sortable else ""
    return f"SELECT {', '.join(keyed + summed)} FROM {{source}}{{where}}{by}{having}{order}"


@st.composite
def _grouping_sets(draw: st.DrawFn, keys: list[str]) -> str:
    """Every key is in a set, so that each may be selected."""
    listed = ", ".join(keys)
    some = st.lists(st.sampled_from(keys), max_size=3, unique=True)
    sets = ", ".join(f"({', '.join(chosen)})" for chosen in draw(st.lists(some, max_size=4)))
    forms = [
        f"ROLLUP ({listed})",
        f"CUBE ({listed})",
        f"GROUPING SETS (({listed}), {sets or '()'})",
    ]
    if len(keys) > 1:
        forms.append(f"{keys[0]}, ROLLUP ({', '.join(keys[1:])})")
        forms.append(f"ROLLUP (({', '.join(keys[:2])}), {', '.join(keys[2:]) or keys[0]})")
    return draw(st.sampled_from(forms))


def _values(source: Source) -> st.SearchStrategy[str]:
    """Columns for the most part, and what can be computed from one row."""
    integer = source.names("int")
    text = source.names("text")
    computed = [
        integer.map(lambda name: f"{name} % 3"),
        integer.map(lambda name: f"{name} / 2"),
        st.tuples(source.names("int"), integer).map(lambda pair: f"coalesce({pair[0]}, {pair[1]})"),
        text.map(lambda name: f"{name} || '!'"),
        text.map(lambda name: f"upper({name})"),
        text.map(lambda name: f"substring({name} FROM 1 FOR 1)"),
        st.tuples(conditions(replace(source, related=())), integer).map(
            lambda pair: f"CASE WHEN {pair[0]} THEN {pair[1]} ELSE -7 END"
        ),
    ]
    if source.related:
        computed.append(st.just("extract(month FROM f_date)"))
        computed.append(st.just("f_decimal * 2"))
    return source.names() | source.names() | st.one_of(computed)


def _aggregates(source: Source) -> st.SearchStrategy[str]:
    every = source.names()
    numeric = source.names("int", "decimal")
    return st.one_of(
        st.just("count(*)"),
        every.map(lambda name: f"count({name})"),
        every.map(lambda name: f"count(DISTINCT {name})"),
        every.map(lambda name: f"min({name})"),
        every.map(lambda name: f"max({name})"),
        numeric.map(lambda name: f"sum({name})"),
        numeric.map(lambda name: f"avg({name})"),
        numeric.map(lambda name: f"sum(DISTINCT {name})"),
        numeric.map(lambda name: f"sum({name}) FILTER (WHERE {name} > 0)"),
        every.map(lambda name: f"string_agg(CAST({name} AS VARCHAR), '|' ORDER BY {name})"),
        numeric.map(lambda name: f"percentile_disc(0.4) WITHIN GROUP (ORDER BY {name} DESC)"),
        source.names("int").map(lambda name: f"bit_xor({name})"),
        source.names("int").map(lambda name: f"median({name})"),
        numeric.map(lambda name: f"bool_or({name} > 1) FILTER (WHERE {name} < 5)"),
        conditions(source).map(lambda condition: f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)"),
    )


def _having(source: Source) -> st.SearchStrategy[str]:
    numeric = source.names("int", "decimal")
    return st.sampled_from([" HAVING count(*) > 1", " HAVING count(*) < 3"]) | numeric.map(
        lambda name: f" HAVING sum({name}) > 4"
    )


@st.composite
def _order(draw: st.DrawFn, names: list[str]) -> str:
    items = []
    for name in draw(st.permutations(names)):
        direction = draw(st.sampled_from(["", " DESC"]))
        nulls = draw(st.sampled_from(["", " NULLS FIRST", " NULLS LAST"]))
        items.append(f"{name}{direction}{nulls}")
    return ", ".join(items)
