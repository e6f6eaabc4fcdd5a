"""From predicates on a stored table to the cheapest tests on its columns.

A conjunct over one column is evaluated once for each entry of the column's domain: its dictionary,
the rows that a foreign key points at, or - for integers and dates that span few values - the values
themselves. What passes is a code set, and the scan never sees the predicate again. A comparison of a
wide integer column with constants becomes ranges. Whatever is left is evaluated row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.batch import Batch, VectorSource
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.code_sets import CodeSet
from coldb.engine.execute.columns import stored_name
from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import Call, Cast, Constant, FieldRef, InValues
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.columns import ColumnReader
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Scan
    from coldb_warehouse import TableSnapshot

__all__ = ["ColumnTest", "Sieve", "make_sieve"]

# A span of values up to here is treated like a dictionary: 64 Ki entries are evaluated in well under 1 ms.
MAX_SPAN = 65_536


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """Rows pass if the stored integer of `column` is in `codes`; null rows pass if `nulls_pass`.

    `fraction` estimates the share of rows that pass, from the span of the values alone.
    """

    column: str
    codes: CodeSet
    nulls_pass: bool = False
    fraction: float = 1.0


@dataclass(frozen=True, slots=True)
class Sieve:
    """All that a scan has to test: column tests in the order of their use, then the remaining conjuncts."""

    tests: tuple[ColumnTest, ...]
    remaining: tuple[Expression, ...]


def make_sieve(
    scan: Scan,
    table: TableSnapshot,
    reader: ColumnReader,
    pushed: tuple[ColumnTest, ...],
    context: EvaluationContext,
) -> Sieve:
    """Compiles the predicates of a scan, together with tests that joins above it push down."""
    by_column: dict[str, ColumnTest] = {}
    remaining: list[Expression] = []
    columns = {field.id: column for field, column in zip(scan.fields, scan.columns, strict=True)}
    for test in pushed:
        _add(by_column, test)
    for predicate in scan.predicates:
        fields = fields_of(predicate)
        found = None
        if len(fields) == 1:
            (only,) = fields
            stored = stored_name(columns[only.id])
            found = _column_test(predicate, only, stored, table, reader, context)
        if found is None:
            remaining.append(predicate)
        else:
            _add(by_column, found)
    ordered = sorted(by_column.values(), key=lambda test: _rank(test, table))
    return Sieve(tuple(ordered), tuple(remaining))


def _add(by_column: dict[str, ColumnTest], test: ColumnTest) -> None:
    """Several tests of one column are one test."""
    known = by_column.get(test.column)
    if known is not None:
        test = ColumnTest(
            test.column,
            known.codes.intersect(test.codes),
            known.nulls_pass and test.nulls_pass,
            known.fraction * test.fraction,
        )
    by_column[test.column] = test


def _rank(test: ColumnTest, table: TableSnapshot) -> tuple[int, float]:
    """Tests on the leading sort column first (they cut the rows without reading), range tests before
    look-up tables, then by what they let through."""
    order = table.schema.sort_columns
    leading = bool(order) and order[0] == test.column
    return (0 if leading else 1 if test.codes.table is None else 2, test.fraction)


def _column_test(
    predicate: Expression,
    field: Field,
    column: str,
    table: TableSnapshot,
    reader: ColumnReader,
    context: EvaluationContext,
) -> ColumnTest | None:
    domain = table.domain(column)
    if domain is not None:
        if domain.size > max(table.rows, MAX_SPAN):
            return None
        entries = reader.domain_vector(field.type, domain)
        return _evaluated(predicate, field, column, entries, 0, context)
    statistics = table.statistics(column)
    low, high = statistics.low, statistics.high
    if not field.type.is_discrete or not isinstance(low, int) or not isinstance(high, int):
        return None
    if high - low < min(MAX_SPAN, max(table.rows, 1024)):
        values = np.arange(low, high + 1, dtype=np.int64)
        entries = Vector(field.type, values.astype(field.type.dtype), bounds=(low, high))
        return _evaluated(predicate, field, column, entries, low, context)
    ranges = _comparison_ranges(predicate)
    if ranges is None:
        return None
    codes = CodeSet.of_ranges(ranges).intersect(CodeSet.of_ranges([(low, high)]))
    return ColumnTest(column, codes, fraction=codes.size / (high - low + 1))


def _evaluated(
    predicate: Expression,
    field: Field,
    column: str,
    entries: Vector,
    offset: int,
    context: EvaluationContext,
) -> ColumnTest | None:
    """Evaluates on every entry and on NULL. An entry that fails to evaluate may be in no row: give up."""
    try:
        passes = _truth(predicate, field, entries, context)
        null = Vector.constant_of(field.type, None).expanded(1)
        nulls_pass = bool(_truth(predicate, field, null, context)[0])
    except DataError:
        return None
    share = np.count_nonzero(passes) / len(passes) if len(passes) else 0.0
    return ColumnTest(column, CodeSet.of_table(passes, offset), nulls_pass, float(share))


def _truth(predicate: Expression, field: Field, entries: Vector, context: EvaluationContext) -> Any:
    batch = Batch(len(entries), {field.id: VectorSource(entries)})
    return evaluate(predicate, batch, context).expanded(len(entries)).is_true()


_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNLIMITED = 1 << 127


def _comparison_ranges(predicate: Expression) -> list[tuple[int, int]] | None:
    """The values that pass a comparison of the field with constants, or None if it is something else."""
    match predicate:
        case Call(function=function, arguments=(left, Constant() as constant)) if (
            function.name in _FLIPPED
        ):
            return _ranges_of(function.name, left, constant)
        case Call(function=function, arguments=(Constant() as constant, right)) if (
            function.name in _FLIPPED
        ):
            return _ranges_of(_FLIPPED[function.name], right, constant)
        case InValues(operand=FieldRef(), values=values) if all(
            isinstance(value, int) for value in values
        ):
            return [(int(value), int(value)) for value in values]
        case _:
            return None


def _ranges_of(operator: str, side: Expression, constant: Constant) -> list[tuple[int, int]] | None:
    """`side` is the field, perhaps widened; the constant is brought down to the field's own units."""
    factor = 1
    if isinstance(side, Cast) and side.implicit:
        widening = _unit_factor(side)
        if widening is None:
            return None
        factor, side = widening, side.operand
    if not isinstance(side, FieldRef):
        return None
    if constant.value is None:
        return []
    if not isinstance(constant.value, int) or isinstance(constant.value, bool):
        return None
    below, remainder = divmod(constant.value, factor)
    match operator:
        case "=":
            return [] if remainder else [(below, below)]
        case "<":
            return [(-_UNLIMITED, below if remainder else below - 1)]
        case "<=":
            return [(-_UNLIMITED, below)]
        case ">":
            return [(below + 1, _UNLIMITED)]
        case _:
            return [(below + 1 if remainder else below, _UNLIMITED)]


_DAY_MICROSECONDS = 86_400_000_000


def _unit_factor(cast: Cast) -> int | None:
    """By what a widening cast multiplies the stored integer; None if it is no such cast."""
    source, target = cast.operand.type, cast.type
    if source.is_exact and target.is_exact and target.scale >= source.scale:
        return int(10 ** (target.scale - source.scale))
    if target.kind not in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        return None
    if source.kind is Kind.DATE:
        return _DAY_MICROSECONDS
    return 1 if source.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) else None
