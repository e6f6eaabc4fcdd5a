"""docs/command-line.md names every command, meta command and format, as they are."""

from __future__ import annotations

from pathlib import Path

from coldb.cli.main import coldb
from coldb.shell.commands import COMMANDS
from coldb.shell.formats import FORMATS

TEXT = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")


def test_commands_are_documented() -> None:
    for name in coldb.list_commands(coldb.make_context("coldb", [], resilient_parsing=True)):
        assert f"    coldb {name} " in TEXT


def test_meta_commands_are_documented() -> None:
    for command in COMMANDS:
        usage = command.usage.replace("|", "\\|")
        aliases = " ".join(f"`{name}`" for name in command.names[1:])
        assert f"| `{usage}` | {aliases}{' ' if aliases else ''}| {command.summary} |" in TEXT


def test_formats_are_documented() -> None:
    assert ", ".join(f"`{name}`" for name in FORMATS) in TEXT
