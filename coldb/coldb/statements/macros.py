"""CREATE MACRO and DROP MACRO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_grammar import ast
from coldb_grammar.trees import nodes
from coldb_warehouse.views import Macro

from coldb.engine.bind import is_function, macro_definition
from coldb.errors import ProgrammingError
from coldb.result import Result
from coldb.statements.views import keeping_views

if TYPE_CHECKING:
    from coldb.engine.bind import Catalog
    from coldb.session import Session

__all__ = ["create_macro", "drop_macro"]


def create_macro(session: Session, statement: ast.CreateMacro, text: str) -> Result:
    """CREATE [OR REPLACE] MACRO: the statement is kept as it is written."""
    name = statement.name
    if is_function(name.text):
        message = f"{name.text} is a function that is there already: choose another name"
        raise ProgrammingError(message, name.span)
    _check_parameters(statement)
    with session.writing() as transaction, keeping_views(transaction, statement.span):
        catalog = session.catalog(transaction)
        if not statement.or_replace and catalog.macro(name.text) is not None:
            message = f'macro "{name.text}" exists already: write CREATE OR REPLACE MACRO'
            raise ProgrammingError(message, name.span)
        if name.text in _called(statement, catalog):
            raise ProgrammingError(f'macro "{name.text}" would call itself', name.span)
        transaction.put_macro(Macro(name.text, text[statement.span.start : statement.span.end]))
    return Result("CREATE MACRO")


def drop_macro(session: Session, statement: ast.DropMacro) -> Result:
    """DROP MACRO [IF EXISTS]."""
    with session.writing() as transaction, keeping_views(transaction, statement.span):
        known = session.catalog(transaction).macro(statement.name.text) is not None
        if known or not statement.if_exists:
            transaction.drop_macro(statement.name.text)
    return Result("DROP MACRO")


def _check_parameters(statement: ast.CreateMacro) -> None:
    needs_default = False
    for parameter, default in statement.parameters:
        if default is None and needs_default:
            message = f'parameter "{parameter.text}" needs a default, as those before it have one'
            raise ProgrammingError(message, parameter.span)
        needs_default = default is not None
    for node in nodes(statement):
        if isinstance(node, ast.Parameter):
            message = "a macro has parameters by name: (a, b) behind its name"
            raise ProgrammingError(message, node.span)


def _called(definition: ast.CreateMacro, catalog: Catalog) -> set[str]:
    """The functions that a macro calls, itself or by way of the macros that it calls."""
    called: set[str] = set()
    waiting = [definition]
    while waiting:
        body = waiting.pop().body
        names = {node.name.text for node in nodes(body) if isinstance(node, ast.FunctionCall)}
        macros = map(catalog.macro, names - called)
        waiting += [macro_definition(macro) for macro in macros if macro is not None]
        called |= names
    return called
