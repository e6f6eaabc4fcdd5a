"""A person at the prompt: one session on a real pseudo-terminal, from the greeting to Ctrl-D."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

import coldb
from tests.shell.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = """
CREATE DIMENSION TABLE store (store_id INTEGER PRIMARY KEY, region VARCHAR);
CREATE FACT TABLE sales (store_id INTEGER REFERENCES store, amount INTEGER);
INSERT INTO store VALUES (1, 'North'), (2, 'South');
INSERT INTO sales VALUES (1, 10), (1, 20), (2, 5), (NULL, NULL);
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("shell") / "shop.coldb")
    with coldb.connect(path) as connection:
        connection.execute(MODEL)
    return path


@pytest.fixture
def terminal(database: str, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(database, tmp_path)
    try:
        terminal.wait_for_prompt()
        yield terminal
    finally:
        terminal.close()


def test_a_session(terminal: Terminal, tmp_path: Path) -> None:
    # A query over two lines: the second has a prompt of its own.
    terminal.type("SELECT region, sum(amount) AS total FROM sales s\r")
    terminal.wait_for("...>")
    # Tab offers the join from the declared key, Tab again takes it.
    terminal.type("JOIN st\t")
    terminal.wait_for("store ON s.store_id = store.store_id  join")
    terminal.type("\t")
    terminal.wait_for("JOIN store ON s.store_id = store.store_id")
    terminal.type(" GROUP BY region ORDER BY region;\r")
    terminal.wait_for("(2 rows, ")
    assert " region │ total" in terminal.lines
    assert " North  │    30" in terminal.lines
    assert b"\x1b[0;1;38;5;4m" in terminal.written or b"\x1b[0;34;1m" in terminal.written

    # An error names the place and the nearest name, and the session goes on.
    terminal.wait_for_prompt()
    terminal.type("SELECT amout FROM sales;\r")
    terminal.wait_for("error: ")
    caret = next(at for at, line in enumerate(terminal.lines) if line.strip() == "^^^^^")
    start = terminal.lines[caret].index("^")
    assert terminal.lines[caret - 1][start : start + 5] == "amout"
    assert "amount" in terminal.text

    # A transaction shows in the prompt until it ends.
    terminal.wait_for_prompt()
    terminal.type("BEGIN;\r")
    terminal.wait_until(lambda: terminal.lines[-1] == "coldb*>", "star in the prompt")
    terminal.type("ROLLBACK;\r")
    terminal.wait_until(lambda: terminal.lines[-1] == "coldb>", "plain prompt")

    # Ctrl-C drops what is typed; Ctrl-D leaves.
    terminal.type("SELECT nonsense")
    terminal.wait_for("SELECT nonsense")
    terminal.press_ctrl_c()
    terminal.wait_for_prompt()
    terminal.press_ctrl_d()
    assert terminal.wait_for_end() == 0
    assert "GROUP BY region" in (tmp_path / "data" / "coldb" / "history").read_text()


def test_ctrl_c_cancels_the_query_and_not_the_shell(terminal: Terminal) -> None:
    terminal.type("WITH m AS (SELECT a.amount FROM sales a, sales b, sales c, sales d),\r")
    terminal.type("n AS (SELECT a.amount FROM m a, m b)\r")
    terminal.type("SELECT count(*) FROM n a, n b WHERE a.amount + b.amount < 0;\r")
    terminal.wait_for("running for")
    pressed = time.monotonic()
    terminal.press_ctrl_c()
    terminal.wait_for("cancelled")
    assert time.monotonic() - pressed < 30  # a tenth of that, but for the load of the machine
    assert "running for" not in terminal.text
    terminal.wait_for_prompt()
    terminal.type("SELECT 41 + 1 AS answer;\r")
    terminal.wait_for("(1 row, ")
    assert "     42" in terminal.lines
    terminal.type("\\q\r")
    assert terminal.wait_for_end() == 0


def test_meta_commands(terminal: Terminal, tmp_path: Path) -> None:
    terminal.type("\\d sales\r")
    terminal.wait_for("fact table, 4 rows")
    assert "references store (store_id)" in terminal.text
    terminal.type("\\x\r")
    terminal.wait_for("format is vertical")
    terminal.type("SELECT 1 AS one;\r")
    terminal.wait_for("one | 1")
    terminal.type("\\f csv\r\\o result.csv\rSELECT region FROM store;\r")
    terminal.wait_for("(2 rows, ")
    terminal.type("\\o\r\\nonsense\r")
    terminal.wait_for("error: no command \\nonsense")
    terminal.type("\\q\r")
    assert terminal.wait_for_end() == 0
    assert (tmp_path / "result.csv").read_text() == "region\nNorth\nSouth\n"


def test_no_color(database: str, tmp_path: Path) -> None:
    terminal = Terminal(database, tmp_path, {"NO_COLOR": "1"})
    try:
        terminal.wait_for_prompt()
        terminal.type("SELECT 1 AS one, NULL AS nothing;\r")
        terminal.wait_for("(1 row, ")
        terminal.wait_for_prompt()
        terminal.press_ctrl_d()
        assert terminal.wait_for_end() == 0
        assert b"\x1b[31m" not in terminal.written
        assert b";34" not in terminal.written
    finally:
        terminal.close()
