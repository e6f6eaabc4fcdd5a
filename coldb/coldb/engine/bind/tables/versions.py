"""AS OF VERSION and AS OF TIMESTAMP: which older version is meant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from coldb.engine.bind.constants import folded
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.conversions import convert
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.scopes import Scope
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BIGINT, DATE, TIMESTAMP

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context
    from coldb_grammar import ast
    from coldb_warehouse import Snapshot
    from coldb_warehouse.types import Type

__all__ = ["older_version"]

_EPOCH = dt.datetime(1970, 1, 1)


def older_version(node: ast.AsOf, context: Context) -> Snapshot:
    """The version of that number, or the one that was the newest at that moment, in UTC.

    Raises ProgrammingError for a value that is none, and for a version that is not kept.
    """
    if node.unit == "version":
        return context.catalog.older(node.span, _value(node, BIGINT, context), None)
    moment = _EPOCH + dt.timedelta(microseconds=_value(node, TIMESTAMP, context))
    return context.catalog.older(node.span, None, moment)


def _value(node: ast.AsOf, type_: Type, context: Context) -> Any:
    operand = ExpressionBinder(context, Scope(), Surroundings(), "AS OF").operand(node.value)
    fits = operand.type.is_integer if type_ == BIGINT else operand.type in (DATE, TIMESTAMP)
    if not operand.untyped and not fits:
        message = f"AS OF {node.unit.upper()} takes a constant {type_}, not {operand.type}"
        raise ProgrammingError(message, node.value.span)
    constant = folded(convert(operand, type_))
    if constant is None or constant.value is None:
        message = f"AS OF {node.unit.upper()} takes a constant {type_}"
        raise ProgrammingError(message, node.value.span)
    return constant.value
