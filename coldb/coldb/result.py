"""What a statement gives back: columns, a stream of Arrow batches, how much was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.errors import InterfaceError, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from coldb_warehouse.types import Type

    from coldb.session import Metrics

__all__ = ["Result", "rows_result", "text_result"]


class Result:
    """The result of one statement. `columns` (name, type, nullable) is None when it is no query.

    Batches are computed as they are asked for, and only once. `on_error` is called when that fails.
    """

    def __init__(
        self,
        statement: str,
        columns: tuple[tuple[str, Type, bool], ...] | None = None,
        stream: Iterable[pa.RecordBatch] = (),
        rowcount: int = -1,
        metrics: Metrics | None = None,
    ) -> None:
        self.statement = statement
        self.columns = columns
        self.rowcount = rowcount
        self.metrics = metrics
        self._stream = iter(stream)
        self._first: pa.RecordBatch | None = None
        self._closed = False
        self.on_error: Callable[[], None] | None = None

    @property
    def arrow_schema(self) -> pa.Schema:
        import pyarrow as pa

        assert self.columns is not None
        return pa.schema(
            [pa.field(name, type_.to_arrow(), nullable) for name, type_, nullable in self.columns]
        )

    def start(self) -> None:
        """Computes up to the first batch, so that most errors come up now. To start again does
        nothing."""
        if self._first is None:
            self._first = next(self._stream, None)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rest of the rows. Raises InterfaceError if the result is closed before its end."""
        rows = 0
        while (batch := self._next()) is not None:
            rows += batch.num_rows
            yield batch
        if self.rowcount < 0:
            self.rowcount = rows

    def _next(self) -> pa.RecordBatch | None:
        if self._closed:
            raise InterfaceError("the result was closed before it was read to its end")
        first, self._first = self._first, None
        if first is not None:
            return first
        try:
            with translated():
                return next(self._stream, None)
        except BaseException:
            if self.on_error is not None:
                self.on_error()
            raise

    def compute_rest(self) -> None:
        """Computes all that is still to come, since it cannot be read later. An error in that is
        raised where it would have been."""
        if not self._closed:
            self._stream = _repeated(list(_caught(self._stream)))

    def close(self) -> None:
        """Stops whatever is still to be computed."""
        self._closed = True
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


def _caught(stream: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch | Exception]:
    """The batches, and the error that ends them if one does."""
    try:
        yield from stream
    except Exception as error:
        yield error


def _repeated(outcomes: Iterable[pa.RecordBatch | Exception]) -> Iterator[pa.RecordBatch]:
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
        yield outcome


def rows_result(
    statement: str, columns: tuple[tuple[str, Type], ...], rows: Sequence[tuple[object, ...]]
) -> Result:
    """A small result made of Python rows."""
    import pyarrow as pa

    fields = tuple((name, type_, True) for name, type_ in columns)
    schema = pa.schema([pa.field(name, type_.to_arrow(), True) for name, type_ in columns])
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    arrays = [
        pa.array(column, type=field.type) for column, field in zip(values, schema, strict=True)
    ]
    return Result(statement, fields, [pa.record_batch(arrays, schema=schema)], rowcount=len(rows))


def text_result(statement: str, name: str, lines: list[str]) -> Result:
    """Lines of text as one VARCHAR column."""
    from coldb_warehouse.types import VARCHAR

    return rows_result(statement, ((name, VARCHAR),), [(line,) for line in lines])
