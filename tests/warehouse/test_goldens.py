"""Warehouses that were written before, by this format and earlier ones, are read as they were."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from coldb_warehouse import Warehouse, check
from coldb_warehouse.backup import restore
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.versions.manifest_codec import FORMAT_VERSION
from coldb_warehouse.views import Macro, View

from tests.warehouse.goldens import DIRECTORY, contents_as_text
from tests.warehouse.stars import open_small

if TYPE_CHECKING:
    from pathlib import Path

GOLDENS = sorted(path.stem for path in DIRECTORY.glob("*.tar"))


def test_there_are_goldens_of_this_format() -> None:
    names = {"definitions", "everything", "kinds", *(encoding.name for encoding in ENCODINGS)}
    assert {f"format{FORMAT_VERSION}-{name}" for name in names} <= set(GOLDENS)


@pytest.mark.parametrize("golden", GOLDENS)
def test_a_golden_is_read_as_it_was(golden: str, tmp_path: Path) -> None:
    path = tmp_path / "w"
    restore(DIRECTORY / f"{golden}.tar", path)
    expected = json.loads((DIRECTORY / f"{golden}.json").read_text())
    with Warehouse.open(path, read_only=True) as warehouse:
        assert contents_as_text(warehouse.snapshot()) == expected


@pytest.mark.parametrize("golden", GOLDENS)
def test_a_golden_can_be_written(golden: str, tmp_path: Path) -> None:
    path = tmp_path / "w"
    restore(DIRECTORY / f"{golden}.tar", path)
    expected = json.loads((DIRECTORY / f"{golden}.json").read_text())
    with open_small(path) as warehouse:
        with warehouse.begin() as transaction:
            transaction.optimize()
        contents = contents_as_text(warehouse.snapshot())
    assert {name: sorted(rows) for name, rows in contents.items()} == {
        name: sorted(rows) for name, rows in expected.items()
    }
    assert check(path).problems == ()


def test_definitions_are_read_as_they_were(tmp_path: Path) -> None:
    restore(DIRECTORY / "format2-definitions.tar", tmp_path / "w")
    with Warehouse.open(tmp_path / "w", read_only=True) as warehouse:
        snapshot = warehouse.snapshot()
    assert snapshot.views == (
        View("big", ("id", "n"), "SELECT 1, 2", "of two columns", (None, "a number")),
        View("bigger", ("id",), "SELECT id FROM big"),
    )
    assert snapshot.macros == (Macro("twice", "CREATE MACRO twice(x) AS 2 * x"),)
    links = snapshot.table("links").schema
    assert (links.comment, links.column("added").comment) == ("which pairs are meant", "came late")
