"""The tree of each statement that changes rows, and of those that define and alter tables by others."""

import pytest
from coldb_grammar import SqlSyntaxError, parse_statement
from coldb_grammar.ast import (
    AddColumn,
    Alias,
    AlterTable,
    AsOf,
    Assignment,
    Binary,
    ColumnDefinition,
    ColumnRef,
    CommonTable,
    CreateTableAs,
    Delete,
    DropColumn,
    DropPartition,
    Explain,
    HashPartitions,
    Identifier,
    Insert,
    Literal,
    Merge,
    MergeClause,
    MergeDelete,
    MergeInsert,
    MergeNothing,
    MergeUpdate,
    NamedTable,
    OnConflict,
    Optimize,
    Parameter,
    Query,
    RangePartitions,
    RenameColumn,
    RenameTable,
    ScalarQuery,
    Select,
    SelectItem,
    SetNullable,
    SetRetention,
    SetType,
    Show,
    SubqueryTable,
    Truncate,
    TypeName,
    Update,
    Vacuum,
    Values,
)

ONE = Literal(1)
SELECT_1 = Query(Select((SelectItem(ONE),)))
T = NamedTable(Identifier("t"))
U = NamedTable(Identifier("u"))


def name(text):
    return Identifier(text)


def column(text):
    return ColumnRef(Identifier(text))


def alias(table, text):
    return NamedTable(table.name, Alias(Identifier(text)))


A_IS_1 = Assignment(name("a"), ONE)
TEST = Binary("=", (column("a"), ONE))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DELETE FROM t", Delete(T)),
        ("DELETE FROM t WHERE a = 1", Delete(T, None, TEST)),
        ("DELETE FROM t AS x USING u WHERE a = 1", Delete(alias(T, "x"), U, TEST)),
        ("DELETE FROM t x", Delete(alias(T, "x"))),
        (
            "WITH w AS (SELECT 1) DELETE FROM t",
            Delete(T, with_=(CommonTable(Alias(name("w")), SELECT_1),)),
        ),
        ("UPDATE t SET a = 1", Update(T, (A_IS_1,))),
        ("UPDATE t x SET a = 1", Update(alias(T, "x"), (A_IS_1,))),
        ("UPDATE t SET a = 1 FROM u WHERE a = 1", Update(T, (A_IS_1,), U, TEST)),
        (
            "UPDATE t SET (a, b) = (1, NULL), c = 1",
            Update(T, (A_IS_1, Assignment(name("b"), Literal(None)), Assignment(name("c"), ONE))),
        ),
        ("UPDATE t SET set = 1", Update(T, (Assignment(name("set"), ONE),))),
        ("UPDATE set SET a = 1", Update(NamedTable(name("set")), (A_IS_1,))),
        (
            "MERGE INTO t USING u ON a = 1 WHEN MATCHED THEN DELETE",
            Merge(T, U, TEST, (MergeClause("pair", None, MergeDelete()),)),
        ),
        (
            "MERGE INTO t AS x USING (SELECT 1) y ON a = 1"
            " WHEN MATCHED AND a = 1 THEN UPDATE SET a = 1"
            " WHEN NOT MATCHED THEN INSERT (a) VALUES (1)"
            " WHEN NOT MATCHED BY TARGET AND a = 1 THEN DO NOTHING"
            " WHEN NOT MATCHED BY SOURCE THEN DELETE",
            Merge(
                alias(T, "x"),
                SubqueryTable(SELECT_1, Alias(name("y"))),
                TEST,
                (
                    MergeClause("pair", TEST, MergeUpdate((A_IS_1,))),
                    MergeClause("source", None, MergeInsert((name("a"),), (ONE,))),
                    MergeClause("source", TEST, MergeNothing()),
                    MergeClause("target", None, MergeDelete()),
                ),
            ),
        ),
        ("INSERT INTO t AS x SELECT 1", Insert(alias(T, "x"), (), SELECT_1)),
        (
            "INSERT INTO t SELECT 1 ON CONFLICT DO NOTHING",
            Insert(T, (), SELECT_1, OnConflict(())),
        ),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT (a, b) DO UPDATE SET a = 1 WHERE a = 1",
            Insert(
                T,
                (),
                Query(Values(((ONE,),))),
                OnConflict((name("a"), name("b")), (A_IS_1,), TEST),
            ),
        ),
        (
            "WITH w AS (SELECT 1) INSERT INTO t WITH v AS (SELECT 1) SELECT 1",
            Insert(
                T,
                (),
                Query(
                    SELECT_1.body,
                    (
                        CommonTable(Alias(name("w")), SELECT_1),
                        CommonTable(Alias(name("v")), SELECT_1),
                    ),
                ),
            ),
        ),
        ("INSERT OVERWRITE t SELECT 1", Insert(T, (), SELECT_1, overwrite=True)),
        ("INSERT OVERWRITE INTO t SELECT 1", Insert(T, (), SELECT_1, overwrite=True)),
        ("TRUNCATE t", Truncate((name("t"),))),
        ("TRUNCATE TABLE t, u", Truncate((name("t"), name("u")))),
        ("EXPLAIN UPDATE t SET a = 1", Explain(Update(T, (A_IS_1,)))),
    ],
)
def test_changes_of_rows(text, expected):
    assert parse_statement(text) == expected
    assert parse_statement(text.lower()) == expected


def test_a_query_for_several_columns_is_one_for_each():
    statement = parse_statement("UPDATE t SET (a, b) = (SELECT 1)")
    assert [one.column.text for one in statement.assignments] == ["a", "b"]
    for number, one in enumerate(statement.assignments, 1):
        assert isinstance(one.value, ScalarQuery)
        body = one.value.query.body
        assert body.items == (SelectItem(column(f"column{number}")),)
        assert body.source.query == SELECT_1
        assert body.source.alias.is_complete


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE t AS SELECT 1", CreateTableAs(name("t"), "plain", (), SELECT_1)),
        (
            "CREATE FACT TABLE IF NOT EXISTS t (a, b) ORDER BY (a) AS SELECT 1",
            CreateTableAs(
                name("t"),
                "fact",
                (name("a"), name("b")),
                SELECT_1,
                (name("a"),),
                if_not_exists=True,
            ),
        ),
        (
            "CREATE TABLE t PARTITION BY HASH (a) PARTITIONS 4 AS SELECT 1",
            CreateTableAs(
                name("t"), "plain", (), SELECT_1, partitions=HashPartitions(name("a"), 4)
            ),
        ),
        (
            "ALTER TABLE t ADD COLUMN a INT DEFAULT -1 NOT NULL, DROP COLUMN IF EXISTS b, DROP c",
            AlterTable(
                name("t"),
                (
                    AddColumn(
                        ColumnDefinition(
                            name("a"),
                            TypeName("INT"),
                            not_null=True,
                            default=parse_statement("SELECT -1").body.items[0].expression,
                        )
                    ),
                    DropColumn(name("b"), if_exists=True),
                    DropColumn(name("c")),
                ),
            ),
        ),
        (
            "ALTER TABLE IF EXISTS t ALTER a TYPE BIGINT, ALTER COLUMN a SET DATA TYPE BIGINT",
            AlterTable(name("t"), (SetType(name("a"), TypeName("BIGINT")),) * 2, if_exists=True),
        ),
        (
            "ALTER TABLE t ALTER a SET NOT NULL, ALTER COLUMN a DROP NOT NULL",
            AlterTable(name("t"), (SetNullable(name("a"), False), SetNullable(name("a"), True))),
        ),
        (
            "ALTER TABLE t RENAME a TO b, RENAME COLUMN a TO b, RENAME TO u",
            AlterTable(
                name("t"), (*((RenameColumn(name("a"), name("b")),) * 2), RenameTable(name("u")))
            ),
        ),
        (
            "ALTER TABLE t DROP PARTITION FOR (1), DROP partition",
            AlterTable(name("t"), (DropPartition(ONE), DropColumn(name("partition")))),
        ),
        ("OPTIMIZE", Optimize()),
        ("OPTIMIZE t", Optimize(name("t"))),
        ("OPTIMIZE TABLE t", Optimize(name("t"))),
        ("VACUUM", Vacuum()),
        ("VACUUM KEEP 1 VERSION", Vacuum(1)),
        ("VACUUM KEEP 12 VERSIONS", Vacuum(12)),
        ("SET RETENTION 5 VERSIONS", SetRetention(5)),
        (
            "SET RETENTION 5 VERSIONS AND INTERVAL '1 month 1 day 01:00:00'",
            SetRetention(5, 32 * 86_400 + 3600),
        ),
        ("SHOW SNAPSHOTS", Show("snapshots")),
    ],
)
def test_tables_and_versions(text, expected):
    assert parse_statement(text) == expected
    assert parse_statement(text.lower()) == expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("RANGE (a EVERY 10000)", RangePartitions(name("a"), 10_000)),
        ("RANGE (a EVERY DAY)", RangePartitions(name("a"), "day")),
        ("RANGE (a EVERY MONTH)", RangePartitions(name("a"), "month")),
        ("RANGE (a EVERY YEAR)", RangePartitions(name("a"), "year")),
        ("HASH (a) PARTITIONS 16", HashPartitions(name("a"), 16)),
    ],
)
def test_partitions(clause, expected):
    for text in (
        f"CREATE TABLE t (a INT) PARTITION BY {clause}",
        f"CREATE TABLE t (a INT) ORDER BY (a) PARTITION BY {clause}",
        f"CREATE TABLE t (a INT) PARTITION BY {clause} FROM SOURCE s AS 'x' ORDER BY (a)",
    ):
        assert parse_statement(text).partitions == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 FROM t AS OF VERSION 1", NamedTable(name("t"), None, AsOf("version", ONE))),
        (
            "SELECT 1 FROM t AS OF TIMESTAMP ? AS x",
            NamedTable(name("t"), Alias(name("x")), AsOf("timestamp", Parameter(0))),
        ),
        (
            "SELECT 1 FROM t AS OF TIMESTAMP '2024-01-01' x",
            NamedTable(name("t"), Alias(name("x")), AsOf("timestamp", Literal("2024-01-01"))),
        ),
        ("SELECT 1 FROM t AS of", alias(T, "of")),
        ("SELECT 1 FROM t AS of (a)", NamedTable(name("t"), Alias(name("of"), (name("a"),)))),
        ("SELECT 1 FROM t AS version", alias(T, "version")),
        ("SELECT 1 FROM t timestamp", alias(T, "timestamp")),
    ],
)
def test_versions_of_a_table(text, expected):
    assert parse_statement(text).body.source == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("UPDATE t SET (a, b) = (1, 2, 3)", "3 values are given for 2 columns"),
        ("CREATE TABLE t FROM SOURCE s AS 'x' AS SELECT 1", "by a source or by a query"),
        ("CREATE TABLE t (a INT) PARTITION BY HASH (a) PARTITIONS 0", "at least 1, not 0"),
        ("CREATE TABLE t (a INT) PARTITION BY RANGE (a EVERY 1.5)", "at least 1, not 1.5"),
        (
            "CREATE TABLE t (a INT) PARTITION BY HASH (a) PARTITIONS 2"
            " PARTITION BY RANGE (a EVERY 2)",
            "PARTITION BY is given twice",
        ),
        ("VACUUM KEEP 0 VERSIONS", "at least 1, not 0"),
        ("SET RETENTION 2 VERSIONS AND INTERVAL '-1 day'", "less than no time"),
        ("SET RETENTION 2 VERSIONS AND INTERVAL 'soon'", "soon"),
    ],
)
def test_what_makes_no_sense(text, message):
    with pytest.raises(SqlSyntaxError, match=message):
        parse_statement(text)
