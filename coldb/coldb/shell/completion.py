"""What could be typed next: pure text in, suggestions out.

The grammar tells which keywords are legal at the place and whether a table or a column can stand
there; the catalog and the tables that the statement names tell which ones.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coldb_grammar.completion import next_tokens, tokens
from coldb_grammar.names import quoted

from coldb.shell.commands import COMMANDS, Takes
from coldb.shell.formats import FORMATS
from coldb.shell.scope import InScope, Token, join_conditions, named_tables
from coldb.shell.script import is_meta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from coldb_warehouse.schema import TableSchema

__all__ = ["Suggestion", "suggest"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` replaces the last `replaces` characters before the cursor; `kind` says what it is."""

    text: str
    replaces: int
    kind: str


def suggest(
    before: str, after: str, tables: Mapping[str, TableSchema], functions: Iterable[str] = ()
) -> list[Suggestion]:
    """Suggestions at the cursor between two texts: joins and columns first, then keywords."""
    if is_meta(before):
        return _for_command(before, tables)
    known, fragment = _typed(before)
    if known is None:
        return []
    offered = [
        *_names(known, _rest(after), tables, functions),
        *((word, "keyword") for word in _keywords(before, fragment)),
    ]
    wanted = fragment.lstrip('"').lower()
    matching = (each for each in offered if each[0].lstrip('"').lower().startswith(wanted))
    return [Suggestion(text, len(fragment), kind) for text, kind in dict(matching).items()]


def _typed(before: str) -> tuple[list[Token] | None, str]:
    """The statement's tokens left of the word at the cursor, and that word.

    None instead of the tokens where the cursor is inside a text, a number or a comment.
    """
    known: list[Token] = []
    kind, text, end = "", "", 0
    for kind, text, span in tokens(before):
        end = span.end
        if text == ";":
            known = []
        elif kind != "comment":
            known.append((kind, text))
    if end < len(before):
        return known, ""
    if kind in ("name", "keyword") or (kind == "error" and text.startswith('"')):
        return known[:-1], text
    if kind in ("string", "number", "error") or (kind == "comment" and not text.endswith("*/")):
        return None, ""
    return known, ""


def _rest(after: str) -> list[Token]:
    """The statement's tokens right of the cursor."""
    rest: list[Token] = []
    for kind, text, _ in tokens(after):
        if text == ";":
            break
        rest.append((kind, text))
    return rest


def _keywords(before: str, fragment: str) -> list[str]:
    """The legal keywords, in small letters if that is how the fragment is typed."""
    if fragment.startswith('"'):
        return []
    words = next_tokens(before).keywords
    return [word.lower() for word in words] if fragment.islower() else list(words)


def _names(
    known: Sequence[Token],
    rest: Sequence[Token],
    tables: Mapping[str, TableSchema],
    functions: Iterable[str],
) -> list[tuple[str, str]]:
    """Joins, columns, tables and functions that can stand at the place, each with its kind."""
    # A semicolon for the gap: what stands right of the cursor continues nothing left of it.
    in_scope = named_tables([*known, ("operator", ";"), *rest], tables)
    if known and known[-1][1] == "." and len(known) > 1:
        return _columns_of(known[-2][1], in_scope, tables)
    legal = next_tokens(" ".join([*(text for _, text in known), ""]))
    offered: list[tuple[str, str]] = []
    last = known[-1][1].upper() if known else ""
    if legal.wants_table:
        if last == "JOIN":
            offered += _joins(in_scope, tables)
        offered += [(quoted(name), _kind(schema)) for name, schema in tables.items()]
    if legal.wants_column:
        if last == "ON" and in_scope:
            newest = in_scope[-1]
            conditions = join_conditions(newest.schema, newest.name, in_scope[:-1])
            offered += [(each, "declared key") for each in conditions]
        offered += _columns(in_scope)
        offered += [(quoted(each.name), "table") for each in in_scope]
        offered += [(f"{name}(", "function") for name in functions]
    return offered


def _joins(in_scope: Sequence[InScope], tables: Mapping[str, TableSchema]) -> list[tuple[str, str]]:
    """`store ON sales.store_id = store.store_id` for each declared key of the tables in scope."""
    taken = {each.name for each in in_scope}
    offered = []
    for name, schema in tables.items():
        alias, number = name, 1
        while alias in taken:
            number += 1
            alias = f"{name}{number}"
        target = quoted(name) if alias == name else f"{quoted(name)} AS {quoted(alias)}"
        offered += [
            (f"{target} ON {each}", "join") for each in join_conditions(schema, alias, in_scope)
        ]
    return offered


def _columns_of(
    qualifier: str, in_scope: Iterable[InScope], tables: Mapping[str, TableSchema]
) -> list[tuple[str, str]]:
    name = qualifier[1:-1].replace('""', '"') if qualifier.startswith('"') else qualifier.lower()
    schema = next((each.schema for each in in_scope if each.name == name), tables.get(name))
    if schema is None:
        return []
    return [(quoted(column.name), str(column.type)) for column in schema.columns]


def _columns(in_scope: Sequence[InScope]) -> list[tuple[str, str]]:
    """The columns of the tables in scope, qualified where a bare name would be ambiguous."""
    uses = Counter(column.name for each in in_scope for column in each.schema.columns)
    return [
        (
            quoted(column.name)
            if uses[column.name] == 1
            else f"{quoted(each.name)}.{quoted(column.name)}",
            f"{each.name} {column.type}",
        )
        for each in in_scope
        for column in each.schema.columns
    ]


def _kind(schema: TableSchema) -> str:
    return "table" if schema.kind.value == "plain" else schema.kind.value


# --- meta commands -----------------------------------------------------------------------------


def _for_command(before: str, tables: Mapping[str, TableSchema]) -> list[Suggestion]:
    line = before.lstrip()
    name, space, argument = line.partition(" ")
    if not space:
        return [
            Suggestion(each, len(name), command.summary)
            for command in COMMANDS
            for each in command.names
            if each.startswith(name)
        ]
    takes: Takes = next((each.takes for each in COMMANDS if name in each.names), "nothing")
    argument = argument.lstrip()
    offer = _ARGUMENTS.get(takes)
    return (
        []
        if offer is None
        else [
            Suggestion(text, len(argument), kind)
            for text, kind in offer(argument, tables)
            if text.startswith(argument)
        ]
    )


def _files(argument: str, _tables: Mapping[str, TableSchema]) -> list[tuple[str, str]]:
    folder = argument.rpartition("/")[0] + "/" if "/" in argument else ""
    try:
        entries = sorted(Path(folder or ".").expanduser().iterdir())
    except OSError:
        return []
    return [
        (
            f"{folder}{entry.name}{'/' if entry.is_dir() else ''}",
            "folder" if entry.is_dir() else "file",
        )
        for entry in entries
        if not entry.name.startswith(".") or argument.rpartition("/")[2].startswith(".")
    ]


_ARGUMENTS: dict[Takes, Callable[[str, Mapping[str, TableSchema]], list[tuple[str, str]]]] = {
    "table": lambda _, tables: [(name, _kind(schema)) for name, schema in tables.items()],
    "file": _files,
    "format": lambda _, __: [(each.name, each.summary) for each in FORMATS.values()],
    "switch": lambda _, __: [("on", ""), ("off", "")],
}
