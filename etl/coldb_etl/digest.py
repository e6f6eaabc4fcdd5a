"""A digest of rows as they stream by: equal content gives an equal digest, run after run."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

__all__ = ["RowDigest"]


class RowDigest:
    """SHA-256 over names, types and values. The same rows in other batches give another digest."""

    def __init__(self, *seeds: str) -> None:
        self._hash = hashlib.sha256()
        for seed in seeds:
            self._add_text(seed)

    def update(self, batch: pa.RecordBatch) -> None:
        self._add_text(f"{batch.num_rows} rows")
        for column in batch.columns:
            self._add_text(str(column.type))
            self._add_column(column)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def _add_text(self, text: str) -> None:
        self._hash.update(f"{len(text)}:{text}".encode())

    def _add_column(self, column: pa.Array) -> None:
        if column.null_count:
            # What lies under a null is anything: hash which rows are null, then the others alone.
            self._hash.update(column.is_null().cast(pa.uint8()).buffers()[1])
            column = column.drop_null()
        if isinstance(column, pa.ExtensionArray):
            column = column.storage
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.uint8())
        elif not pa.types.is_primitive(column.type) and not pa.types.is_decimal(column.type):
            self._add_strings(column.cast(pa.large_binary()))
            return
        width = column.type.bit_width // 8
        self._hash.update(column.buffers()[1].slice(column.offset * width, len(column) * width))

    def _add_strings(self, column: pa.LargeBinaryArray) -> None:
        _, offsets_buffer, bytes_buffer = column.buffers()
        offsets = np.frombuffer(offsets_buffer, np.int64)[column.offset :][: len(column) + 1]
        self._hash.update(offsets - offsets[0])
        if bytes_buffer is not None:
            self._hash.update(bytes_buffer.slice(offsets[0], offsets[-1] - offsets[0]))
