"""A Parquet file, compressed with zstd."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from coldb.shell.formats.text import unique_names

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb.shell.page import Page

__all__ = ["write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes the whole file; columns of the same name are told apart by a number."""
    # Parquet's footer holds offsets, and a pipe cannot tell its position: hence the buffer.
    buffer = io.BytesIO()
    named = result.rename_columns(unique_names(result.column_names))
    pq.write_table(named, buffer, compression="zstd")
    page.binary.write(buffer.getbuffer())
