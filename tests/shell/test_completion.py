"""Completion as a pure function: the text with | for the cursor in, suggestions out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coldb.shell.completion import suggest

from tests.shell.stars import TABLES

if TYPE_CHECKING:
    from pathlib import Path


def texts(marked: str) -> list[str]:
    before, _, after = marked.partition("|")
    return [each.text for each in suggest(before, after, TABLES, ["sum", "substring"])]


def test_statements_begin_with_the_words_that_begin_them() -> None:
    assert "SELECT" in texts("|")
    assert "FROM" not in texts("|")
    assert texts("SEL|") == ["SELECT"]


def test_keywords_follow_the_case_of_what_is_typed() -> None:
    assert texts("sel|") == ["select"]
    assert "GROUP" in texts("SELECT region FROM store G|")


def test_only_legal_keywords_are_offered() -> None:
    offered = texts("SELECT region FROM store |")
    assert "WHERE" in offered
    assert "VALUES" not in offered
    assert texts("SELECT region FROM store WHERE region |").count("LIKE") == 1


def test_tables_where_a_table_can_stand() -> None:
    assert texts("SELECT * FROM |")[:3] == ["sales", "store", "calendar"]
    assert texts("SELECT * FROM s|") == ["sales", "store"]
    assert texts("DESCRIBE |")[:4] == ["sales", "store", "calendar", "SELECT"]
    assert texts("INSERT INTO st|") == ["store"]


def test_columns_of_the_tables_in_scope() -> None:
    assert texts("SELECT re| FROM store") == ["region"]
    assert texts("SELECT sum(am|) FROM sales") == ["amount"]
    assert "amount" not in texts("SELECT * FROM store WHERE |")


def test_statements_that_change_rows() -> None:
    assert texts("UPDATE st|") == ["store"]
    assert texts("UPDATE store SET re|") == ["region"]
    assert "amount" in texts("UPDATE sales AS s SET s| WHERE ") + texts("UPDATE sales SET |")
    assert texts("DELETE FROM sales USING st|") == ["store"]
    assert texts("DELETE FROM sales USING store WHERE regi|") == ["region"]
    assert texts("MERGE INTO store USING sales ON amou|") == ["amount"]
    assert "MATCHED" in texts("MERGE INTO store USING sales ON true WHEN |")
    assert texts("TRUNCATE st|") == ["store"]
    assert texts("OPTIMIZE st|") == ["store"]
    assert texts("INSERT OVERWRITE st|") == ["store"]
    assert texts("ALTER TABLE store DROP re|") == ["region"]


def test_a_table_named_behind_the_cursor_counts() -> None:
    assert "amount" in texts("SELECT | FROM sales; SELECT 1")
    assert "amount" not in texts("SELECT |; SELECT * FROM sales")
    assert "amount" not in texts("SELECT * FROM sales; SELECT |")


def test_comments_hide_nothing() -> None:
    assert texts("SELECT re -- where\n, reg| FROM store") == ["region"]
    assert texts("/* which */ SELECT * /* all */ FROM st|") == ["store"]


def test_ambiguous_columns_are_qualified() -> None:
    offered = texts("SELECT * FROM sales s JOIN store ON true WHERE |")
    assert "s.store_id" in offered
    assert "store.store_id" in offered
    assert "store_id" not in offered
    assert "region" in offered


def test_columns_behind_a_qualifier() -> None:
    assert texts("SELECT s.| FROM sales AS s") == ["id", "store_id", "sold", "shipped", "amount"]
    assert texts("SELECT s.a| FROM sales s") == ["amount"]
    assert texts('SELECT "store".| FROM store') == ["store_id", "region", '"Opened At"']
    assert texts("SELECT nobody.| FROM sales") == []


def test_names_that_need_quotes_get_them() -> None:
    assert texts('SELECT "Op| FROM store') == ['"Opened At"']
    assert texts("SELECT op| FROM store") == ['"Opened At"']


def test_joins_are_completed_from_declared_keys() -> None:
    offered = texts("SELECT * FROM sales s JOIN |")
    assert offered[:3] == [
        "store ON s.store_id = store.store_id",
        "calendar ON s.sold = calendar.day",
        "calendar ON s.shipped = calendar.day",
    ]
    assert (
        texts("SELECT * FROM store LEFT JOIN sa|")[0] == "sales ON sales.store_id = store.store_id"
    )


def test_a_dimension_in_a_second_role_gets_a_name_of_its_own() -> None:
    marked = "SELECT * FROM sales JOIN calendar ON sales.sold = calendar.day JOIN cal|"
    assert "calendar AS calendar2 ON sales.shipped = calendar2.day" in texts(marked)


def test_conditions_are_completed_from_declared_keys() -> None:
    assert texts("SELECT * FROM sales s JOIN store t ON |")[0] == "s.store_id = t.store_id"


def test_functions() -> None:
    assert "sum(" in texts("SELECT su| FROM sales")
    assert "substring(" in texts("SELECT su| FROM sales")


@pytest.mark.parametrize(
    "marked", ["SELECT 'sel|", "SELECT 1 -- sel|", "SELECT 12|", "SELECT /* sel|", "SELECT $$ sel|"]
)
def test_nothing_inside_texts_comments_and_numbers(marked: str) -> None:
    assert texts(marked) == []


def test_what_a_suggestion_replaces() -> None:
    [suggestion] = suggest("SELECT reg", " FROM store", TABLES)
    assert (suggestion.text, suggestion.replaces, suggestion.kind) == ("region", 3, "store VARCHAR")


def test_meta_commands() -> None:
    assert texts(".ti|") == [".timer"]
    assert "\\dt" in texts("\\|")
    assert texts("\\d s|") == ["sales", "store"]
    assert texts("\\f js|") == ["json", "jsonl"]
    assert texts("\\timing |") == ["on", "off"]
    assert texts("\\q |") == []
    assert texts("\\nonsense |") == []


def test_files(tmp_path: Path) -> None:
    (tmp_path / "report.sql").touch()
    (tmp_path / "reports").mkdir()
    (tmp_path / ".hidden").touch()
    assert texts(f"\\i {tmp_path}/rep|") == [f"{tmp_path}/report.sql", f"{tmp_path}/reports/"]
    assert texts(f"\\i {tmp_path}/none/|") == []


@pytest.mark.parametrize(
    "text", ["SELECT * FROM (SELECT", "((((", "1 ' \" $$", ")", "\x00", "WITH x AS (", "é.", "."]
)
def test_any_text_gives_some_answer(text: str) -> None:
    for cut in range(len(text) + 1):
        assert isinstance(suggest(text[:cut], text[cut:], TABLES), list)
