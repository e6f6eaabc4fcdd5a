"""Functions on bytes: hashes, and bytes as text and back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.distinct import of_rows
from coldb.errors import DataError
from coldb_warehouse.types import BLOB, VARCHAR

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEFINITIONS"]

_LINE = 76
"""Characters of a line of base64."""


def _md5(value: str | bytes) -> str:
    data = value.encode() if isinstance(value, str) else value
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _hash(name: str) -> Callable[[bytes], bytes]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).digest()


def _encode(data: bytes, form: str) -> str:
    match form.lower():
        case "hex":
            return data.hex()
        case "base64":
            text = base64.b64encode(data).decode()
            return "\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))
        case "escape":
            return "".join(map(_escaped, data))
        case _:
            raise _unknown_form(form)


def _escaped(byte: int) -> str:
    if byte == 0 or byte > 127:
        return f"\\{byte:03o}"
    return "\\\\" if byte == ord("\\") else chr(byte)


def _decode(text: str, form: str) -> bytes:
    try:
        match form.lower():
            case "hex":
                return bytes.fromhex(text)
            case "base64":
                return base64.b64decode(re.sub(r"\s", "", text), validate=True)
            case "escape":
                return _unescaped(text)
            case _:
                raise _unknown_form(form)
    except (ValueError, binascii.Error) as error:
        raise DataError(f'"{text}" is no {form.lower()}: {error}') from error


_ESCAPE = re.compile(rb"\\(?:([0-3][0-7]{2})|(\\)|())")


def _unescaped(text: str) -> bytes:
    def byte(escape: re.Match[bytes]) -> bytes:
        if escape[3] is not None:
            raise ValueError("a backslash is followed by three octal digits or another one")
        return bytes([int(escape[1], 8)]) if escape[1] else b"\\"

    return _ESCAPE.sub(byte, text.encode())


def _unknown_form(form: str) -> DataError:
    return DataError(f'unrecognized encoding "{form}": use hex, base64 or escape')


def _codec(encoding: str) -> str:
    name = encoding.upper().replace("-", "").replace("_", "")
    codecs = {"UTF8": "utf-8", "LATIN1": "latin-1", "ISO88591": "latin-1", "SQLASCII": "ascii"}
    codecs |= {"WIN1252": "cp1252", "LATIN9": "iso8859-15"}
    if name not in codecs:
        raise DataError(f'invalid encoding name "{encoding}": use UTF8, LATIN1, LATIN9 or WIN1252')
    return codecs[name]


def _convert_from(data: bytes, encoding: str) -> str:
    try:
        return data.decode(_codec(encoding))
    except UnicodeDecodeError as error:
        raise DataError(f"invalid byte sequence for encoding {encoding}: {error}") from error


def _convert_to(text: str, encoding: str) -> bytes:
    try:
        return text.encode(_codec(encoding))
    except UnicodeEncodeError as error:
        raise DataError(f"a character has no equivalent in encoding {encoding}: {error}") from error


DEFINITIONS = (
    Definition(
        ScalarFunction("md5", of_rows(_md5)),
        fixed(VARCHAR, result=VARCHAR),
        "MD5 as 32 hexadecimal digits",
        "md5('a')",
    ),
    Definition(ScalarFunction("md5", of_rows(_md5)), fixed(BLOB, result=VARCHAR)),
    *(
        Definition(
            ScalarFunction(name, of_rows(_hash(name))),
            fixed(BLOB, result=BLOB),
            f"SHA-{name.removeprefix('sha')}",
            f"encode({name}('a'), 'hex')",
        )
        for name in ("sha224", "sha256", "sha384", "sha512")
    ),
    Definition(
        ScalarFunction("encode", of_rows(_encode), can_fail=True),
        fixed(BLOB, VARCHAR, result=VARCHAR),
        "bytes as text: `hex`, `base64` or `escape`",
        "encode('abc', 'base64')",
    ),
    Definition(
        ScalarFunction("decode", of_rows(_decode), can_fail=True),
        fixed(VARCHAR, VARCHAR, result=BLOB),
        "bytes from such a text",
        "decode('616263', 'hex')",
    ),
    Definition(
        ScalarFunction("convert_from", of_rows(_convert_from), can_fail=True),
        fixed(BLOB, VARCHAR, result=VARCHAR),
        "text from bytes in an encoding",
        "convert_from('\\xe9', 'LATIN1')",
    ),
    Definition(
        ScalarFunction("convert_to", of_rows(_convert_to), can_fail=True),
        fixed(VARCHAR, VARCHAR, result=BLOB),
        "the bytes of a text in an encoding",
        "convert_to('é', 'UTF8')",
    ),
)
