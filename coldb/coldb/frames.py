"""Frames of other libraries as Arrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.errors import InterfaceError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_table"]


def arrow_table(frame: Any) -> pa.Table:
    """An Arrow table over the frame's data. Raises InterfaceError for what has no Arrow form."""
    import pyarrow as pa

    try:
        return _converted(frame)
    except pa.ArrowException as error:
        reason = " ".join(str(error).split())
        raise InterfaceError(f"the frame has no Arrow form: {reason}") from error


def _converted(frame: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    if isinstance(frame, pa.RecordBatchReader):
        return frame.read_all()
    if type(frame).__module__.startswith("pandas."):
        return pa.Table.from_pandas(frame, preserve_index=False)
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(frame).read_all()
    raise InterfaceError(
        f"cannot register a {type(frame).__name__}: give an Arrow table, a pandas or Polars frame,"
        " or anything with __arrow_c_stream__"
    )
