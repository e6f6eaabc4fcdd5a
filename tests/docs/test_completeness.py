"""Commands, formats, options, functions and names of the API are told of."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click
import pytest
from coldb.cli.main import coldb
from coldb.engine.bind.calls.forms import FORMS
from coldb.engine.functions.aggregates import aggregate_names
from coldb.engine.functions.registry import function_names
from coldb.engine.functions.windows import window_function_names
from coldb.shell.commands import COMMANDS
from coldb.shell.formats import FORMATS
from coldb_etl.sources.open import SOURCES

import coldb as api
from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator


def _text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def _commands(
    group: click.Group = coldb, words: tuple[str, ...] = ("coldb",)
) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


@pytest.mark.parametrize(("name", "command"), list(_commands()))
def test_commands_and_their_options(name: str, command: click.Command) -> None:
    section = re.search(
        rf"^##+ {name}\n(.*?)(?=^##|\Z)", _text("shell.md"), re.MULTILINE | re.DOTALL
    )
    assert section is not None, f"shell.md has no heading {name!r}"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[-1]}" in section[1], f"{name} {parameter.opts[-1]}"


def test_meta_commands() -> None:
    text = _text("shell.md")
    for command in COMMANDS:
        usage = command.usage.replace("|", "\\|")
        aliases = " ".join(f"`{name}`" for name in command.names[1:])
        assert f"| `{usage}` | {aliases}{' ' if aliases else ''}| {command.summary} |" in text


def test_formats() -> None:
    text = _text("shell.md")
    for name in FORMATS:
        assert f"| `{name}` |" in text


def test_functions() -> None:
    text = _text("functions.md") + _text("sql.md")
    for name in (*function_names(), *FORMS, *aggregate_names(), *window_function_names()):
        assert re.search(rf"`{name}\b", text), name


def test_sources() -> None:
    for kind in SOURCES:
        assert f"`{kind}`" in _text("etl.md")


def test_python_names() -> None:
    text = _text("python.md")
    members = [
        name
        for each in (api.Connection, api.Cursor)
        for name, _ in inspect.getmembers(each)
        if not name.startswith("_")
    ]
    for name in (*api.__all__, *members, *inspect.signature(api.connect).parameters):
        assert re.search(rf"\b{name}\b", text), name
