"""The nodes of statements that are of no larger family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb_grammar.ast import (
    Begin,
    Commit,
    Copy,
    CreateSource,
    Deallocate,
    Describe,
    DropSource,
    Execute,
    Explain,
    Identifier,
    LiteralValue,
    Optimize,
    Option,
    Prepare,
    Query,
    Rollback,
    SetRetention,
    Show,
    Span,
    Statement,
    Summarize,
    TypeName,
    Vacuum,
)
from coldb_grammar.builders.action import Refused, action, whole_number
from coldb_grammar.errors import one_line
from coldb_grammar.intervals import IntervalError, parse_interval

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Expressions, Keyword
    from coldb_grammar.builders.queries import Names

Options = tuple[Option, ...]

_MONTH_DAYS = 31  # of a month that is to be kept, the longest


@action
def explain(span: Span, analyze: Keyword, statement: Statement) -> Explain:
    return Explain(statement, analyze is not None, span)


@action
def explain_with(span: Span, options: Options, statement: Statement) -> Explain:
    """`EXPLAIN (ANALYZE) ...`."""
    analyze = False
    for option in options:
        name = one_line(option.name.upper())
        if option.name != "analyze":
            raise Refused(f"EXPLAIN has no option {name}, only ANALYZE", option.span)
        if not isinstance(option.value, bool):
            raise Refused(f"{name} is TRUE or FALSE", option.span)
        analyze = option.value
    return Explain(statement, analyze, span)


@action
def begin(span: Span) -> Begin:
    return Begin(span)


@action
def commit(span: Span) -> Commit:
    return Commit(span)


@action
def rollback(span: Span) -> Rollback:
    return Rollback(span)


@action
def show(span: Span, subject: Any) -> Show:
    return Show(subject.lower(), span)


@action
def describe(span: Span, subject: Identifier | Query) -> Describe:
    return Describe(subject, span)


@action
def summarize(span: Span, subject: Identifier | Query) -> Summarize:
    return Summarize(subject, span)


@action
def prepare(
    span: Span, name: Identifier, types: tuple[TypeName, ...] | None, statement: Statement
) -> Prepare:
    return Prepare(name, statement, types or (), span)


@action
def types(span: Span, *types: TypeName) -> tuple[TypeName, ...]:
    return types


@action
def execute(span: Span, name: Identifier, values: Expressions | None) -> Execute:
    return Execute(name, values or (), span)


@action
def deallocate(span: Span, name: Identifier) -> Deallocate:
    return Deallocate(name, span)


@action
def deallocate_all(span: Span) -> Deallocate:
    return Deallocate(None, span)


@action
def optimize(span: Span, table: Identifier | None) -> Optimize:
    return Optimize(table, span)


@action
def vacuum(span: Span, keep: int | None) -> Vacuum:
    return Vacuum(1 if keep is None else keep, span)


@action
def set_retention(span: Span, versions: int, time: str | None) -> SetRetention:
    months, days, microseconds = _interval(time, span)
    seconds = (months * _MONTH_DAYS + days) * 86_400 + microseconds // 1_000_000
    if seconds < 0:
        raise Refused("versions cannot be kept for less than no time", span)
    return SetRetention(versions, seconds, span)


def _interval(text: str | None, span: Span) -> tuple[int, int, int]:
    try:
        return (0, 0, 0) if text is None else parse_interval(text)
    except IntervalError as error:
        raise Refused(str(error), span) from error


@action
def versions(span: Span, count: LiteralValue) -> int:
    return whole_number(count, "the number of versions", span)


# --- COPY and sources --------------------------------------------------------------------------


@action
def copy_from(
    span: Span, table: Identifier, columns: Names | None, path: str, options: Options | None
) -> Copy:
    return Copy("from", table, columns or (), None, path, options or (), span)


@action
def copy_table_to(
    span: Span, table: Identifier, columns: Names | None, path: str, options: Options | None
) -> Copy:
    return Copy("to", table, columns or (), None, path, options or (), span)


@action
def copy_query_to(span: Span, query: Query, path: str, options: Options | None) -> Copy:
    return Copy("to", None, (), query, path, options or (), span)


@action
def options(span: Span, *given: Option) -> Options:
    seen: set[str] = set()
    for option in given:
        if option.name in seen:
            raise Refused(f"the option {one_line(option.name.upper())} is given twice", option.span)
        seen.add(option.name)
    return given


@action
def option(span: Span, name: Identifier, value: LiteralValue) -> Option:
    """An option without a value is switched on."""
    return Option(name.text.lower(), True if value is None else value, span)


@action
def option_truth(span: Span, word: str) -> bool:
    return word == "TRUE"


@action
def option_word(span: Span, word: Identifier) -> str:
    return word.text


@action
def create_source(
    span: Span, absent: bool | None, name: Identifier, options: Options
) -> CreateSource:
    return CreateSource(name, options, bool(absent), span)


@action
def drop_source(span: Span, present: bool | None, name: Identifier) -> DropSource:
    return DropSource(name, bool(present), span)


@action
def if_exists(span: Span) -> bool:
    return True


@action
def if_not_exists(span: Span) -> bool:
    return True
