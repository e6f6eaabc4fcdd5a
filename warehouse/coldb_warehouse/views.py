"""Views and macros: SQL that a warehouse keeps as text and gives a name.

What the text means is for others to know: here it is neither read nor checked. The functions take a
manifest and give the changed one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb_warehouse.errors import CatalogError
from coldb_warehouse.nearest import nearest

if TYPE_CHECKING:
    from coldb_warehouse.versions.manifest import Manifest

__all__ = ["Macro", "View", "comment_on_view", "drop_macro", "drop_view", "put_macro", "put_view"]


@dataclass(frozen=True, slots=True)
class View:
    """A query under a name. `columns` are the names of its columns, `column_comments` one each.

    Views and tables share their names.
    """

    name: str
    columns: tuple[str, ...]
    query: str
    comment: str | None = None
    column_comments: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        if self.column_comments and len(self.column_comments) != len(self.columns):
            raise CatalogError(f'view "{self.name}" has not one comment for each column')

    def comment_on(self, column: str) -> str | None:
        """The comment on a column of that name; None where there is none."""
        return dict(zip(self.columns, self.column_comments, strict=False)).get(column)


@dataclass(frozen=True, slots=True)
class Macro:
    """A function that is defined by SQL: the whole text of the statement that created it."""

    name: str
    definition: str


def put_view(manifest: Manifest, view: View) -> Manifest:
    """Adds a view, or puts it in the place of the view of that name."""
    if any(table.schema.name == view.name for table in manifest.tables):
        raise CatalogError(f'"{view.name}" is a table')
    if any(known.name == view.name for known in manifest.views):
        views = tuple(view if known.name == view.name else known for known in manifest.views)
    else:
        views = (*manifest.views, view)
    return replace(manifest, views=views)


def drop_view(manifest: Manifest, name: str) -> Manifest:
    """Removes a view."""
    _find_view(manifest, name)
    return replace(manifest, views=tuple(view for view in manifest.views if view.name != name))


def put_macro(manifest: Manifest, macro: Macro) -> Manifest:
    """Adds a macro, or puts it in the place of the macro of that name."""
    others = tuple(known for known in manifest.macros if known.name != macro.name)
    return replace(manifest, macros=(*others, macro))


def drop_macro(manifest: Manifest, name: str) -> Manifest:
    """Removes a macro."""
    names = [macro.name for macro in manifest.macros]
    if name not in names:
        raise CatalogError(f'no macro "{name}"{nearest(name, names)}')
    return replace(manifest, macros=tuple(m for m in manifest.macros if m.name != name))


def comment_on_view(
    manifest: Manifest, name: str, column: str | None, comment: str | None
) -> Manifest:
    """Says something about a view or one of its columns; None takes it back."""
    view = _find_view(manifest, name)
    if column is None:
        return put_view(manifest, replace(view, comment=comment))
    if column not in view.columns:
        raise CatalogError(f'view "{name}" has no column "{column}"{nearest(column, view.columns)}')
    comments = view.column_comments or (None,) * len(view.columns)
    comments = tuple(
        comment if known == column else old
        for known, old in zip(view.columns, comments, strict=True)
    )
    return put_view(manifest, replace(view, column_comments=comments))


def _find_view(manifest: Manifest, name: str) -> View:
    for view in manifest.views:
        if view.name == name:
            return view
    raise CatalogError(f'no view "{name}"{nearest(name, [view.name for view in manifest.views])}')
