"""Forms that look like calls of functions but are evaluated otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb.engine.bind.calls.overlaps import bind_overlaps
from coldb.engine.bind.conversions import Operand, as_condition, call, compare, convert, unify
from coldb.engine.expression_tools import coalesce, nullif
from coldb.engine.expressions import Case, Cast, Constant
from coldb.engine.system.relations import DATABASE, SCHEMA
from coldb.engine.system.type_facts import facts_of
from coldb.errors import ProgrammingError
from coldb_warehouse.types import TIMESTAMP, VARCHAR, Kind

from coldb import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.expressions import Expression
    from coldb_grammar import ast
    from coldb_warehouse.types import Type

    Bind = Callable[[list[Operand], ast.FunctionCall], Expression]

__all__ = ["FORMS", "Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """`least` and `most` arguments (None: any number), which `arguments` tells a user of."""

    name: str
    build: Bind
    arguments: str
    summary: str
    example: str
    least: int
    most: int | None

    def bind(self, operands: list[Operand], node: ast.FunctionCall) -> Expression:
        """Raises ProgrammingError."""
        if len(operands) < self.least or (self.most is not None and len(operands) > self.most):
            message = f"no {self.name} of {len(operands)} arguments: it is {self.describe()}"
            raise ProgrammingError(message, node.span)
        return self.build(operands, node)

    def describe(self) -> str:
        return f"{self.name}{self.arguments}"


# --- choices -----------------------------------------------------------------------------------


def _coalesce(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    type_, values = unify(operands, node.name.text)
    return coalesce(values, type_)


def _nullif(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    left, right = operands
    equal = compare("=", left, right, node.span)
    type_ = VARCHAR if left.untyped and right.untyped else right.type
    return nullif(convert(left, type_) if left.untyped else left.expression, equal)


def _if(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    condition, *results = operands
    if len(results) == 1:
        results.append(Operand(Constant(None, results[0].expression.type), node.span, untyped=True))
    type_, (chosen, otherwise) = unify(results, node.name.text)
    return Case(((as_condition(condition, "the condition"), chosen),), otherwise, type_)


# --- types and times ---------------------------------------------------------------------------


def _type_text(type_: Type) -> str:
    """PostgreSQL's name of a type."""
    if type_.element is not None:
        return f"{_type_text(type_.element)}[]"
    return "text" if type_.kind is Kind.VARCHAR else facts_of(type_).sql_name


def _pg_typeof(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    return Constant(_type_text(operands[0].type), VARCHAR)


def _typeof(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    return Constant(str(operands[0].type), VARCHAR)


def _age(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    """Of one moment the age at the beginning of today."""
    if len(operands) == 1:
        today = Cast(call("current_date", (), node.span), TIMESTAMP, span=node.span)
        operands = [Operand(today, node.span), *operands]
    return call("age", operands, node.span)


def _told(text: str) -> Bind:
    return lambda operands, node: Constant(text, VARCHAR)


# --- table -------------------------------------------------------------------------------------


def _session(name: str, text: str, summary: str) -> Form:
    # The standard's own words stand without parentheses.
    example = name if name in _WORDS else f"{name}()"
    return Form(name, _told(text), "()", summary, example, 0, 0)


_WORDS = ("current_catalog", "current_schema", "current_role", "current_user", "session_user")

FORMS = {
    form.name: form
    for form in (
        Form(
            "coalesce",
            _coalesce,
            "(value, ...)",
            "the first value that is not NULL",
            "coalesce(NULL, 7)",
            1,
            None,
        ),
        *(
            Form(
                name, _coalesce, "(a, b)", "`a`, or `b` where it is NULL", f"{name}(NULL, 7)", 2, 2
            )
            for name in ("ifnull", "nvl")
        ),
        Form("nullif", _nullif, "(a, b)", "NULL if they are equal, else `a`", "nullif(3, 3)", 2, 2),
        *(
            Form(
                name,
                _if,
                "(condition, a[, b])",
                "`a` where the condition is true, else `b`, or NULL",
                f"{name}(2 > 1, 'yes', 'no')",
                2,
                3,
            )
            for name in ("if", "iff")
        ),
        Form(
            "age",
            _age,
            "(moment[, earlier])",
            "difference in years, months, days and time; of one moment, to the beginning of today",
            "age(TIMESTAMP '2024-03-01', TIMESTAMP '2023-01-15')",
            1,
            2,
        ),
        Form(
            "pg_typeof",
            _pg_typeof,
            "(value)",
            "PostgreSQL's name of the type",
            "pg_typeof(1)",
            1,
            1,
        ),
        Form(
            "overlaps",
            bind_overlaps,
            "(start, end, start, end)",
            "whether two periods have a moment in common; an end may be an interval",
            "(DATE '2024-01-01', DATE '2024-02-01') OVERLAPS (DATE '2024-01-31', INTERVAL '7 days')",
            4,
            4,
        ),
        Form("typeof", _typeof, "(value)", "the type", "typeof(1.50)", 1, 1),
        _session("version", f"coldb {__version__}", "name and version of this database"),
        _session("current_database", DATABASE, "name of the database"),
        _session("current_catalog", DATABASE, "name of the database"),
        _session("current_schema", SCHEMA, "name of the schema that tables are in"),
        *(
            _session(name, DATABASE, "a name, since there are no users")
            for name in ("current_role", "current_user", "session_user")
        ),
    )
}
