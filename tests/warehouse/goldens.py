"""Small warehouses of this format, kept in the repository: `python -m tests.warehouse.goldens`.

What a released version has written must be readable for ever. A golden is an archive that
`coldb_warehouse.backup` has made, and beside it what is in it. Those of a released format are never
written again; the ones of a new format are written beside them.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from coldb_warehouse import Snapshot, Warehouse
from coldb_warehouse.backup import back_up
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.versions.manifest_codec import FORMAT_VERSION

from tests.warehouse.everything import make_definitions, make_everything, make_kinds, make_values
from tests.warehouse.stars import open_small
from tests.warehouse.workloads import content_of

__all__ = ["DIRECTORY", "contents_as_text"]

DIRECTORY = Path(__file__).parent / "golden"


def contents_as_text(snapshot: Snapshot) -> dict[str, list[str]]:
    """The rows of each table, by Python's `repr` of each, which keeps every digit."""
    return {
        name: [repr(row) for row in rows]
        for name, rows in content_of(snapshot).items()
        if isinstance(rows, list)
    }


def write_golden(name: str, path: Path) -> None:
    """Writes the archive of a warehouse and its contents, in place of those there are."""
    target = DIRECTORY / f"format{FORMAT_VERSION}-{name}"
    archive = target.with_suffix(".tar")
    archive.unlink(missing_ok=True)
    back_up(path, archive)
    with Warehouse.open(path, read_only=True) as warehouse:
        contents = contents_as_text(warehouse.snapshot())
    target.with_suffix(".json").write_text(
        json.dumps(contents, indent=1, ensure_ascii=False) + "\n"
    )


def main() -> None:
    DIRECTORY.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        write_golden("everything", make_everything(Path(directory) / "everything"))
        write_golden("definitions", make_definitions(Path(directory) / "definitions"))
        for encoding in ENCODINGS:
            path = Path(directory) / encoding.name
            with open_small(path, block_rows=16) as warehouse, warehouse.begin() as transaction:
                make_values(transaction, encoding.name)
            write_golden(encoding.name, path)
        write_golden("kinds", make_kinds_alone(Path(directory) / "kinds"))


def make_kinds_alone(path: Path) -> Path:
    with open_small(path, block_rows=16) as warehouse, warehouse.begin() as transaction:
        make_kinds(transaction)
    return path


if __name__ == "__main__":
    main()
