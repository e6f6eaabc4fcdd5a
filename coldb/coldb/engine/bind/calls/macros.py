"""Macros: the body of the macro stands where it is called, its parameters meaning the arguments.

An argument is bound once, where it is written, so that nothing in the body can take a name in it for
one of its own. A literal is written into the body instead: its type is still open there, and it can
stand where only a literal can. In the body a bare name means a parameter first, then what it means
at the place of the call.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from coldb.engine.bind.constants import folded
from coldb.engine.bind.literals import plain_literal
from coldb.engine.bind.scopes import Relation, Scope, ScopeColumn
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import SqlSyntaxError, ast, parse_statement
from coldb_grammar.trees import placed, rewritten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coldb.engine.bind.context import Context, Output
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression
    from coldb_warehouse import Snapshot
    from coldb_warehouse.views import Macro

__all__ = ["bind_macro", "bind_table_macro", "macro_definition", "table_macro"]

T = TypeVar("T")

_PARAMETERS = ast.Identifier("#parameters")  # the table of them, which no name in SQL can mean


def macro_definition(macro: Macro) -> ast.CreateMacro:
    """The syntax tree of a macro. Raises ProgrammingError if its text is none."""
    try:
        return _parsed(macro.definition)
    except SqlSyntaxError as error:
        message = f'the text of macro "{macro.name}" is no definition: {error.message}'
        raise ProgrammingError(message) from error


@lru_cache(256)
def _parsed(text: str) -> ast.CreateMacro:
    statement = parse_statement(text)
    if not isinstance(statement, ast.CreateMacro):
        raise SqlSyntaxError("it is another statement", text, statement.span)
    return statement


def bind_macro(binder: ExpressionBinder, node: ast.FunctionCall, macro: Macro) -> Expression:
    """A call of a macro as a value. Errors in its body are put down to the call."""
    definition = macro_definition(macro)
    if isinstance(definition.body, ast.Query):
        message = f'macro "{macro.name}" gives a table: it can be called in FROM only'
        raise ProgrammingError(message, node.span)
    arguments = _arguments(definition, node, binder)
    with binder.context.expanding(f'macro "{macro.name}"', node.span):
        inner = copy.copy(binder)  # what it collects, it collects for the caller
        relations = (*binder.scope.relations, arguments.relation)
        inner.scope = replace(binder.scope, relations=relations)
        return inner.bind(arguments.written_into(definition.body, node.span))


def table_macro(node: ast.FunctionCall, past: Snapshot | None, context: Context) -> Macro | None:
    """The macro of that name, if there is one and it gives a table."""
    macro = context.catalog.at(past).macro(node.name.text)
    if macro is None or not isinstance(macro_definition(macro).body, ast.Query):
        return None
    return macro


def bind_table_macro(binder: ExpressionBinder, node: ast.FunctionCall, macro: Macro) -> Output:
    """A call of a macro in FROM, with constants. `binder` is for the arguments."""
    definition = macro_definition(macro)
    assert isinstance(definition.body, ast.Query)
    arguments = _arguments(definition, node, binder)
    for column in arguments.relation.columns:
        if folded(column.expression) is None:
            message = f'parameter "{column.name}" of macro "{macro.name}" takes a constant'
            raise NotSupportedError(message, node.span)
    with binder.context.expanding(f'macro "{macro.name}"', node.span):
        scope = Scope((arguments.relation,), outer=binder.scope)
        query = arguments.written_into(definition.body, node.span)
        return binder.context.query(query, binder.surroundings.within(scope, []))


@dataclass(frozen=True, slots=True)
class _Arguments:
    """Those of one call: literals by the names of their parameters, and the others, bound, as the
    columns of a table beside those of the caller."""

    literals: Mapping[str, ast.Expression]
    relation: Relation

    def written_into(self, body: T, span: ast.Span) -> T:
        """The body with its parameters replaced, all of it at the place of the call."""
        bound = {column.name for column in self.relation.columns}

        def argument(node: Any) -> ast.Expression | None:
            if not isinstance(node, ast.ColumnRef) or node.table is not None:
                return None
            if node.name.text in bound:
                return ast.ColumnRef(node.name, _PARAMETERS, span)
            return self.literals.get(node.name.text)

        return placed(rewritten(body, argument), span)


def _arguments(
    definition: ast.CreateMacro, node: ast.FunctionCall, binder: ExpressionBinder
) -> _Arguments:
    """The arguments of a call, literals apart from the others."""
    literals: dict[str, ast.Expression] = {}
    columns = []
    for name, value in _by_parameter(definition, node).items():
        if isinstance(value, ast.Parameter) or plain_literal(value) is not None:
            literals[name] = value
        else:
            columns.append(ScopeColumn(name, binder.bind(value)))
    return _Arguments(literals, Relation(_PARAMETERS.text, tuple(columns)))


def _by_parameter(definition: ast.CreateMacro, node: ast.FunctionCall) -> dict[str, ast.Expression]:
    """The argument for each parameter, or its default. Raises ProgrammingError."""
    name = definition.name.text
    if replace(node, arguments=()) != ast.FunctionCall(node.name, ()):
        message = f'"{name}" is a macro: it takes nothing but arguments in parentheses'
        raise ProgrammingError(message, node.span)
    parameters = [parameter.text for parameter, _ in definition.parameters]
    given: dict[str, ast.Expression] = {}
    for number, argument in enumerate(node.arguments):
        if isinstance(argument, ast.NamedArgument):
            parameter, value = argument.name.text, argument.value
        elif number < len(parameters):
            parameter, value = parameters[number], argument
        else:
            raise _other_arguments(definition, f"{len(node.arguments)} are given", node.span)
        if parameter not in parameters or parameter in given:
            problem = "given twice" if parameter in given else "none of these"
            raise _other_arguments(definition, f'"{parameter}" is {problem}', argument.span)
        given[parameter] = value
    defaults = {parameter.text: value for parameter, value in definition.parameters}
    values = {parameter: given.get(parameter, defaults[parameter]) for parameter in parameters}
    absent = [parameter for parameter, value in values.items() if value is None]
    if absent:
        raise _other_arguments(definition, f'"{absent[0]}" has no value', node.span)
    return {parameter: value for parameter, value in values.items() if value is not None}


def _other_arguments(definition: ast.CreateMacro, problem: str, span: ast.Span) -> ProgrammingError:
    names = ", ".join(parameter.text for parameter, _ in definition.parameters)
    message = f'macro "{definition.name.text}" takes ({names}), and {problem}'
    return ProgrammingError(message, span)
