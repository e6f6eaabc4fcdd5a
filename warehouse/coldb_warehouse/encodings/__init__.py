"""The encodings of a block, one a file. A new one needs its file and a line here."""

from __future__ import annotations

from coldb_warehouse.encodings.bit_packing import BitPacking
from coldb_warehouse.encodings.constant import Constant
from coldb_warehouse.encodings.decimals import Decimals
from coldb_warehouse.encodings.delta import Delta
from coldb_warehouse.encodings.encoding import ByRun, Encoding, Runs, Stored
from coldb_warehouse.encodings.halves import Halves
from coldb_warehouse.encodings.plain import Plain
from coldb_warehouse.encodings.run_length import RunLength
from coldb_warehouse.encodings.shape import BlockShape, shape_of
from coldb_warehouse.errors import CatalogError

__all__ = [
    "ENCODINGS",
    "BlockShape",
    "ByRun",
    "Encoding",
    "Runs",
    "Stored",
    "encoding_by_id",
    "encoding_named",
    "shape_of",
]

ENCODINGS: tuple[Encoding, ...] = (
    Plain(),  # read with no copy if all blocks are
    Constant(),  # columns that the order or a default makes the same all over
    BitPacking(),  # integers, booleans, the validity of rows
    RunLength(),  # sorted columns, and those that depend on them
    Delta(),  # sequences and sorted keys
    Decimals(),  # floats that were decimals once
    Halves(),  # decimals of more than 18 digits
)
"""From the fastest to read to the slowest: where two are about as short, the earlier one wins."""

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
