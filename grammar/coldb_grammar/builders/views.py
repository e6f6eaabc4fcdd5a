"""The nodes of views, macros and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_grammar.ast import (
    Comment,
    CreateMacro,
    CreateView,
    DropMacro,
    DropView,
    Expression,
    Identifier,
    Query,
    Span,
)
from coldb_grammar.builders.action import Refused, action
from coldb_grammar.errors import one_line

if TYPE_CHECKING:
    from coldb_grammar.builders.queries import Names

MacroParameter: TypeAlias = "tuple[Identifier, Expression | None]"


@action
def or_replace(span: Span) -> bool:
    return True


@action
def create_view(
    span: Span,
    replacing: bool | None,
    absent: bool | None,
    name: Identifier,
    columns: Names | None,
    query: Query,
) -> CreateView:
    if replacing and absent:
        raise Refused("OR REPLACE and IF NOT EXISTS exclude each other", span)
    return CreateView(name, columns or (), query, bool(replacing), bool(absent), span)


@action
def drop_view(span: Span, present: bool | None, name: Identifier) -> DropView:
    return DropView(name, bool(present), span)


@action
def create_macro(
    span: Span,
    replacing: bool | None,
    name: Identifier,
    parameters: tuple[MacroParameter, ...] | None,
    body: Expression | Query,
) -> CreateMacro:
    return CreateMacro(name, parameters or (), body, bool(replacing), span)


@action
def macro_parameters(span: Span, *parameters: MacroParameter) -> tuple[MacroParameter, ...]:
    names = [name.text for name, _ in parameters]
    for number, (name, default) in enumerate(parameters):
        if name.text in names[:number]:
            raise Refused(f'the parameter "{one_line(name.text)}" is given twice', name.span)
        if default is None and number and parameters[number - 1][1] is not None:
            message = f'the parameter "{one_line(name.text)}" needs a default, as the one before it'
            raise Refused(message, name.span)
    return parameters


@action
def macro_parameter(span: Span, name: Identifier, default: Expression | None) -> MacroParameter:
    return name, default


@action
def drop_macro(span: Span, present: bool | None, name: Identifier) -> DropMacro:
    return DropMacro(name, bool(present), span)


@action
def comment_on_table(span: Span, kind: Any, table: Identifier, text: str | None) -> Comment:
    return Comment(kind.lower(), table, None, text, span)


@action
def comment_on_column(
    span: Span, table: Identifier, column: Identifier, text: str | None
) -> Comment:
    return Comment("column", table, column, text, span)


@action
def no_comment(span: Span) -> None:
    return None
