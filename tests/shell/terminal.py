"""A real pseudo-terminal with the shell in it, and a screen to look at what a person would see."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pexpect
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ROWS, COLUMNS = 30, 90
PATIENCE = 60.0  # seconds; a loaded machine takes a while to start a process


class Terminal:
    """`coldb shell` on a terminal of ROWS by COLUMNS, with a home directory of its own."""

    def __init__(
        self, database: str, home: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        settings = {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "TERM": "xterm-256color",
            "PROMPT_TOOLKIT_NO_CPR": "1",  # this terminal does not answer where its cursor is
        }
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""
        self._process = pexpect.spawn(
            sys.executable,
            ["-m", "coldb", "shell", database],
            dimensions=(ROWS, COLUMNS),
            env=kept | settings | dict(environment or {}),
            cwd=str(home),
            timeout=PATIENCE,
        )

    def type(self, text: str) -> None:
        """Types the characters; \\r is Enter."""
        self._process.send(text)

    def press_ctrl_c(self) -> None:
        self._process.sendcontrol("c")

    def press_ctrl_d(self) -> None:
        self._process.sendcontrol("d")

    @property
    def lines(self) -> list[str]:
        """The screen, without blanks at the ends of lines and without empty lines."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, text: str) -> None:
        """Waits until the screen shows the text."""
        self.wait_until(lambda: text in self.text, f"{text!r} on the screen")

    def wait_for_prompt(self) -> None:
        """Waits until nothing but the prompt stands in the last line."""
        self.wait_until(
            lambda: bool(self.lines) and self.lines[-1] in ("coldb>", "coldb*>"), "a prompt"
        )

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"no {what}; the screen shows:\n{self.text}"
            self._read()

    def wait_for_end(self) -> int:
        """Waits until the shell has ended, and returns its exit status."""
        deadline = time.monotonic() + PATIENCE
        while self._process.isalive():
            assert time.monotonic() < deadline, f"still running; the screen shows:\n{self.text}"
            self._read()
        self._process.close()
        return int(self._process.exitstatus if self._process.exitstatus is not None else -1)

    def close(self) -> None:
        self._process.close(force=True)

    def _read(self) -> None:
        try:
            data = self._process.read_nonblocking(65_536, timeout=0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.written += data
        self._stream.feed(data)
