"""Every command: its help, its exit status, its messages. In one process, because starting costs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import click
import pytest
from coldb.cli.main import coldb, run

from tests.compare.shops import MODEL, SHOP, make_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def all_commands() -> Iterator[tuple[list[str], click.Command]]:
    def walk(path: list[str], command: click.Command) -> Iterator[tuple[list[str], click.Command]]:
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                yield from walk([*path, name], below)

    yield from walk([], coldb)


@pytest.fixture
def shop(tmp_path: Path) -> str:
    return str(make_shop(tmp_path))


# --- help and usage ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path, _ in all_commands()], ids=" ".join)
def test_every_command_has_help(path: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path, "--help"]) == 0
    assert "Usage: coldb" in capsys.readouterr().out


def test_every_option_has_help() -> None:
    for path, command in all_commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name != "help":
                assert parameter.help, f"{' '.join(path)} {parameter.opts}"


def test_summaries_of_groups_name_commands_that_exist() -> None:
    names = {" ".join(path) for path, _ in all_commands()}
    assert {"shell", "etl run", "etl discover", "compare", "check", "info", "demo"} <= names


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["shell"],
        ["shell", "x.coldb", "--format", "xml"],
        ["shell", "x.coldb", "-c", "SELECT 1", "-f", "-"],
        ["shell", "x.coldb", "-f", "no such file.sql"],
        ["etl", "nonsense"],
        ["compare", "."],
        ["compare", "no such directory", "-q", "SELECT 1"],
        ["demo", "--order-lines", "many"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Error: " in captured.err
    assert list(tmp_path.iterdir()) == []


# --- shell ---------------------------------------------------------------------------------------


def test_shell_runs_commands(capsys: pytest.CaptureFixture[str], shop: str) -> None:
    commands = ["-c", "SELECT 1 AS a", "-c", "SELECT 2 AS b"]
    assert run(["shell", shop, "--format", "csv", *commands]) == 0
    assert capsys.readouterr().out == "a\n1\nb\n2\n"


def test_shell_runs_files_and_writes_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.sql").write_text("CREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES (1), (2);\n")
    (tmp_path / "b.sql").write_text("SELECT sum(a) AS total FROM t;\n")
    database, output = str(tmp_path / "x.coldb"), tmp_path / "out.json"
    files = ["-f", str(tmp_path / "a.sql"), "-f", str(tmp_path / "b.sql")]
    assert run(["shell", database, *files, "--format", "json", "-o", str(output)]) == 0
    assert json.loads(output.read_text()) == [{"total": 3}]
    assert capsys.readouterr().out == ""


def test_shell_points_at_errors(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1 AS x;\nSELECT 1 +\n  FROM t;\nSELECT 2 AS y;\n")
    assert run(["shell", ":memory:", "-f", str(tmp_path / "a.sql"), "--format", "csv"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "x\n1\n"
    message, line, caret = captured.err.splitlines()
    assert message.startswith(f"error: {tmp_path}/a.sql:3: ")
    assert line == "3 |   FROM t"
    assert line[caret.index("^") :].startswith("FROM")


def test_shell_read_only(capsys: pytest.CaptureFixture[str], shop: str, tmp_path: Path) -> None:
    assert run(["shell", shop, "--read-only", "-c", "CREATE TABLE t (a INTEGER)"]) == 1
    assert run(["shell", shop, "--read-only", "-c", "SELECT count(*) FROM sales"]) == 0
    assert run(["shell", str(tmp_path / "none"), "--read-only", "-c", "SELECT 1"]) == 1
    assert capsys.readouterr().err.count("error: ") == 2


def test_shell_meta_commands_work_in_scripts(capsys: pytest.CaptureFixture[str], shop: str) -> None:
    assert run(["shell", shop, "-c", "\\f jsonl", "-c", "\\dt"]) == 0
    tables = [json.loads(line)["table"] for line in capsys.readouterr().out.splitlines()]
    assert tables[:2] == ["sales", "store"]
    assert run(["shell", shop, "-c", "SELECT count(*) FROM sales", "-c", ".compare"]) == 0
    assert "same answer, 1 row" in capsys.readouterr().out


def test_an_open_transaction_is_undone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    database = str(tmp_path / "x.coldb")
    assert run(["shell", database, "-c", "BEGIN; CREATE TABLE t (a INTEGER)"]) == 0
    assert run(["shell", database, "-c", "SELECT * FROM t"]) == 1
    assert 'no table "t"' in capsys.readouterr().err


def test_a_file_that_is_no_database(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for command in (["shell", "-c", "SELECT 1"], ["check"], ["info"], ["etl", "status"]):
        assert run([*command, str(tmp_path / "file")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("error: ") and "internal" not in line for line in lines)


# --- etl -----------------------------------------------------------------------------------------


def test_a_load_from_model_to_proof(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.executescript(SHOP)
    (tmp_path / "model.sql").write_text(MODEL)
    database = str(tmp_path / "shop.coldb")
    assert run(["shell", database, "-f", str(tmp_path / "model.sql")]) == 0

    assert run(["etl", "plan", database, "--format", "jsonl"]) == 0
    plan = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(table["table"], table["rows"], table["replaces"]) for table in plan] == [
        ("store", 3, 0),
        ("sales", 6, 0),
    ]
    assert plan[1]["missing keys"] == "store: unknown"

    assert run(["etl", "run", database]) == 0
    captured = capsys.readouterr()
    assert "run 1: 7 rows loaded, 2 rows rejected" in captured.err
    assert "sales" in captured.out
    assert run(["etl", "run", database]) == 0
    assert capsys.readouterr().err.startswith("unchanged")

    assert run(["etl", "status", database, "--format", "jsonl"]) == 0
    status = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(table["table"], table["rows"], table["the source is"]) for table in status] == [
        ("store", 2, "unchanged"),
        ("sales", 5, "unchanged"),
    ]

    assert run(["etl", "rejects", database, "-t", "sales", "--format", "jsonl"]) == 0
    [reject] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "three" in reject["reason"]
    assert json.loads(reject["row"])["id"] == "5"

    assert run(["etl", "verify", database]) == 0
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.execute("UPDATE sales SET pieces = 7 WHERE id = 1")
        connection.commit()
    capsys.readouterr()
    assert run(["etl", "verify", database, "--format", "jsonl"]) == 1
    captured = capsys.readouterr()
    [sales] = [each for each in map(json.loads, captured.out.splitlines()) if each["equal"] == "NO"]
    assert (sales["table"], sales["differing columns"]) == ("sales", "pieces")
    assert captured.err == "1 table differ from their source\n"


def test_a_discovered_model_is_one_that_loads(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.executescript(SHOP)
    source, model = str(tmp_path / "shop.sqlite"), tmp_path / "model.sql"
    assert run(["etl", "discover", source, "--name", "till"]) == 0
    assert run(["etl", "discover", source, "--name", "till", "-o", str(model)]) == 0
    assert capsys.readouterr().out == model.read_text()
    assert "CREATE SOURCE till" in model.read_text()
    database = str(tmp_path / "shop.coldb")
    assert run(["shell", database, "-f", str(model)]) == 0
    assert run(["etl", "run", database]) == 0
    assert run(["etl", "verify", database]) == 0
    (tmp_path / "empty").mkdir()
    assert run(["etl", "discover", str(tmp_path / "empty")]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: ")


def test_a_plan_with_a_problem_is_status_1(
    capsys: pytest.CaptureFixture[str], shop: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.execute("ALTER TABLE stores RENAME COLUMN name TO label")
        connection.commit()
    assert run(["etl", "plan", shop]) == 1
    assert 'problem: table "store"' in capsys.readouterr().err
    assert run(["etl", "run", shop]) == 1
    assert capsys.readouterr().err.startswith("error: ")


# --- compare, check, info ------------------------------------------------------------------------


def test_compare_reports(capsys: pytest.CaptureFixture[str], shop: str, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "02_by_store.sql").write_text("SELECT store_id, sum(pieces) FROM sales GROUP BY 1;")
    (reports / "01_rows.sql").write_text("SELECT count(*) FROM sales;\nSELECT count(*) FROM store;")
    (reports / "notes.txt").write_text("no report")
    page = tmp_path / "page.html"
    command = ["compare", shop, "--reports", str(reports), "--runs", "1", "--html", str(page)]
    assert run([*command, "-q", "SELECT max(sold) FROM sales"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split("  ")[0] for line in lines if "same answer" in line]
    assert names == ["query 1", "rows 1", "rows 2", "by store"]
    assert lines[-1].startswith("4 of 4 answers equal")
    assert page.read_text().startswith("<!doctype html>")


def test_compare_is_status_1_when_answers_differ(
    capsys: pytest.CaptureFixture[str], shop: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.execute("DELETE FROM sales WHERE id = 1")
        connection.commit()
    assert run(["compare", shop, "-q", "SELECT id FROM sales", "--runs", "1"]) == 1
    assert "DIFFERENT answers: 5 rows here, 4 in the source" in capsys.readouterr().out
    assert run(["compare", shop, "-q", "SELECT text FROM note"]) == 1


def test_check(capsys: pytest.CaptureFixture[str], shop: str, tmp_path: Path) -> None:
    assert run(["check", shop]) == 0
    assert "no damage in 5 tables" in capsys.readouterr().out
    largest = max(
        (tmp_path / "shop.coldb" / "data").iterdir(), key=lambda file: file.stat().st_size
    )
    damaged = bytearray(largest.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    largest.write_bytes(damaged)
    assert run(["check", shop]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("damaged: ")
    assert largest.name in captured.err


def test_info(capsys: pytest.CaptureFixture[str], shop: str) -> None:
    assert run(["info", shop, "--format", "jsonl"]) == 0
    tables = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {table["table"]: table["rows"] for table in tables}["sales"] == 5
    assert run(["info", shop, "sales", "--format", "jsonl"]) == 0
    columns = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [column["column"] for column in columns][:2] == ["id", "store_id"]
    assert columns[1]["domain"] == "rows of store"
    assert run(["info", shop, "nobody"]) == 1
    assert 'no table "nobody"' in capsys.readouterr().err


# --- demo ----------------------------------------------------------------------------------------


def test_demo(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    directory = tmp_path / "a demo"
    assert run(["demo", "--dir", str(directory), "--order-lines", "3000"]) == 0
    output = capsys.readouterr().out
    assert "answers equal" in output
    assert "not compared" not in output
    assert "rejected from" in output
    assert f"coldb shell {directory}/shop.coldb" in output
    assert "<svg" in (directory / "compare.html").read_text()
    assert run(["demo", "--dir", str(directory), "--keep"]) == 0
    assert "unchanged" in capsys.readouterr().out


def test_demo_replaces_only_its_own_shop(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "shop.sqlite").write_text("someone's work")
    assert run(["demo", "--dir", str(tmp_path), "--order-lines", "100"]) == 2
    assert "--dir" in capsys.readouterr().err
    assert (tmp_path / "shop.sqlite").read_text() == "someone's work"


# --- what must not happen ------------------------------------------------------------------------


def test_a_bug_is_called_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_path: str) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("coldb_warehouse.check", broken)
    assert run(["check", "x"]) == 1
    assert capsys.readouterr().err == "error: internal error, please report it: KeyError: 'oops'\n"
    monkeypatch.setenv("COLDB_TRACEBACK", "1")
    with pytest.raises(KeyError):
        run(["check", "x"])


def test_ctrl_c_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("coldb_warehouse.check", interrupted)
    assert run(["check", "x"]) == 130
