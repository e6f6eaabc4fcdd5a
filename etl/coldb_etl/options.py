"""Options of sources: text from `CREATE SOURCE name (...)`, refused when unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_etl.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["flag", "refuse_unknown_options"]


def refuse_unknown_options(kind: str, options: Mapping[str, str], known: Sequence[str]) -> None:
    """Raise ModelError for an option that sources of the kind do not have."""
    for name in options:
        if name not in known:
            has = ", ".join(("path", *known)).upper()
            raise ModelError(f"a {kind} source has no option {name.upper()}: it has {has}")


def flag(options: Mapping[str, str], name: str, default: bool) -> bool:
    """An option that is true or false."""
    text = options.get(name, str(default)).lower()
    if text not in ("true", "false"):
        raise ModelError(f"option {name.upper()} must be true or false, not {text!r}")
    return text == "true"
