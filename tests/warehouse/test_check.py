"""What `check` finds that reading does not, in a warehouse that has something of everything."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from coldb_warehouse import check
from coldb_warehouse.schema import ForeignKey
from coldb_warehouse.types import INTEGER
from coldb_warehouse.versions.manifest_codec import FORMAT_VERSION

from tests.warehouse.everything import make_everything
from tests.warehouse.stars import open_small, plain_table
from tests.warehouse.workloads import append_few, copied, make_base

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Fields = dict[str, Any]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_everything(tmp_path_factory.mktemp("sound") / "w")


def rewrite(path: Path, change: Callable[[Fields], None]) -> None:
    """Changes the newest manifest, and its checksum with it."""
    newest = max((path / "manifests").iterdir())
    fields = json.loads(newest.read_bytes().partition(b"\n")[2])
    change(fields)
    body = json.dumps(fields).encode() + b"\n"
    header = b"coldb-manifest %d %08x %d\n" % (FORMAT_VERSION, zlib.crc32(body), len(body))
    newest.write_bytes(header + body)


def table(fields: Fields, name: str) -> Fields:
    found: Fields = next(each for each in fields["tables"] if each["schema"]["name"] == name)
    return found


def another_partition(fields: Fields) -> None:
    table(fields, "parted")["segments"][0]["partition"] = 77


def no_partition(fields: Fields) -> None:
    table(fields, "parted")["segments"][0]["partition"] = None


def fewer_deleted(fields: Fields) -> None:
    deleted = next(s["deleted"] for s in table(fields, "sales")["segments"] if s["deleted"])
    deleted[1] -= 1


def shorter_move(fields: Fields) -> None:
    table(fields, "store")["moves"][0][2] -= 1


def move_of_others(fields: Fields) -> None:
    move = table(fields, "store")["moves"][0]
    move[1] = table(fields, "parted")["segments"][0]["chunks"]["2"][0]


def swapped_parts(fields: Fields) -> None:
    dictionaries = table(fields, "sales")["dictionaries"]
    next(each for each in dictionaries.values() if len(each["parts"]) > 1)["parts"].reverse()


def overlap(fields: Fields) -> None:
    chunks = table(fields, "parted")["segments"][0]["chunks"]
    chunks["1"][0][1] += 1


LIES = {
    another_partition: "belong to another partition than 77",
    no_partition: "in no partition",
    fewer_deleted: "is not the one of the manifest",
    shorter_move: "does not lead into a domain",
    move_of_others: "damaged|does not lead into a domain",
    swapped_parts: "its dictionary is not in order",
    overlap: "disagree on what",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_lies_of_the_manifest(sound: Path, tmp_path: Path, lie: Callable[[Fields], None]) -> None:
    path = copied(sound, tmp_path / "w")
    rewrite(path, lie)
    problems = check(path).problems
    assert any(words in problem for problem in problems for words in LIES[lie].split("|")), problems


def test_keys_of_deleted_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_base(tmp_path / "w")
    monkeypatch.setattr("coldb_warehouse.writing.delete.refuse_referenced", lambda *a: None)
    with open_small(path) as warehouse, warehouse.begin() as transaction:
        transaction.delete("store", [0])
    (problem,) = check(path).problems
    assert 'reference rows of table "store" that were deleted' in problem


def test_deleted_rows_are_in_no_order(tmp_path: Path) -> None:
    """What they referenced has moved away from under them."""
    to_store = ForeignKey(("store",), "store", ("id",))
    day = replace(
        plain_table("day", ("id", INTEGER), ("store", INTEGER), ("number", INTEGER)),
        primary_key=("id",),
        foreign_keys=(to_store,),
        order_by=("store", "number"),
    )
    to_day = ForeignKey(("day",), "day", ("id",))
    with open_small(tmp_path / "w") as warehouse:
        with warehouse.begin() as transaction:
            stores = replace(plain_table("store", ("id", INTEGER)), primary_key=("id",))
            transaction.create_table(stores)
            transaction.create_table(day)
            sale = replace(plain_table("sale", ("day", INTEGER)), foreign_keys=(to_day,))
            transaction.create_table(sale)  # so that deleted days keep their places
            transaction.append("store", pa.table({"id": [1, 2]}))
            data = {"id": [1, 2], "store": [1, 2], "number": [9, 3]}
            transaction.append("day", pa.table(data))
            transaction.delete("day", [1])
            transaction.delete("store", [1])
            transaction.optimize("store")
        assert warehouse.snapshot().table("day").segments[0].is_sorted
    assert check(tmp_path / "w").problems == ()


def test_damage_to_older_versions(tmp_path: Path) -> None:
    """Also to data that the newest one has no use for."""
    path = make_base(tmp_path / "w")
    with open_small(path) as warehouse:
        before = warehouse.history.read(3).manifest.files()
        with warehouse.begin() as transaction:
            transaction.truncate("sales")
            transaction.truncate("store")
        assert not warehouse.history.read(warehouse.snapshot().version).manifest.files()
    assert check(path).problems == ()
    for name in sorted(before):
        file = path / "data" / name
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert any(name in problem for problem in check(path).problems), name
        file.write_bytes(content)


def test_a_torn_manifest_is_told(tmp_path: Path) -> None:
    path = make_base(tmp_path / "w")
    newest = max((path / "manifests").iterdir())
    newest.write_bytes(newest.read_bytes()[:100])
    problems = check(path).problems
    assert any("is torn" in problem for problem in problems)
    with open_small(path) as warehouse, warehouse.begin() as transaction:
        append_few(transaction, 50)
    assert not any("is torn" in problem for problem in check(path).problems)
