"""`*` in a select list: the columns that it stands for, without some and with others in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.names import did_you_mean, listing
from coldb.errors import ProgrammingError

if TYPE_CHECKING:
    from coldb.engine.bind.scopes import Scope, ScopeColumn
    from coldb_grammar import ast

__all__ = ["star_columns"]


def star_columns(
    star: ast.Star, scope: Scope
) -> tuple[tuple[ScopeColumn, ast.Expression | None], ...]:
    """The columns behind a `*`, each with the expression that REPLACE has for it. Raises
    ProgrammingError for names in EXCLUDE and REPLACE that it has not."""
    columns = scope.expand(star)
    replaced = {item.alias.text: item for item in star.replace if item.alias is not None}
    names = [column.name for column in columns]
    for name in (*star.exclude, *(item.alias for item in star.replace if item.alias is not None)):
        if name.text not in names:
            hint = did_you_mean(name.text, names) or f"; there are {listing(names)}"
            raise ProgrammingError(f'no column "{name.text}" in *{hint}', name.span)
    excluded = {name.text for name in star.exclude}
    for both in excluded & replaced.keys():
        message = f'column "{both}" is excluded, so it cannot be replaced'
        raise ProgrammingError(message, replaced[both].span)
    kept = tuple(column for column in columns if column.name not in excluded)
    if not kept:
        raise ProgrammingError("EXCLUDE leaves no column of *", star.span)
    return tuple(
        (column, replaced[column.name].expression if column.name in replaced else None)
        for column in kept
    )
