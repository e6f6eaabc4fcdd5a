"""From text to tokens, knowing nothing of the grammar.

`scan` finds the next token at a position. Its kind is WORD (whether that is a keyword here is for
the parser to say), QUOTED (a name in double quotes), STRING, BYTES, NUMBER, PARAMETER, END, or an operator
as written. What a string or a number means is told by `string_value` and `number_value`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from coldb_grammar.ast import Span
from coldb_grammar.errors import SqlSyntaxError, Unterminated, one_line
from coldb_grammar.table import END

__all__ = [
    "MAX_LENGTH",
    "Token",
    "bytes_value",
    "check",
    "comment_end",
    "fold",
    "number_value",
    "scan",
    "string_value",
]

Token = tuple[str, int, int]
"""The kind, and where the token starts and ends."""

MAX_LENGTH = 16 * 1024 * 1024
"""Characters in a text."""

MAX_DIGITS = 1000
"""Digits in a number, and the largest power of ten in one."""

_PLAIN = r"'[^']*+(?:''[^']*+)*+'"
_ESCAPED = r"'[^'\\]*+(?:(?:''|\\.)[^'\\]*+)*+'"
# Between the pieces of a string that goes on in another line.
_NEW_LINE = r"(?:[^\S\n]|--[^\n]*+)*+\n(?:\s|--[^\n]*+)*+"
_DIGITS = "[0-9]++(?:_[0-9]++)*+"

_TOKEN = re.compile(
    rf"""
    (?: \s++ | --[^\n]*+ )*+
    (?: (?P<STRING> {_PLAIN}(?:{_NEW_LINE}{_PLAIN})*+
                  | [eE]{_ESCAPED}(?:{_NEW_LINE}{_ESCAPED})*+ )
      | (?P<BYTES> [xX]'[^']*+' )
      | (?P<WORD> (?![eExX]')[^\W\d][\w$]*+ )
      | (?P<QUOTED> "[^"]*+(?:""[^"]*+)*+" )
      | (?P<NUMBER> 0[xX](?:_?[0-9a-fA-F])++ | 0[oO](?:_?[0-7])++ | 0[bB](?:_?[01])++
                  | (?:{_DIGITS}(?:\.(?:{_DIGITS})?+)?+ | \.{_DIGITS})(?:[eE][+-]?{_DIGITS})?+ )
      | (?P<COMMENT> /\* )
      | (?P<NOT_EQUAL> != )
      | (?P<OPERATOR> :: | := | => | <> | <= | >= | << | >> | \|\|
                    | !~~\* | !~~ | !~\* | !~ | ~~\* | ~~ | ~\* | ~
                    | =(?!=) | &(?!&) | [-+*/%^<>(),.;|\#\[\]] )
      | (?P<PARAMETER> \? | :[^\W\d]\w*+ | \$[0-9]++ )
      | (?P<DOLLAR> \$(?:[^\W\d]\w*+)?+\$ )
      | (?P<END> \Z )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")
_WORD_CHARACTER = re.compile(r"\w")

_QUOTES = {
    "'": "the string that begins here has no closing quote",
    '"': "the quoted name that begins here has no closing quote",
}
_HINTS = {
    "`": "names are quoted with double quotes, not with backticks",
    "‘": "typographic quote; strings are quoted with '",
    "’": "typographic quote; strings are quoted with '",
    "“": 'typographic quote; names are quoted with "',
    "”": 'typographic quote; names are quoted with "',
    "=": "equality is written with a single =",
    "$": "parameters are written ?, $1 or :name",
    ":": "parameters are written ?, $1 or :name, and arrays have no slices",
    "&": "and is written AND",
    "@": "there are no variables; parameters are written ?, $1 or :name",
    "!": "not is written NOT; not equal is <>",
}


def check(text: str) -> None:
    """Raise SqlSyntaxError for a text that is too long or holds what no database text may hold."""
    if len(text) > MAX_LENGTH:
        message = f"the text is {len(text):,} characters long; {MAX_LENGTH:,} is the limit"
        raise SqlSyntaxError(message, text, Span(0, 0))
    if (position := text.find("\0")) >= 0:
        raise SqlSyntaxError("a NUL character is not allowed", text, Span(position, position + 1))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            place = Span(error.start, error.start + 1)
            raise SqlSyntaxError("half of a surrogate pair is not text", text, place) from None


def scan(text: str, position: int) -> Token:
    """The next token at or after `position`, behind white space and comments.

    Raises SqlSyntaxError, pointing at the opening quote of what is never closed.
    """
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        kind = match.lastgroup
        assert kind is not None
        start, end = match.span(kind)
        if kind == "WORD":
            return kind, start, end
        if kind == "OPERATOR":
            return text[start:end], start, end
        if kind == "COMMENT":
            position = comment_end(text, start)
            continue
        if kind == "NOT_EQUAL":
            return "<>", start, end
        if kind == "DOLLAR":
            return "STRING", start, _dollar_end(text, start, end)
        if kind == "END":
            return END, start, end
        if kind == "NUMBER" and _WORD_CHARACTER.match(text, end):
            junk = _TOKEN.match(text, end)
            end = junk.end() if junk else end + 1
            raise SqlSyntaxError(
                f'"{one_line(text[start:end])}" is neither a number nor a name',
                text,
                Span(start, end),
            )
        return kind, start, end


def comment_end(text: str, start: int) -> int:
    """Where the comment that begins at `start` ends; comments nest."""
    depth, position = 1, start + 2
    while depth:
        mark = _COMMENT_MARK.search(text, position)
        if mark is None:
            message = "the comment that begins here has no closing */"
            raise Unterminated(message, text, Span(start, start + 2))
        depth += 1 if mark.group() == "/*" else -1
        position = mark.end()
    return position


def _dollar_end(text: str, start: int, end: int) -> int:
    tag = text[start:end]
    close = text.find(tag, end)
    if close < 0:
        message = f"the string that begins here has no closing {tag}"
        raise Unterminated(message, text, Span(start, end))
    return close + len(tag)


_BLANK = re.compile(r"(?:\s++|--[^\n]*+)*+")


def _unreadable(text: str, position: int) -> SqlSyntaxError:
    blank = _BLANK.match(text, position)
    start = blank.end() if blank else position
    end = start + 1
    if text[start] in "eExX":  # of a string with escapes or bytes; any other word can be read
        end += 1
    character = text[end - 1]
    if character in _QUOTES:
        return Unterminated(_QUOTES[character], text, Span(start, end))
    message = _HINTS.get(character)
    if message is None:
        shown = f'"{character}" ' if character.isprintable() else ""
        message = f"the character {shown}(U+{ord(character):04X}) has no meaning here"
    return SqlSyntaxError(message, text, Span(start, end))


_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def fold(word: str) -> str:
    """An unquoted name in lower case; letters beyond ASCII stay as they are, as in PostgreSQL."""
    return word.lower() if word.isascii() else word.translate(_TO_LOWER)


def number_value(text: str, token: Token) -> int | Decimal:
    """An int, or a Decimal for a number with a point or an exponent."""
    _, start, end = token
    digits = text[start:end].replace("_", "")
    if len(digits) <= MAX_DIGITS:
        if digits.isdecimal():
            return int(digits)
        if digits[1] in "xXoObB":
            return int(digits, 0)
        number = _decimal(digits)
        if number is not None and abs(number.adjusted()) <= MAX_DIGITS:
            return number
    message = f"a number has at most {MAX_DIGITS} digits"
    raise SqlSyntaxError(message, text, Span(start, end))


def _decimal(digits: str) -> Decimal | None:
    """The number, exactly; None if its exponent is beyond what Decimal can hold."""
    exponent = re.search(r"[eE][+-]?0*([0-9]*)", digits)
    return Decimal(digits) if exponent is None or len(exponent[1]) < 7 else None


_PIECE = re.compile(f"(?:{_NEW_LINE})?({_PLAIN})")
_ESCAPED_PIECE = re.compile(f"(?:{_NEW_LINE})?({_ESCAPED})")


def string_value(text: str, token: Token) -> str:
    """What stands in a '..', E'..' or $tag$..$tag$ string, over the lines that it goes on for."""
    _, start, end = token
    if text[start] == "$":
        tag = text.index("$", start + 1) + 1 - start
        return text[start + tag : end - tag]
    if text[start] == "'":
        pieces = _PIECE.finditer(text, start, end)
        return "".join(piece[1][1:-1].replace("''", "'") for piece in pieces)
    pieces = _ESCAPED_PIECE.finditer(text, start + 1, end)
    string = "".join(_unescape(text, *piece.span(1)) for piece in pieces)
    if any("\ud800" <= c <= "\udfff" for c in string):
        raise SqlSyntaxError("an escape is half of a surrogate pair", text, Span(start, end))
    return string


def bytes_value(text: str, token: Token) -> str:
    """The hexadecimal digits of X'1f'."""
    _, start, end = token
    digits = text[start + 2 : end - 1]
    if len(digits) % 2 or re.fullmatch("[0-9a-fA-F]*", digits) is None:
        message = "X'..' holds two hexadecimal digits for each byte"
        raise SqlSyntaxError(message, text, Span(start, end))
    return digits


_ESCAPE = re.compile(
    r"''|\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9a-fA-F]{1,2})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<other>.))",
    re.DOTALL,
)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescape(text: str, start: int, end: int) -> str:
    """What stands in the piece of an E'..' string between two quotes."""

    def meaning(match: re.Match[str]) -> str:
        if match.group() == "''":
            return "'"
        if (other := match["other"]) is not None:
            if other in "uU":
                raise refused(match, f"\\{other} needs {4 if other == 'u' else 8} hex digits")
            return _CONTROLS.get(other, other)
        digits = match["hex"] or match["short"] or match["long"]
        code = int(digits, 16) if digits else int(match["octal"], 8)
        if not 0 < code <= (0x10FFFF if match["short"] or match["long"] else 0x7F):
            raise refused(match, "this escape is no character")
        return chr(code)

    def refused(match: re.Match[str], message: str) -> SqlSyntaxError:
        return SqlSyntaxError(message, text, Span(match.start() + body, match.end() + body))

    body = start + 1
    return _ESCAPE.sub(meaning, text[body : end - 1])
