"""A random star: three dimensions, one of them under another, and a fact, small enough for surprises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

__all__ = ["Column", "Star", "Table"]

_GROUPS = ["", "ASIA", "EUROPE", "Z", "ä", "a%"]
_WORDS = ["", "a", "A", "ab", "aB_", "%", "é", "zz", " x ", "10", "9"]
_INTEGERS = [0, 1, -1, 2, 3, 5, 7, 12, 100, -2147483648, 2147483647]
_BIG = [0, 1, -1, 4, 1_000_000_000_000, -9_000_000_000_000]
_DECIMALS = ["0.00", "1.25", "-1.25", "2.50", "99999.99", "-0.01", "10.00"]
_DOUBLES = ["0", "0.5", "-0.5", "1.25", "1e10", "-3.75"]
_DATES = ["2024-02-29", "2024-01-01", "1999-12-31", "1970-01-01", "1969-12-31", "2024-12-30"]
_MOMENTS = ["2024-02-29 12:30:00", "1969-12-31 23:59:59.5", "2024-01-01 00:00:00"]


@dataclass(frozen=True)
class Column:
    name: str
    kind: str  # "int", "decimal", "double", "text", "date", "moment" or "bool"


@dataclass(frozen=True)
class Table:
    """`references` has the dimension that a column is a key of."""

    name: str
    columns: tuple[Column, ...]
    references: dict[str, str]
    statements: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.columns[0].name


class Star:
    """Made of a seed: the same seed makes the same star."""

    def __init__(self, random: Random) -> None:
        self._random = random
        sizes = [random.choice([0, 1, 3, 9, 9, 20, 20]) for _ in range(3)]
        a = self._dimension("a", sizes[0], None, 0)
        b = self._dimension("b", sizes[1], "a", sizes[0])
        c = self._dimension("c", sizes[2], None, 0)
        fact = self._fact(random.choice([0, 1, 10, 40, 40, 120, 120]), sizes)
        self.tables = (a, b, c, fact)

    @property
    def statements(self) -> list[str]:
        return [statement for table in self.tables for statement in table.statements]

    def _dimension(self, name: str, rows: int, parent: str | None, parents: int) -> Table:
        columns = (
            Column(f"{name}_key", "int"),
            Column(f"{name}_group", "text"),
            Column(f"{name}_word", "text"),
            Column(f"{name}_number", "int"),
            Column(f"{name}_day", "date"),
        )
        ddl = (
            f"CREATE DIMENSION TABLE {name} ({name}_key INTEGER PRIMARY KEY, {name}_group VARCHAR,"
            f" {name}_word VARCHAR, {name}_number INTEGER, {name}_day DATE"
        )
        references = {}
        if parent is not None:
            columns += (Column(f"{name}_parent", "int"),)
            ddl += f", {name}_parent INTEGER REFERENCES {parent}"
            references[f"{name}_parent"] = parent
        if self._random.random() < 0.5:
            ddl += f", HIERARCHY places ({name}_group, {name}_word)"
        tuples = []
        for key in range(rows):
            values = [str(key * 3 - 4), *(self._value(column.kind) for column in columns[1:5])]
            if parent is not None:
                values.append(self._key(parents))
            tuples.append(f"({', '.join(values)})")
        return Table(name, columns, references, self._filled(name, ddl + ")", tuples))

    def _fact(self, rows: int, sizes: list[int]) -> Table:
        kinds = {
            "f_int": "int",
            "f_big": "int",
            "f_decimal": "decimal",
            "f_double": "double",
            "f_text": "text",
            "f_day": "date",
            "f_moment": "moment",
            "f_bool": "bool",
        }
        columns = (
            Column("f_id", "int"),
            *(Column(f"f_{name}", "int") for name in "abc"),
            *(Column(name, kind) for name, kind in kinds.items()),
        )
        ddl = (
            "CREATE FACT TABLE f (f_id INTEGER PRIMARY KEY, f_a INTEGER REFERENCES a, f_b INTEGER"
            " REFERENCES b, f_c INTEGER REFERENCES c, f_int INTEGER, f_big BIGINT,"
            " f_decimal DECIMAL(12, 2), f_double DOUBLE PRECISION, f_text VARCHAR, f_day DATE,"
            " f_moment TIMESTAMP, f_bool BOOLEAN)"
        )
        if self._random.random() < 0.5:
            ddl += " ORDER BY (f_day, f_a)"
        tuples = []
        for number in range(rows):
            values = [str(number), *(self._key(size) for size in sizes)]
            for column in columns[4:]:
                big = column.name == "f_big" and self._random.random() < 0.8
                values.append(str(self._random.choice(_BIG)) if big else self._value(column.kind))
            tuples.append(f"({', '.join(values)})")
        references = {f"f_{name}": name for name in "abc"}
        return Table("f", columns, references, self._filled("f", ddl, tuples))

    def _filled(self, name: str, ddl: str, rows: list[str]) -> tuple[str, ...]:
        """In several statements, so that there are several segments."""
        step = self._random.choice([7, 1000])
        parts = [rows[first : first + step] for first in range(0, len(rows), step)]
        return (ddl, *(f"INSERT INTO {name} VALUES {', '.join(part)}" for part in parts))

    def _key(self, size: int) -> str:
        if not size or self._random.random() < 0.15:
            return "NULL"
        return str(self._random.randrange(size) * 3 - 4)

    def _value(self, kind: str) -> str:
        random = self._random
        if random.random() < 0.15:
            return "NULL"
        match kind:
            case "int":
                return str(
                    random.choice(_INTEGERS) if random.random() < 0.3 else random.randint(-3, 9)
                )
            case "decimal":
                return random.choice(_DECIMALS)
            case "double":
                return random.choice(_DOUBLES)
            case "text":
                return f"'{random.choice(random.choice([_GROUPS, _WORDS]))}'"
            case "date":
                return f"DATE '{random.choice(_DATES)}'"
            case "moment":
                return f"TIMESTAMP '{random.choice(_MOMENTS)}'"
            case _:
                return random.choice(["true", "false"])
