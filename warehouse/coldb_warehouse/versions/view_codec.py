"""Views and macros as JSON and back. Manifests without any have neither field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb_warehouse.versions.json_fields import names, optional_text, text
from coldb_warehouse.views import Macro, View

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["definitions_to_json", "macros_from_json", "views_from_json"]


def definitions_to_json(views: Iterable[View], macros: Iterable[Macro]) -> dict[str, Any]:
    """The fields of a manifest that hold them."""
    lists = {
        "views": [
            [v.name, list(v.columns), v.query, v.comment, list(v.column_comments)] for v in views
        ],
        "macros": [[macro.name, macro.definition] for macro in macros],
    }
    return {name: entries for name, entries in lists.items() if entries}


def views_from_json(fields: dict[str, Any]) -> tuple[View, ...]:
    return tuple(
        View(
            text(name),
            names(columns),
            text(query),
            optional_text(comment),
            tuple(map(optional_text, comments)),
        )
        for name, columns, query, comment, comments in fields.get("views", ())
    )


def macros_from_json(fields: dict[str, Any]) -> tuple[Macro, ...]:
    return tuple(Macro(text(name), text(sql)) for name, sql in fields.get("macros", ()))
