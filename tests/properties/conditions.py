"""Random conditions on the columns of a query, with sub-queries on dimensions among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.properties.stars import literal

if TYPE_CHECKING:
    from tests.properties.stars import Column, Dimension

__all__ = ["Source", "conditions"]


@dataclass(frozen=True)
class Source:
    """A FROM clause, with what its joins leave for WHERE, and the columns in sight.

    `related` are the dimensions whose keys the fact has in sight, as sub-queries may ask of them.
    """

    text: str
    conditions: tuple[str, ...]
    columns: tuple[Column, ...]
    related: tuple[Dimension, ...] = ()

    def names(self, *kinds: str) -> st.SearchStrategy[str]:
        """Names of columns of some kinds, or of any."""
        return st.sampled_from([c.name for c in self.columns if not kinds or c.kind in kinds])


def conditions(source: Source) -> st.SearchStrategy[str]:
    atom = _atoms(source.columns)
    either = st.tuples(atom, atom).map(lambda pair: f"({pair[0]} OR {pair[1]})")
    negated = atom.map(lambda condition: f"NOT ({condition})")
    choices = [atom, atom, either, negated]
    if source.related:
        choices.append(st.sampled_from(source.related).flatmap(_sub_query))
    return st.one_of(choices)


def _atoms(columns: tuple[Column, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(columns).flatmap(_atom)


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
        constant.map(lambda value: f"{name} IS DISTINCT FROM {value}"),
    ]
    if column.kind == "text":
        patterns = st.sampled_from(["a%", "%1", "_", "%", "", "A__A", "%S%"])
        choices.append(patterns.map(lambda pattern: f"{name} LIKE '{pattern}'"))
    if column.kind == "int":
        choices.append(constant.map(lambda value: f"{name} + 1 > {value}"))
    return st.one_of(choices)


def _sub_query(dimension: Dimension) -> st.SearchStrategy[str]:
    """The fact's key, or its f_int, held against rows of the dimension."""
    name, key, number = dimension.name, dimension.key, f"{dimension.name}_number"
    forms = [
        f"f_{name} IN (SELECT {key} FROM {name} WHERE {{}})",
        f"f_{name} NOT IN (SELECT {key} FROM {name} WHERE {{}})",
        f"f_int IN (SELECT {number} FROM {name} WHERE {{}})",
        f"f_int NOT IN (SELECT {number} FROM {name} WHERE {{}})",
        f"EXISTS (SELECT 1 FROM {name} WHERE {key} = f_{name} AND {{}})",
        f"NOT EXISTS (SELECT 1 FROM {name} WHERE {number} = f_int AND {{}})",
        f"f_int > (SELECT min({number}) FROM {name} WHERE {{}})",
        f"f_int = (SELECT max({number}) FROM {name} WHERE {key} = f_{name} AND {{}})",
        f"(SELECT count(*) FROM {name} WHERE {number} = f_int AND {{}}) < 2",
        f"f_int > ALL (SELECT {number} FROM {name} WHERE {{}})",
        f"f_int <= ANY (SELECT {number} FROM {name} WHERE {{}})",
        f"NOT f_int < ANY (SELECT {number} FROM {name} WHERE {key} = f_{name} AND {{}})",
        f"f_int >= ALL (SELECT {number} FROM {name} WHERE {key} <= f_{name} AND {{}})",
        f"(f_{name}, f_int) IN (SELECT {key}, {number} FROM {name} WHERE {{}})",
        f"f_int = (SELECT {number} FROM {name} WHERE {number} <= f_int AND {{}}"
        f" ORDER BY {number} DESC LIMIT 1)",
        f"EXISTS (SELECT 1 FROM {name} WHERE {key} = f_{name} AND {{}} AND {number} <= (SELECT"
        f" max(x.{number}) FROM {name} x WHERE x.{key} = {name}.{key} OR x.{number} = f_int))",
    ]
    inner = _atoms(tuple(dimension.columns))
    return st.tuples(st.sampled_from(forms), inner).map(lambda pair: pair[0].format(pair[1]))
