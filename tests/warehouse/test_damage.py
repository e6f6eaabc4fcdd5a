"""Damaged and hostile files: the right rows or a CorruptionError that names the file, never else."""

from __future__ import annotations

import json
import shutil
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from coldb_warehouse import (
    CorruptionError,
    StorageError,
    UnsupportedFormatError,
    Warehouse,
    check,
)
from coldb_warehouse.versions.manifest_codec import FORMAT_VERSION, decode_manifest, encode_manifest

from tests.warehouse.stars import make_shop, open_small, plain_table, rows

Content = dict[str, list[tuple[Any, ...]]]


def content(path: Path) -> Content:
    with Warehouse.open(path, read_only=True) as warehouse:
        snapshot = warehouse.snapshot()
        return {schema.name: rows(snapshot.table(schema.name)) for schema in snapshot.tables}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small warehouse with every form of column: of 3 versions, small files and large ones."""
    path = tmp_path_factory.mktemp("sound") / "w"
    with open_small(path, segment_rows=70_000) as warehouse:
        with warehouse.begin() as transaction:
            make_shop(transaction)
        for number in range(2):
            with warehouse.begin() as transaction:
                data = {
                    "number": [number] * 25,
                    "store_id": [10, None, 20, 30, 30] * 5,
                    "amount": range(25),
                    "note": [None, "n", f"note {number}", "", "n"] * 5,
                }
                transaction.append("sales", pa.table(data))
    return path


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "w"))


def newest_manifest(path: Path) -> Path:
    return max((path / "manifests").iterdir())


def needed_files(path: Path) -> set[str]:
    """The newest manifest and what it names."""
    newest = newest_manifest(path)
    return {newest.name} | decode_manifest(newest.read_bytes(), "").files()


def test_a_torn_newest_manifest_is_a_commit_that_never_was(sound: Path, damaged: Path) -> None:
    newest = newest_manifest(damaged)
    before = newest.read_bytes()
    with Warehouse.open(sound, read_only=True) as warehouse:
        version = warehouse.snapshot().version
    for torn in (b"", before[:10], before[:200], before[:-1], bytes(100)):
        newest.write_bytes(torn)
        with Warehouse.open(damaged, read_only=True) as warehouse:
            assert warehouse.snapshot().version == version - 1
            assert warehouse.snapshot().table("sales").rows == 25
    with open_small(damaged) as warehouse, warehouse.begin() as transaction:
        transaction.append("sales", pa.table({"number": [7]}))
    with Warehouse.open(damaged, read_only=True) as warehouse:
        assert warehouse.snapshot().version == version + 1
        assert warehouse.snapshot().table("sales").rows == 26


def test_two_torn_manifests_are_damage(damaged: Path) -> None:
    for manifest in sorted((damaged / "manifests").iterdir())[-2:]:
        manifest.write_bytes(manifest.read_bytes()[:50])
    with pytest.raises(CorruptionError, match="manifest"):
        content(damaged)


def rewrite(path: Path, change: Any) -> None:
    """Changes the newest manifest behind its checksum, as an attacker would."""
    newest = newest_manifest(path)
    header, _, body = newest.read_bytes().partition(b"\n")
    fields = json.loads(body)
    changed = change(fields)
    text = json.dumps(fields if changed is None else changed).encode() + b"\n"
    write_manifest(newest, text)
    assert header.startswith(b"coldb-manifest 2 ")


def write_manifest(file: Path, body: bytes, format_version: int = FORMAT_VERSION) -> None:
    header = b"coldb-manifest %d %08x %d\n" % (format_version, zlib.crc32(body), len(body))
    file.write_bytes(header + body)


def first_chunk(fields: dict[str, Any]) -> list[Any]:
    chunk: list[Any] = fields["tables"][1]["segments"][0]["chunks"]["1"]
    return chunk


HOSTILE: dict[str, Any] = {
    "no tables": lambda fields: fields.pop("tables"),
    "a list": lambda fields: [],
    "a number": lambda fields: 7,
    "two tables of one name": lambda fields: fields["tables"].append(fields["tables"][0]),
    "references nothing": lambda fields: fields["tables"].pop(0),
    "unknown type": lambda fields: fields["tables"][0]["schema"]["columns"][0].__setitem__(
        2, ["BLOB", 0, 0, 0]
    ),
    "no columns": lambda fields: fields["tables"][0]["schema"].__setitem__("columns", []),
    "key of no column": lambda fields: fields["tables"][0]["schema"].__setitem__(
        "primary_key", ["x"]
    ),
    "rows as text": lambda fields: fields["tables"][1]["segments"][0].__setitem__("rows", "25"),
    "negative rows": lambda fields: fields["tables"][1]["segments"][0].__setitem__("rows", -1),
    "many rows": lambda fields: fields["tables"][1]["segments"][0].__setitem__("rows", 2**62),
    "no such chunk": lambda fields: fields["tables"][1]["segments"][0]["chunks"].pop("1"),
    "not coded": lambda fields: fields["tables"][1]["segments"][0]["chunks"]["2"].__setitem__(
        1, False
    ),
    "coded": lambda fields: first_chunk(fields).__setitem__(1, True),
    "a shorter place": lambda fields: first_chunk(fields)[0].__setitem__(2, 10),
    "a place of nothing": lambda fields: first_chunk(fields)[0].__setitem__(2, 0),
    "a place beyond": lambda fields: first_chunk(fields)[0].__setitem__(1, 2**62),
    "a huge place": lambda fields: first_chunk(fields)[0].__setitem__(2, 2**62),
    "another crc": lambda fields: first_chunk(fields)[0].__setitem__(3, 1),
    "a path": lambda fields: first_chunk(fields)[0].__setitem__(0, "../../etc/passwd"),
    "an absolute path": lambda fields: first_chunk(fields)[0].__setitem__(0, "/etc/passwd"),
    "dots": lambda fields: first_chunk(fields)[0].__setitem__(0, ".."),
    "a NUL": lambda fields: first_chunk(fields)[0].__setitem__(0, "a\0b"),
    "a long name": lambda fields: first_chunk(fields)[0].__setitem__(0, "x" * 10_000),
    "a float": lambda fields: first_chunk(fields)[0].__setitem__(1, 1.5),
    "no dictionary": lambda fields: fields["tables"][0].__setitem__("dictionaries", {}),
    "a short dictionary": lambda fields: fields["tables"][0]["dictionaries"]["2"]["parts"].clear(),
    "a wrong size": lambda fields: fields["tables"][0]["dictionaries"]["2"]["parts"][0].__setitem__(
        1, 9
    ),
    "another version": lambda fields: fields.__setitem__("version", 99),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_manifests_are_refused(damaged: Path, attack: str) -> None:
    rewrite(damaged, HOSTILE[attack])
    with pytest.raises(CorruptionError) as caught:
        content(damaged)
    assert "\n" not in str(caught.value)
    problems = check(damaged).problems
    assert problems
    assert all("\n" not in problem for problem in problems)


DEEP = b'{"features":[],"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", DEEP], ids=lambda b: str(b[:8]))
def test_manifests_that_are_no_json(damaged: Path, body: bytes) -> None:
    write_manifest(newest_manifest(damaged), body)
    with pytest.raises(CorruptionError, match="makes no sense"):
        content(damaged)


def test_newer_formats_and_features_are_refused(damaged: Path) -> None:
    rewrite(damaged, lambda fields: fields.__setitem__("features", ["deletions"]))
    with pytest.raises(UnsupportedFormatError, match="deletions; use a newer"):
        content(damaged)
    write_manifest(newest_manifest(damaged), b"{}", format_version=FORMAT_VERSION + 1)
    with pytest.raises(UnsupportedFormatError, match=r"has format 3, .* up to format 2"):
        content(damaged)


def test_a_symbolic_link_is_not_followed(damaged: Path, tmp_path: Path) -> None:
    file = damaged / "data" / min(needed_files(damaged) - {newest_manifest(damaged).name})
    (tmp_path / "elsewhere").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match=file.name):
        content(damaged)


LIES: dict[str, Any] = {
    "nulls": lambda fields: first_chunk(fields).__setitem__(2, 3),
    "smallest": lambda fields: first_chunk(fields).__setitem__(3, -5),
    "largest": lambda fields: first_chunk(fields).__setitem__(4, 5),
    "sorted": lambda fields: fields["tables"][1]["segments"][0]["chunks"]["2"].__setitem__(6, True),
    "NOT NULL": lambda fields: fields["tables"][1]["schema"]["columns"][1].__setitem__(3, False),
    "not in order": lambda fields: fields["tables"][1]["schema"].__setitem__("order_by", ["note"]),
    "primary key occurs twice": lambda fields: fields["tables"][1]["schema"].__setitem__(
        "primary_key", ["number"]
    ),
    "does not follow": lambda fields: fields.__setitem__("previous", "0" * 64),
}


@pytest.mark.parametrize("lie", LIES)
def test_check_finds_what_reading_does_not(damaged: Path, lie: str) -> None:
    assert check(damaged).problems == ()
    rewrite(damaged, LIES[lie])
    problems = check(damaged).problems
    assert any(lie in problem for problem in problems), problems


def test_check_counts_and_finds_leftovers(damaged: Path) -> None:
    (damaged / "data" / "9-abc-0.col").write_bytes(b"left by a writer that was killed")
    report = check(damaged)
    assert report.problems == ()
    assert report.leftovers == ("9-abc-0.col",)
    assert (report.version, report.tables, report.rows, report.chunks) == (4, 2, 54, 17)
    with open_small(damaged) as warehouse:
        warehouse.begin().rollback()
    assert check(damaged).leftovers == ()


def test_check_verifies_positions_of_keys_of_several_columns(tmp_path: Path) -> None:
    from coldb_warehouse.schema import ForeignKey
    from coldb_warehouse.types import INTEGER

    columns = (("a", INTEGER), ("b", INTEGER))
    key = ForeignKey(("a", "b"), "d", ())
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        transaction.create_table(plain_table("d", *columns, primary_key=("a", "b")))
        transaction.create_table(plain_table("f", *columns, foreign_keys=(key,)))
        transaction.append("d", pa.table({"a": [1, 1], "b": [1, 2]}))
        transaction.append("f", pa.table({"a": [1, 1, None], "b": [2, 1, 1]}))
    assert check(tmp_path / "w").problems == ()
    rewrite(tmp_path / "w", swap_columns)
    assert any("wrong positions" in problem for problem in check(tmp_path / "w").problems)


def swap_columns(fields: dict[str, Any]) -> None:
    chunks = fields["tables"][1]["segments"][0]["chunks"]
    chunks["1"], chunks["2"] = chunks["2"], chunks["1"]


def test_a_manifest_survives_its_own_encoding(sound: Path) -> None:
    manifest = decode_manifest(newest_manifest(sound).read_bytes(), "")
    assert decode_manifest(encode_manifest(manifest), "") == manifest
