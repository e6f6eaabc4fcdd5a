"""The user's own editor, for a statement that has grown."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from coldb.shell.errors import ShellError

__all__ = ["edited"]


def edited(text: str) -> str:
    """What $VISUAL or $EDITOR (vi if neither is set) makes of the text; raises ShellError."""
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="coldb-") as directory:
        file = Path(directory) / "statement.sql"
        file.write_text(text + "\n", encoding="utf-8")
        try:
            subprocess.run([*editor, str(file)], check=True)
            return file.read_text(encoding="utf-8").rstrip()
        except (OSError, subprocess.CalledProcessError) as error:
            raise ShellError(f"the editor {editor[0]} failed: {error}") from error
        except UnicodeDecodeError as error:
            raise ShellError(f"the edited statement is not UTF-8 text: {error}") from error
