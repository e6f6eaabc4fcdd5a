"""The prompt: editing, history, completion, and a loop that no error leaves."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from coldb_warehouse.errors import WarehouseError
from platformdirs import user_data_path
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from coldb.engine.functions.aggregates import aggregate_names
from coldb.engine.functions.registry import function_names
from coldb.engine.functions.windows import window_function_names
from coldb.interruptible import Interrupted
from coldb.shell.catalog import tables_and_views
from coldb.shell.completion import suggest
from coldb.shell.errors import Quit
from coldb.shell.highlight import STYLE, SqlLexer
from coldb.shell.report import error_text
from coldb.shell.script import is_ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb_warehouse import Snapshot
    from coldb_warehouse.schema import TableSchema
    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import AnyFormattedText

    from coldb.shell.session import Session

__all__ = ["run_prompt"]


def run_prompt(session: Session, database: str) -> None:
    """Reads and runs until \\q or Ctrl-D. Ctrl-C drops what is typed, or cancels what runs."""
    prompt = _prompt_session(session)
    session.say(f"coldb, {Path(database).name}. A statement ends with ;  \\? lists commands.")
    while True:
        try:
            text = prompt.prompt(default=_taken(session))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.strip():
            run_typed(session, text)


def run_typed(session: Session, text: str) -> None:
    """Runs what was typed. Whatever goes wrong is shown, and only Quit leaves."""
    try:
        session.run_lines(io.StringIO(text))
    except Quit:
        raise
    except Interrupted as interrupted:
        session.say(session.console.styled(str(interrupted), "dim"))
    except KeyboardInterrupt:  # pressed while a result was written
        session.say("")
    except Exception as error:
        text = error_text(error)
        session.errors.write(session.console.styled(text, "red") + "\n")
        session.errors.flush()


def _taken(session: Session) -> str:
    """The text that an editor left for this prompt, once."""
    text, session.next_input = session.next_input, ""
    return text


def _prompt_session(session: Session) -> PromptSession[str]:
    return PromptSession(
        lambda: _prompt(session),
        multiline=Condition(lambda: not is_ready(get_app().current_buffer.text)),
        prompt_continuation=_continuation,
        lexer=SqlLexer(),
        style=Style.from_dict(STYLE),
        color_depth=None if session.console.colour else ColorDepth.DEPTH_1_BIT,
        history=_history(),
        auto_suggest=AutoSuggestFromHistory(),
        completer=_CatalogCompleter(session),
        complete_while_typing=False,
    )


def _prompt(session: Session) -> str:
    """The star tells that a transaction is open: what is done so far can still be undone."""
    return "coldb*> " if session.connection.in_transaction else "coldb> "


def _continuation(width: int, _line: int, _wraps: int) -> AnyFormattedText:
    return "...> ".rjust(width)


def _history() -> History:
    """Kept in the user's data directory; in memory where that cannot be written."""
    path = user_data_path("coldb", appauthor=False) / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


@cache
def _function_names() -> tuple[str, ...]:
    return tuple(sorted({*function_names(), *aggregate_names(), *window_function_names()}))


class _CatalogCompleter(Completer):
    """prompt_toolkit's interface to `suggest`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: tuple[Snapshot, dict[str, TableSchema]] | None = None

    def get_completions(self, document: Document, _event: CompleteEvent) -> Iterable[Completion]:
        suggestions = suggest(
            document.text_before_cursor,
            document.text_after_cursor,
            self._tables(),
            _function_names(),
        )
        for each in suggestions:
            yield Completion(each.text, -each.replaces, display_meta=each.kind)

    def _tables(self) -> dict[str, TableSchema]:
        """The tables and views by name; none if the catalog cannot be read: Tab is no place for
        errors."""
        try:
            snapshot = self._session.connection.warehouse.snapshot()
        except WarehouseError:
            return {}
        if self._known is None or self._known[0] is not snapshot:
            self._known = snapshot, tables_and_views(snapshot)
        return self._known[1]
