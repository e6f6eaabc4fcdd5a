"""What the binder says to wrong queries, and where it points."""

from __future__ import annotations

import pytest
from coldb.errors import DataError, Error, InterfaceError, NotSupportedError, ProgrammingError

from tests.engine.star import bound

# The query, the part of it that the error points at, the message.
NAMES = [
    ("SELECT citty FROM store", "citty", 'no column "citty"; did you mean "city"?'),
    (
        "SELECT zzz FROM store",
        "zzz",
        'no column "zzz"; there are store_id, city, country',
    ),
    ("SELECT s.citty FROM store s", "s.citty", 'no column "s.citty"; did you mean "city"?'),
    ("SELECT stor.city FROM store", "stor", 'no table "stor" in FROM; did you mean "store"?'),
    ("SELECT store.city FROM store s", "store", 'table "store" is called "s" in this query'),
    ("SELECT x.* FROM store s", "x", 'no table "x" in FROM; there are s'),
    ("SELECT 1 FROM stores", "stores", 'no table "stores"; did you mean "store"?'),
    ("SELECT 1 FROM zzz", "zzz", 'no table "zzz"; there are kinds, sale, store'),
    ("SELECT city", "city", 'no column can be read here, not "city"'),
    ("SELECT *", "*", "SELECT * needs a FROM clause"),
    (
        "SELECT city FROM store a, store b",
        "city",
        'column "city" is ambiguous: write a.city or b.city',
    ),
    ("SELECT a FROM (SELECT 1 AS a, 2 AS a) v", "a", 'column "a" is ambiguous'),
    (
        "SELECT 1 FROM store, store",
        "store",
        'table name "store" is used twice in FROM; give one of them an alias',
    ),
    ("SELECT 1 FROM store s (a, b, c, e)", "e", '"s" has 3 columns, but 4 names are given'),
    (
        "WITH w (a, b) AS (SELECT 1) SELECT a FROM w",
        "b",
        '"w" has 1 column, but 2 names are given',
    ),
    ("WITH w AS (SELECT nope FROM store) SELECT 1", "nope", 'no column "nope"'),
    ("WITH w AS (SELECT 1), w AS (SELECT 2) SELECT 1", "w", 'WITH defines "w" twice'),
    ("SELECT uper(city) FROM store", "uper", 'no function uper; did you mean "upper"?'),
    ("SELECT summ(price) FROM sale", "summ", 'no function summ; did you mean "sum"?'),
    ("SELECT CAST(1 AS INTEGR)", "INTEGR", "no type INTEGR; did you mean INTEGER?"),
    (
        "SELECT 1 FROM sale JOIN store USING (store_id)",
        "store_id",
        'no column "store_id" on the left side of the join, as USING needs',
    ),
    ("SELECT 1 FROM sale, (SELECT id) s", "id", "no column can be read here"),
]

TYPES = [
    ("SELECT 1 FROM sale WHERE note", "note", "WHERE must be true or false, not VARCHAR(20)"),
    ("SELECT city FROM store HAVING 1", "1", "HAVING must be true or false, not INTEGER"),
    ("SELECT 1 FROM sale JOIN store ON 1", "1", "ON must be true or false, not INTEGER"),
    ("SELECT NOT id FROM sale", "id", "the operand of NOT must be true or false, not BIGINT"),
    ("SELECT id AND true FROM sale", "id", "each side of AND must be true or false, not BIGINT"),
    ("SELECT CASE WHEN id THEN 1 END FROM sale", "id", "WHEN must be true or false, not BIGINT"),
    (
        "SELECT CASE WHEN true THEN id ELSE note END FROM sale",
        "note",
        "CASE needs one type, not BIGINT and VARCHAR(20): cast one of them",
    ),
    ("SELECT id + note FROM sale", "id + note", "no operator BIGINT + VARCHAR(20)"),
    ("SELECT b + 1 FROM kinds", "b + 1", "no operator BOOLEAN + INTEGER"),
    ("SELECT 1 FROM sale WHERE id = note", "id = note", "no operator BIGINT = VARCHAR(20)"),
    ("SELECT upper(id) FROM sale", "upper(id)", "no function upper(BIGINT): it takes"),
    (
        "SELECT sum(note) FROM sale",
        "note",
        "sum takes a number, an INTERVAL or a TIME, not VARCHAR(20)",
    ),
    ("SELECT min(b) FROM kinds", "b", "min takes anything but a BOOLEAN and a UUID"),
    ("SELECT CAST(day AS INTEGER) FROM sale", "CAST(day AS INTEGER)", "DATE cannot be cast"),
    (
        "WITH w AS (SELECT * FROM w) SELECT * FROM w",
        "w",
        '"w" reads itself, so it needs WITH RECURSIVE',
    ),
    ("SELECT CAST(1 AS DECIMAL(50, 2))", "DECIMAL(50, 2)", "DECIMAL precision must be 1 to 38"),
    ("SELECT 1 UNION SELECT day FROM sale", "SELECT day FROM sale", "UNION needs one type"),
    ("SELECT 1 FROM sale WHERE id IN (SELECT 1, 2)", "SELECT 1, 2", "must have one column, not 2"),
    ("SELECT (SELECT 1, 2)", "SELECT 1, 2", "the sub-query of a value must have one column, not 2"),
    ("SELECT 1, 2 UNION SELECT 3", "SELECT 3", "the queries of UNION need equally many columns"),
    ("VALUES (1, 2), (3)", "3", "the rows of VALUES need equally many values, not 2 and 1"),
    ("SELECT id FROM sale LIMIT true", "true", "LIMIT must be a number of rows, not BOOLEAN"),
]

GROUPS = [
    (
        "SELECT city, count(*) FROM store GROUP BY country",
        "city",
        'column "city" must be in GROUP BY or inside an aggregate function',
    ),
    ("SELECT price, sum(price) FROM sale", "price", 'column "price" must be in GROUP BY'),
    ("SELECT count(*) FROM sale HAVING id > 1", "id", 'column "id" must be in GROUP BY'),
    ("SELECT count(*) FROM sale ORDER BY id", "id", 'column "id" must be in GROUP BY'),
    (
        "SELECT country, (SELECT 1 FROM sale WHERE store = store_id) FROM store GROUP BY country",
        "store_id",
        'column "store_id" must be in GROUP BY',
    ),
    ("SELECT 1 FROM sale WHERE sum(price) > 1", "sum(price)", "there can be none in WHERE"),
    ("SELECT 1 FROM sale GROUP BY sum(price)", "sum(price)", "there can be none in GROUP BY"),
    ("SELECT count(*) FROM sale GROUP BY 1", "count(*)", "there can be none in GROUP BY"),
    ("SELECT sum(max(price)) FROM sale", "max(price)", "cannot stand inside another aggregate"),
    ("SELECT 1 FROM sale GROUP BY 'x'", "'x'", "must be the number of a column"),
    ("SELECT id FROM sale ORDER BY 2", "2", "ORDER BY 2 is out of range: the result has 1 column"),
    ("SELECT id FROM sale ORDER BY -1", "-1", "ORDER BY -1 is out of range"),
    ("SELECT id FROM sale ORDER BY 'x'", "'x'", "a constant in ORDER BY must be the number"),
    ("SELECT id AS a, day AS a FROM sale ORDER BY a", "a", 'ORDER BY "a" is ambiguous'),
    ("SELECT DISTINCT city FROM store ORDER BY country", "country", "with SELECT DISTINCT"),
    ("SELECT id FROM sale UNION SELECT 1 ORDER BY x", "x", 'no result column "x"; there are id'),
    ("SELECT count() FROM sale", "count()", "write count(*) to count rows"),
    ("SELECT sum(*) FROM sale", "sum(*)", "only count takes *"),
    ("SELECT sum(id, id) FROM sale", "sum(id, id)", "sum takes one argument, not 2"),
    ("SELECT lower(DISTINCT city) FROM store", "lower(DISTINCT city)", "DISTINCT is for aggregate"),
]

VALUES = [
    ("SELECT 1 FROM sale WHERE day = '2024-13-01'", "'2024-13-01'", 'invalid DATE "2024-13-01"'),
    ("SELECT 1 FROM sale WHERE id IN (1, 'x')", "'x'", 'invalid BIGINT "x"'),
    ("SELECT 1 FROM sale WHERE 'x'", "'x'", 'invalid BOOLEAN "x"'),
    ("SELECT id FROM sale LIMIT -1", "-1", "LIMIT must not be negative"),
    ("SELECT id FROM sale OFFSET 0 - 1", "0 - 1", "OFFSET must not be negative"),
    ("SELECT 1e400", "1e400", "the number is out of range for DOUBLE"),
    ("VALUES (1 / 0)", "1 / 0", "division by zero"),
]

UNSUPPORTED = [
    ("SELECT CAST(1 AS JSON)", "JSON", "the type JSON is not supported; use VARCHAR"),
    ("SELECT (SELECT sum(id)) FROM sale", "sum(id)", "of columns of the query around this one"),
    ("SELECT id FROM sale UNION SELECT 1 ORDER BY id + 1", "id + 1", "takes result columns only"),
]


@pytest.mark.parametrize(("sql", "place", "message"), [*NAMES, *TYPES, *GROUPS])
def test_programming_error(sql: str, place: str, message: str) -> None:
    _check(ProgrammingError, sql, place, message)


@pytest.mark.parametrize(("sql", "place", "message"), VALUES)
def test_data_error(sql: str, place: str, message: str) -> None:
    _check(DataError, sql, place, message)


@pytest.mark.parametrize(("sql", "place", "message"), UNSUPPORTED)
def test_unsupported(sql: str, place: str, message: str) -> None:
    _check(NotSupportedError, sql, place, message)


def test_many_uses_of_with_are_refused_before_they_explode() -> None:
    doubling = ", ".join(f"w{n} AS (SELECT * FROM w{n - 1} a, w{n - 1} b)" for n in range(1, 40))
    with pytest.raises(NotSupportedError, match="the queries of WITH are used more than"):
        bound(f"WITH w0 AS (SELECT 1), {doubling} SELECT 1 FROM w39")


@pytest.mark.parametrize(
    ("sql", "parameters", "message"),
    [
        ("SELECT ?", None, "parameter 1 has no value: no values were given"),
        ("SELECT ?, ?", [1], "parameter 2 has no value: 1 value was given"),
        ("SELECT ?", [1, 2], "the statement has 1 parameter, 2 values were given"),
        ("SELECT 1", [1], "the statement has no parameters, 1 value was given"),
        ("SELECT :a", {"b": 1}, "no value is given for the parameter :a"),
        ("SELECT :a", [1], "no value is given for the parameter :a"),
        ("SELECT ?", {"a": 1}, "give their values as a list"),
        ("SELECT ?", [object()], "a parameter of type object is no SQL value"),
    ],
)
def test_parameters_that_do_not_fit(sql: str, parameters: object, message: str) -> None:
    with pytest.raises(InterfaceError, match=message.replace("?", r"\?")):
        bound(sql, parameters)  # type: ignore[arg-type]


def _check(kind: type[Error], sql: str, place: str, message: str) -> None:
    with pytest.raises(kind) as caught:
        bound(sql)
    error = caught.value
    assert message in str(error)
    assert "\n" not in str(error)
    assert error.span is not None
    assert sql[error.span.start : error.span.end] == place
