"""LIKE and ILIKE: `%` stands for any characters, `_` for one; `\\` (or ESCAPE) takes them literally.

A pattern becomes the cheapest search that decides it: equality, a prefix, a suffix, a substring, and
only then a regular expression, on the rows that contain all of its pieces.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.functions.text.search import contains, rarest_first
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BOOLEAN, VARCHAR, Kind, Type

if TYPE_CHECKING:
    from coldb.engine.functions.definition import Kernel, Typing
    from coldb.engine.vector import Mask

__all__ = ["DEFINITIONS", "parse_pattern"]


class Wildcard(Enum):
    ANY = "%"
    ONE = "_"


Piece: TypeAlias = "str | Wildcard"


@lru_cache(maxsize=256)
def parse_pattern(pattern: str, escape: str = "\\") -> tuple[Piece, ...]:
    """Literal texts and wildcards, in order; runs of % are one. DataError for a dangling escape."""
    if len(escape) > 1:
        raise DataError(f'invalid escape string "{escape}": it must be empty or one character')
    pieces: list[Piece] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            following = next(characters, None)
            if following is None:
                raise DataError("LIKE pattern must not end with escape character")
            _append_text(pieces, following)
        elif character == "_":
            pieces.append(Wildcard.ONE)
        elif character != "%":
            _append_text(pieces, character)
        elif not pieces or pieces[-1] is not Wildcard.ANY:
            pieces.append(Wildcard.ANY)
    return tuple(pieces)


def _append_text(pieces: list[Piece], text: str) -> None:
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] += text
    else:
        pieces.append(text)


def _matches(texts: Any, pieces: tuple[Piece, ...], ignore_case: bool) -> Mask:
    """Which texts match; `pieces` as parse_pattern gives them."""
    import pyarrow.compute as pc

    match pieces:
        case ():
            found = pc.equal(pc.binary_length(texts), 0)
        case (Wildcard.ANY,):
            return np.ones(len(texts), dtype=np.bool_)
        case (str() as text,) if not ignore_case:
            found = pc.equal(texts, text)
        case (str() as text, Wildcard.ANY):
            found = pc.starts_with(texts, text, ignore_case=ignore_case)
        case (Wildcard.ANY, str() as text):
            found = pc.ends_with(texts, text, ignore_case=ignore_case)
        case (Wildcard.ANY, str() as text, Wildcard.ANY) if not ignore_case:
            return contains(texts, text)
        case (Wildcard.ANY, str() as text, Wildcard.ANY):
            found = pc.match_substring(texts, text, ignore_case=True)
        case _:
            return _matches_expression(texts, pieces, ignore_case)
    return np.asarray(found, dtype=np.bool_)


def _matches_expression(texts: Any, pieces: tuple[Piece, ...], ignore_case: bool) -> Mask:
    import pyarrow as pa
    import pyarrow.compute as pc

    expression = _regular_expression(pieces)
    matched = np.zeros(len(texts), dtype=np.bool_)
    rows = np.arange(len(texts))
    literals = [piece for piece in pieces if isinstance(piece, str)]
    for literal in () if ignore_case else rarest_first(texts, literals):
        hits = np.flatnonzero(contains(texts, literal))
        if len(hits) < len(rows):
            rows, texts = rows[hits], pc.take(texts, pa.array(hits))
    found = pc.match_substring_regex(texts, expression, ignore_case=ignore_case)
    matched[rows] = np.asarray(found, dtype=np.bool_)
    return matched


def _regular_expression(pieces: tuple[Piece, ...]) -> str:
    """A pattern as RE2 and Python read it alike; a % at an end is left out, with its anchor."""
    core = pieces[1:] if pieces[0] is Wildcard.ANY else pieces
    core = core[:-1] if core and core[-1] is Wildcard.ANY else core
    start = "" if pieces[0] is Wildcard.ANY else r"\A"
    end = "" if pieces[-1] is Wildcard.ANY else r"\z"
    return f"(?s){start}{''.join(map(_expression_of, core))}{end}"


def _expression_of(piece: Piece) -> str:
    if isinstance(piece, str):
        return re.sub(r"[.^$*+?()\[\]{}|\\]", r"\\\g<0>", piece)
    return ".*" if piece is Wildcard.ANY else "."


def _like(ignore_case: bool) -> Kernel:
    def row(text: str, pattern: str, escape: str = "\\") -> bool:
        import pyarrow as pa

        texts = pa.array([text], type=pa.large_string())
        return bool(_matches(texts, parse_pattern(pattern, escape), ignore_case)[0])

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        text, *options = arguments
        if not all(option.constant for option in options):
            return map_distinct(row, arguments, result, rows)
        pieces = parse_pattern(*(option.strings[0].as_py() for option in options))
        return Vector(BOOLEAN, _matches(text.strings, pieces, ignore_case))

    return kernel


def _texts(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    if len(arguments) not in (2, 3):
        return None
    if not all(argument.kind in (Kind.VARCHAR, Kind.NULL) for argument in arguments):
        return None
    return (VARCHAR,) * len(arguments), BOOLEAN


DEFINITIONS = tuple(
    Definition(
        ScalarFunction(name, _like(ignore_case), can_fail=True, operator=True),
        Signature(f"text {name.upper()} text", _texts),
    )
    for name, ignore_case in (("like", False), ("ilike", True))
)
