"""Colours of what is typed."""

from __future__ import annotations

import pytest
from coldb.shell.highlight import styled_lines


def styles(text: str) -> dict[str, str]:
    return {
        piece.strip(): style
        for line in styled_lines(text)
        for style, piece, *_ in line
        if piece.strip()
    }


def test_kinds_of_tokens() -> None:
    found = styles("SELECT sum(x) AS \"select\", 'it', 1.5 -- note\nFROM t")
    assert found["SELECT"] == found["FROM"] == "class:sql.keyword"
    assert found["'it'"] == "class:sql.string"
    assert found["1.5"] == "class:sql.number"
    assert found["-- note"] == "class:sql.comment"
    assert found['"select"'] == "class:sql.name"


def test_meta_commands_stand_out() -> None:
    assert styles("\\d sales") == {"\\d sales": "class:sql.command"}


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "SELECT\n\n  1 ;\n", "'open\nquote", "/* open\ncomment", "a\tb ; ; §", "x\n"],
)
def test_lines_add_up_to_the_text(text: str) -> None:
    lines = styled_lines(text)
    assert "\n".join("".join(piece for _, piece, *_ in line) for line in lines) == text
