"""What the keys of one side of a join tell the other: rows without a partner there need not be read.

The side that is expected to be smaller runs first. The set of its keys sinks through the operators of
the other side as far as it can, down to a scan, which prunes and tests with it as with any condition
(sideways information passing; Bancilhon and others, "Magic sets", 1986). It is a hint: whoever cannot
use it ignores it, and the join looks at every row that comes all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.execute.code_sets import CodeSet
from coldb.engine.expressions import Cast, FieldRef

if TYPE_CHECKING:
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.vector import Mask, Vector

__all__ = ["hinted_field", "key_set", "rows_in"]

# Keys that lie further apart are told by their extremes alone. A table of so many entries is 16 MB.
MAX_SPAN = 1 << 24


def hinted_field(key: Expression) -> Field | None:
    """The field whose values are those of a join key; None where it is computed."""
    if isinstance(key, Cast) and key.implicit and key.type.is_integer:
        return hinted_field(key.operand) if key.operand.type.is_integer else None
    return key.field if isinstance(key, FieldRef) else None


def key_set(keys: Vector) -> CodeSet | None:
    """The different integers among the keys, or a range around them; None if they are no integers."""
    if not keys.type.is_discrete:
        return None
    plain = keys.plain()
    if plain.values.dtype == object:  # decimals beyond 64 bits
        return None
    values = plain.values if plain.valid is None else plain.values.compress(plain.valid)
    if not len(values):
        return CodeSet(())
    low, high = int(values.min()), int(values.max())
    if high - low >= MAX_SPAN:
        return CodeSet(((low, high),))
    table = np.zeros(high - low + 1, dtype=np.bool_)
    table[values.astype(np.int64, copy=False) - low] = True
    return CodeSet.of_table(table, low)


def rows_in(column: Vector, values: CodeSet) -> Mask:
    """Which rows of a column of integers have one of the values; NULL is none of them."""
    plain = column.plain()
    found = np.empty(len(plain.values), dtype=np.bool_)
    found = values.test(plain.values, 0, found)
    return found if plain.valid is None else found & plain.valid
