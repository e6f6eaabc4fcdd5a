"""The messages of syntax errors: a gallery of what users write, and what they are told."""

import re
from pathlib import Path

import pytest
from coldb_grammar import SqlSyntaxError, excerpt, parse, parse_expression
from coldb_grammar.ast import Span

# Texts and what `render` says, in errors.txt: text, a line of dots, message, an empty line.
GALLERY = [
    entry.split("\n...\n", 1)
    for entry in Path(__file__).with_name("errors.txt").read_text().rstrip().split("\n\n")
]


@pytest.mark.parametrize(("text", "message"), GALLERY, ids=[text for text, _ in GALLERY])
def test_gallery(text, message):
    with pytest.raises(SqlSyntaxError) as caught:
        parse(text)
    assert caught.value.render() == message


def test_an_error_is_one_line_and_knows_its_place():
    with pytest.raises(SqlSyntaxError) as caught:
        parse("SELECT 1;\nSELECT a\nFROM t WHERE x = = 1")
    error = caught.value
    assert str(error) == 'line 3, column 18: unexpected "="; expected an expression'
    assert (error.line, error.column) == (3, 18)
    assert error.message == 'unexpected "="'
    assert error.expected == ("an expression",)
    assert error.text[error.span.start : error.span.end] == "="


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 'a\0b'", "a NUL character is not allowed"),
        ("SELECT '\ud800'", "half of a surrogate pair is not text"),
        (r"SELECT E'\ud800'", "an escape is half of a surrogate pair"),
        (r"SELECT E'\000'", "this escape is no character"),
        (r"SELECT E'\xff'", "this escape is no character"),
        (r"SELECT E'\U00110000'", "this escape is no character"),
        (r"SELECT E'\u12'", r"\u needs 4 hex digits"),
        ("SELECT \u200b1", r"the character (U+200B) has no meaning here"),
    ],
)
def test_what_is_not_text(text, message):
    with pytest.raises(SqlSyntaxError, match=re.escape(message)):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 '" + "x" * 1_000_000 + "'",
        "SELECT 1" + "x" * 1_000_000,
        "SELECT 1 'a\n\x1b[31m\r\u2028b'",
        'CREATE TABLE "a\nb" (PRIMARY KEY (a))',
        'CREATE TABLE t ("a\nb" INT NULL NULL)',
        'CREATE SOURCE s ("a\nb", "a\nb")',
        "SELECT INTERVAL '1 \n\x1b'",
        "SELECT INTERVAL 'P\n'",
        "SELECT INTERVAL '99999999999\nyears'",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_a_message_is_one_short_printable_line(text):
    with pytest.raises(SqlSyntaxError) as caught:
        parse(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["", "a b", "a;", "1,", "SELECT 1"])
def test_not_one_expression(text):
    with pytest.raises(SqlSyntaxError):
        parse_expression(text)


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("abc", Span(1, 2), "1 | abc\n     ^"),
        ("abc", Span(1, 9), "1 | abc\n     ^^"),
        ("abc", Span(3, 3), "1 | abc\n       ^"),
        ("", Span(0, 0), "1 | \n    ^"),
        ("a\nbcd\ne", Span(3, 5), "2 | bcd\n     ^^"),
        ("a\nbcd\ne", Span(3, 7), "2 | bcd\n     ^^"),
        ("\ta", Span(1, 2), "1 |  a\n     ^"),
        ("a\rb\x1b[31m", Span(2, 3), "1 | a b [31m\n      ^"),
        ("'日本' x", Span(5, 6), "1 | '日本' x\n           ^"),
        ("日本", Span(1, 2), "1 | 日本\n      ^^"),
    ],
)
def test_excerpt(text, span, expected):
    assert excerpt(text, span) == expected


def test_an_excerpt_of_a_long_line_is_cut_around_the_place():
    text = "x" * 500 + "HERE" + "y" * 500
    shown, carets = excerpt(text, Span(500, 504)).split("\n")
    assert shown == "1 | ..." + "x" * 50 + "HERE" + "y" * 46 + "..."
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "HERE"
