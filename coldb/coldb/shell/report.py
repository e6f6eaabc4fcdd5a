"""What a person is told: an error with its place in the SQL, and the footer of a result."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from coldb.units import count, duration, quantity, size

if TYPE_CHECKING:
    from coldb.shell.outcome import Outcome

__all__ = ["error_text", "footer", "is_expected"]


def is_expected(error: BaseException) -> bool:
    """Whether the error is one that the user can act on; any other is a bug of coldb."""
    from coldb_warehouse.errors import WarehouseError

    from coldb.errors import Error, InternalError

    if isinstance(error, InternalError):
        return False
    if "coldb_etl" in sys.modules:  # its drivers take long to import, and who did not, raises none
        from coldb_etl.errors import EtlError

        if isinstance(error, EtlError):
            return True
    return isinstance(error, Error | WarehouseError | OSError)


def error_text(error: BaseException) -> str:
    """`error: [place: ]message`, and below it the line of SQL with a caret where there is one.

    The place is the first note on the error: a script puts its name and line there. An error that
    no user can cause is called what it is.
    """
    excerpt = getattr(error, "excerpt", None)
    notes: list[str] = getattr(error, "__notes__", [])
    message = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        message = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if not is_expected(error):
        message = f"internal error, please report it: {type(error).__name__}: {message}"
    line = ": ".join(["error", *notes[:1], message])
    return f"{line}\n{excerpt}" if excerpt else line


def footer(outcome: Outcome, timing: bool) -> str:
    """`(12 rows, 8.1 ms; read 6.0 M rows, 41 of 46 blocks pruned, 3.2 MB)`; `INSERT (3 rows)`."""
    facts = []
    if outcome.table is not None:
        facts.append(count(outcome.table.num_rows, "row"))
    elif outcome.rowcount >= 0:
        facts.append(count(outcome.rowcount, "row"))
    if timing:
        facts.append(duration(outcome.seconds))
    text = ", ".join(facts)
    metrics = outcome.metrics
    if timing and metrics is not None and metrics.rows_read:
        reading = [f"read {quantity(metrics.rows_read)} rows"]
        if metrics.blocks_pruned:
            reading.append(f"{metrics.blocks_pruned:,} of {metrics.blocks:,} blocks pruned")
        if metrics.bytes_read:
            reading.append(size(metrics.bytes_read))
        text += "; " + ", ".join(reading)
    in_brackets = f"({text})" if text else ""
    return (
        in_brackets if outcome.table is not None else f"{outcome.statement} {in_brackets}".rstrip()
    )
