"""What is told when a database is opened."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """A database whose last commit, of version 4, was cut off by a power failure."""
    with coldb.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (2)")
    newest = tmp_path / "db" / "manifests" / f"{4:020}.json"
    newest.write_bytes(newest.read_bytes()[:100])
    return tmp_path / "db"


def test_python_warns_of_a_lost_commit(torn: Path) -> None:
    with pytest.warns(RuntimeWarning, match="is torn: a commit was lost.*this is version 3"):
        connection = coldb.connect(torn)
    with connection:
        assert connection.execute("SELECT a FROM t").fetchall() == [(1,)]
        connection.execute("INSERT INTO t VALUES (3)")
    with coldb.connect(torn) as connection:  # it is history now: nobody is told again
        assert connection.execute("SELECT sum(a) FROM t").fetchall() == [(4,)]


def test_the_shell_tells_of_a_lost_commit(torn: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "coldb",
            "shell",
            str(torn),
            "--format",
            "csv",
            "-c",
            "SELECT a FROM t",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "a\n1\n"
    assert done.stderr.startswith("warning: manifest ")
    assert "this is version 3" in done.stderr
    assert done.stderr.count("\n") == 1
