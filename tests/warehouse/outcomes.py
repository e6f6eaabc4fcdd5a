"""What conversion makes of each row, in a form that tests can compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from coldb_warehouse.convert import from_arrow, to_arrow

if TYPE_CHECKING:
    import pyarrow as pa
    from coldb_warehouse.types import Type


class Bad(str):
    """The reason why a value is refused."""


def outcomes_of(array: pa.Array, type: Type) -> list[Any]:
    """What becomes of each row: its value, None, or the reason why it is refused."""
    converted = from_arrow(array, type)
    back = to_arrow(converted.values, converted.valid, type)
    back.validate(full=True)
    assert back.type == type.to_arrow()
    outcomes = back.to_pylist()
    for failure in converted.failures:
        assert len(failure.rows)
        for row in failure.rows.tolist():
            assert outcomes[row] is None
            outcomes[row] = Bad(failure.reason)
    _check_blanks(converted.values, converted.valid)
    return outcomes


def _check_blanks(values: Any, valid: Any) -> None:
    """Rows that are not valid hold zero or nothing, which later steps rely on."""
    if valid is not None:
        for row in np.flatnonzero(~valid).tolist():
            blank = values[row] if isinstance(values, np.ndarray) else values[row].as_py()
            assert not blank
