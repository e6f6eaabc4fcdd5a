"""What the etl commands have in common."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from coldb_warehouse import Warehouse

__all__ = ["database_argument", "opened", "tables_option"]

database_argument = click.argument("database", type=click.Path(), metavar="DB")
tables_option = click.option(
    "-t",
    "--table",
    "tables",
    multiple=True,
    metavar="TABLE",
    help="Only this table and what refers to it. Repeatable.",
)


def opened(database: str, *, read_only: bool) -> AbstractContextManager[Warehouse]:
    """The warehouse, which must exist: a load needs a model."""
    from coldb_warehouse import Warehouse

    return closing(Warehouse.open(database, read_only=read_only, create=False))
