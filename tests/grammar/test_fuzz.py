"""Any text gives trees or a SqlSyntaxError, and any tree can be written and read back."""

import os
from contextlib import suppress
from decimal import Decimal

from coldb_grammar import SqlSyntaxError, parse, parse_expression, split_statements
from coldb_grammar.ast import (
    ArrayValue,
    Between,
    Binary,
    Case,
    Cast,
    ColumnRef,
    FunctionCall,
    Identifier,
    InList,
    IsBoolean,
    IsDistinct,
    IsNull,
    Like,
    Literal,
    Quantified,
    RowValue,
    Subscript,
    TypeName,
    Unary,
)
from coldb_grammar.completion import is_complete, next_tokens, tokens
from coldb_grammar.table import load
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.grammar.shape import shape
from tests.grammar.test_corpora import SSB
from tests.grammar.test_spans import STATEMENT

EXAMPLES = int(os.environ.get("COLDB_FUZZ_EXAMPLES", "300"))

MARKS = (
    "( ) , . ; :: + - * / % ^ || = <> < <= > >= ? :p ' \" -- /* */ [ ] $ $1 := => & | # << >> ~ !~*"
)
VALUES = "a t.b \"Q\" 'x' E'\\n' X'1f' $$y$$ 1 2.5 1e3 0x1f 1_0"
FRAGMENTS = [*sorted(load().keywords), *MARKS.split(), *VALUES.split(), "\n"]
OPERATORS = "+ - * / % ^ || = <> < <= > >= & | # << >> ~ ~* !~ !~*"
CORPUS = [
    STATEMENT,
    *(file.read_text() for file in SSB),
    "CREATE FACT TABLE t (a INT NOT NULL REFERENCES d (k) ON MISSING INFER, b VARCHAR(3) ENCODING"
    " rle, PRIMARY KEY (a), HIERARCHY h (a, b)) ORDER BY (a) FROM SOURCE s AS $q$SELECT 1$q$;",
    "COPY t (a) FROM 'x' WITH (FORMAT csv, HEADER false); INSERT INTO t (a) VALUES (1), (-2e3);",
    r"SELECT E'\n\u00e9', trim(both 'x' from a), a::timestamp without time zone, 'é' -- c",
]


def refusal(text):
    """The error of a text, if it has one."""
    try:
        parse(text)
    except SqlSyntaxError as error:
        return error
    return None


def survive(text):
    """Every public function gives an answer or a SqlSyntaxError that can be shown."""
    error = refusal(text)
    if error is not None:
        assert error.message
        assert "\n" not in str(error)
        assert 0 <= error.span.start <= error.span.end <= len(text)
        assert error.render()
    with suppress(SqlSyntaxError):
        parse_expression(text)
    with suppress(SqlSyntaxError):
        split_statements(text)
    is_complete(text)
    next_tokens(text)
    list(tokens(text))


@st.composite
def mutations(draw):
    text = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        inserted = draw(st.sampled_from(FRAGMENTS) | st.text(max_size=3))
        text = text[:start] + inserted + text[end:]
    return text


@settings(max_examples=EXAMPLES, deadline=None)
@given(mutations())
def test_mutated_statements(text):
    survive(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join))
def test_any_sequence_of_tokens(text):
    survive(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text):
    survive(text)


NAMES = st.sampled_from([*"abcxyz", "year", "left_", "größe"]).map(Identifier)
LEAVES = st.one_of(
    st.builds(ColumnRef, NAMES, st.none() | NAMES),
    st.builds(
        Literal,
        st.none()
        | st.booleans()
        | st.integers(0, 10**30)
        | st.decimals(0, 10**9, places=3).map(lambda d: Decimal(str(d)))
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
    ),
)
TYPES = st.sampled_from(
    [TypeName("INT"), TypeName("DECIMAL", (15, 2)), TypeName("TEXT", is_array=True)]
)


QUANTIFIERS = st.sampled_from(["ANY", "ALL"])


def chains(inner):
    """AND and OR of at least two operands, none of which is a chain of the same operator."""
    return st.builds(
        lambda operator, operands: Binary(operator, tuple(operands)),
        st.sampled_from(["AND", "OR"]),
        st.lists(inner, min_size=2, max_size=4),
    )


def arrays(inner):
    return st.builds(ArrayValue, st.lists(inner, max_size=3).map(tuple))


def larger(inner):
    flag = st.booleans()
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        chains(inner),
        st.builds(
            lambda operator, a, b: Binary(operator, (a, b)),
            st.sampled_from(OPERATORS.split()),
            inner,
            inner,
        ),
        st.builds(Unary, st.sampled_from(["-", "+", "~", "NOT"]), inner),
        st.builds(Quantified, st.sampled_from(["=", "<>", ">"]), QUANTIFIERS, inner, arrays(inner)),
        st.builds(RowValue, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Subscript, inner, inner),
        arrays(inner),
        st.builds(IsNull, inner, flag),
        st.builds(IsBoolean, inner, st.none() | flag, flag),
        st.builds(IsDistinct, inner, inner, flag),
        st.builds(Between, inner, inner, inner, flag),
        st.builds(InList, inner, some, flag),
        st.builds(Like, inner, inner, st.none() | inner, flag, flag),
        st.builds(Cast, inner, TYPES),
        st.builds(
            Case,
            st.none() | inner,
            st.lists(st.tuples(inner, inner), min_size=1, max_size=2).map(tuple),
            st.none() | inner,
        ),
        st.builds(FunctionCall, NAMES, some, flag, st.none() | inner),
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.recursive(LEAVES, larger, max_leaves=12))
def test_a_tree_written_out_parses_to_itself(tree):
    assert parse_expression(shape(tree)) == tree
