"""Results as CSV: values as text by the rules of casts, in quotes only where a reader needs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    import pyarrow as pa

    from coldb.engine.files.file_format import FileFormat

__all__ = ["CsvWriter"]


class CsvWriter:
    """Writes batches whose columns are all text."""

    def __init__(self, path: str, names: tuple[str, ...], file_format: FileFormat) -> None:
        import pyarrow as pa

        self._format = file_format
        self._special = f"[{re.escape(file_format.delimiter + file_format.quote)}\r\n]"
        self._file = open(path, "wb")  # noqa: SIM115 - closed by the block that uses the writer
        if file_format.header is not False:
            columns = [pa.array([name], pa.large_string()) for name in names]
            self.write_batch(pa.record_batch(columns, list(map(str, range(len(names))))))

    def write_batch(self, batch: pa.RecordBatch) -> None:
        columns = [self._field(column) for column in batch.columns]
        lines = _joined(columns, self._format.delimiter)
        self._file.write(_content(_joined([lines, "\n"], "")))

    def _field(self, texts: pa.LargeStringArray) -> pa.LargeStringArray:
        """Quoted where the text has a special character or would pass for a NULL."""
        import pyarrow.compute as pc

        quote, escape = self._format.quote, self._format.escape
        needed = pc.or_(
            pc.match_substring_regex(texts, self._special), pc.equal(texts, self._format.null)
        )
        escaped = texts
        for character in dict.fromkeys((escape, quote)):
            escaped = pc.replace_substring(escaped, character, escape + character)
        quoted = _joined([quote, escaped, quote], "")
        return pc.fill_null(pc.if_else(needed, quoted, texts), self._format.null)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _joined(parts: Sequence[pa.LargeStringArray | str], separator: str) -> pa.LargeStringArray:
    """The parts of each row as one text; a str is in every row. A NULL part makes it NULL."""
    import pyarrow as pa
    import pyarrow.compute as pc

    arrow = [
        pa.scalar(part, pa.large_string()) if isinstance(part, str) else part
        for part in (*parts, separator)
    ]
    return pc.binary_join_element_wise(*arrow)


def _content(texts: pa.LargeStringArray) -> memoryview:
    """The bytes of all texts, end to end, without a copy."""
    _, offsets, content = texts.buffers()
    if not len(texts) or content is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int64)
    return memoryview(content)[ends[texts.offset] : ends[texts.offset + len(texts)]]
