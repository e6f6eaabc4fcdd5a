"""The SQL of coldb: from text to a syntax tree. It knows no table."""

from coldb_grammar.errors import SqlSyntaxError, excerpt
from coldb_grammar.parser import parse, parse_expression, parse_statement, split_statements

__all__ = [
    "SqlSyntaxError",
    "excerpt",
    "parse",
    "parse_expression",
    "parse_statement",
    "split_statements",
]
