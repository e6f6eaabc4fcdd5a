"""The tables of functions in docs: all but the answers comes from the tables of the engine.

What a function does and an example of it are told by its definition; one that tells nothing is an
error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.calls.forms import FORMS, Form
from coldb.engine.calls import GROUPING_SET
from coldb.engine.functions.aggregates import aggregate_definitions
from coldb.engine.functions.dates.clock import CLOCK_WORDS
from coldb.engine.functions.definition import Definition
from coldb.engine.functions.registry import extract_fields, reference
from coldb.engine.functions.windows import WINDOW_FUNCTIONS
from coldb.shell.formats.values import texts_of

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["with_function_table"]

_HEAD = "| function | what | example | its type |\n|---|---|---|---|\n"


def with_function_table(text: str) -> str:
    """The page with what stands between the marks of a table made anew; other pages as they are."""
    tables = (
        ("functions", _scalar_table),
        ("aggregates", _aggregate_table),
        ("windows", _window_table),
    )
    for name, table in tables:
        start, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->"
        if start in text:
            before, _, rest = text.partition(start)
            text = before + start + table() + end + rest.partition(end)[2]
    return text


def _scalar_table() -> str:
    families: dict[str, dict[str, tuple[Definition | Form, ...]]] = {
        heading: dict(functions) for heading, functions in reference().items()
    }
    families["Choices and comparisons"] |= {name: (form,) for name, form in FORMS.items()}
    with coldb.connect() as connection:
        sections = [
            f"### {heading}\n\n{_HEAD}" + "".join(_rows(connection, functions))
            for heading, functions in families.items()
        ]
    told = ", ".join(f"`{field}`" for field in sorted(extract_fields()))
    return "\n".join(sections) + f"\nFields of `EXTRACT(field FROM x)` and `date_part`: {told}.\n"


def _rows(
    connection: coldb.Connection, functions: Mapping[str, Sequence[Definition | Form]]
) -> Iterator[str]:
    """A line for each definition that tells of itself; calls of the others stand with the one before."""
    for name, definitions in sorted(functions.items()):
        assert definitions[0].summary, f"{name} tells nothing of itself"
        calls: list[list[str]] = []
        for definition in definitions:
            if definition.summary:
                calls.append([])
            call = name if name in CLOCK_WORDS else definition.describe()
            if call not in calls[-1]:
                calls[-1].append(call)
        told = [definition for definition in definitions if definition.summary]
        for definition, each in zip(told, calls, strict=True):
            kind, shown = _answer(connection, definition.example)
            if isinstance(definition, Definition) and definition.function.varies:
                shown = f"`{definition.example}`"
            call = ", ".join(f"`{call}`" for call in each).replace("|", "\\|")
            yield f"| {call} | {definition.summary} | {shown} | {kind} |\n"


def _aggregate_table() -> str:
    lines = [
        "| aggregate | takes | what | over 1, 2, 2, NULL | its type |",
        "|---|---|---|---|---|",
    ]
    with coldb.connect() as connection:
        for definition in aggregate_definitions():
            if definition.function == GROUPING_SET:
                continue  # it is told of with GROUP BY
            kind, shown = _answer(
                connection, definition.example, "FROM (VALUES (1), (2), (2), (NULL)) AS t (x)"
            )
            told = f"`{definition.name}` | {definition.takes} | {definition.summary}"
            lines.append(f"| {told} | {shown} | {kind} |")
    return "\n".join(lines) + "\n"


def _window_table() -> str:
    lines = [
        "| function | what | over 1, 2, 2, 4 | its type |",
        "|---|---|---|---|",
    ]
    with coldb.connect() as connection:
        for function in WINDOW_FUNCTIONS.values():
            cursor = connection.execute(
                f"SELECT {function.example} FROM (VALUES (1), (2), (2), (4)) AS t (x) ORDER BY x"
            )
            assert cursor.description is not None
            kind = cursor.description[0][1]
            texts = texts_of(cursor.arrow().column(0).combine_chunks())
            values = ", ".join("NULL" if text is None else text for text in texts)
            shown = f"`{function.example}` → `{values}`"
            lines.append(f"| `{function.describe()}` | {function.summary} | {shown} | {kind} |")
    return "\n".join(lines) + "\n"


def _answer(connection: coldb.Connection, example: str, source: str = "") -> tuple[str, str]:
    """The type of an expression, and the expression with its value."""
    cursor = connection.execute(f"SELECT {example} {source}")
    assert cursor.description is not None
    kind = cursor.description[0][1]
    (text,) = texts_of(cursor.arrow().column(0).combine_chunks())
    shown = f"`{example}` → `{'NULL' if text is None else text}`"
    return kind, shown.replace("|", "\\|")
