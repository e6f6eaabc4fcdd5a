"""Views, macros and comments are kept as text: with the version, and under names that are free."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from coldb_warehouse import CatalogError, Warehouse, WarehouseError, check
from coldb_warehouse.backup import back_up, restore
from coldb_warehouse.schema import Column, TableKind, TableSchema
from coldb_warehouse.types import INTEGER
from coldb_warehouse.versions.manifest import Manifest
from coldb_warehouse.versions.manifest_codec import decode_manifest, encode_manifest
from coldb_warehouse.views import Macro, View

if TYPE_CHECKING:
    from pathlib import Path

TABLE = TableSchema("t", TableKind.PLAIN, (Column("a", INTEGER), Column("b", INTEGER)))
VIEW = View("v", ("a", "c"), "SELECT a, b FROM t")
MACRO = Macro("twice", "CREATE MACRO twice(x) AS 2 * x")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A warehouse with a table, a view, a macro, and a comment on each of what can have one."""
    path = tmp_path / "w"
    with Warehouse.open(path) as warehouse, warehouse.begin() as transaction:
        transaction.create_table(TABLE)
        transaction.put_view(VIEW)
        transaction.put_macro(MACRO)
        transaction.comment("t", None, "a table")
        transaction.comment("t", "b", "a column")
        transaction.comment("v", None, "a view")
        transaction.comment("v", "c", "its column")
    return path


def comments(warehouse: Warehouse) -> list[str | None]:
    schema = warehouse.snapshot().table("t").schema
    (view,) = warehouse.snapshot().views
    columns = [column.comment for column in schema.columns]
    return [schema.comment, *columns, view.comment, view.comment_on("a"), view.comment_on("c")]


ALL = ["a table", None, "a column", "a view", None, "its column"]


def test_they_are_there_when_the_warehouse_is_opened_again(path: Path) -> None:
    with Warehouse.open(path) as warehouse:
        snapshot = warehouse.snapshot()
        (view,) = snapshot.views
        assert (view.name, view.columns, view.query) == (VIEW.name, VIEW.columns, VIEW.query)
        assert snapshot.macros == (MACRO,)
        assert comments(warehouse) == ALL
    assert check(path).problems == ()


def test_they_are_in_a_backup(path: Path, tmp_path: Path) -> None:
    with Warehouse.open(path) as warehouse:
        expected = warehouse.snapshot().views
    back_up(path, tmp_path / "w.tar")
    restore(tmp_path / "w.tar", tmp_path / "restored")
    with Warehouse.open(tmp_path / "restored") as warehouse:
        assert warehouse.snapshot().views == expected
        assert comments(warehouse) == ALL


def test_an_older_version_keeps_its_own(path: Path) -> None:
    with Warehouse.open(path) as warehouse:
        before = warehouse.snapshot().version
        with warehouse.begin() as transaction:
            transaction.drop_view("v")
            transaction.drop_macro("twice")
        assert warehouse.snapshot().views == warehouse.snapshot().macros == ()
        assert [view.name for view in warehouse.snapshot(before).views] == ["v"]
        assert warehouse.snapshot(before).macros == (MACRO,)


def test_what_is_rolled_back_never_was(path: Path) -> None:
    with Warehouse.open(path) as warehouse:
        transaction = warehouse.begin()
        transaction.put_view(View("w", ("x",), "SELECT 1"))
        transaction.comment("t", None, None)
        assert transaction.snapshot().table("t").schema.comment is None
        transaction.rollback()
        assert [view.name for view in warehouse.snapshot().views] == ["v"]
        assert comments(warehouse) == ALL


def test_one_of_the_same_name_takes_its_place(path: Path) -> None:
    with Warehouse.open(path) as warehouse, warehouse.begin() as transaction:
        transaction.put_view(View("w", ("x",), "SELECT 1"))
        transaction.put_view(View("v", ("y",), "SELECT 2"))
        transaction.put_macro(Macro("twice", "CREATE MACRO twice(y) AS y + y"))
        assert [view.query for view in transaction.snapshot().views] == ["SELECT 2", "SELECT 1"]
        assert [macro.definition for macro in transaction.snapshot().macros] == [
            "CREATE MACRO twice(y) AS y + y"
        ]


def test_comments_follow_a_renamed_column_and_go_with_a_dropped_one(path: Path) -> None:
    with Warehouse.open(path) as warehouse, warehouse.begin() as transaction:
        transaction.rename_column("t", "b", "z")
        transaction.rename_table("t", "u")
        assert transaction.snapshot().table("u").schema.column("z").comment == "a column"
        transaction.drop_column("u", "z")
        transaction.add_column("u", Column("z", INTEGER))
        assert transaction.snapshot().table("u").schema.column("z").comment is None
        transaction.comment("u", None, None)
        assert not transaction.snapshot().table("u").schema.has_comments


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.create_table(TableSchema("v", TableKind.PLAIN, TABLE.columns)), 'view "v" ex'),
        (lambda t: t.rename_table("t", "v"), 'view "v" exists already'),
        (lambda t: t.put_view(View("t", ("a",), "SELECT 1")), '"t" is a table'),
        (lambda t: t.drop_view("vv"), 'no view "vv"; did you mean "v"'),
        (lambda t: t.drop_macro("twic"), 'no macro "twic"; did you mean "twice"'),
        (lambda t: t.comment("v", "aa", "x"), 'view "v" has no column "aa"; did you mean "a"'),
        (lambda t: t.comment("t", "aa", "x"), 'table "t" has no column "aa"'),
        (lambda t: t.comment("u", None, "x"), 'no table "u"'),
        (lambda t: View("w", ("a", "b"), "", None, ("x",)), "one comment for each column"),
    ],
)
def test_what_cannot_be(path: Path, change: Any, message: str) -> None:
    with Warehouse.open(path) as warehouse:
        transaction = warehouse.begin()
        before = transaction.snapshot()
        with pytest.raises(CatalogError, match=message):
            change(transaction)
        assert transaction.snapshot() is before
        transaction.rollback()


def test_features_tell_of_what_is_there() -> None:
    def features(**fields: Any) -> list[str]:
        body = encode_manifest(Manifest(1, **fields)).partition(b"\n")[2]
        return list(json.loads(body)["features"])

    assert features() == []
    assert features(views=(VIEW,)) == ["views"]
    assert features(views=(VIEW,), macros=(MACRO,)) == ["macros", "views"]


@pytest.mark.parametrize(
    "fields",
    [
        {"views": (VIEW, VIEW)},
        {"macros": (MACRO, MACRO)},
    ],
)
def test_two_of_one_name_are_refused_when_they_are_read(fields: Any) -> None:
    with pytest.raises(WarehouseError, match="makes no sense"):
        decode_manifest(encode_manifest(Manifest(1, **fields)), "m")
