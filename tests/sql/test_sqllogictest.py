"""Files of SQLite's own sqllogictest suite, answered as PostgreSQL.

They are not part of the project: they are looked for in $COLDB_DATA, or beside the repository.
Left out are the files about triggers, views, REPLACE, REINDEX and UPDATE, which coldb does not
have, those with an empty `IN ()` or a text compared with a number, which PostgreSQL refuses, and
those that make indexes.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.configurations import CONFIGURATIONS, Coldb
from tests.slt import run

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COLDB_DATA", ROOT.parent / "shared" / "data")) / "sqllogictest"
FILES = (
    "select1.test",
    "select2.test",
    "select3.test",
    "aggregates/slt_good_0.test",
    "aggregates/slt_good_1.test",
    "expr/slt_good_0.test",
    "expr/slt_good_1.test",
    "groupby/slt_good_0.test",
    "groupby/slt_good_1.test",
    "select/slt_good_0.test",
    "select/slt_good_1.test",
)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"SQLite's files are not in {DATA}")


@pytest.mark.parametrize("name", FILES)
def test_the_beginning_of(name: str, tmp_path: Path) -> None:
    assert _run(name, tmp_path, limit=150) == 150


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FILES)
def test_thousands_of(name: str, tmp_path: Path) -> None:
    assert _run(name, tmp_path, limit=5000) > 1000


def _run(name: str, directory: Path, limit: int) -> int:
    with closing(Coldb(CONFIGURATIONS["default"], directory)) as engine:
        return run(DATA / name, engine, str(directory), limit=limit)
