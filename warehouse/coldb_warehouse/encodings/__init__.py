"""The encodings of a block, one a file. A new one needs its file and a line here."""

from __future__ import annotations

from coldb_warehouse.encodings.bits import Bits
from coldb_warehouse.encodings.constant import Constant
from coldb_warehouse.encodings.encoding import BlockShape, Encoding, Stored, shape_of
from coldb_warehouse.encodings.frame_of_reference import FrameOfReference
from coldb_warehouse.encodings.plain import Plain
from coldb_warehouse.encodings.run_length import RunLength
from coldb_warehouse.errors import CatalogError

__all__ = [
    "ENCODINGS",
    "BlockShape",
    "Encoding",
    "Stored",
    "encoding_by_id",
    "encoding_named",
    "shape_of",
]

ENCODINGS: tuple[Encoding, ...] = (
    Constant(),  # columns that the order or a default makes the same all over
    Plain(),  # read with no copy: where two are equally short, the earlier one wins
    FrameOfReference(),  # blocks that span less than the whole chunk does, as sorted ones do
    RunLength(),  # sorted columns, and those that depend on them
    Bits(),  # booleans and the validity of rows
)

_BY_ID = {encoding.id: encoding for encoding in ENCODINGS}
_BY_NAME = {encoding.name: encoding for encoding in ENCODINGS}


def encoding_by_id(id: int) -> Encoding | None:
    """The encoding with that number on disk, or None if it is not known."""
    return _BY_ID.get(id)


def encoding_named(name: str) -> Encoding:
    """The encoding a user or a test asks for by name; raises CatalogError."""
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(sorted(_BY_NAME))
        raise CatalogError(f'there is no encoding "{name}"; there are {known}') from None
