"""CREATE VIEW: the columns of its query, and the text that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.clauses.common_tables import renamed
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.queries import new_context
from coldb.engine.bind.tables.views import bind_view
from coldb.engine.plan import FrameScan, children
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import ast
from coldb_grammar.names import quoted
from coldb_grammar.trees import nodes

if TYPE_CHECKING:
    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.context import Context
    from coldb.engine.bind.scopes import Scope, ScopeColumn
    from coldb.engine.plan import Plan
    from coldb_warehouse.types import Type
    from coldb_warehouse.views import View

__all__ = ["bind_view_query", "view_types"]


def bind_view_query(
    node: ast.CreateView, catalog: Catalog, text: str
) -> tuple[tuple[tuple[str, Type], ...], str]:
    """The names and types of the columns of a view to be, and the text of its query with each `*`
    written out. Raises ProgrammingError, NotSupportedError for what cannot outlive the statement."""
    _check_lasting(node.query)
    context = new_context(catalog, None)
    plan = context.query(node.query, Surroundings()).plan
    if context.reads_files:
        message = (
            "a view cannot read files, which are not kept: CREATE TABLE ... AS keeps their rows"
        )
        raise ProgrammingError(message, node.query.span)
    _check_stars(context)
    frame = _registered_frame(plan, context)
    if frame is not None:
        message = f'a view cannot read "{frame}", a frame that only this connection has'
        raise ProgrammingError(message, node.query.span)
    names = renamed(tuple(field.name for field in plan.fields), node.name.text, node.columns)
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f'the view would have two columns "{name}": give one of them another name'
            raise ProgrammingError(message, node.query.span)
    types = (field.type for field in plan.fields)
    return tuple(zip(names, types, strict=True)), _written_out(text, node.query, context)


def view_types(view: View, catalog: Catalog) -> tuple[Type, ...]:
    """The types of a view's columns. Raises an Error if it no longer fits what it reads."""
    plan = bind_view(view, None, new_context(catalog, None), ast.Span(0, 0)).plan
    return tuple(field.type for field in plan.fields)


def _check_lasting(query: ast.Query) -> None:
    for node in nodes(query):
        if isinstance(node, ast.Parameter):
            raise ProgrammingError("a view cannot have parameters: write the value", node.span)
        if isinstance(node, ast.AsOf):
            message = "a view cannot hold AS OF: write it where the view is read"
            raise NotSupportedError(message, node.span)


def _check_stars(context: Context) -> None:
    for star, _, _ in context.stars.values():
        if any(
            node.span in context.stars for node in nodes(star.replace) if isinstance(node, ast.Star)
        ):
            message = "a view cannot hold a * within REPLACE: name the columns there"
            raise NotSupportedError(message, star.span)


def _registered_frame(plan: Plan, context: Context) -> str | None:
    """The name of a registered frame that the plan reads, if there is one."""
    if isinstance(plan, FrameScan) and plan.name not in context.frames:
        return plan.name
    found = (_registered_frame(child, context) for child in children(plan))
    return next((name for name in found if name is not None), None)


def _written_out(text: str, query: ast.Query, context: Context) -> str:
    """The text of a query with each `*` replaced by the columns that it stands for now."""
    end = query.span.end
    for span in sorted(context.stars, key=lambda span: span.start, reverse=True):
        columns = _star_text(*context.stars[span], text)
        if text[span.start : span.end].upper() == "TABLE":
            columns = f"SELECT {columns} FROM"
        text = text[: span.start] + columns + text[span.end :]
        end += len(columns) - (span.end - span.start)
    return text[query.span.start : end]


def _star_text(star: ast.Star, scope: Scope, columns: tuple[ScopeColumn, ...], text: str) -> str:
    """Columns by their names, with that of their table where it has one, or what replaces them."""
    names = []
    replaced = {item.alias.text: item.expression.span for item in star.replace if item.alias}
    for column in columns:
        if column.name in replaced:
            span = replaced[column.name]
            names.append(f"{text[span.start : span.end]} AS {quoted(column.name)}")
            continue
        owners = [r.alias for r in scope.relations if r.alias and column in r.columns]
        name = quoted(column.name)
        names.append(f"{quoted(owners[0])}.{name}" if owners else name)
    return ", ".join(names)
