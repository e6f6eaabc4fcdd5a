"""Results of commands: tables in the formats of the shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from coldb.shell.formats import FORMATS, write
from coldb.shell.page import standard_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["format_option", "show_table"]

_TEXT_FORMATS = [name for name, each in FORMATS.items() if each.is_text]


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --format, which arrives as `format_`."""
    option = click.option(
        "--format",
        "format_",
        type=click.Choice(_TEXT_FORMATS),
        default="table",
        show_default=True,
        help="How the result looks.",
    )
    return option(command)


def show_table(columns: Mapping[str, Sequence[Any]], format_: str) -> None:
    """Writes columns of Python values (text, numbers, dates, None) to standard output."""
    import pyarrow as pa

    arrays = [pa.array(values) for values in columns.values()]
    # A column without any value would have no type to be aligned by.
    arrays = [each.cast(pa.string()) if pa.types.is_null(each.type) else each for each in arrays]
    page = standard_page(sys.stdout)
    write(format_, pa.table(arrays, list(columns)), page)
    page.text.flush()
