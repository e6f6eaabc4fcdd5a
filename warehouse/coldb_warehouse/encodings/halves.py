"""Integers of 16 bytes as their low and their high halves, each in what suits it best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.encodings.nested import nested_bytes, read_nested, write_nested

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Stored
    from coldb_warehouse.encodings.shape import BlockShape

__all__ = ["Halves"]

_LOW, _HIGH = np.dtype("<u8"), np.dtype("<i8")


class Halves:
    """Of decimals that do not fit in 8 bytes: the high halves are few and small numbers."""

    id = 9
    name = "halves"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        if shape.halves is None:
            return None
        return sum(nested_bytes(half) + 7 for half in shape.halves)  # each to a multiple of 8

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        halves = (np.ascontiguousarray(values[half]) for half in ("low", "high"))
        return memoryview(b"".join([write_nested(half) for half in halves]))

    def decode(self, payload: memoryview, out: Stored) -> None:
        if out.dtype.kind != "V":
            raise ValueError("values have no halves")
        out["low"], rest = read_nested(payload, _LOW, len(out))
        out["high"], rest = read_nested(rest, _HIGH, len(out))
        if rest:
            raise ValueError(f"{len(rest)} bytes follow the halves")
