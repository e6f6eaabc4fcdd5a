"""Expressions on batches.

Three ideas keep this fast. What depends on one coded column is evaluated once for each entry of
its domain, and looked up by code. What is constant stays a single value. AND, OR and CASE evaluate
later parts only on the rows that get there, which is also what makes guards such as
`CASE WHEN x <> 0 THEN 1 / x END` work.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

import numpy as np
from coldb.engine.assemble import scattered
from coldb.engine.batch import Batch, VectorSource
from coldb.engine.domain_result import DomainResult
from coldb.engine.expression_tools import operands
from coldb.engine.expressions import (
    And,
    Call,
    Case,
    Cast,
    Constant,
    Expression,
    FieldRef,
    InValues,
    IsNull,
    Not,
    Or,
)
from coldb.engine.functions.casts import cast, cast_can_fail
from coldb.engine.functions.distinct import vector_of
from coldb.engine.functions.literals import physical_from_python
from coldb.engine.functions.membership import ValueSet
from coldb.engine.functions.numbers.exact import measured_bounds
from coldb.engine.grouping import EntryCodes
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BOOLEAN, TIMESTAMP, Kind, Type

if TYPE_CHECKING:
    from coldb.engine.vector import Indices, Mask

__all__ = ["EvaluationContext", "evaluate", "evaluate_predicates", "is_true"]


@dataclass(frozen=True, slots=True)
class Traits:
    """What decides how an expression is evaluated.

    `only_field` is the id of the field that it depends on, None if there are several or none;
    `strict` tells that it is NULL where that field is; `can_fail` that some values raise DataError;
    `costly` that a look-up is cheaper than computing it. `prepared` is the vector of a constant
    or the set of an IN. What is `volatile` has to be computed for each row.
    """

    expression: Expression
    only_field: int | None
    fields: frozenset[int]
    strict: bool
    can_fail: bool
    costly: bool
    prepared: Vector | ValueSet | None
    volatile: bool


@dataclass(slots=True)
class EvaluationContext:
    """What the evaluations of one execution of a statement share.

    Results on domains are found by the identities of expression and domain, so a source should
    hand out the same domain vector with each batch. Traits are found by the identity of an
    expression, which is kept with them so that no other can take it over. `now` is the time of the
    statement. Threads may share a context.
    """

    domain_results: dict[tuple[int, int], DomainResult]
    now: dt.datetime
    traits: dict[int, tuple[Expression, Traits]] = field(default_factory=dict)
    ranges: dict[tuple[Type, int, int], Vector] = field(default_factory=dict)
    entry_codes: EntryCodes = field(default_factory=EntryCodes)

    def traits_of(self, expression: Expression) -> Traits:
        known = self.traits.get(id(expression))
        if known is None:
            known = self.traits[id(expression)] = (expression, _traits(expression, self))
        return known[1]

    def statement_time(self) -> Vector:
        now = (
            self.now
            if self.now.tzinfo is None
            else self.now.astimezone(dt.UTC).replace(tzinfo=None)
        )
        return Vector.constant_of(TIMESTAMP, physical_from_python(now)[1])


def _traits(expression: Expression, context: EvaluationContext) -> Traits:
    parts = [context.traits_of(part) for part in operands(expression)]
    if any(map(_is_null_constant, parts)) and _is_strict_call(expression):
        # As PostgreSQL: what the other operands would come to, be it an error, does not matter.
        expression = Constant(None, expression.type)
        parts = []
    fields: frozenset[int] = frozenset().union(*(part.fields for part in parts))
    strict = all(part.strict for part in parts)
    can_fail = any(part.can_fail for part in parts)
    costly = any(part.costly for part in parts)
    volatile = any(part.volatile for part in parts)
    prepared: Vector | ValueSet | None = None
    match expression:
        case FieldRef():
            fields = frozenset((expression.field.id,))
        case Constant():
            prepared = Vector.constant_of(expression.type, expression.value)
        case Call():
            strict = strict and expression.function.strict
            can_fail = can_fail or expression.function.can_fail
            volatile = volatile or expression.function.volatile
            intervals = any(part.type.kind is Kind.INTERVAL for part in expression.arguments)
            costly = costly or intervals or not expression.function.operator
        case Cast():
            source = expression.operand.type
            can_fail = can_fail or cast_can_fail(source, expression.type)
            costly = costly or source.in_arrow or expression.type.in_arrow
        case InValues():
            prepared = ValueSet(expression.values, expression.operand.type)
        case And() | Or() | IsNull() | Case():
            strict = False
        case Not():
            pass
        case _:
            assert_never(expression)
    only_field = next(iter(fields)) if len(fields) == 1 and not volatile else None
    return Traits(expression, only_field, fields, strict, can_fail, costly, prepared, volatile)


def _is_null_constant(part: Traits) -> bool:
    vector = part.prepared
    return isinstance(vector, Vector) and vector.valid is not None and not vector.valid[0]


def _is_strict_call(expression: Expression) -> bool:
    return isinstance(expression, Cast) or (
        isinstance(expression, Call) and expression.function.strict
    )


# --- entry points ------------------------------------------------------------------------------


def evaluate(expression: Expression, batch: Batch, context: EvaluationContext) -> Vector:
    """The values of an expression for the rows of a batch: in any form, a constant as one entry.

    Raises DataError (with the place in the statement, where it is known) for a value that a row of
    the batch cannot have: an overflow, a division by zero, a text that does not convert.
    """
    if isinstance(expression, FieldRef):
        return batch.column(expression.field.id)
    traits = context.traits_of(expression)
    if isinstance(traits.prepared, Vector):
        return traits.prepared
    if batch.rows == 0:
        return vector_of((), expression.type)
    if traits.only_field is not None:
        column = _with_small_domain(batch.column(traits.only_field))
        if not column.constant:
            coded = column if column.domain is not None else _range_coded(column, traits, context)
            result = None if coded is None else _evaluate_on_domain(traits, coded, context)
            if result is not None:
                return result
    return _evaluate_rows(traits, batch, context)


def is_true(condition: Expression, batch: Batch, context: EvaluationContext) -> Mask:
    """The rows where a condition is TRUE; FALSE and NULL are not."""
    return evaluate(condition, batch, context).expanded(batch.rows).is_true()


_SPARSE = 4
"""Once fewer than 1 / _SPARSE of the rows are left, it pays to gather them before going on."""


def evaluate_predicates(
    predicates: tuple[Expression, ...], batch: Batch, context: EvaluationContext
) -> Indices | None:
    """The numbers of the rows where all predicates are TRUE, ascending; None if that is all rows.

    One predicate after the other: those that can fail see only rows that passed the ones before.
    """
    selected: Indices | None = None
    passed: Mask | None = None  # of the rows selected
    current = batch
    for predicate in predicates:
        if passed is not None and (
            context.traits_of(predicate).can_fail
            or np.count_nonzero(passed) * _SPARSE < len(passed)
        ):
            selected, passed = _narrowed(selected, passed), None
            current = batch.select(selected)
        if current.rows == 0:
            break
        true = is_true(predicate, current, context)
        if passed is not None:
            passed = passed & true
        elif not true.all():
            passed = true
    return selected if passed is None else _narrowed(selected, passed)


def _narrowed(selected: Indices | None, passed: Mask) -> Indices:
    rows = np.flatnonzero(passed)
    return rows if selected is None else selected[rows]


# --- on the domain -----------------------------------------------------------------------------

_LARGEST_RANGE = 1 << 12


def _with_small_domain(column: Vector) -> Vector:
    """A column coded by more entries than it has rows, as those entries, if they are coded themselves:
    an attribute of a dimension may have a small dictionary of its own."""
    while (
        column.domain is not None
        and column.domain.domain is not None
        and len(column.domain) > len(column)
    ):
        column = column.decoded()
    return column


def _range_coded(column: Vector, traits: Traits, context: EvaluationContext) -> Vector | None:
    """Integers in a small range as codes into that range, None if they are not.

    That pays for costly expressions, such as the year of a date.
    """
    data = column.data
    if not traits.costly or not isinstance(data, np.ndarray) or data.dtype.kind not in "iu":
        return None
    low, high = column.bounds or (bound + column.reference for bound in measured_bounds(data))
    size = high - low + 1
    if size > _LARGEST_RANGE or 2 * size > len(column):
        return None
    domain = context.ranges.get((column.type, low, high))
    if domain is None:
        values = np.arange(low, high + 1).astype(column.type.dtype)
        domain = Vector(column.type, values, bounds=(low, high))
        context.ranges[column.type, low, high] = domain
    codes = data
    if column.reference != low or data.dtype.kind != "u":
        codes = (data.astype(np.int64) + (column.reference - low)).astype(np.uint16)
    if column.valid is not None:
        codes = np.where(column.valid, codes, 0)
    return Vector(column.type, codes, column.valid, domain=domain, sorted_domain=True)


def _evaluate_on_domain(
    traits: Traits, column: Vector, context: EvaluationContext
) -> Vector | None:
    """Evaluates once for each entry of the column's domain; None where that does not pay or fails.

    An entry that no row uses may fail; whether the rows do is then for the rows to find out.
    """
    domain = column.domain
    field_id = traits.only_field
    assert domain is not None
    assert field_id is not None
    expression = traits.expression
    key = (id(expression), id(domain))
    result = context.domain_results.get(key)
    if result is None:
        if len(domain) > len(column):
            return None
        size = len(domain)
        entries = Batch(size, {field_id: VectorSource(domain)})
        try:
            values = evaluate(expression, entries, context).expanded(size).plain()
        except DataError:
            result = DomainResult(expression, domain, None)
        else:
            result = DomainResult(expression, domain, values)
        context.domain_results[key] = result
    if result.values is None:
        return None
    for_null = Vector.constant_of(expression.type, None)
    if column.valid is not None and not traits.strict:
        null = Vector.constant_of(column.type, None)
        for_null = evaluate(expression, Batch(1, {field_id: VectorSource(null)}), context)
        for_null = replace(for_null.plain(), constant=True)
    return result.look_up(column, for_null)


# --- on the rows -------------------------------------------------------------------------------


def _evaluate_rows(traits: Traits, batch: Batch, context: EvaluationContext) -> Vector:
    expression = traits.expression
    match expression:
        case Call():
            return _call(expression, batch, context)
        case Cast():
            try:
                return cast(evaluate(expression.operand, batch, context), expression.type)
            except DataError as error:
                error.span = error.span or expression.span
                raise
        case And():
            return _connective(expression.operands, False, batch, context)
        case Or():
            return _connective(expression.operands, True, batch, context)
        case Not():
            operand = evaluate(expression.operand, batch, context).plain()
            return Vector(BOOLEAN, ~operand.values, operand.valid, constant=operand.constant)
        case IsNull():
            return _is_null(evaluate(expression.operand, batch, context), batch.rows)
        case InValues():
            assert isinstance(traits.prepared, ValueSet)
            return _in_values(
                expression, traits.prepared, evaluate(expression.operand, batch, context)
            )
        case Case():
            return _case(expression, batch, context)
        case FieldRef():
            return batch.column(expression.field.id)
        case Constant():
            return Vector.constant_of(expression.type, expression.value)
        case _:
            assert_never(expression)


def _call(call: Call, batch: Batch, context: EvaluationContext) -> Vector:
    """One row if all arguments are constants; the NULLs of strict functions are added here."""
    function = call.function
    if function.statement_time:
        arguments: tuple[Vector, ...] = (context.statement_time(),)
    else:
        vectors = [evaluate(argument, batch, context) for argument in call.arguments]
        arguments = tuple(
            vector if function.narrow and vector.domain is None else vector.plain()
            for vector in vectors
        )
    constant = all(argument.constant for argument in arguments) and not function.volatile
    rows = 1 if constant else batch.rows
    valid: Mask | None = None
    if function.strict:
        for argument in arguments:
            if argument.valid is None:
                continue
            if not argument.constant:
                valid = argument.valid if valid is None else valid & argument.valid
            elif not argument.valid[0]:
                return Vector.constant_of(call.type, None)
    try:
        result = function.kernel(arguments, call.type, rows)
    except DataError as error:
        error.span = error.span or call.span
        raise
    if constant:
        return replace(result.plain(), constant=True)
    if valid is None:
        return result
    result = result.expanded(rows)
    return replace(result, valid=valid if result.valid is None else valid & result.valid)


def _connective(
    parts: tuple[Expression, ...], decisive: bool, batch: Batch, context: EvaluationContext
) -> Vector:
    """AND (decided by the first FALSE) or OR (decided by the first TRUE), in three-valued logic."""
    decided = np.zeros(batch.rows, dtype=np.bool_)
    unknown: Mask | None = None
    for part in parts:
        open_rows = batch.rows - int(np.count_nonzero(decided))
        if open_rows == 0:
            break
        rows: Indices | None = None
        if open_rows < batch.rows and (
            context.traits_of(part).can_fail or open_rows * _SPARSE < batch.rows
        ):
            rows = np.flatnonzero(~decided)
        current = batch if rows is None else batch.select(rows)
        vector = evaluate(part, current, context).expanded(current.rows).plain()
        hits = vector.values if decisive else ~vector.values
        if vector.valid is not None:
            hits = hits & vector.valid
            unknown = np.zeros(batch.rows, dtype=np.bool_) if unknown is None else unknown
            if rows is None:
                unknown |= ~vector.valid
            else:
                unknown[rows] |= ~vector.valid
        if rows is None:
            decided = decided | hits
        else:
            decided[rows] = hits
    valid = None if unknown is None else decided | ~unknown
    return Vector(BOOLEAN, decided if decisive else ~decided, valid)


def _is_null(operand: Vector, rows: int) -> Vector:
    if operand.domain is not None:
        operand = operand.plain()
    if operand.valid is None:
        return Vector.constant_of(BOOLEAN, operand.type.kind is Kind.NULL)
    return Vector(BOOLEAN, ~operand.valid, constant=operand.constant)


def _in_values(expression: InValues, values: ValueSet, operand: Vector) -> Vector:
    """TRUE for a member; for others FALSE, or NULL if NULL is among the values."""
    if operand.domain is not None:
        operand = operand.plain()
    found = values.contains(operand)
    valid = operand.valid
    if expression.has_null:
        valid = found if valid is None else valid & found
    return Vector(BOOLEAN, found, valid, constant=operand.constant)


def _case(case: Case, batch: Batch, context: EvaluationContext) -> Vector:
    """Each branch sees the rows that reach it; the pieces are put together again."""
    rest: Indices | None = None  # None: all rows
    current = batch
    pieces: list[tuple[Indices | None, Vector]] = []
    for condition, value in case.branches:
        if current.rows == 0:
            break
        chosen = is_true(condition, current, context)
        hits = np.flatnonzero(chosen)
        if not len(hits):
            continue
        if len(hits) == current.rows:
            pieces.append((rest, evaluate(value, current, context)))
            rest = hits[:0]
        else:
            rows = hits if rest is None else rest[hits]
            pieces.append((rows, evaluate(value, batch.select(rows), context)))
            others = np.flatnonzero(~chosen)
            rest = others if rest is None else rest[others]
        current = batch.select(rest)
    if current.rows:
        pieces.append((rest, evaluate(case.otherwise, current, context)))
    if pieces[0][0] is None:
        return pieces[0][1]
    return scattered([(rows, vector) for rows, vector in pieces if rows is not None], batch.rows)
