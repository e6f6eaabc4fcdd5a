"""OPTIMIZE, VACUUM, SET RETENTION: what keeps a warehouse tidy and changes no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse import Retention

from coldb.errors import ProgrammingError
from coldb.result import Result

if TYPE_CHECKING:
    from coldb_grammar import ast

    from coldb.session import Session

__all__ = ["optimize", "set_retention", "vacuum"]


def optimize(session: Session, statement: ast.Optimize) -> Result:
    """Writes tables anew: sorted, in full segments, without deleted rows."""
    with session.writing() as transaction:
        if statement.table is None:
            names = [schema.name for schema in transaction.snapshot().tables]
        else:
            names = [session.catalog(transaction).stored(statement.table).name]
        for name in names:
            session.check_cancelled()
            transaction.optimize(name)
    return Result("OPTIMIZE")


def vacuum(session: Session, statement: ast.Vacuum) -> Result:
    """Removes old versions, and the files that only they name."""
    if session.in_transaction:
        raise ProgrammingError("VACUUM cannot run in a transaction: COMMIT first", statement.span)
    session.forget_plans()
    session.warehouse.vacuum(statement.keep)
    return Result("VACUUM")


def set_retention(session: Session, statement: ast.SetRetention) -> Result:
    """Says how long old versions are kept from now on."""
    with session.writing() as transaction:
        transaction.set_retention(Retention(statement.versions, statement.seconds))
    return Result("SET")
