"""Pages of the documentation, cut into text and fenced blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DOCS", "Block", "Example", "blocks", "examples", "page_paths", "replaced"]

DOCS = Path(__file__).parents[2] / "docs"

# What may stand below an example: what coldb answers, and what PostgreSQL does.
OUTPUT = "text"
POSTGRESQL_OUTPUT = "text postgresql"

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: `info` is what stands behind its first fence, `text` spans start to end."""

    info: str
    text: str
    start: int
    end: int
    line: int
    fence_end: int


@dataclass(frozen=True, slots=True)
class Example:
    """A block that runs, and the outputs below it by their info, each with only blank or one line between."""

    block: Block
    outputs: dict[str, Block]


def page_paths() -> list[Path]:
    return sorted(DOCS.glob("*.md"))


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    return [
        Block(
            match[1].strip(),
            match[2],
            match.start(2),
            match.end(2),
            text.count("\n", 0, match.start()) + 1,
            match.end(),
        )
        for match in _FENCE.finditer(text)
    ]


def examples(text: str) -> list[Example]:
    """The blocks of SQL, Python and the console, with the outputs that belong to them.

    An output follows its example at once; that of PostgreSQL may have one line of words before it.
    """
    found: list[Example] = []
    follows = False
    last_end = 0
    for block in blocks(text):
        between = text[last_end : block.start].rpartition("```")[0].strip()
        if block.info in ("sql", "python", "console"):
            found.append(Example(block, {}))
            follows = True
        elif block.info == OUTPUT and follows and not between:
            found[-1].outputs[OUTPUT] = block
        elif block.info == POSTGRESQL_OUTPUT and follows and "\n" not in between:
            found[-1].outputs[POSTGRESQL_OUTPUT] = block
            follows = False
        else:
            follows = False
        last_end = block.fence_end
    return found


def replaced(text: str, contents: dict[Block, str]) -> str:
    """The page with the text of these blocks replaced."""
    for block in sorted(contents, key=lambda block: block.start, reverse=True):
        text = text[: block.start] + contents[block] + text[block.end :]
    return text
