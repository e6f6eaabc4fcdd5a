"""What only a process of its own shows: streams, signals, what is imported."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import IO

MANY_ROWS = (
    "WITH d (i) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) "
    "SELECT a.i AS n FROM d a, d b, d c, d d, d e"
)
ENDLESS = f"WITH n AS ({MANY_ROWS}) SELECT count(*) FROM n a, n b WHERE a.n + b.n < 0"
PATIENCE = 60


def start(*arguments: str) -> subprocess.Popen[str]:
    # Where the tests run in the background, Ctrl-C is ignored, and a child would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, "-m", "coldb", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stream(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def test_a_script_on_standard_input() -> None:
    script = "CREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES (1);\n\\f csv\nSELECT a\nFROM t;\nSELEC 1;\n"
    with start("shell", ":memory:") as process:
        output, errors = process.communicate(script, timeout=PATIENCE)
    assert output == "a\n1\n"
    assert errors.splitlines()[0].startswith("error: standard input:6: ")
    assert errors.splitlines()[-1].strip() == "^^^^^"
    assert process.returncode == 1


def test_a_reader_that_goes_away_is_no_error() -> None:
    with start("shell", ":memory:", "--format", "csv", "-c", MANY_ROWS) as process:
        assert stream(process.stdout).readline() == "n\n"
        stream(process.stdout).close()
        assert process.wait(PATIENCE) == 141
        assert stream(process.stderr).read() == ""


def test_ctrl_c_ends_a_script_with_status_130() -> None:
    with start(
        "shell", ":memory:", "--format", "csv", "-c", "SELECT 1 AS a", "-c", ENDLESS
    ) as process:
        stdout = stream(process.stdout)
        assert [stdout.readline(), stdout.readline()] == ["a\n", "1\n"]
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (output, errors, process.returncode) == ("", "", 130)


def test_a_query_imports_neither_editor_nor_drivers() -> None:
    code = (
        "import sys; from coldb.cli.main import run; run(['shell', ':memory:', '-c', 'SELECT 1']);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    heavy = ("prompt_toolkit", "sqlglot", "adbc_driver_manager", "coldb_etl", "pandas", "lark")
    assert [name for name in heavy if f"'{name}'" in done.stdout] == []
    assert "pyarrow" in done.stdout


def test_help_does_not_wait_for_the_engine() -> None:
    code = (
        "import sys; from coldb.cli.main import run; run(['--version']); run(['etl', 'run', '--help']);"
        "sys.exit('numpy' in sys.modules or 'coldb_grammar' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0
    assert done.stdout.startswith(b"coldb ")
