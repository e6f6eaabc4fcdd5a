"""CREATE VIEW and DROP VIEW, and what they and other definitions owe to the views there are."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from coldb_warehouse.views import View

from coldb.engine.bind import Catalog, bind_view_query, view_types
from coldb.errors import Error, ProgrammingError
from coldb.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb_grammar import ast
    from coldb_warehouse import Snapshot, Transaction
    from coldb_warehouse.types import Type

    from coldb.session import Session

__all__ = ["create_view", "drop_view", "keeping_views"]


def create_view(session: Session, statement: ast.CreateView, text: str) -> Result:
    """CREATE [OR REPLACE] VIEW: the query is bound now, and kept with every `*` written out."""
    name = statement.name
    with session.writing() as transaction, keeping_views(transaction, statement.span):
        catalog = Catalog(transaction.snapshot(), session.frames)
        old = catalog.view(name.text)
        if old is not None and statement.if_not_exists:
            return Result("CREATE VIEW")
        if old is None or not statement.or_replace:
            catalog.check_free(name)
        columns, query = bind_view_query(statement, catalog, text)
        view = View(name.text, tuple(column for column, _ in columns), query)
        if old is not None:
            _check_kept(old, view_types(old, catalog), columns, name)
        transaction.put_view(view)
    return Result("CREATE VIEW")


def _check_kept(
    old: View,
    types: tuple[Type, ...],
    columns: tuple[tuple[str, Type], ...],
    name: ast.Identifier,
) -> None:
    """A view that is replaced keeps its columns, and may get more behind them."""
    before = tuple(zip(old.columns, types, strict=True))
    if columns[: len(before)] != before:
        had = ", ".join(f"{column} {type_}" for column, type_ in before)
        message = f'view "{old.name}" keeps its columns ({had}): drop it to give it others'
        raise ProgrammingError(message, name.span)


def drop_view(session: Session, statement: ast.DropView) -> Result:
    """DROP VIEW [IF EXISTS]."""
    name = statement.name
    with session.writing() as transaction, keeping_views(transaction, statement.span):
        catalog = session.catalog(transaction)
        if catalog.view(name.text) is None:
            if statement.if_exists:
                return Result("DROP VIEW")
            if catalog.is_stored(name.text):
                message = f'"{name.text}" is a table: write DROP TABLE'
                raise ProgrammingError(message, name.span)
        transaction.drop_view(name.text)
    return Result("DROP VIEW")


@contextlib.contextmanager
def keeping_views(transaction: Transaction, span: ast.Span) -> Iterator[None]:
    """Refuses what is done in the block if a view that could be read before cannot be read after.

    Nothing is recorded of what a view reads: each is bound again, which is exact, and quick enough
    for changes of definitions.
    """
    before = transaction.snapshot()
    yield
    after = transaction.snapshot()
    if not after.views or after is before:
        return
    kept = {view.name for view in before.views}
    broken = {
        view.name: problem
        for view in after.views
        if (problem := _problem(view, after)) is not None
        and (view.name not in kept or _problem(view, before) is None)
    }
    if broken:
        names = ", ".join(f'"{name}"' for name in broken)
        what, them = ("view", "it") if len(broken) == 1 else ("views", "them")
        reason = next(iter(broken.values()))
        message = f"{what} {names} would no longer work ({reason}): drop {them} first"
        raise ProgrammingError(message, span)


def _problem(view: View, snapshot: Snapshot) -> str | None:
    """Why a view cannot be read, if it cannot."""
    try:
        view_types(view, Catalog(snapshot))
    except Error as error:
        cause: BaseException = error
        while isinstance(cause.__cause__, Error):  # where views read views, the first to fail
            cause = cause.__cause__
        return str(cause).partition("; ")[0]
    return None
