"""The corpus gives the same answers on coldb, however it stores the data, and on the oracles."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.configurations import CONFIGURATIONS, Coldb
from tests.oracles import Duckdb, Postgres, Sqlite
from tests.slt import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sql_engine import Engine

HERE = Path(__file__).parent
CORPUS = sorted(HERE.rglob("*.slt"))
FILES = pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)


@FILES
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_coldb(path: Path, configuration: str, tmp_path: Path) -> None:
    _run(path, Coldb(CONFIGURATIONS[configuration], tmp_path), tmp_path)


@FILES
def test_postgres_agrees(path: Path, postgres_uri: str, shared_directory: Path) -> None:
    _run(path, Postgres(postgres_uri), shared_directory)


@FILES
def test_duckdb_agrees(path: Path, tmp_path: Path) -> None:
    _run(path, Duckdb(), tmp_path)


@FILES
def test_sqlite_agrees(path: Path, tmp_path: Path) -> None:
    _run(path, Sqlite(), tmp_path)


def _run(path: Path, engine: Engine, directory: Path) -> None:
    try:
        run(path, engine, str(directory))
    finally:
        engine.close()


@pytest.fixture
def shared_directory() -> Iterator[Path]:
    """A directory that a server run by another user can read and write."""
    with tempfile.TemporaryDirectory(prefix="coldb-") as directory:
        Path(directory).chmod(0o777)
        yield Path(directory)
