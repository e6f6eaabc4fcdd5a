"""PostgreSQL's advanced regular expressions, for the engines that there are: RE2 and Python's re.

A pattern is read once and written again in the syntax of both. RE2 (in Arrow) takes time linear in
the text, but knows no look-around and no back references; Python's engine knows them, and tells
where groups lie. Both take the first alternative that matches where PostgreSQL takes the longest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from coldb.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from coldb.engine.vector import Mask

__all__ = ["RegularExpression", "compiled"]

_FLAGS = "cgimnqsx"


@dataclass(frozen=True)
class RegularExpression:
    """`re2` is None if only Python knows the pattern; `everywhere` is the flag g."""

    pattern: str
    re2: str | None
    python: str
    everywhere: bool

    @cached_property
    def backtracking(self) -> re.Pattern[str]:
        try:
            return re.compile(self.python)
        except (re.error, RecursionError, OverflowError) as error:
            raise _invalid(self.pattern, str(error)) from error

    @property
    def groups(self) -> int:
        return self.backtracking.groups

    def found_in(self, texts: pa.LargeStringArray) -> Mask:
        """In which texts there is a match."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.re2 is None:
            search = self.backtracking.search
            return np.array(
                [search(text) is not None for text in texts.to_pylist()], dtype=np.bool_
            )
        try:
            return np.asarray(pc.match_substring_regex(texts, self.re2), dtype=np.bool_)
        except pa.ArrowInvalid as error:
            raise _invalid(self.pattern, str(error)) from error

    def matches(self, text: str, start: int = 0) -> Iterator[re.Match[str]]:
        """From left to right; each begins where the one before ended, an empty one is passed."""
        while start <= len(text):
            match = self.backtracking.search(text, start)
            if match is None:
                return
            yield match
            start = match.end() + (match.end() == match.start())


def _invalid(pattern: str, reason: str) -> DataError:
    return DataError(f'invalid regular expression "{pattern}": {reason}')


@lru_cache(maxsize=256)
def compiled(pattern: str, flags: str = "") -> RegularExpression:
    """Raises DataError for a pattern or a flag that is not understood."""
    for flag in flags:
        if flag not in _FLAGS:
            known = ", ".join(_FLAGS)
            raise DataError(f'invalid regular expression option "{flag}": known are {known}')
    everywhere, ignore_case = "g" in flags, False
    for flag in flags:
        ignore_case = flag == "i" if flag in "ci" else ignore_case
    body, options = pattern, set(flags)
    if body.startswith("***="):
        body, options = body[4:], options | {"q"}
    elif body.startswith("***:"):
        body = body[4:]
    if "q" not in options and (embedded := re.match(r"\(\?([a-z]+)\)", body)):
        body = body[embedded.end() :]
        for flag in embedded[1]:
            if flag not in _FLAGS:
                raise _invalid(pattern, f'there is no option "{flag}"')
            ignore_case = flag == "i" if flag in "ci" else ignore_case
        options |= set(embedded[1])
    by_line = bool(options & {"n", "m"})
    prefix = f"(?{'i' if ignore_case else ''}{'m' if by_line else 's'})"
    if "q" in options:
        literal = "".join(map(_literal, body))
        return RegularExpression(pattern, prefix + literal, prefix + literal, everywhere)
    reader = _Reader(pattern, body, by_line=by_line, expanded="x" in options)
    re2, python = reader.read()
    return RegularExpression(
        pattern, None if reader.only_python else prefix + re2, prefix + python, everywhere
    )


def _literal(character: str) -> str:
    """A character that stands for itself in both engines."""
    return f"\\{character}" if character in r"\.^$*+?{}[]()|-&~#" else character


# In RE2 inside brackets, and as a Python expression for one character.
_LETTER = (r"\pL\p{Nl}", r"[^\W\d_]")
_DIGIT = ("0-9", "[0-9]")
_SPACE = (r"\s\v\x{85}\p{Z}", r"\s")
_CLASSES: dict[str, tuple[str, str]] = {
    "alpha": _LETTER,
    "digit": _DIGIT,
    "alnum": (_LETTER[0] + _DIGIT[0], r"[^\W_]"),
    "word": (_LETTER[0] + _DIGIT[0] + "_", r"\w"),
    "space": _SPACE,
    "upper": (r"\p{Lu}", "(?-i:[A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03ab\u0410-\u042f])"),
    "lower": (r"\p{Ll}", "(?-i:[a-z\u00df-\u00f6\u00f8-\u00ff\u03ac-\u03ce\u0430-\u045f])"),
    "punct": (r"!-/:-@\[-`{-~\p{P}", r"[!-/:-@\[-`{-~\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027]"),
    "blank": (r" \t\p{Zs}", "[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"),
    "cntrl": (r"\x00-\x1f\x7f-\x{9f}", r"[\x00-\x1f\x7f-\x9f]"),
    "xdigit": ("0-9a-fA-F", "[0-9a-fA-F]"),
    "print": (r"\pL\pM\pN\pP\pS\p{Zs}", r"[^\x00-\x1f\x7f-\x9f]"),
    "graph": (r"\pL\pM\pN\pP\pS", r"[^\x00-\x20\x7f-\xa0\s]"),
}  # fmt: skip
_SHORT = {"d": "digit", "s": "space", "w": "word"}
_CONTROL = {"a": 7, "b": 8, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_QUANTIFIER = re.compile(r"([*+?]|\{[0-9]+(?:,[0-9]*)?\})(\??)")
_GROUP = re.compile(r"\((?:\?(:|=|!|<=|<!))?")
_CHARACTER = re.compile(
    r"\\(?:(?P<control>[abefnrtv])|c(?P<ctrl>.)|x(?P<hex>[0-9a-fA-F]+)|u(?P<short>[0-9a-fA-F]{4})"
    r"|U(?P<long>[0-9a-fA-F]{8})|(?P<octal>0[0-7]{0,2})|(?P<plain>[^a-zA-Z0-9])|(?P<slash>B))",
    re.DOTALL,
)
_LARGEST_COUNT = 255


class _Reader:
    """Reads a pattern from left to right and writes it in both syntaxes."""

    def __init__(self, pattern: str, body: str, *, by_line: bool, expanded: bool) -> None:
        self.pattern, self.body = pattern, body
        self.by_line, self.expanded = by_line, expanded
        self.at = 0
        self.only_python = False
        self.depth = 0

    def read(self) -> tuple[str, str]:
        re2: list[str] = []
        python: list[str] = []
        quantifiable = False
        while self.at < len(self.body):
            if self.expanded and self._skipped():
                continue
            if quantifier := _QUANTIFIER.match(self.body, self.at):
                if not quantifiable:
                    raise self._error("a quantifier needs something before it to repeat")
                self._quantified(quantifier, re2, python)
                quantifiable = False
                continue
            before = self.at
            one, other = self._piece()
            re2.append(one)
            python.append(other)
            # An anchor or the beginning of a group cannot be repeated.
            quantifiable = self.body[before] not in "(|^$" or (
                self.body[before] == "(" and self.body[self.at - 1] == ")"
            )
        if self.depth:
            raise self._error("parentheses () not balanced")
        return "".join(re2), "".join(python)

    def _error(self, reason: str) -> DataError:
        return _invalid(self.pattern, reason)

    def _skipped(self) -> bool:
        """White space and comments of the expanded syntax."""
        skipped = re.compile(r"\s+|#[^\n]*").match(self.body, self.at)
        self.at = skipped.end() if skipped else self.at
        return skipped is not None

    def _quantified(self, quantifier: re.Match[str], re2: list[str], python: list[str]) -> None:
        counts = [int(count) for count in re.findall("[0-9]+", quantifier[1])]
        if any(count > _LARGEST_COUNT for count in counts) or counts != sorted(counts):
            raise self._error(f"invalid repetition count: 0 to {_LARGEST_COUNT}, ascending")
        for text in (re2, python):
            text.append(quantifier[0])
        self.at = quantifier.end()

    def _piece(self) -> tuple[str, str]:
        character = self.body[self.at]
        match character:
            case "\\":
                return self._escape()
            case "[":
                return self._bracket()
            case "(":
                return self._opened()
            case ")":
                self.at += 1
                self.depth -= 1
                if self.depth < 0:
                    raise self._error("parentheses () not balanced")
                return ")", ")"
            case "$":
                self.at += 1
                return ("$", "$") if self.by_line else (r"\z", r"\Z")
            case "{" if self.body[self.at + 1 : self.at + 2].isdigit():
                raise self._error("braces {} not balanced")
            case "." | "^" | "|":
                self.at += 1
                return character, character
            case _:
                self.at += 1
                return _literal(character), _literal(character)

    def _opened(self) -> tuple[str, str]:
        group = _GROUP.match(self.body, self.at)
        assert group is not None
        if group[1] is None and self.body.startswith("(?", self.at):
            raise self._error(r"(? must be followed by :, =, !, <= or <!")
        self.only_python = self.only_python or group[1] not in (None, ":")
        self.at = group.end()
        self.depth += 1
        return group[0], group[0]

    def _escape(self) -> tuple[str, str]:
        character = self.body[self.at + 1 : self.at + 2]
        lower = character.lower()
        if lower in _SHORT and character:
            self.at += 2
            re2, python = _CLASSES[_SHORT[lower]]
            if character == lower:
                return f"[{re2}]", f"(?:{python})"
            return f"[^{re2}]", f"(?!{python})(?s:.)"
        if character in "123456789" and character:
            self.only_python = True
            self.at += 2
            return "", rf"(?:\{character})"
        anchors = {
            "A": r"\A",
            "Z": r"\Z",
            "y": r"\b",
            "Y": r"\B",
            "m": r"\b(?=\w)",
            "M": r"\b(?<=\w)",
        }
        if character in anchors:
            self.at += 2
            self.only_python = self.only_python or character in "yYmM"
            return r"\z" if character == "Z" else r"\A", anchors[character]
        found = self._character()
        return _literal(found), _literal(found)

    def _character(self) -> str:
        """The one character that an escape stands for."""
        escape = _CHARACTER.match(self.body, self.at)
        if escape is None:
            raise self._error(r"invalid escape \ sequence")
        self.at = escape.end()
        if escape["plain"] or escape["slash"]:
            return escape["plain"] or "\\"
        if escape["control"]:
            return chr(_CONTROL[escape["control"]])
        if escape["ctrl"]:
            return chr(ord(escape["ctrl"]) & 31)
        if escape["octal"]:
            return chr(int(escape["octal"], 8))
        number = int(escape["hex"] or escape["short"] or escape["long"], 16)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise self._error("invalid character number")
        return chr(number)

    # --- bracket expressions -------------------------------------------------------------------

    def _bracket(self) -> tuple[str, str]:
        for anchor, python in (("[[:<:]]", r"\b(?=\w)"), ("[[:>:]]", r"\b(?<=\w)")):
            if self.body.startswith(anchor, self.at):
                self.at += len(anchor)
                self.only_python = True
                return "", python
        self.at += 1
        negated = self.body.startswith("^", self.at)
        self.at += negated
        ranges: list[str] = []
        classes: list[tuple[str, str]] = []
        first = True
        while first or not self.body.startswith("]", self.at):
            self._bracket_item(ranges, classes)
            first = False
        self.at += 1
        own = "".join(ranges)
        re2 = f"[{'^' if negated else ''}{own}{''.join(one for one, _ in classes)}]"
        if negated and self.by_line:
            re2, own = re2[:-1] + r"\n]", own + r"\n"
        if not classes:
            return re2, f"[{'^' if negated else ''}{own}]"
        parts = [f"[{own}]"] if own else []
        union = "|".join((*parts, *(other for _, other in classes)))
        return re2, f"(?!{union})(?s:.)" if negated else f"(?:{union})"

    def _bracket_item(self, ranges: list[str], classes: list[tuple[str, str]]) -> None:
        if named := re.compile(r"\[:(\w*):\]").match(self.body, self.at):
            if named[1] not in _CLASSES:
                raise self._error(f'there is no character class "{named[1]}"')
            classes.append(_CLASSES[named[1]])
            self.at = named.end()
            return
        short = self.body[self.at + 1 : self.at + 2] if self.body.startswith("\\", self.at) else ""
        if short and short in _SHORT:
            classes.append(_CLASSES[_SHORT[short]])
            self.at += 2
            return
        low = self._bracket_character()
        if not self.body.startswith("-", self.at) or self.body.startswith("-]", self.at):
            ranges.append(_literal(low))
            return
        self.at += 1
        high = self._bracket_character()
        if high < low:
            raise self._error("invalid character range")
        ranges.append(f"{_literal(low)}-{_literal(high)}")

    def _bracket_character(self) -> str:
        if self.at >= len(self.body):
            raise self._error("brackets [] not balanced")
        if single := re.compile(r"\[([.=])(.)\1\]", re.DOTALL).match(self.body, self.at):
            self.at = single.end()
            return single[2]
        if self.body[self.at] == "\\":
            return self._character()
        self.at += 1
        return self.body[self.at - 1]
