"""Which words are names: folding, quoting, reserved words and keywords that are none everywhere."""

import pytest
from coldb_grammar import SqlSyntaxError, parse_expression, parse_statement
from coldb_grammar.ast import ColumnRef, FunctionCall, Identifier
from coldb_grammar.keywords import RESERVED
from coldb_grammar.table import load

FREE = sorted(load().keywords - RESERVED)
COMMON = [
    "action", "character", "comment", "data", "date", "dates", "day", "dimension", "double",
    "encoding", "fact", "filter", "first", "format", "hierarchy", "hour", "key", "last", "level",
    "location", "missing", "month", "name", "owner", "path", "position", "precision", "rank",
    "role", "row", "rows", "source", "sources", "status", "tables", "text", "time", "timestamp",
    "transaction", "type", "unknown", "value", "values", "version", "without", "work", "year",
    "zone",
]  # fmt: skip


@pytest.mark.parametrize("word", sorted({*COMMON, *map(str.lower, FREE)}))
def test_words_that_are_not_reserved_are_names(word):
    """As a table, a column, an alias, in a definition and in lists of columns."""
    query = parse_statement(
        f"SELECT {word}, {word}.{word} AS {word}, {word} + 1, count({word}) {word}"
        f" FROM {word}, {word} AS {word}, t JOIN u USING ({word})"
        f" WHERE {word} = 1 AND {word} IN (1) GROUP BY {word} ORDER BY {word}, {word} DESC"
    )
    assert query.body.items[0].expression == ColumnRef(Identifier(word))
    assert query.body.items[1].alias == Identifier(word)
    table = parse_statement(
        f"CREATE TABLE {word} ({word} INT NOT NULL, b {word}, PRIMARY KEY ({word}))"
    )
    assert table.columns[0].name == Identifier(word)
    assert table.columns[1].type.name == word.upper()
    parse_statement(f"INSERT INTO {word} ({word}) SELECT {word} FROM {word}")
    parse_statement(f"COPY {word} ({word}) FROM 'x'")
    parse_statement(f"DROP TABLE {word}")
    parse_statement(f"WITH {word} AS (SELECT 1 {word}) SELECT 1")


@pytest.mark.parametrize("word", ["left", "right", "replace", "year", "date", "date_trunc", "if"])
def test_functions_may_have_names_of_keywords(word):
    expected = FunctionCall(Identifier(word), (ColumnRef(Identifier("a")),))
    assert parse_expression(f"{word}(a)") == expected
    parse_statement(f"SELECT {word}(a), {word} (a) FROM t LEFT JOIN u ON {word}(a) = 1")


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words_are_names_only_in_quotes_or_behind_as_or_a_point(word):
    with pytest.raises(SqlSyntaxError):
        parse_statement(f"SELECT 1 FROM {word}")
    with pytest.raises(SqlSyntaxError):
        parse_statement(f"SELECT 1 AS x FROM t AS {word}")
    with pytest.raises(SqlSyntaxError):
        parse_statement(f"CREATE TABLE t ({word} INT)")
    (item,) = parse_statement(f'SELECT t.{word} AS {word} FROM "{word}"').body.items
    assert item.expression.name == item.alias == Identifier(word.lower())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Abc_1$", "abc_1$"),
        ('"Abc"', "Abc"),
        ('"a""b"', 'a"b'),
        ('"select"', "select"),
        ('"with space"', "with space"),
        ("größe", "größe"),
        ("ÄB", "Äb"),
        ("表", "表"),
    ],
)
def test_folding(written, meant):
    assert parse_expression(written) == ColumnRef(Identifier(meant))


def test_keywords_are_ascii():
    """The long s is no s, though it becomes one in upper case."""
    assert parse_expression("nul\u0131") == ColumnRef(Identifier("nul\u0131"))
    assert parse_expression("\u017felect") == ColumnRef(Identifier("\u017felect"))


def test_hierarchy_is_a_column_or_a_clause():
    table = parse_statement(
        "CREATE TABLE t (hierarchy VARCHAR(10), a INT, HIERARCHY hierarchy (hierarchy, a))"
    )
    assert [column.name.text for column in table.columns] == ["hierarchy", "a"]
    assert [h.name.text for h in table.hierarchies] == ["hierarchy"]
