"""Which columns of a file go into which columns of a table: by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_grammar import ast
    from coldb_warehouse.schema import Column

__all__ = ["present_columns"]


def present_columns(
    statement: ast.Copy, columns: Sequence[Column], names: Sequence[str]
) -> list[str]:
    """Those of the table's columns that a file with columns of these names has.

    Columns that the statement lists have to be there; else only those that must not be NULL have to,
    and the file must have no others. Raises DataError.
    """
    assert statement.table is not None
    table, listed = statement.table.text, bool(statement.columns)
    for column in columns:
        if column.name not in names and (listed or not column.nullable):
            raise DataError(
                f'"{statement.path}" has no column "{column.name}", which table "{table}" needs;'
                f" it has {', '.join(names)}"
            )
        if names.count(column.name) > 1:
            raise DataError(f'"{statement.path}" has column "{column.name}" twice')
    wanted = [column.name for column in columns]
    extra = [name for name in names if name not in wanted]
    if extra and not listed:
        raise DataError(
            f'"{statement.path}" has a column "{extra[0]}", which table "{table}" lacks: name the columns'
            f" to copy, as in COPY {table} ({', '.join(wanted)}) FROM ..."
        )
    return [name for name in wanted if name in names]
