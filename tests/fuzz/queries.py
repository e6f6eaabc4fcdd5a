"""Random queries over a star: joins, sub-queries, groups, windows, set operations, common tables.

Every query has one answer: it is ordered by all of its columns, and what depends on an order within
(row numbers, LIMIT) is told one that is complete, up to rows that are alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.fuzz.expressions import KINDS, Expressions, Scope
from tests.fuzz.star import Column

if TYPE_CHECKING:
    from random import Random

    from tests.fuzz.star import Star, Table

__all__ = ["Queries", "Question"]

_DEEPEST = 2
_FRAMES = [
    "",
    " ROWS UNBOUNDED PRECEDING",
    " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
    " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
    " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
    " ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING",
    " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
    " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
    " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES",
]


@dataclass(frozen=True)
class Question:
    """A query; `kinds` are those of its columns."""

    text: str
    kinds: tuple[str, ...]


class Queries:
    """Asks of one star. `outer` columns may be read by sub-queries."""

    def __init__(self, random: Random, star: Star) -> None:
        self._random = random
        self._star = star
        self._names = 0
        self._depth = 0
        self._commons: list[tuple[str, Scope]] = []
        self._values = Expressions(random, self._subquery)
        self._plain = Expressions(random)

    def ask(self) -> Question:
        """One query with everything around it."""
        self._names, self._depth, self._commons = 0, 0, []
        common = self._common_tables() if self._random.random() < 0.3 else ""
        question = self._body()
        width = len(question.kinds)
        order = ", ".join(
            f"{place}{self._random.choice(['', ' DESC'])}"
            f"{self._random.choice(['', '', ' NULLS FIRST', ' NULLS LAST'])}"
            for place in self._random.sample(range(1, width + 1), width)
        )
        limit = self._random.choice([""] * 6 + [" LIMIT 3", " LIMIT 5 OFFSET 2", " OFFSET 1"])
        return replace(question, text=f"{common}{question.text} ORDER BY {order}{limit}")

    def from_and_condition(self) -> tuple[str, str]:
        """A FROM clause, and a condition on its rows."""
        self._names, self._depth, self._commons = 0, 0, []
        source, scope = self._source()
        return source, self._values.condition(scope, 3)

    # --- the parts -----------------------------------------------------------------------------

    def _name(self) -> str:
        self._names += 1
        return f"q{self._names}"

    def _common_tables(self) -> str:
        parts = []
        for _ in range(self._random.randint(1, 2)):
            name = self._name()
            if self._random.random() < 0.2:
                parts.append(self._recursive(name))
                continue
            question = self._select()
            columns = tuple(
                Column(f"{name}_{place}", kind) for place, kind in enumerate(question.kinds)
            )
            listed = ", ".join(column.name for column in columns)
            hint = self._random.choice(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])
            parts.append(f"{name} ({listed}) AS {hint}({question.text})")
            self._commons.append((name, Scope(columns)))
        return f"WITH RECURSIVE {', '.join(parts)} "

    def _recursive(self, name: str) -> str:
        """Numbers that grow, or the children of a row of a dimension."""
        union = self._random.choice(["UNION", "UNION ALL"])
        self._commons.append((name, Scope((Column("n", "int"), Column("m", "int")))))
        if self._random.random() < 0.5:
            step = self._random.randint(1, 3)
            return (
                f"{name} (n, m) AS (SELECT 0, 1 {union} SELECT n + {step}, m * 2 FROM {name}"
                f" WHERE n < {self._random.randint(0, 9)})"
            )
        return (
            f"{name} (n, m) AS (SELECT a_key, 0 FROM a {union} SELECT b.b_key, m + 1 FROM {name}"
            f" JOIN b ON b.b_parent = n WHERE m < 3)"
        )

    def _body(self) -> Question:
        question = self._select()
        if self._random.random() > 0.15:
            return question
        operator = self._random.choice(
            ["UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"]
        )
        other = self._select(question.kinds)
        return replace(question, text=f"{question.text} {operator} {other.text}")

    def _select(self, kinds: tuple[str, ...] | None = None, outer: Scope | None = None) -> Question:
        source, own = self._source()
        scope = own if outer is None else Scope((*own.columns, *outer.columns))
        conditions = [
            self._values.condition(scope) for _ in range(self._random.choice([0, 0, 1, 1, 2]))
        ]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if kinds is None:
            kinds = tuple(self._random.choice(KINDS) for _ in range(self._random.randint(1, 4)))
        shape = self._random.random()
        if shape < 0.35:
            return self._grouped(source + where, own, kinds)
        if shape < 0.55 and outer is None:
            return self._windowed(source + where, own, kinds)
        distinct = self._random.choice(["", "", "", "DISTINCT "])
        items = ", ".join(self._values.value(scope, kind) for kind in kinds)
        return Question(f"SELECT {distinct}{items} FROM {source}{where}", kinds)

    # --- FROM ----------------------------------------------------------------------------------

    def _source(self) -> tuple[str, Scope]:
        text, scope = self._relation()
        for _ in range(self._random.choice([0, 0, 1, 1, 2])):
            text, scope = self._joined(text, scope)
        return text, scope

    def _relation(self, table: Table | None = None) -> tuple[str, Scope]:
        """A table, a common table or a sub-query, its columns with a name of its own before them."""
        random = self._random
        if table is None and self._commons and random.random() < 0.4:
            common, scope = random.choice(self._commons)
            name = self._name()
            return f"{common} AS {name}", _qualified(name, scope.columns)
        if table is None and self._depth < _DEEPEST and random.random() < 0.12:
            self._depth += 1
            question = self._body()
            self._depth -= 1
            name = self._name()
            columns = [Column(f"c{place}", kind) for place, kind in enumerate(question.kinds)]
            listed = ", ".join(column.name for column in columns)
            return f"({question.text}) AS {name} ({listed})", _qualified(name, tuple(columns))
        name = self._name()
        if table is None and random.random() < 0.06:
            return self._made(name)
        chosen = table or random.choice((*self._star.tables, self._star.tables[-1]))
        return f"{chosen.name} AS {name}", _qualified(name, chosen.columns)

    def _made(self, name: str) -> tuple[str, Scope]:
        """Rows that no table has."""
        random = self._random
        if random.random() < 0.5:
            series = f"generate_series({random.randint(-2, 3)}, {random.randint(-2, 9)})"
            return f"{series} AS {name} (c0)", Scope((Column(f"{name}.c0", "int"),))
        rows = ", ".join(
            f"({random.randint(-1, 5)}, {self._plain.literal('text')})"
            for _ in range(random.randint(1, 4))
        )
        columns = (Column(f"{name}.c0", "int"), Column(f"{name}.c1", "text"))
        return f"(VALUES {rows}, (NULL, NULL)) AS {name} (c0, c1)", Scope(columns)

    def _lateral(self, text: str, scope: Scope) -> tuple[str, Scope]:
        """A sub-query that is asked for each row on its left."""
        self._depth += 1
        question = self._select(outer=scope)
        self._depth -= 1
        name = self._name()
        columns = [Column(f"{name}.c{place}", kind) for place, kind in enumerate(question.kinds)]
        listed = ", ".join(f"c{place}" for place in range(len(columns)))
        join = self._random.choice(["CROSS JOIN", "LEFT JOIN"])
        on = "" if join == "CROSS JOIN" else " ON true"
        lateral = f"{text} {join} LATERAL ({question.text}) AS {name} ({listed}){on}"
        return lateral, Scope((*scope.columns, *columns))

    def _joined(self, text: str, scope: Scope) -> tuple[str, Scope]:
        random = self._random
        if self._depth < _DEEPEST and random.random() < 0.06:
            return self._lateral(text, scope)
        pairs = [
            (column.name, table)
            for column in scope.columns
            for of in self._star.tables
            for name, target in of.references.items()
            if column.name.endswith(f".{name}")
            for table in self._star.tables
            if table.name == target
        ]
        if pairs and random.random() < 0.75:
            key, table = random.choice(pairs)
            right, added = self._relation(table)
            condition = f"{key} = {added.columns[0].name}"
        else:
            right, added = self._relation()
            kind = random.choice(
                [kind for kind in KINDS if scope.of(kind) and added.of(kind)] or [""]
            )
            if not kind or random.random() < 0.1:
                return f"{text} CROSS JOIN {right}", Scope((*scope.columns, *added.columns))
            condition = f"{random.choice(scope.of(kind))} = {random.choice(added.of(kind))}"
        both = Scope((*scope.columns, *added.columns))
        join = random.choice(["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        if random.random() < 0.15 and join != "FULL JOIN":  # PostgreSQL merges or hashes FULL joins
            condition += f" AND {self._plain.condition(both, 1)}"
        return f"{text} {join} {right} ON {condition}", both

    # --- SELECT --------------------------------------------------------------------------------

    def _grouped(self, rest: str, scope: Scope, kinds: tuple[str, ...]) -> Question:
        random = self._random
        keys: list[tuple[str, str]] = []  # only columns: they need no place in the select list
        for _ in range(random.choice([0, 1, 1, 2])):
            kind = random.choice(KINDS)
            if scope.of(kind):
                keys.append((random.choice(scope.of(kind)), kind))
        keys = list(dict.fromkeys(keys))
        items = []
        for kind in kinds:
            fitting = [name for name, of in keys if of == kind]
            items.append(
                random.choice(fitting)
                if fitting and random.random() < 0.6
                else self._aggregate(scope, kind)
            )
        having = ""
        if random.random() < 0.3:
            having = f" HAVING {self._aggregate(scope, 'int')} {random.choice(['>', '<>'])} 1"
        listed = ", ".join(name for name, _ in keys)
        by = f" GROUP BY {listed}" if keys else ""
        if keys and random.random() < 0.3:
            sets = [f"ROLLUP ({listed})", f"CUBE ({listed})", f"GROUPING SETS (({listed}), ())"]
            by = f" GROUP BY {random.choice(sets)}"
        return Question(f"SELECT {', '.join(items)} FROM {rest}{by}{having}", kinds)

    def _aggregate(self, scope: Scope, kind: str) -> str:
        random = self._random

        def one(of: str = kind) -> str:
            return self._plain.value(scope, of, 1)

        condition = ""
        if random.random() < 0.2:
            condition = f" FILTER (WHERE {self._plain.condition(scope, 1)})"
        any_kind = random.choice(KINDS)
        match kind:
            case "int":
                forms = [
                    "count(*)",
                    f"count({one(any_kind)})",
                    f"count(DISTINCT {one(any_kind)})",
                    f"min({one()})",
                    f"max({one()})",
                    f"sum({one()} % 1000)",
                ]
            case "decimal":
                forms = [
                    f"sum({one()})",
                    f"min({one()})",
                    f"sum(DISTINCT {one()})",
                    f"max({one()})",
                ]
            case "double":
                forms = [f"min({one()})", f"max({one()})", f"avg({one()})", f"sum({one()})"]
            case "text":
                forms = [f"min({one()})", f"max({one()})"]
                if scope.of("text"):
                    text = random.choice(scope.of("text"))
                    forms.append(f"string_agg({text}, ',' ORDER BY {text})")
                    forms.append(f"string_agg(DISTINCT {text}, '|' ORDER BY {text})")
            case "bool":
                forms = [f"bool_and({one()})", f"bool_or({one()})"]
            case _:
                forms = [f"min({one()})", f"max({one()})"]
        return random.choice(forms) + condition

    def _windowed(self, rest: str, scope: Scope, kinds: tuple[str, ...]) -> Question:
        # Rows that are alike may be numbered either way: two numberings together would tell.
        numbered = self._random.randrange(len(kinds))
        items = [
            self._window(scope, kind, numbers_rows=place == numbered)
            if self._random.random() < 0.6
            else self._plain.value(scope, kind, 1)
            for place, kind in enumerate(kinds)
        ]
        return Question(f"SELECT {', '.join(items)} FROM {rest}", kinds)

    def _window(self, scope: Scope, kind: str, *, numbers_rows: bool) -> str:
        random = self._random
        columns = [column.name for column in scope.columns]
        partition = f"PARTITION BY {random.choice(columns)}" if random.random() < 0.6 else ""
        # All columns: rows that still tie are alike, and it does not matter which comes first.
        whole = ", ".join(
            f"{name}{random.choice(['', ' DESC'])}" for name in random.sample(columns, len(columns))
        )
        some = f"{random.choice(columns)}{random.choice(['', ' DESC', ' NULLS FIRST'])}"
        frames = [frame for frame in _FRAMES if ("ROWS" in frame) <= numbers_rows]
        frame = random.choice(frames)
        order = whole if "ROWS" in frame else random.choice([some, whole])
        over = f"({partition} ORDER BY {order}{frame})"
        ordered = f"({partition} ORDER BY {whole})"
        value = random.choice(scope.of(kind) or [self._plain.literal(kind)])
        forms = [f"max({value}) OVER {over}" if kind != "bool" else f"bool_or({value}) OVER {over}"]
        if kind != "bool":
            forms.append(f"min({value}) OVER {over}")
        if kind == "decimal":
            forms += [f"sum({value}) OVER {over}"] * 2
        if kind == "int":
            tied = f"({partition} ORDER BY {some})"
            forms += [
                f"rank() OVER {tied}",
                f"dense_rank() OVER {tied}",
                f"count({value}) OVER {over}",
                f"sum({value} % 1000) OVER {over}",
                f"count(*) OVER ({partition})",
            ]
        if numbers_rows:
            of_frame = f"OVER ({partition} ORDER BY {whole}{frame})"
            forms += [
                f"lag({value}) OVER {ordered}",
                f"lead({value}, 2) OVER {ordered}",
                f"first_value({value}) {of_frame}",
                f"last_value({value}) {of_frame}",
                f"nth_value({value}, 2) {of_frame}",
            ]
            if kind == "int":
                forms += [f"row_number() OVER {ordered}", f"ntile(3) OVER {ordered}"]
        return random.choice(forms)

    # --- sub-queries ---------------------------------------------------------------------------

    def _subquery(self, outer: Scope, kind: str) -> str | None:
        """A condition, or a value of a kind, with a query in it that may read the columns outside."""
        if self._depth >= _DEEPEST:
            return None
        self._depth += 1
        try:
            return self._condition(outer) if kind == "bool" else self._scalar(outer, kind)
        finally:
            self._depth -= 1

    def _condition(self, outer: Scope) -> str:
        random = self._random
        seen = outer if random.random() < 0.6 else None
        negation = random.choice(["", "NOT "])
        if random.random() < 0.4:
            question = self._select(outer=seen)
            return f"({negation}EXISTS ({question.text}))"
        kind = random.choice(KINDS)
        question = self._select((kind,), seen)
        value = self._plain.value(outer, kind, 1)
        if random.random() < 0.7:
            return f"({value} {negation}IN ({question.text}))"
        operator = random.choice(["=", "<>", "<", ">="])
        return f"({value} {operator} {random.choice(['ANY', 'ALL'])} ({question.text}))"

    def _scalar(self, outer: Scope, kind: str) -> str:
        """Of one row, as an aggregate has, or the first one of an order."""
        random = self._random
        source, own = self._source()
        scope = Scope((*own.columns, *outer.columns)) if random.random() < 0.6 else own
        where = f" WHERE {self._plain.condition(scope)}" if random.random() < 0.8 else ""
        if random.random() < 0.7:
            return f"(SELECT {self._aggregate(own, kind)} FROM {source}{where})"
        value = self._plain.value(own, kind, 1)
        return f"(SELECT {value} FROM {source}{where} ORDER BY 1 LIMIT 1)"


def _qualified(name: str, columns: tuple[Column, ...]) -> Scope:
    return Scope(tuple(replace(column, name=f"{name}.{column.name}") for column in columns))
