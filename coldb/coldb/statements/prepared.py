"""PREPARE, EXECUTE and DEALLOCATE: statements that a connection keeps under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coldb_grammar import ast
from coldb_grammar.trees import nodes

from coldb.engine.bind import Catalog, bind_arguments, bind_statement, bind_type
from coldb.engine.bind.names import did_you_mean
from coldb.engine.expressions import Constant
from coldb.errors import InterfaceError, ProgrammingError, translated
from coldb.result import Result

if TYPE_CHECKING:
    from coldb_warehouse.types import Type

    from coldb.engine.query import Stages
    from coldb.session import Session

__all__ = ["Prepared", "deallocate", "execute_prepared", "prepare"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with the text that it stands in. `parameters` are the names of its parameters in
    the order in which they first appear; None where they are numbered, `count` of them."""

    statement: ast.Statement
    text: str
    types: tuple[Type, ...]
    parameters: tuple[str, ...] | None
    count: int


def prepare(session: Session, statement: ast.Prepare, text: str, parameters: Any) -> Result:
    """PREPARE name [(type, ...)] AS statement."""
    name = statement.name
    if parameters:
        raise InterfaceError("PREPARE takes no values: give them to EXECUTE", statement.span)
    if name.text in session.prepared:
        message = f'prepared statement "{name.text}" exists already: DEALLOCATE it first'
        raise ProgrammingError(message, name.span)
    keys = [node.key for node in nodes(statement.statement) if isinstance(node, ast.Parameter)]
    names = tuple(dict.fromkeys(key for key in keys if isinstance(key, str)))
    numbers = [key for key in keys if isinstance(key, int)]
    types = tuple(map(bind_type, statement.types))
    count = len(names) or max((len(types), *(number + 1 for number in numbers)))
    if len(types) == count:
        _check(session, statement.statement, types, names)
    session.prepared[name.text] = Prepared(statement.statement, text, types, names or None, count)
    return Result("PREPARE")


def _check(
    session: Session, statement: ast.Statement, types: tuple[Type, ...], names: tuple[str, ...]
) -> None:
    """Binds the statement for its errors, with NULLs of the types that its parameters have."""
    if isinstance(statement, ast.Query | ast.Insert | ast.Delete | ast.Update | ast.Merge):
        values: Any = [Constant(None, type_) for type_ in types]
        catalog = Catalog(session.snapshot(), session.frames)
        bind_statement(
            statement, catalog, dict(zip(names, values, strict=True)) if names else values
        )


def execute_prepared(
    session: Session, statement: ast.Execute, parameters: Any, stages: Stages
) -> Result:
    """EXECUTE name [(value, ...)]. What is wrong with the statement is shown where it was written."""
    prepared = _find(session, statement.name)
    given = len(statement.arguments)
    if given != prepared.count:
        message = f'"{statement.name.text}" takes {prepared.count} values, and {given} are given'
        raise ProgrammingError(message, statement.span)
    catalog = Catalog(session.snapshot(), session.frames)
    values: Any = bind_arguments(statement.arguments, prepared.types, catalog, parameters)
    if prepared.parameters is not None:
        values = dict(zip(prepared.parameters, values, strict=True))
    with translated(prepared.text):
        result = session.dispatch(prepared.statement, prepared.text, values, stages)
        result.start()
    return result


def deallocate(session: Session, statement: ast.Deallocate) -> Result:
    """DEALLOCATE name | ALL."""
    if statement.name is None:
        session.prepared.clear()
    else:
        _find(session, statement.name)
        del session.prepared[statement.name.text]
    return Result("DEALLOCATE")


def _find(session: Session, name: ast.Identifier) -> Prepared:
    prepared = session.prepared.get(name.text)
    if prepared is None:
        hint = did_you_mean(name.text, session.prepared)
        raise ProgrammingError(f'no prepared statement "{name.text}"{hint}', name.span)
    return prepared
