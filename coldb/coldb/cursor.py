"""Results: rows as Python values, or Arrow data without a copy."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from coldb.errors import InterfaceError, ProgrammingError
from coldb.result import Result
from coldb.rows import RowReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    import pyarrow as pa

    from coldb.connection import Connection
    from coldb.rows import Row
    from coldb.session import Metrics

__all__ = ["Cursor"]


class Cursor:
    """Runs statements and holds the result of the last one.

    Rows come as int, float, str, bytes, bool, None, decimal.Decimal, uuid.UUID, datetime.date, time
    and datetime, which is aware and in UTC for TIMESTAMPTZ, and arrays as lists of these.
    """

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._result: Result | None = None
        self._rows: RowReader | None = None
        self._closed = False

    # --- running -------------------------------------------------------------------------------

    def execute(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> Self:
        """Runs the statements of a text; parameters are a sequence for `?`, a mapping for `:name`."""
        self._check()
        self._show(None)
        self._show(self.connection.session.execute(sql, parameters))
        return self

    def executemany(self, sql: str, rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> Self:
        """Runs a statement without a result once for each set of parameters, all in one transaction."""
        self._check()
        self._show(None)
        session = self.connection.session
        statement, rowcount = "", 0
        with session.statement_group():
            for row in rows:
                result = session.execute(sql, row)
                if result.columns is not None:
                    raise ProgrammingError("executemany is for statements that give no rows")
                statement, rowcount = result.statement, rowcount + result.rowcount
        self._show(Result(statement, rowcount=rowcount))
        return self

    # --- about the result ----------------------------------------------------------------------

    @property
    def description(
        self,
    ) -> list[tuple[str, str, None, None, int | None, int | None, bool | None]] | None:
        """One 7-tuple a column: name, type, display size, internal size, precision, scale, nullable."""
        if self._result is None or self._result.columns is None:
            return None
        return [
            (
                name,
                str(type_),
                None,
                None,
                type_.precision or None,
                type_.scale if type_.precision else None,
                nullable,
            )
            for name, type_, nullable in self._result.columns
        ]

    @property
    def rowcount(self) -> int:
        """Rows of the result once it is read to its end, or rows written; -1 while it is unknown."""
        return -1 if self._result is None else self._result.rowcount

    @property
    def statement(self) -> str | None:
        """What kind of statement ran last: "SELECT", "CREATE TABLE", ..."""
        return None if self._result is None else self._result.statement

    @property
    def metrics(self) -> Metrics | None:
        """Times of the stages and counters of the scans, complete once the result is read to its end."""
        return None if self._result is None else self._result.metrics

    # --- rows ----------------------------------------------------------------------------------

    def fetchone(self) -> Row | None:
        return next(self._checked_rows(), None)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        wanted = self.arraysize if size is None else size
        return list(itertools.islice(self._checked_rows(), wanted))

    def fetchall(self) -> list[Row]:
        return list(self._checked_rows())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Row:
        return next(self._checked_rows())

    # --- Arrow ---------------------------------------------------------------------------------

    def arrow(self) -> pa.Table:
        """The rest of the result as an Arrow table."""
        import pyarrow as pa

        rows = self._checked_rows()
        return pa.Table.from_batches(list(rows.rest()), self._arrow_schema)

    def fetch_record_batch(self) -> pa.RecordBatchReader:
        """The rest of the result as a stream: a batch is computed when it is asked for."""
        import pyarrow as pa

        rows = self._checked_rows()
        return pa.RecordBatchReader.from_batches(self._arrow_schema, rows.rest())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.fetch_record_batch().__arrow_c_stream__(requested_schema)

    def df(self) -> Any:
        """The rest of the result as a pandas frame; pandas has to be installed."""
        return self.arrow().to_pandas()

    # --- the rest of PEP 249 -------------------------------------------------------------------

    def close(self) -> None:
        self._closed = True
        self._show(None)

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Nothing to do; PEP 249 wants the name."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Nothing to do; PEP 249 wants the name."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _check(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed")
        _ = self.connection.session

    def _checked_rows(self) -> RowReader:
        self._check()
        if self._rows is None:
            raise ProgrammingError("there is no result to fetch: the last statement was no query")
        return self._rows

    def _show(self, result: Result | None) -> None:
        """Puts a result in the place of the one before, which is computed no further."""
        if self._result is not None:
            self._result.close()
        self._result = result
        is_query = result is not None and result.columns is not None
        self._rows = RowReader(result.batches()) if result and is_query else None

    @property
    def _arrow_schema(self) -> pa.Schema:
        assert self._result is not None
        return self._result.arrow_schema
