"""Files of SQLite's own sqllogictest suite, answered as PostgreSQL.

They are not part of the project: they are looked for in $COLDB_DATA, or beside the repository. Left
out are the files about triggers, REINDEX and REPLACE, which coldb does not have.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path

import pytest

from tests.configurations import CONFIGURATIONS, Coldb
from tests.slt import Mismatch, run

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COLDB_DATA", ROOT.parent / "shared" / "data")) / "sqllogictest"
OUT_OF_SCOPE = {
    "slt_lang_createtrigger.test",
    "slt_lang_droptrigger.test",
    "slt_lang_reindex.test",
    "slt_lang_replace.test",
}
# What PostgreSQL refuses too, by line: text and bytes among integers, a column that is set twice.
REFUSED = {
    "in1.test": {279, 290, 313, 324},
    "slt_lang_update.test": {88, 98, 104},
}
FILES = sorted(str(path.relative_to(DATA)) for path in DATA.rglob("*.test"))
IN_SCOPE = [name for name in FILES if Path(name).name not in OUT_OF_SCOPE]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"SQLite's files are not in {DATA}")


@pytest.mark.parametrize("name", IN_SCOPE)
def test_the_beginning_of(name: str, tmp_path: Path) -> None:
    _check(name, tmp_path, limit=150)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", IN_SCOPE)
def test_all_of(name: str, tmp_path: Path) -> None:
    _check(name, tmp_path, limit=None)


def _check(name: str, directory: Path, limit: int | None) -> None:
    told = ""
    with closing(Coldb(CONFIGURATIONS["default"], directory)) as engine:
        try:
            run(DATA / name, engine, str(directory), limit=limit)
        except Mismatch as mismatch:
            told = str(mismatch)
    refused = {int(line) for line in re.findall(r"^\S+\.test:(\d+): ", told, re.MULTILINE)}
    expected = REFUSED.get(Path(name).name, set())
    assert refused <= expected, told
    assert limit is not None or refused == expected
