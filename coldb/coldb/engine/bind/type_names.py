"""The names of types in SQL.

Two choices of our own: CHAR(n) leaves blanks at the end out instead of padding with them, because
these mean nothing to it anyway; NUMERIC without
arguments is DECIMAL(38,10), because a column has one scale, but a cast to it leaves exact numbers
as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.names import nearest
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    MAX_DECIMAL_DIGITS,
    REAL,
    SMALLINT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    VARCHAR,
    Kind,
    Type,
    array_of,
    decimal,
)

if TYPE_CHECKING:
    from coldb_grammar import ast

__all__ = ["ANY_DECIMAL", "bind_type", "is_type_name"]

ANY_DECIMAL = decimal(MAX_DECIMAL_DIGITS, 10)

_SINGLE_PRECISION_BITS = 24
_DOUBLE_PRECISION_BITS = 53
_MICROSECOND_DIGITS = 6

_TYPES: dict[str, Type] = {
    "BOOLEAN": BOOLEAN,
    "BOOL": BOOLEAN,
    "SMALLINT": SMALLINT,
    "INT2": SMALLINT,
    "INTEGER": INTEGER,
    "INT": INTEGER,
    "INT4": INTEGER,
    "BIGINT": BIGINT,
    "INT8": BIGINT,
    "DECIMAL": ANY_DECIMAL,
    "NUMERIC": ANY_DECIMAL,
    "DEC": ANY_DECIMAL,
    "REAL": REAL,
    "FLOAT4": REAL,
    "FLOAT": DOUBLE,
    "FLOAT8": DOUBLE,
    "DOUBLE": DOUBLE,
    "DOUBLE PRECISION": DOUBLE,
    "VARCHAR": VARCHAR,
    "CHARACTER VARYING": VARCHAR,
    "TEXT": VARCHAR,
    "STRING": VARCHAR,
    "CHAR": Type(Kind.VARCHAR, length=1, trimmed=True),
    "CHARACTER": Type(Kind.VARCHAR, length=1, trimmed=True),
    "BPCHAR": Type(Kind.VARCHAR, trimmed=True),
    "DATE": DATE,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMP WITHOUT TIME ZONE": TIMESTAMP,
    "DATETIME": TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
    "TIMESTAMPTZ": TIMESTAMPTZ,
    "TIME": TIME,
    "TIME WITHOUT TIME ZONE": TIME,
    "BLOB": BLOB,
    "BYTEA": BLOB,
    "BINARY": BLOB,
    "VARBINARY": BLOB,
    "UUID": UUID,
    "INTERVAL": INTERVAL,
}

_KNOWN_ELSEWHERE = (
    "TIME WITH TIME ZONE",
    "TIMETZ",
    "JSON",
    "JSONB",
    "SERIAL",
    "BIGSERIAL",
    "MONEY",
)


def bind_type(name: ast.TypeName) -> Type:
    """The type of that name. ProgrammingError, or NotSupportedError for types not taken over."""
    if name.is_array:
        return array_of(bind_type(replace(name, is_array=False)))
    type_ = _TYPES.get(name.name)
    if type_ is None:
        if name.name in _KNOWN_ELSEWHERE:
            raise NotSupportedError(
                f"the type {name.name} is not supported; {_instead(name.name)}", name.span
            )
        near = nearest(name.name, _TYPES)
        hint = f"; did you mean {near}?" if near else ""
        raise ProgrammingError(f"no type {name.name}{hint}", name.span)
    return _with_arguments(type_, name) if name.arguments else type_


def is_type_name(name: str) -> bool:
    """Whether there is a type of that name, given in upper case."""
    return name in _TYPES


def _with_arguments(type_: Type, name: ast.TypeName) -> Type:
    arguments = name.arguments
    match type_.kind:
        case Kind.DECIMAL if len(arguments) <= 2:
            precision, scale = arguments if len(arguments) == 2 else (arguments[0], 0)
            try:
                return decimal(precision, scale)
            except ValueError as error:
                raise ProgrammingError(str(error), name.span) from error
        case Kind.VARCHAR if len(arguments) == 1 and name.name not in ("TEXT", "STRING"):
            if arguments[0] < 1:
                raise ProgrammingError(f"the length of {name.name} must be at least 1", name.span)
            return replace(type_, length=arguments[0])
        case Kind.DOUBLE if len(arguments) == 1 and name.name == "FLOAT":
            if not 1 <= arguments[0] <= _DOUBLE_PRECISION_BITS:
                raise ProgrammingError(
                    f"the precision of FLOAT must be 1 to {_DOUBLE_PRECISION_BITS} bits", name.span
                )
            return REAL if arguments[0] <= _SINGLE_PRECISION_BITS else DOUBLE
        case Kind.TIME | Kind.TIMESTAMP | Kind.TIMESTAMPTZ if arguments == (_MICROSECOND_DIGITS,):
            return type_
        case Kind.TIME | Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            raise NotSupportedError(
                f"{type_} always keeps microseconds: write it without a precision", name.span
            )
        case _:
            raise ProgrammingError(
                f"the type {name.name} does not take {_counted(len(arguments))}", name.span
            )


def _instead(name: str) -> str:
    match name:
        case "TIME WITH TIME ZONE" | "TIMETZ":
            return "use TIME, or TIMESTAMPTZ for a moment"
        case "SERIAL" | "BIGSERIAL":
            return "use BIGINT"
        case "MONEY":
            return "use DECIMAL(19,2)"
        case _:
            return "use VARCHAR"


def _counted(arguments: int) -> str:
    return "an argument" if arguments == 1 else f"{arguments} arguments"
