"""Which columns of a file go into which columns of a table: by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from coldb_grammar import ast
    from coldb_warehouse.schema import Column

__all__ = ["matched", "present_columns", "under_own_names"]


def matched(wanted: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """The name in a file of each wanted column that it has: spelled alike, or else the only one that
    differs in nothing but case, because names in SQL are in lower case unless they are quoted."""
    pairs = {}
    for name in wanted:
        alike = [other for other in names if other.casefold() == name.casefold()]
        if name in names:
            pairs[name] = name
        elif len(alike) == 1:
            pairs[name] = alike[0]
    return pairs


def under_own_names(batch: pa.RecordBatch, pairs: Mapping[str, str]) -> pa.RecordBatch:
    """The columns of a file's batch that are wanted, in order and under the table's names."""
    return batch.select(list(pairs.values())).rename_columns(list(pairs))


def present_columns(
    statement: ast.Copy, columns: Sequence[Column], names: Sequence[str]
) -> dict[str, str]:
    """Those of the table's columns that a file with columns of these names has, and their names there.

    Columns that the statement lists have to be there; else only those that must not be NULL have to,
    and the file must have no others. Raises DataError.
    """
    assert statement.table is not None
    table, listed = statement.table.text, bool(statement.columns)
    pairs = matched([column.name for column in columns], names)
    for column in columns:
        if column.name not in pairs and (listed or not column.nullable):
            raise DataError(
                f'"{statement.path}" has no column "{column.name}", which table "{table}" needs;'
                f" it has {', '.join(names)}"
            )
        if column.name in pairs and names.count(pairs[column.name]) > 1:
            raise DataError(f'"{statement.path}" has column "{pairs[column.name]}" twice')
    extra = [name for name in names if name not in pairs.values()]
    if extra and not listed:
        wanted = ", ".join(column.name for column in columns)
        raise DataError(
            f'"{statement.path}" has a column "{extra[0]}", which table "{table}" lacks: name the columns'
            f" to copy, as in COPY {table} ({wanted}) FROM ..."
        )
    return pairs
