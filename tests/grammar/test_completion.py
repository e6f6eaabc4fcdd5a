"""What a shell asks of a text that is still being typed."""

import pytest
from coldb_grammar.ast import Span
from coldb_grammar.completion import Suggestions, is_complete, next_tokens, tokens


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "-- a comment",
        "SELECT 1;",
        "SELECT 1 ; -- done",
        "SELECT 1; SELECT ';';",
        "SELECT (1;",
        "SELCT 1",
        "SELECT a FROM t WHERE )",
        "SELECT @",
        "SELECT 12abc",
    ],
)
def test_complete(text):
    assert is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT",
        "SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT ';",
        "SELECT $$;",
        'SELECT ";',
        "SELECT 1 /* ;",
        "SELECT 1 -- ;",
        "SELECT (1",
        "SELECT (1 -- ;",
        "SELECT a FROM t WHERE",
        "INSERT INTO t VALUES (1),",
        "SELECT E'\\';",
    ],
)
def test_incomplete(text):
    assert not is_complete(text)


STATEMENTS = {"SELECT", "INSERT", "COPY", "CREATE", "DROP", "EXPLAIN", "WITH", "BEGIN", "SHOW"}


@pytest.mark.parametrize(
    ("text", "some", "none"),
    [
        ("", STATEMENTS, {"FROM", "WHERE"}),
        ("SELECT 1; ", STATEMENTS, {"FROM"}),
        ("CREATE ", {"TABLE", "DIMENSION", "FACT", "SOURCE"}, {"SELECT"}),
        ("CREATE FACT TA", {"TABLE"}, {"SOURCE"}),
        ("SELECT a ", {"FROM", "AS", "UNION", "LIMIT", "AND"}, {"ON", "WHEN", "SELECT"}),
        ("SELECT a FROM t ", {"WHERE", "JOIN", "LEFT", "GROUP"}, {"FROM", "ON", "AND"}),
        ("SELECT a FROM t JOIN u ", {"ON", "USING"}, {"WHERE"}),
        ("SELECT CASE WHEN a ", {"THEN", "AND"}, {"FROM", "END"}),
        ("SELECT a FROM t ORDER ", {"BY"}, {"WHERE"}),
        ("SELECT a FROM t HAVING a ", {"WINDOW", "QUALIFY"}, {"WHERE"}),
        ("SELECT sum(a) ", {"OVER", "FILTER", "WITHIN"}, {"PARTITION"}),
        ("SELECT sum(a) OVER (", {"PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS"}, {"SELECT"}),
        ("SELECT sum(a) OVER (ROWS BETWEEN ", {"UNBOUNDED", "CURRENT"}, {"AND"}),
        ("SELECT a FROM t GROUP BY ", {"ROLLUP", "CUBE", "GROUPING", "ALL"}, {"SETS"}),
        ("SELECT a FROM t, ", {"LATERAL"}, {"WHERE"}),
        ("WITH ", {"RECURSIVE"}, {"SELECT"}),
        ("WITH a AS ", {"MATERIALIZED", "NOT"}, {"SELECT"}),
        ("DELETE FROM t ", {"RETURNING", "WHERE"}, {"SET"}),
        ("SELECT a FROM t ORDER BY a D", {"DESC", "LIMIT", "NULLS"}, {"WHERE"}),
    ],
)
def test_keywords(text, some, none):
    keywords = set(next_tokens(text).keywords)
    assert some <= keywords
    assert not none & keywords


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT ", "column"),
        ("SELECT a, t.", "column"),
        ("SELECT * FROM t WHERE a = ", "column"),
        ("SELECT * FROM t WHERE a = b AND c", "column"),
        ("SELECT * FROM t GROUP BY ", "column"),
        ("INSERT INTO t (a, ", "column"),
        ("SELECT * FROM t JOIN u USING (", "column"),
        ("SELECT * FROM ", "table"),
        ("SELECT * FROM t, ", "table"),
        ("SELECT * FROM t LEFT JOIN ", "table"),
        ("INSERT INTO ", "table"),
        ("COPY ", "table"),
        ("DESCRIBE ", "table"),
        ("CREATE TABLE t (a INT REFERENCES ", "table"),
        ("DROP SOURCE ", "source"),
        ("CREATE TABLE t (a ", "type"),
        ("SELECT CAST(a AS ", "type"),
        ("CREATE TABLE ", None),
        ("SELECT a AS ", None),
        ("SELECT a FROM t ", None),
        ("SELECT a FROM t LIMIT 1 ", None),
    ],
)
def test_names(text, wanted):
    suggestions = next_tokens(text)
    for kind in ("table", "column", "source", "type"):
        assert getattr(suggestions, f"wants_{kind}") == (kind == wanted), kind


@pytest.mark.parametrize("text", ["SELECT 'a ", "SELECT /* ", "SELECT )", "SELECT 1 FROM t ) "])
def test_nothing_to_suggest(text):
    assert next_tokens(text) == Suggestions()


def test_tokens():
    text = 'SELECT date, :p -- c\n FROM /* d */ "T" WHERE year = 1.5 || $$x$$ ? \'open'
    assert [(kind, shown) for kind, shown, _ in tokens(text)] == [
        ("keyword", "SELECT"),
        ("name", "date"),
        ("operator", ","),
        ("parameter", ":p"),
        ("comment", "-- c"),
        ("keyword", "FROM"),
        ("comment", "/* d */"),
        ("name", '"T"'),
        ("keyword", "WHERE"),
        ("name", "year"),
        ("operator", "="),
        ("number", "1.5"),
        ("operator", "||"),
        ("string", "$$x$$"),
        ("parameter", "?"),
        ("error", "'open"),
    ]


def test_a_word_is_a_keyword_where_the_grammar_says_so():
    kinds = [kind for kind, _, _ in tokens("SHOW tables; SELECT tables FROM show")]
    assert kinds == ["keyword", "keyword", "operator", "keyword", "name", "keyword", "name"]


@pytest.mark.parametrize(
    "text", ["RIGHT /*", "SELECT ] @ 'x' /* y", "FROM FROM a 12b 'c", "\0 \ud800 é ’ E'\\'"]
)
def test_tokens_of_nonsense(text):
    found = list(tokens(text))
    assert all(text[span.start : span.end] == shown for _, shown, span in found)
    left = list(text)
    for _, _, span in found:
        left[span.start : span.end] = " " * (span.end - span.start)
    assert "".join(left).strip() == ""
    assert [span for *_, span in found] == sorted((s for *_, s in found), key=lambda s: s.start)
    assert all(isinstance(span, Span) for *_, span in found)
