"""TABLESAMPLE: a share of the rows of a stored table."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.constants import folded
from coldb.engine.bind.conversions import convert
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.scopes import Scope
from coldb.engine.expressions import Call, FieldRef
from coldb.engine.functions.sampling import sampling
from coldb.engine.plan import Filter
from coldb.errors import DataError, NotSupportedError, ProgrammingError
from coldb_warehouse.schema import ROW
from coldb_warehouse.types import BIGINT, BOOLEAN, DOUBLE

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.plan import Plan, Scan
    from coldb_grammar import ast

__all__ = ["sampled"]

# SYSTEM takes so many neighbours together, which is about what a page of a row store holds.
_PAGE = 128


def sampled(scan: Scan, sample: ast.Sample, context: Context, surroundings: Surroundings) -> Plan:
    """About so many percent of the rows; the same ones again for the same REPEATABLE seed.

    Raises DataError for a percentage that is none.
    """
    percent = _number(sample.percent, "the percentage of TABLESAMPLE", context, surroundings)
    if percent is None or not 0 <= percent <= 100:
        raise DataError("TABLESAMPLE takes a percentage from 0 to 100", sample.percent.span)
    seed = None
    if sample.seed is not None:
        number = _number(sample.seed, "the seed of REPEATABLE", context, surroundings)
        if number is None:
            raise DataError("the seed of REPEATABLE must not be NULL", sample.seed.span)
        (seed,) = struct.unpack("<Q", struct.pack("<d", number))
    row = context.field(ROW, BIGINT, False)
    scan = replace(scan, columns=(*scan.columns, ROW), fields=(*scan.fields, row))
    together = _PAGE if sample.method == "SYSTEM" else 1
    test = Call(sampling(percent, together, seed), (FieldRef(row),), BOOLEAN, sample.span)
    return Filter(scan, (test,))


def _number(
    node: ast.Expression, what: str, context: Context, surroundings: Surroundings
) -> float | None:
    operand = ExpressionBinder(context, Scope(), surroundings, "TABLESAMPLE").operand(node)
    if not operand.untyped and not operand.type.is_numeric:
        raise ProgrammingError(f"{what} must be a number, not {operand.type}", node.span)
    constant = folded(convert(operand, DOUBLE))
    if constant is None:
        raise NotSupportedError(f"{what} must be a constant", node.span)
    value: float | None = constant.value
    return None if value is None or math.isnan(value) else value
