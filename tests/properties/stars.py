"""Random stars: dimensions with hierarchies, perhaps a snowflake, and a fact with nullable keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Column", "Dimension", "Star", "literal", "stars"]

GROUPS = [None, "", "ASIA", "EUROPE", "Z"]
CITIES = [None, "a1", "a2", "b1", "B1", "c%", "ä"]
SMALL = st.none() | st.integers(-3, 12)


@dataclass(frozen=True)
class Column:
    """A column that a query may use; `values` are constants worth comparing it with."""

    name: str
    kind: str  # "int", "decimal", "text" or "date"
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Dimension:
    """Rows are key, group, city, number and, in a snowflake, the key of a row of `parent`."""

    name: str
    rows: tuple[tuple[Any, ...], ...]
    hierarchy: bool
    parent: str | None

    @property
    def key(self) -> str:
        return f"{self.name}_key"

    @property
    def keys(self) -> list[int]:
        return [row[0] for row in self.rows]

    @property
    def columns(self) -> list[Column]:
        name = self.name
        return [
            Column(f"{name}_key", "int", (*self.keys[:3], -1)),
            Column(f"{name}_group", "text", tuple(value for value in GROUPS if value is not None)),
            Column(f"{name}_city", "text", tuple(value for value in CITIES if value is not None)),
            Column(f"{name}_number", "int", (-3, 0, 4, 12)),
        ]

    @property
    def ddl(self) -> str:
        parent = f", {self.name}_parent INTEGER REFERENCES {self.parent}" if self.parent else ""
        levels = f"{self.name}_group, {self.name}_city"
        hierarchy = f", HIERARCHY places ({levels})" if self.hierarchy else ""
        return (
            f"CREATE DIMENSION TABLE {self.name} ({self.key} INTEGER PRIMARY KEY,"
            f" {self.name}_group VARCHAR, {self.name}_city VARCHAR, {self.name}_number INTEGER"
            f"{parent}{hierarchy})"
        )


@dataclass(frozen=True)
class Star:
    """`facts` are id, a key for each dimension, int, big, decimal, text and date."""

    dimensions: tuple[Dimension, ...]
    facts: tuple[tuple[Any, ...], ...]
    order: tuple[str, ...]

    @property
    def fact_columns(self) -> list[Column]:
        keys = [Column(f"f_{d.name}", "int", (*d.keys[:3], -1)) for d in self.dimensions]
        return [
            *keys,
            Column("f_int", "int", (-3, 0, 5, 12)),
            Column("f_big", "int", (-(2**40), 0, 2**40)),
            Column("f_decimal", "decimal", ("-1.50", "0", "0.25", "2.005", "100")),
            Column("f_text", "text", ("", "x", "y", "yy")),
            Column("f_date", "date", ("1969-12-31", "2024-02-29", "2024-03-01")),
        ]

    @property
    def statements(self) -> list[str]:
        """The DDL and the inserts, in an order that keeps the keys."""
        statements = []
        for dimension in self.dimensions:
            statements += [dimension.ddl, *_inserts(dimension.name, dimension.rows)]
        keys = "".join(f" f_{d.name} INTEGER REFERENCES {d.name}," for d in self.dimensions)
        order = f" ORDER BY ({', '.join(self.order)})" if self.order else ""
        statements.append(
            f"CREATE FACT TABLE f (f_id INTEGER NOT NULL,{keys} f_int INTEGER, f_big BIGINT,"
            f" f_decimal DECIMAL(8, 2), f_text VARCHAR, f_date DATE){order}"
        )
        half = len(self.facts) // 2  # two loads, so that segments overlap
        return [*statements, *_inserts("f", self.facts[:half]), *_inserts("f", self.facts[half:])]


def literal(value: Any, kind: str) -> str:
    """A value as SQL text."""
    if value is None:
        return "NULL"
    match kind:
        case "text":
            return "'" + value.replace("'", "''") + "'"
        case "date":
            return f"DATE '{value}'"
        case _:
            return str(value)


def _inserts(table: str, rows: Sequence[tuple[Any, ...]]) -> list[str]:
    if not rows:
        return []
    texts = (", ".join(_quoted(value) for value in row) for row in rows)
    return [f"INSERT INTO {table} VALUES {', '.join(f'({text})' for text in texts)}"]


def _quoted(value: Any) -> str:
    return literal(value, "text" if isinstance(value, str) else "int")


@st.composite
def _dimension(draw: st.DrawFn, name: str, parent: Dimension | None) -> Dimension:
    keys = draw(st.lists(st.integers(0, 40), unique=True, max_size=10))
    rows = [
        (
            key,
            draw(st.sampled_from(GROUPS)),
            draw(st.sampled_from(CITIES)),
            draw(SMALL),
            *([_maybe_key(draw, parent)] if parent else []),
        )
        for key in keys
    ]
    return Dimension(name, tuple(rows), draw(st.booleans()), parent.name if parent else None)


def _maybe_key(draw: st.DrawFn, dimension: Dimension) -> int | None:
    return draw(st.none() | st.sampled_from(dimension.keys)) if dimension.keys else None


@st.composite
def stars(draw: st.DrawFn) -> Star:
    first = draw(_dimension("a", None))
    second = draw(_dimension("b", first if draw(st.booleans()) else None))
    dimensions = [first, second]
    if draw(st.booleans()):
        dimensions.append(draw(_dimension("c", None)))
    facts = [
        (
            number,
            *(_maybe_key(draw, dimension) for dimension in dimensions),
            draw(SMALL),
            draw(st.none() | st.sampled_from([-(2**62), -(2**40), 0, 7, 2**40, 2**62])),
            draw(st.none() | st.sampled_from(["-1.50", "0.25", "2.00", "100.00", "0.01"])),
            draw(st.none() | st.sampled_from(["", "x", "y", "yy"])),
            draw(st.none() | st.sampled_from(["1969-12-31", "2024-02-29", "2024-03-01"])),
        )
        for number in range(draw(st.integers(0, 40)))
    ]
    sortable = ["f_id", "f_a", "f_b", "f_int", "f_text", "f_date"]
    order = draw(st.lists(st.sampled_from(sortable), unique=True, max_size=3))
    return Star(tuple(dimensions), tuple(facts), tuple(order))
