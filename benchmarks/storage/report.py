"""Runs parts of the storage benchmark and puts their findings in one report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report import machine, table, write
from benchmarks.storage.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.storage.part import Options

__all__ = ["run_parts"]


def run_parts(parts: Sequence[str], options: Options, results: Path) -> tuple[str, bool]:
    """The report as Markdown, also kept in a file of `results`, and whether all answers were right."""
    text = [
        f"# storage at scale factor {options.scale:g}, {options.threads} threads\n",
        f"{machine()}\n",
    ]
    figures = {}
    wrong = []
    for part in parts:
        findings = PARTS[part](options)
        for found in findings.tables:
            text += [f"## {found.title}\n", table(found.head, found.rows)]
        figures[part] = findings.figures
        wrong += findings.wrong
    if wrong:
        text.append(f"Wrong answers: {', '.join(wrong)}\n")
    report = "\n".join(text)
    record = {"scale": options.scale, "threads": options.threads, "parts": figures, "wrong": wrong}
    path = write(f"storage-sf{options.scale:g}", report, record, results)
    options.say(f"saved as {path}")
    return report, not wrong
