"""COPY: files into tables, tables and queries into files. Parquet, Arrow and CSV."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coldb_grammar import ast

from coldb.engine.query import execute, plan_query
from coldb.errors import DataError, OperationalError, ProgrammingError
from coldb.result import Result
from coldb.statements.insert import named_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from coldb_warehouse.schema import Column, TableSchema

    from coldb.engine.query import Stages
    from coldb.session import Session

__all__ = ["copy"]

_FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_CSV_OPTIONS = frozenset({"delimiter", "header", "null", "quote", "escape"})


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file is written. The CSV settings are psql's: see the SQL reference."""

    name: str
    delimiter: str = ","
    header: bool | None = None
    null: str = ""
    quote: str = '"'
    escape: str = '"'


def copy(session: Session, statement: ast.Copy, parameters: Any, stages: Stages) -> Result:
    """COPY table FROM 'file', COPY table | (query) TO 'file'."""
    file_format = _format(statement)
    with _file_errors(statement.path):
        if statement.direction == "from":
            return _copy_from(session, statement, file_format)
        return _copy_to(session, statement, file_format, parameters, stages)


def _format(statement: ast.Copy) -> FileFormat:
    options = {option.name: option for option in statement.options}
    extension = os.path.splitext(statement.path)[1].lower()
    given = options.pop("format", None)
    name = str(given.value).lower() if given else _FORMATS.get(extension, "csv")
    if name not in ("parquet", "arrow", "csv"):
        assert given is not None
        raise ProgrammingError(
            f"COPY knows the formats parquet, arrow and csv, not {name}", given.span
        )
    settings: dict[str, Any] = {}
    for key, option in options.items():
        if name != "csv" or key not in _CSV_OPTIONS:
            allowed = (
                "FORMAT, " + ", ".join(sorted(o.upper() for o in _CSV_OPTIONS))
                if name == "csv"
                else "FORMAT"
            )
            raise ProgrammingError(
                f"COPY with format {name} has no option {key.upper()}: it has {allowed}",
                option.span,
            )
        settings[key] = _csv_setting(key, option)
    if name == "csv" and extension == ".tsv":
        settings.setdefault("delimiter", "\t")
    return FileFormat(name, **settings)


def _csv_setting(key: str, option: ast.Option) -> Any:
    if key == "header":
        if not isinstance(option.value, bool):
            raise ProgrammingError("HEADER is true or false", option.span)
        return option.value
    if not isinstance(option.value, str) or (key != "null" and len(option.value) != 1):
        raise ProgrammingError(f"{key.upper()} is one character in quotes", option.span)
    return option.value


@contextlib.contextmanager
def _file_errors(path: str) -> Iterator[None]:
    """The operating system's and Arrow's complaints as one line about the file."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise OperationalError(f'no file "{path}"') from error
    except IsADirectoryError as error:
        raise OperationalError(f'"{path}" is a directory, not a file') from error
    except OSError as error:
        raise OperationalError(
            f'cannot use "{path}": {_one_line(error.strerror or str(error))}'
        ) from error
    except pa.ArrowInvalid as error:
        raise DataError(f'"{path}" cannot be read: {_one_line(str(error))}') from error
    except (pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError) as error:
        raise DataError(f'"{path}" cannot be used: {_one_line(str(error))}') from error


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- from --------------------------------------------------------------------------------------


def _copy_from(session: Session, statement: ast.Copy, file_format: FileFormat) -> Result:
    assert statement.table is not None
    with session.writing() as transaction:
        schema = transaction.snapshot().table(statement.table.text).schema
        columns = named_columns(schema, statement.columns)
        reader = _open_reader(statement, file_format, schema, columns)
        result = transaction.append(schema.name, _checked(reader, session))
    return Result("COPY", rowcount=result.rows)


def _open_reader(
    statement: ast.Copy, file_format: FileFormat, schema: TableSchema, columns: tuple[Column, ...]
) -> pa.RecordBatchReader:
    import pyarrow as pa

    path = os.path.expanduser(statement.path)
    if file_format.name == "csv":
        return _csv_reader(path, file_format, columns)
    if file_format.name == "parquet":
        import pyarrow.parquet as pq

        source = pq.ParquetFile(path)
        names, read = source.schema_arrow.names, source.iter_batches
    else:
        table = pa.ipc.open_file(pa.memory_map(path)).read_all()
        names, read = table.schema.names, None
    wanted = [column.name for column in columns]
    missing = [
        column.name
        for column in columns
        if column.name not in names and _is_needed(column, statement)
    ]
    if missing:
        raise DataError(
            f'"{statement.path}" has no column "{missing[0]}", which table "{schema.name}" needs;'
            f" it has {', '.join(names)}"
        )
    extra = [] if statement.columns else [name for name in names if name not in wanted]
    if extra:
        raise DataError(
            f'"{statement.path}" has a column "{extra[0]}", which table "{schema.name}" lacks: name the columns'
            f" to copy, as in COPY {schema.name} ({', '.join(wanted)}) FROM ..."
        )
    present = [name for name in wanted if name in names]
    if read is None:
        return table.select(present).to_reader()
    batches = read(batch_size=1 << 20, columns=present)
    arrow_schema = pa.schema([source.schema_arrow.field(name) for name in present])
    return pa.RecordBatchReader.from_batches(
        arrow_schema, (batch.select(present) for batch in batches)
    )


def _is_needed(column: Column, statement: ast.Copy) -> bool:
    """Whether a file has to have the column: named columns always, others unless they may be NULL."""
    return bool(statement.columns) or not column.nullable


def _csv_reader(
    path: str, file_format: FileFormat, columns: tuple[Column, ...]
) -> pa.RecordBatchReader:
    """Every field as text: the warehouse converts text by the rules of casts, exactly or not at all."""
    import pyarrow as pa
    import pyarrow.csv as csv

    names = [column.name for column in columns]
    header = (
        file_format.header
        if file_format.header is not None
        else _has_header(path, file_format, names)
    )
    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    try:
        reader = csv.open_csv(
            path,
            read_options=csv.ReadOptions(
                column_names=None if header else names, use_threads=False, block_size=16 << 20
            ),
            parse_options=csv.ParseOptions(
                delimiter=file_format.delimiter,
                quote_char=file_format.quote,
                double_quote=file_format.escape == file_format.quote,
                escape_char=False
                if file_format.escape == file_format.quote
                else file_format.escape,
                newlines_in_values=True,
                invalid_row_handler=refuse,
            ),
            convert_options=csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                null_values=[file_format.null],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                include_columns=names if header else None,
            ),
        )
    except pa.ArrowInvalid as error:
        if "empty csv file" in str(error).lower():
            empty = pa.schema([(name, pa.string()) for name in names])
            return pa.RecordBatchReader.from_batches(empty, [])
        raise _ragged_error(path, ragged, error) from error

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except pa.ArrowInvalid as error:
            raise _ragged_error(path, ragged, error) from error

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def _ragged_error(path: str, ragged: list[Any], error: Exception) -> Exception:
    if not ragged:
        return error
    row = ragged[0]
    where = f"line {row.number} " if row.number else "a line "
    text = row.text if len(row.text) <= 60 else row.text[:57] + "..."
    return DataError(
        f'{where}of "{path}" has {row.actual_columns} fields where {row.expected_columns} are expected: {text}'
    )


def _has_header(path: str, file_format: FileFormat, names: list[str]) -> bool:
    """Without HEADER, a first line that names the columns is taken for one."""
    with open(path, encoding="utf-8", errors="replace") as file:
        first = file.readline().rstrip("\r\n")
    quote = file_format.quote
    return {field.strip(quote) for field in first.split(file_format.delimiter)} >= set(names)


def _checked(reader: pa.RecordBatchReader, session: Session) -> pa.RecordBatchReader:
    """The same batches, with a look at the cancel flag between them."""
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            session.check_cancelled()
            yield batch

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


# --- to ----------------------------------------------------------------------------------------


def _copy_to(
    session: Session, statement: ast.Copy, file_format: FileFormat, parameters: Any, stages: Stages
) -> Result:
    query = statement.query or _whole_table(statement)
    context = session.query_context(stages)
    planned = plan_query(query, parameters, context)
    _, _, stream = execute(planned, context)
    import pyarrow as pa

    schema = pa.schema(
        [
            (name, field.type.to_arrow())
            for name, field in zip(planned.names, planned.plan.fields, strict=True)
        ]
    )
    path = os.path.expanduser(statement.path)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        rows = _write(temporary, schema, stream, file_format)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return Result("COPY", rowcount=rows)


def _whole_table(statement: ast.Copy) -> ast.Query:
    assert statement.table is not None
    names = statement.columns
    items = (
        tuple(ast.SelectItem(ast.ColumnRef(name, span=name.span), span=name.span) for name in names)
        if names
        else (ast.SelectItem(ast.Star()),)
    )
    source = ast.NamedTable(statement.table, span=statement.table.span)
    return ast.Query(ast.Select(items, source, span=statement.span), span=statement.span)


def _write(
    path: str, schema: pa.Schema, stream: Iterable[pa.RecordBatch], file_format: FileFormat
) -> int:
    rows = 0
    with _writer(path, schema, file_format) as writer:
        for batch in stream:
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
    return rows


def _writer(path: str, schema: pa.Schema, file_format: FileFormat) -> Any:
    import pyarrow as pa

    if file_format.name == "parquet":
        import pyarrow.parquet as pq

        return pq.ParquetWriter(path, schema, compression="zstd")
    if file_format.name == "arrow":
        return pa.ipc.new_file(path, schema)
    import pyarrow.csv as csv

    return csv.CSVWriter(
        path,
        schema,
        write_options=csv.WriteOptions(
            include_header=file_format.header is not False,
            delimiter=file_format.delimiter,
            quoting_style="needed",
        ),
    )
