"""The house rules that a machine can check: who may import whom, and how large a file may grow."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {
    "coldb": ROOT / "coldb" / "coldb",
    "coldb_grammar": ROOT / "grammar" / "coldb_grammar",
    "coldb_warehouse": ROOT / "warehouse" / "coldb_warehouse",
    "coldb_etl": ROOT / "etl" / "coldb_etl",
}
# What each room may import of the others, and of other people's packages.
MAY_IMPORT = {
    "coldb_grammar": {"lark"},
    "coldb_warehouse": {"numpy", "pyarrow"},
    "coldb_etl": {
        "coldb_warehouse",
        "numpy",
        "pyarrow",
        "adbc_driver_sqlite",
        "adbc_driver_manager",
    },
    "coldb": {"coldb_grammar", "coldb_warehouse", "numpy", "pyarrow"},
}
# The faces of coldb may use more than its engine.
FACES = {
    "cli": {"coldb_etl", "click", "rich"},
    "compare": {"coldb_etl", "sqlglot", "rich"},
    "demo": {"coldb_etl", "rich"},
    "shell": {"coldb_etl", "prompt_toolkit", "pygments", "rich", "platformdirs"},
}
LARGEST_FILE = 500


def modules(room: str) -> list[Path]:
    return sorted(ROOMS[room].rglob("*.py"))


def imported_packages(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in the file it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def standard(name: str) -> bool:
    import sys

    return name in sys.stdlib_module_names or name == "__future__"


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_downwards_only(room: str) -> None:
    wrong = []
    for path in modules(room):
        allowed = MAY_IMPORT[room] | {room}
        relative = path.relative_to(ROOMS[room])
        if room == "coldb":
            allowed |= FACES.get(relative.parts[0], set())
        bad = {name for name in imported_packages(path) if not standard(name)} - allowed
        if bad:
            wrong.append(f"{room}/{relative} imports {', '.join(sorted(bad))}")
    assert not wrong, "\n".join(wrong)


def test_engine_does_not_know_its_faces() -> None:
    faces = {f"coldb.{face}" for face in FACES}
    wrong = []
    for path in modules("coldb"):
        relative = path.relative_to(ROOMS["coldb"])
        if relative.parts[0] in FACES or relative.name == "__main__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if any(module == face or module.startswith(face + ".") for face in faces):
                wrong.append(f"{relative} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_the_walk_sees_a_wrong_import(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def f():\n    from coldb_etl.run import run\n    return run\n")
    assert imported_packages(planted) - MAY_IMPORT["coldb"] == {"coldb_etl"}


def test_files_stay_small_enough_to_hold_in_mind() -> None:
    large = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for room in ROOMS
        for path in modules(room)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LARGEST_FILE
    ]
    assert not large, "\n".join(large)


def test_documents_name_files_that_exist() -> None:
    """ARCHITECTURE.md leads the reader to files: each path it names is there."""
    import re

    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`((?:coldb|grammar|warehouse|etl|tests|benchmarks|docs)/[\w./-]+)`", text)
    )
    missing = [name for name in sorted(named) if not (ROOT / name).exists()]
    assert named, "ARCHITECTURE.md names no files"
    assert not missing, "\n".join(missing)
