"""read_csv and read_parquet in FROM: files as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.engine.bind.constants import folded
from coldb.engine.bind.context import located
from coldb.engine.bind.names import did_you_mean, listing
from coldb.engine.bind.tables.frames import schema_columns
from coldb.engine.files.csv_table import read_csv_table
from coldb.engine.files.errors import file_errors
from coldb.engine.files.file_format import csv_format, csv_setting
from coldb.engine.files.parquet_files import ParquetFiles, check_same_columns
from coldb.engine.files.paths import matching_files
from coldb.engine.plan import FrameScan
from coldb.errors import DataError, ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    import pyarrow as pa
    from coldb.engine.bind.expressions import ExpressionBinder

__all__ = ["FILE_FUNCTIONS", "bind_file_function"]

_ALL_TEXT = "all_varchar"
# By the names that they are given by, which are DuckDB's too; `null` is a reserved word.
_SETTINGS = {
    "read_csv": {
        "delimiter": "delimiter",
        "delim": "delimiter",
        "sep": "delimiter",
        "header": "header",
        "nullstr": "null",
        "quote": "quote",
        "escape": "escape",
        _ALL_TEXT: _ALL_TEXT,
    },
    "read_parquet": {},
}
FILE_FUNCTIONS = frozenset(_SETTINGS)


def bind_file_function(binder: ExpressionBinder, node: ast.FunctionCall) -> FrameScan:
    """The rows of files: those of CSV are read now, because only all of its values tell its types."""
    context = binder.context
    paths = _paths(binder, node)
    settings = _settings(binder, node)
    frame: pa.Table | ParquetFiles
    with located(node.span):
        if node.name.text == "read_csv":
            frame = _csv(paths, settings, node.span)
        else:
            frame = ParquetFiles(tuple(paths))
        columns = schema_columns(f'"{paths[0]}"', frame.schema)
    context.reads_files = True
    fields = tuple(context.field(column.name, column.type) for column in columns)
    return FrameScan(context.add_frame(frame, node.name.text), fields)


def _csv(paths: list[str], settings: dict[str, Any], span: ast.Span) -> pa.Table:
    import pyarrow as pa

    all_text = settings.pop(_ALL_TEXT, False)
    file_format = csv_format(settings, span)
    tables = []
    for path in paths:
        with file_errors(path):
            tables.append(read_csv_table(path, file_format, all_text))
    check_same_columns(paths, [table.column_names for table in tables])
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowTypeError as error:
        setting = f"read them with {_ALL_TEXT} => true"
        raise DataError(f"the files have columns of different types: {setting}") from error


def _paths(binder: ExpressionBinder, node: ast.FunctionCall) -> list[str]:
    """The files of the first argument: a path, or an array of them, with or without wild cards."""
    name = node.name.text
    positional = [one for one in node.arguments if not isinstance(one, ast.NamedArgument)]
    value = _constant(binder, positional[0]) if len(positional) == 1 else None
    patterns = [value] if isinstance(value, str) else list(value or ())
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        message = f"{name} takes a file, as in {name}('name.{name[5:]}'), or an array of files"
        raise ProgrammingError(message, node.span)
    with located(positional[0].span):
        return [path for pattern in patterns for path in matching_files(pattern)]


def _settings(binder: ExpressionBinder, node: ast.FunctionCall) -> dict[str, Any]:
    """What the named arguments say."""
    known, settings = _SETTINGS[node.name.text], {}
    for argument in node.arguments:
        if not isinstance(argument, ast.NamedArgument):
            continue
        name = argument.name.text
        if name not in known:
            has = f"; there are {listing(tuple(known))}" if known else "; it has none"
            hint = did_you_mean(name, known) or has
            raise ProgrammingError(
                f'{node.name.text} has no setting "{name}"{hint}', argument.name.span
            )
        value = _constant(binder, argument.value)
        if known[name] != _ALL_TEXT:
            value = csv_setting(known[name], value, argument.span)
        elif not isinstance(value, bool):
            raise ProgrammingError(f"{_ALL_TEXT} is true or false", argument.span)
        settings[known[name]] = value
    return settings


def _constant(binder: ExpressionBinder, node: ast.Expression) -> Any:
    """The value of a text, a truth value or an array of texts. Raises ProgrammingError for others."""
    constant = folded(binder.bind(node))
    kinds = (Kind.VARCHAR, Kind.BOOLEAN, Kind.ARRAY)
    if constant is None or constant.type.kind not in kinds or constant.value is None:
        raise ProgrammingError("a file and its settings are told by constants", node.span)
    return constant.value
