"""Random expressions over the columns in sight, of a kind that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.fuzz.star import Column

__all__ = ["KINDS", "Expressions", "Scope"]

KINDS = ("int", "int", "decimal", "double", "text", "text", "date", "moment", "bool")
_COMPARISONS = ["=", "<>", "<", "<=", ">", ">="]
_LITERALS = {
    "int": ["0", "1", "-1", "3", "7", "100"],
    "decimal": ["0.00", "1.25", "-2.50", "10.00"],
    "double": ["CAST(0.5 AS DOUBLE PRECISION)", "CAST(-3.75 AS DOUBLE PRECISION)"],
    "text": ["''", "'a'", "'ASIA'", "'zz'", "'é'", "'10'"],
    "date": ["DATE '2024-01-01'", "DATE '1970-01-01'", "DATE '2024-02-29'"],
    "moment": ["TIMESTAMP '2024-01-01 00:00:00'", "TIMESTAMP '1999-12-31 23:59:59'"],
    "bool": ["true", "false"],
}
_PATTERNS = ["'a%'", "'%'", "'_'", "'%b%'", "'A_IA'", "''", "'é%'"]


@dataclass(frozen=True)
class Scope:
    """The columns in sight, under the names that they have there."""

    columns: tuple[Column, ...]

    def of(self, kind: str) -> list[str]:
        return [column.name for column in self.columns if column.kind == kind]


class Expressions:
    """`subquery` makes a condition or a value with a query in it, where one may stand."""

    def __init__(
        self, random: Random, subquery: Callable[[Scope, str], str | None] | None = None
    ) -> None:
        self._random = random
        self._subquery = subquery

    def value(self, scope: Scope, kind: str, depth: int = 2) -> str:
        """An expression of that kind; a column for the most part."""
        random = self._random
        columns = scope.of(kind)
        often = 0.1 if kind == "bool" else 0.5  # conditions that are columns tell little
        if columns and (depth <= 0 or random.random() < often):
            return random.choice(columns)
        if depth <= 0:
            return random.choice(_LITERALS[kind])
        if self._subquery is not None and random.random() < 0.12:
            query = self._subquery(scope, kind)
            if query is not None:
                return query
        return self._computed(scope, kind, depth - 1)

    def condition(self, scope: Scope, depth: int = 2) -> str:
        return self.value(scope, "bool", depth)

    def literal(self, kind: str) -> str:
        return self._random.choice(_LITERALS[kind])

    # --- by kind -------------------------------------------------------------------------------

    def _computed(self, scope: Scope, kind: str, depth: int) -> str:
        random = self._random

        def one(of: str = kind) -> str:
            return self.value(scope, of, depth)

        shared = [
            lambda: f"CASE WHEN {one('bool')} THEN {one()} ELSE {one()} END",
            lambda: f"CASE WHEN {one('bool')} THEN {one()} END",
            lambda: f"coalesce({one()}, {one()})",
            lambda: f"nullif({one()}, {one()})",
            lambda: f"greatest({one()}, {one()})",
            lambda: f"least({one()}, {one()})",
            lambda: self.literal(kind),
            lambda: "CAST(NULL AS " + _SQL_TYPES[kind] + ")",
        ]
        own = {
            "int": self._integers,
            "decimal": self._decimals,
            "double": self._doubles,
            "text": self._texts,
            "date": self._dates,
            "moment": self._moments,
            "bool": self._conditions,
        }[kind](scope, depth)
        return random.choice(shared if random.random() < 0.25 else own)()

    def _integers(self, scope: Scope, depth: int) -> list[Callable[[], str]]:
        def one(of: str = "int") -> str:
            return self.value(scope, of, depth)

        return [
            lambda: f"({one()} % 5 + {one()} % 7)",
            lambda: f"({one()} % 100 - 3)",
            lambda: f"({one()} % 50 * 4)",
            lambda: f"({one()} / 3)",
            lambda: f"({one()} / nullif({one()} % 4, 0))",
            lambda: f"({one()} % 11)",
            lambda: f"abs({one()} % 1000)",
            lambda: f"length({one('text')})",
            lambda: f"CAST(extract(month FROM {one('date')}) AS INTEGER)",
            lambda: f"CAST(extract(year FROM {one('moment')}) AS INTEGER)",
            lambda: f"({one('date')} - DATE '2000-01-01')",
            lambda: f"position({self._random.choice(_LITERALS['text'])} IN {one('text')})",
        ]

    def _decimals(self, scope: Scope, depth: int) -> list[Callable[[], str]]:
        def one(of: str = "decimal") -> str:
            return self.value(scope, of, depth)

        return [
            lambda: f"({one()} + {one()})",
            lambda: f"({one()} - {one()})",
            lambda: f"({one()} * 2)",
            lambda: f"round({one()}, 1)",
            lambda: f"abs({one()})",
            lambda: f"(- {one()})",
            lambda: f"CAST({one('int')} % 1000 AS DECIMAL(12, 2))",
        ]

    def _doubles(self, scope: Scope, depth: int) -> list[Callable[[], str]]:
        def one(of: str = "double") -> str:
            return self.value(scope, of, depth)

        return [
            lambda: f"({one()} + {one()})",
            lambda: f"({one()} * 0.5)",
            lambda: f"abs({one()})",
            lambda: f"CAST({one('int')} AS DOUBLE PRECISION)",
            lambda: f"floor({one()})",
        ]

    def _texts(self, scope: Scope, depth: int) -> list[Callable[[], str]]:
        def one(of: str = "text") -> str:
            return self.value(scope, of, depth)

        return [
            lambda: f"({one()} || {one()})",
            lambda: f"upper({one()})",
            lambda: f"lower({one()})",
            lambda: f"substring({one()} FROM 1 FOR 2)",
            lambda: f"substring({one()} FROM 2)",
            lambda: f"replace({one()}, 'a', 'xy')",
            lambda: f"trim({one()})",
            lambda: f"left({one()}, 1)",
            lambda: f"concat({one()}, '-', {one()})",
            lambda: f"CAST({one('int')} AS VARCHAR)",
            lambda: f"CAST({one('date')} AS VARCHAR)",
        ]

    def _dates(self, scope: Scope, depth: int) -> list[Callable[[], str]]:
        def one(of: str = "date") -> str:
            return self.value(scope, of, depth)

        return [
            lambda: f"({one()} + 30)",
            lambda: f"({one()} - 1)",
            lambda: f"CAST({one('moment')} AS DATE)",
            lambda: f"CAST(date_trunc('month', {one('moment')}) AS DATE)",
        ]

    def _moments(self, scope: Scope, depth: int) -> list[Callable[[], str]]:
        def one(of: str = "moment") -> str:
            return self.value(scope, of, depth)

        return [
            lambda: f"({one()} + INTERVAL '1 month')",
            lambda: f"({one()} - INTERVAL '90 minutes')",
            lambda: f"CAST({one('date')} AS TIMESTAMP)",
            lambda: f"date_trunc('year', {one()})",
        ]

    def _conditions(self, scope: Scope, depth: int) -> list[Callable[[], str]]:
        random = self._random

        def one(of: str = "bool") -> str:
            return self.value(scope, of, depth)

        def compared() -> str:
            kind = random.choice(KINDS)
            return f"({one(kind)} {random.choice(_COMPARISONS)} {one(kind)})"

        def listed() -> str:
            kind = random.choice(KINDS)
            items = [self.literal(kind) for _ in range(random.randint(1, 4))]
            if random.random() < 0.2:
                items.append("NULL")
            return f"({one(kind)} {random.choice(['IN', 'NOT IN'])} ({', '.join(items)}))"

        def between() -> str:
            kind = random.choice(KINDS)
            negation = random.choice(["", "NOT "])
            return f"({one(kind)} {negation}BETWEEN {one(kind)} AND {one(kind)})"

        def tested() -> str:
            test = random.choice(["IS NULL", "IS NOT NULL"])
            return f"({one(random.choice(KINDS))} {test})"

        def distinct() -> str:
            kind = random.choice(KINDS)
            negation = random.choice(["", "NOT "])
            return f"({one(kind)} IS {negation}DISTINCT FROM {one(kind)})"

        def like() -> str:
            return (
                f"({one('text')} {random.choice(['LIKE', 'NOT LIKE'])} {random.choice(_PATTERNS)})"
            )

        return [
            compared,
            compared,
            compared,
            listed,
            between,
            tested,
            distinct,
            like,
            lambda: f"({one()} AND {one()})",
            lambda: f"({one()} OR {one()})",
            lambda: f"(NOT {one()})",
            lambda: f"({one()} IS {random.choice(['TRUE', 'NOT TRUE', 'FALSE', 'NOT FALSE'])})",
        ]


_SQL_TYPES = {
    "int": "INTEGER",
    "decimal": "DECIMAL(12, 2)",
    "double": "DOUBLE PRECISION",
    "text": "VARCHAR",
    "date": "DATE",
    "moment": "TIMESTAMP",
    "bool": "BOOLEAN",
}
