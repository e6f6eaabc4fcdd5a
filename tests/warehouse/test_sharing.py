"""Several processes share a warehouse: nobody sees half of a commit, and no commit is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from coldb_warehouse import Warehouse, check

from tests.warehouse.sharing import LEAST, make_bank

if TYPE_CHECKING:
    from pathlib import Path


def together(*roles: tuple[str, Path, float]) -> list[dict[str, float]]:
    """Runs them all at once; what each has printed."""
    command = [sys.executable, "-m", "tests.warehouse.sharing"]
    running = [
        subprocess.Popen([*command, *map(str, role)], stdout=subprocess.PIPE, text=True)
        for role in roles
    ]
    outputs = [process.communicate(timeout=280)[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(roles)
    return [json.loads(output) for output in outputs]


def share(path: Path, readers: int, seconds: float) -> tuple[float, float, float]:
    """One writer, one compactor, some readers; commits, checks, the worst p99 of opening."""
    make_bank(str(path))
    others = [("read", path, seconds)] * readers
    written, compacted, *read = together(
        ("write", path, seconds), ("compact", path, seconds), *others
    )
    assert compacted["runs"] > 0
    report = check(path)
    assert report.problems == ()
    with Warehouse.open(path, read_only=True) as warehouse:
        assert warehouse.snapshot().properties["batch"] == written["commits"]
    return (
        written["commits"],
        sum(each["checks"] for each in read),
        max(each["open p99"] for each in read),
    )


def test_readers_see_whole_commits(tmp_path: Path) -> None:
    commits, checks, _ = share(tmp_path / "w", readers=2, seconds=3)
    assert commits >= LEAST
    assert checks >= 2 * LEAST


@pytest.mark.slow
def test_half_a_minute_of_readers_a_writer_and_a_compactor(tmp_path: Path) -> None:
    commits, checks, open_p99 = share(tmp_path / "w", readers=4, seconds=30)
    print(f"{commits} commits, {checks} checks, opening takes {open_p99 * 1000:.1f} ms (p99)")
    assert commits >= 500
    assert checks >= 5_000


@pytest.mark.parametrize("times", [50, pytest.param(500, marks=pytest.mark.slow)])
def test_two_writers_take_turns(tmp_path: Path, times: int) -> None:
    path = tmp_path / "w"
    Warehouse.open(path).close()
    (tmp_path / "link").symlink_to(path)
    together(("count", path, times), ("count", tmp_path / "link", times))
    with Warehouse.open(path, read_only=True) as warehouse:
        assert warehouse.snapshot().properties["number"] == 2 * times
        assert warehouse.snapshot().version == 2 * times + 1
