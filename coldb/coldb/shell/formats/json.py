"""One JSON array of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.shell.formats.jsonl import keys_of, objects
from coldb.shell.formats.text import batches

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb.shell.page import Page

__all__ = ["write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes the array, an object to a line."""
    keys = keys_of(result)
    separator = "[\n"
    for batch in batches(result):
        if batch.num_rows:
            page.text.write(separator + ",\n".join(objects(batch, keys).to_pylist()))
            separator = ",\n"
    page.text.write("[]\n" if separator == "[\n" else "\n]\n")
