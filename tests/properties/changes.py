"""Random statements that change the rows of a star, right ones and such as a constraint refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.properties.conditions import Source, conditions
from tests.properties.stars import CITIES, GROUPS, SMALL, Dimension, Star, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["changes"]

NEW_KEYS = st.integers(0, 45)


def changes(star: Star) -> st.SearchStrategy[str]:
    """One statement."""
    choices = [
        _delete("f", _fact(star)),
        _update("f", _fact(star), _fact_assignments(star)),
        _insert_facts(star),
        st.just("INSERT INTO f SELECT * FROM f WHERE f_int > 3"),
        st.just("TRUNCATE f"),
    ]
    for dimension in star.dimensions:
        source = Source(dimension.name, (), tuple(dimension.columns))
        choices += [
            _delete(dimension.name, source),
            _update(dimension.name, source, _dimension_assignments(dimension)),
            _new_key(dimension),
            _update_from(dimension, source),
            _delete_using(dimension, source),
            _upsert(dimension),
            _merge(dimension),
            _merge_facts(dimension),
        ]
    return st.one_of(choices)


def _fact(star: Star) -> Source:
    return Source("f", (), tuple(star.fact_columns), star.dimensions)


def _delete(table: str, source: Source) -> st.SearchStrategy[str]:
    return conditions(source).map(lambda condition: f"DELETE FROM {table} WHERE {condition}")


def _update(
    table: str, source: Source, assignment: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.tuples(assignment, conditions(source)).map(
        lambda pair: f"UPDATE {table} SET {pair[0]} WHERE {pair[1]}"
    )


def _fact_assignments(star: Star) -> st.SearchStrategy[str]:
    forms = [
        "f_int = f_int + 1",
        "f_int = f_id, f_big = f_int",
        "f_int = NULL",
        "f_text = f_text || 'z'",
        "f_text = 'word', f_decimal = f_decimal * 2",
        "f_date = f_date + 1",
        "f_id = NULL",
        "f_decimal = f_int, f_int = 2.5",
        "(f_int, f_text) = (7, f_date)",
        "f_int = CASE WHEN f_int > 3 THEN 12 / (f_int - 3) END",
    ]
    for one in star.dimensions:
        forms += [
            f"f_int = (SELECT {one.name}_number FROM {one.name} WHERE {one.key} = f_{one.name})",
            f"f_{one.name} = f_int",
            f"f_{one.name} = NULL",
            f"f_{one.name} = (SELECT max({one.key}) FROM {one.name})",
            *(f"f_{one.name} = {key}" for key in one.keys[:2]),
        ]
    return st.sampled_from(forms)


def _dimension_assignments(dimension: Dimension) -> st.SearchStrategy[str]:
    name = dimension.name
    group = st.sampled_from(GROUPS).map(lambda value: f"{name}_group = {literal(value, 'text')}")
    forms = [
        f"{name}_number = {name}_number * 2",
        f"{name}_city = {name}_group, {name}_group = 'new'",
        f"{name}_number = (SELECT count(*) FROM f WHERE f_{name} = {dimension.key})",
    ]
    return st.one_of(group, st.sampled_from(forms))


def _new_key(dimension: Dimension) -> st.SearchStrategy[str]:
    """Of one row: PostgreSQL checks keys row by row, so what it says of several depends on their
    order."""
    return st.tuples(NEW_KEYS, NEW_KEYS).map(
        lambda keys: (
            f"UPDATE {dimension.name} SET {dimension.key} = {keys[1]}"
            f" WHERE {dimension.key} = {keys[0]}"
        )
    )


def _update_from(dimension: Dimension, source: Source) -> st.SearchStrategy[str]:
    name = dimension.name
    return conditions(source).map(
        lambda condition: (
            f"UPDATE f SET f_int = {name}_number, f_text = {name}_city FROM {name}"
            f" WHERE f_{name} = {dimension.key} AND {condition}"
        )
    )


def _delete_using(dimension: Dimension, source: Source) -> st.SearchStrategy[str]:
    name = dimension.name
    return conditions(source).map(
        lambda condition: (
            f"DELETE FROM f USING {name} WHERE f_{name} = {dimension.key} AND {condition}"
        )
    )


def _rows(dimension: Dimension, unique: bool) -> st.SearchStrategy[str]:
    """New rows as VALUES: key, group, city, number."""
    row = st.tuples(NEW_KEYS, st.sampled_from(GROUPS), st.sampled_from(CITIES), SMALL)
    key = (lambda one: one[0]) if unique else None
    return st.lists(row, min_size=1, max_size=4, unique_by=key).map(_values)


def _values(rows: Sequence[tuple[Any, ...]]) -> str:
    kinds = ("int", "text", "text", "int")
    texts = (", ".join(map(literal, row, kinds)) for row in rows)
    return "VALUES " + ", ".join(f"({text})" for text in texts)


def _upsert(dimension: Dimension) -> st.SearchStrategy[str]:
    name, key = dimension.name, dimension.key
    columns = f"{key}, {name}_group, {name}_city, {name}_number"
    update = f"({key}) DO UPDATE SET {name}_number = excluded.{name}_number, {name}_city = {name}.{name}_group"
    actions = st.sampled_from(
        ["DO NOTHING", f"({key}) DO NOTHING", update, f"{update} WHERE {name}.{name}_number > 2"]
    )
    conflict = actions.map(lambda action: f" ON CONFLICT {action}") | st.just("")
    return st.tuples(_rows(dimension, unique=False), conflict).map(
        lambda pair: f"INSERT INTO {name} ({columns}) {pair[0]}{pair[1]}"
    )


def _merge(dimension: Dimension) -> st.SearchStrategy[str]:
    name, key = dimension.name, dimension.key
    matched = st.sampled_from(
        [
            "",
            " WHEN MATCHED AND n > 3 THEN DELETE",
            f" WHEN MATCHED AND n > 5 THEN DO NOTHING WHEN MATCHED THEN UPDATE SET {name}_city = c",
            f" WHEN MATCHED AND g IS NULL THEN UPDATE SET {name}_number = n"
            f" WHEN MATCHED AND {name}_number < n THEN UPDATE SET {name}_group = g",
        ]
    )
    alone = st.sampled_from(
        [
            " WHEN NOT MATCHED THEN DO NOTHING",
            f" WHEN NOT MATCHED AND n > 0 THEN INSERT ({key}, {name}_group) VALUES (k, g || c)"
            f" WHEN NOT MATCHED THEN INSERT ({name}_city, {key}) VALUES ('lone', k)",
        ]
    )
    return st.tuples(_rows(dimension, unique=False), matched, alone).map(
        lambda parts: (
            f"MERGE INTO {name} USING ({parts[0]}) AS s (k, g, c, n) ON {key} = k"
            f"{parts[1]}{parts[2]}"
        )
    )


def _merge_facts(dimension: Dimension) -> st.SearchStrategy[str]:
    name = dimension.name
    actions = st.sampled_from(
        [
            f"MATCHED THEN UPDATE SET f_{name} = NULL, f_int = {name}_number",
            f"MATCHED AND {name}_number > 2 THEN DELETE WHEN MATCHED THEN UPDATE SET f_text = {name}_city",
            f"NOT MATCHED THEN INSERT (f_id, f_{name}) VALUES (900, {dimension.key})",
        ]
    )
    return actions.map(
        lambda action: f"MERGE INTO f USING {name} ON f_{name} = {dimension.key} WHEN {action}"
    )


def _insert_facts(star: Star) -> st.SearchStrategy[str]:
    keys = ", ".join(f"f_{one.name}" for one in star.dimensions)
    places = [
        st.none() | (st.sampled_from(one.keys) if one.keys else st.none()) | NEW_KEYS
        for one in star.dimensions
    ]
    row = st.tuples(st.integers(500, 599) | st.none(), SMALL, *places)
    return st.lists(row, min_size=1, max_size=3).map(
        lambda rows: (
            f"INSERT INTO f (f_id, f_int{keys and ', '}{keys}) VALUES "
            + ", ".join("(" + ", ".join(literal(one, "int") for one in row) + ")" for row in rows)
        )
    )
