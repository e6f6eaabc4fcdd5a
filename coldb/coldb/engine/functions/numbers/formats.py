"""to_char and to_number of numbers: a template of digits such as 999G990D00, with PostgreSQL's rules.

9 0      a digit; 0 writes leading zeros        S      sign beside the number
. D      the point                              MI PL SG  minus, plus, either, where it stands
, G      a comma between groups of digits       PR     negative numbers in angle brackets
V        shifts by as many digits as follow     RN     Roman numeral
EEEE     exponent                               TH th  ordinal suffix
FM       without padding                        L      currency symbol, which is a space
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from coldb.errors import DataError

__all__ = ["decimals_of", "format_decimal", "format_float", "parse_number"]

_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"?'
    r"|(?P<word>[90.,]|EEEE|eeee|FM|fm|MI|mi|PL|pl|PR|pr|RN|rn|SG|sg|TH|th|[BDGLSVbdglsv])"
    r"|(?P<plain>.)",
    re.DOTALL,
)
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
_FLOAT_DIGITS = 15
_ROMAN_WIDTH = 15
_LARGEST_ROMAN = 3999


@dataclass(slots=True)
class _Template:
    """`tokens` are patterns, or literal text marked by a leading quote. Counts are of digits."""

    tokens: list[str] = field(default_factory=list)
    before: int = 0
    after: int = 0
    shift: int = 0
    zero_start: int | None = None
    zero_end: int = 0
    flags: set[str] = field(default_factory=set)
    sign_at: int | None = None  # S: how many digits stood before it

    @property
    def digits(self) -> int:
        return self.before + self.shift


@lru_cache(maxsize=64)
def _template(text: str) -> _Template:
    """Raises DataError for patterns that do not go together."""
    template = _Template()
    for token in _TOKEN.finditer(text):
        if token["word"] is None:
            literal = re.sub(r"\\(.)", r"\1", token["quoted"] or "") or token["plain"] or ""
            template.tokens.append(f'"{literal}')
            continue
        word = token["word"] if token["word"] in ("th", "rn") else token["word"].upper()
        _read(template, {"D": ".", "G": ","}.get(word, word), text)
        template.tokens.append({"D": ".", "G": ","}.get(word, word))
    return template


def _read(template: _Template, word: str, text: str) -> None:
    flags = template.flags
    signs = {"S", "MI", "PL", "SG", "PR"} & flags
    if word in "90" and "PR" in flags:
        raise DataError(f'invalid format "{text}": digits must be ahead of PR')
    if word == "." and flags & {".", "V"}:
        raise DataError(f'invalid format "{text}": one decimal point, and none together with V')
    if word == "V" and "." in flags:
        raise DataError(f'invalid format "{text}": cannot use V and a decimal point together')
    if (word == "S" and signs) or (word in ("MI", "PL", "SG", "PR") and "S" in signs):
        raise DataError(f'invalid format "{text}": cannot use S and another sign together')
    if "EEEE" in flags and word != "FM":
        raise DataError(f'invalid format "{text}": EEEE must be the last pattern')
    match word:
        case "9" if "V" in flags:
            template.shift += 1
        case "9" | "0":
            if word == "0" and template.zero_start is None and "." not in flags:
                template.zero_start = template.before
            if "." in flags:
                template.after += 1
            else:
                template.before += 1
            if word == "0":
                template.zero_end = template.before + template.after
        case "S":
            template.sign_at = None if "." in flags else template.before
    flags.add(word)


def decimals_of(text: str) -> int:
    """How many digits behind the point a template has."""
    return _template(text).after


# --- to text -----------------------------------------------------------------------------------


def format_decimal(scaled: int, scale: int, text: str) -> str:
    """The number scaled / 10**scale by a template."""
    value = Decimal(scaled).scaleb(-scale, _EXACT)
    template = _template(text)
    if template.flags & {"RN", "rn"}:
        return _roman(int(value.quantize(Decimal(1), ROUND_HALF_UP)), template)
    if "EEEE" in template.flags:
        return _scientific(value, template)
    value = value.scaleb(template.shift, _EXACT)
    value = value.quantize(Decimal(1).scaleb(-template.after), context=_EXACT)
    return _written(f"{abs(value):f}", bool(scaled < 0 and value), template)


def format_float(value: float, text: str) -> str:
    """A float has no more than 15 digits."""
    template = _template(text)
    if value != value or value in (float("inf"), float("-inf")):
        name = "NaN" if value != value else "Infinity"
        if "EEEE" in template.flags:
            return "#".rjust(template.before + template.after + 6, "#")
        return _written(name, value < 0, template)
    if template.flags & {"RN", "rn"}:
        return _roman(round(value), template)
    if "EEEE" in template.flags:
        return _scientific(Decimal(value), template)
    value *= 10.0**template.shift
    whole = len(f"{abs(value):.0f}")
    after = max(0, min(template.after, _FLOAT_DIGITS - whole))
    return _written(f"{abs(value):.{after}f}", value < 0, template)


def _scientific(value: Decimal, template: _Template) -> str:
    rounded = Context(prec=template.after + 1, rounding=ROUND_HALF_UP).plus(value)
    exponent = rounded.adjusted() if rounded else 0
    mantissa = rounded.scaleb(-exponent, _EXACT)
    sign = "" if value < 0 else " "
    return f"{sign}{mantissa:.{template.after}f}e{exponent:+03d}"


_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def _roman(number: int, template: _Template) -> str:
    text = ""
    if not 1 <= number <= _LARGEST_ROMAN:
        return "#" * _ROMAN_WIDTH
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    text = text.lower() if "rn" in template.flags else text
    return text if "FM" in template.flags else text.rjust(_ROMAN_WIDTH)


def _written(number: str, negative: bool, template: _Template) -> str:
    """`number` is without a sign, rounded to the decimals of the template."""
    whole = len(number.partition(".")[0])
    if whole > template.digits:
        number = "#" * template.digits + (
            "." + "#" * template.after if "." in template.flags else ""
        )
    writer = _Writer(template, number, max(template.digits - whole, 0), negative)
    for token in template.tokens:
        writer.write(token)
        if writer.ended:
            break
    return "".join(writer.out)


class _Writer:
    """One number being written, pattern by pattern."""

    def __init__(self, template: _Template, number: str, spaces: int, negative: bool) -> None:
        self.template, self.number, self.spaces = template, number, spaces
        self.negative = negative
        flags = template.flags
        self.narrow = "FM" in flags
        self.brackets = "PR" in flags and (negative or not self.narrow)
        self.out: list[str] = []
        self.at = 0  # in the number
        self.place = 0  # in the digits and the point of the template
        self.begun = False  # a digit was written last
        self.ended = False
        self.sign_done = self._sign_stands_elsewhere()
        self.sign_behind = "S" in flags and template.sign_at in (None, template.before)
        self.last = self._last_relevant() if self.narrow and "." in flags else None
        self.places = template.digits + template.after - 1
        if not self.sign_done and not spaces:
            self.places += 1

    def _sign_stands_elsewhere(self) -> bool:
        flags = self.template.flags
        if flags & {"MI", "SG"}:
            return True
        if "PL" in flags:
            return False
        return not self.negative and self.narrow and "S" not in flags

    def _last_relevant(self) -> int | None:
        """Where the last decimal is that FM keeps: not zero, or written for a 0; or the point."""
        point = self.number.find(".")
        if point < 0:
            return None
        last = max(point, len(self.number.rstrip("0")) - 1)
        if self.template.zero_end > self.spaces:
            zeros = min(len(self.number) - 1, self.template.zero_end - self.spaces)
            last = max(last, zeros)
        return last

    def write(self, token: str) -> None:
        match token:
            case "9" | "0" | ".":
                self._write_digit(token)
            case ",":
                self._write_unless_narrow("," if self.begun else "")
            case "MI":
                self._write_unless_narrow("-" if self.negative else "")
            case "PL":
                self._write_unless_narrow("" if self.negative else "+")
            case "SG":
                self.out.append("-" if self.negative else "+")
            case "L":
                self.out.append(" ")
            case "TH" | "th":
                if not (self.negative or "." in self.template.flags or self.number[0] == "#"):
                    self.out.append(_ordinal(self.number, token))
            case _ if token.startswith('"'):
                self.out.append(token[1:])

    def _write_unless_narrow(self, text: str) -> None:
        if text or not self.narrow:
            self.out.append(text or " ")

    @property
    def _hidden_zero(self) -> bool:
        """The zero of 0.1, which only a pattern 0 writes."""
        template = self.template
        return (
            template.zero_start is None
            and self.at == 0
            and self.number[:1] == "0"
            and template.after > 0
        )

    def _write_digit(self, token: str) -> None:
        template = self.template
        self.begun = False
        ends_at_point = self.last is not None and self.number[self.last] == "."
        reached = self.place >= self.spaces or template.zero_start == self.place
        if not self.sign_done and reached and (not self._hidden_zero or ends_at_point):
            self._write_sign()
        if self.place < self.spaces:
            if template.zero_start is not None and template.zero_start <= self.place:
                self.out.append("0")
                self.begun = True
            elif not self.narrow:
                self.out.append(" ")
        else:
            self._write_character(token, ends_at_point)
            self.at = min(self.at + 1, len(self.number))
        end = self.places + bool(self.spaces) + ("." in template.flags)
        if self.last is not None and self.last == self.at:
            end = self.place
        if self.place + 1 == end:
            self._write_end()
        self.place += 1

    def _write_character(self, token: str, ends_at_point: bool) -> None:
        character = self.number[self.at : self.at + 1]
        if character == ".":
            self.out.append(".")
        elif self.last is not None and self.at > self.last and token != "0":
            pass
        elif self._hidden_zero:
            if not self.narrow:
                self.out.append(" ")
            elif ends_at_point:
                self.out.append("0")
        else:
            self.out.append(character)
            self.begun = True
            # As in PostgreSQL, nothing follows a point or digit that the number does not have.
            self.ended = not character

    def _write_sign(self) -> None:
        if "S" in self.template.flags:
            if not self.sign_behind:
                self.out.append("-" if self.negative else "+")
                self.sign_done = True
            return
        if self.brackets:
            self.out.append("<" if self.negative else " ")
        elif self.negative:
            self.out.append("-")
        elif not self.narrow:
            self.out.append(" ")
        self.sign_done = True

    def _write_end(self) -> None:
        if self.sign_done and self.brackets:
            self.out.append(">" if self.negative else " ")
        elif "S" in self.template.flags and self.sign_behind:
            self.out.append("-" if self.negative else "+")


def _ordinal(number: str, suffix: str) -> str:
    text = {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    text = "th" if number[-2:-1] == "1" else text
    return text if suffix == "th" else text.upper()


# --- from text ---------------------------------------------------------------------------------


_DIGITS = "0123456789"
_PARTS = frozenset({"9", "0", ".", "S", "MI", "PL", "SG"})


def parse_number(text: str, template_text: str) -> Decimal:
    """The number that a template finds in a text. Raises DataError if it finds none."""
    template = _template(template_text)
    if template.flags & {"RN", "rn", "EEEE"}:
        raise DataError("to_number reads neither RN nor EEEE")
    negative = False
    digits = ""
    at = len(text) - len(text.lstrip())
    for token in template.tokens:
        if at >= len(text):
            break
        while token in _PARTS and at < len(text) and text[at] in "+-<":
            negative = negative or text[at] in "-<"
            at += 1
        at += token in _PARTS and text.startswith(" ", at)
        character = text[at : at + 1]
        match token:
            case "9" | "0":
                if character in _DIGITS and character:
                    digits += character
                    at += 1
                elif character == " " and not digits:
                    at += 1
            case ".":
                if character == ".":
                    digits += "."
                    at += 1
            case ",":
                at += character == ","
            case "PR" | "FM" | "V" | "TH" | "th" | "MI" | "PL" | "SG" | "S":
                negative = negative or character == "-"
            case "L":
                at += character not in "0123456789.,+-"
            case _:
                at += len(token) - 1
    negative = negative or ("S" in template.flags and text[at : at + 1] == "-")
    if not digits.strip("."):
        raise DataError(f'"{text}" holds no number as {template_text} describes it')
    value = Decimal(digits).scaleb(-template.shift, _EXACT)
    return -value if negative else value
