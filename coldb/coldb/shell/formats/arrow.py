"""An Arrow IPC stream, which `pyarrow.ipc.open_stream` and other Arrow libraries read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from coldb.shell.page import Page

__all__ = ["write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes the schema and all batches."""
    with pa.ipc.new_stream(page.binary, result.schema) as stream:
        stream.write_table(result)
