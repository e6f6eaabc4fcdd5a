"""Each rule of the optimizer by the plan that it makes, as EXPLAIN prints it after each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coldb.engine.optimize import RULES

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator

STAR = """
    CREATE DIMENSION TABLE nation (nk INTEGER PRIMARY KEY, region VARCHAR);
    CREATE DIMENSION TABLE customer (
        ck INTEGER PRIMARY KEY, nation INTEGER NOT NULL REFERENCES nation, city VARCHAR);
    CREATE DIMENSION TABLE part (p INTEGER, q INTEGER, brand VARCHAR, PRIMARY KEY (p, q));
    CREATE FACT TABLE sale (
        customer INTEGER NOT NULL REFERENCES customer, maybe INTEGER REFERENCES customer,
        p INTEGER NOT NULL, q INTEGER NOT NULL, n INTEGER, x INTEGER,
        FOREIGN KEY (p, q) REFERENCES part);
    CREATE TABLE other (k INTEGER, m INTEGER)"""


@pytest.fixture(scope="module")
def star() -> Iterator[coldb.Connection]:
    with coldb.connect(threads=1) as con:
        con.execute(STAR)
        yield con


def plans(con: coldb.Connection, query: str) -> dict[str, list[str]]:
    """The last plan of each rule that changed it, without the lines' drawing; "end" is the final one."""
    found: dict[str, list[str]] = {}
    rule = ""
    for (line,) in con.execute(f"EXPLAIN {query}").fetchall():
        if line.startswith("-- "):
            rule = line.removeprefix("-- ")
            found[rule] = []
        elif line:
            found[rule].append(line.strip("│├└─ "))
    found["end"] = found[rule]
    return found


# --- fold_constants ------------------------------------------------------------------------------


def test_constants_are_folded(star: coldb.Connection) -> None:
    found = plans(star, "SELECT m + (2 - 1) AS s FROM other WHERE k > 1 + 2 ORDER BY m * (3 - 1)")
    assert "Filter: k > 1 + 2" in found["bind"]
    assert "Filter: k > 3" in found["fold_constants"]
    assert any(line.startswith("Project: m + 1 AS s") for line in found["fold_constants"])
    assert not any("3 - 1" in line for line in found["fold_constants"])


def test_a_constant_that_fails_waits_for_a_row(star: coldb.Connection) -> None:
    query = "SELECT k FROM other WHERE k > 1 / 0"
    found = plans(star, query)
    assert "fold_constants" not in found
    assert found["end"][-1] == "Scan: other (k) where k > 1 / 0"
    assert star.execute(query).fetchall() == []


# --- push_filters --------------------------------------------------------------------------------


def test_filters_sink_through_projections(star: coldb.Connection) -> None:
    found = plans(star, "SELECT s FROM (SELECT k + 1 AS s FROM other) AS t WHERE s > 3")
    assert "Filter: s > 3" in found["bind"]
    assert found["push_filters"][-1] == "Scan: other (k, m) where k + 1 > 3"
    assert not any("Filter" in line for line in found["push_filters"])


def test_only_filters_on_keys_sink_below_an_aggregate(star: coldb.Connection) -> None:
    query = "SELECT k FROM other GROUP BY k HAVING k > 3 AND count(*) > 1"
    tree = plans(star, query)["push_filters"]
    assert tree[1:] == [
        "Filter: count > 1",
        "Aggregate by k: count(*)",
        "Scan: other (k, m) where k > 3",
    ]


def test_a_filter_stays_above_an_aggregate_of_everything(star: coldb.Connection) -> None:
    """It always has one row, which must be dropped after it was made."""
    tree = plans(star, "SELECT c FROM (SELECT count(*) AS c FROM other) AS t WHERE 1 > c")["end"]
    assert tree.index("Filter: 1 > count") < tree.index("Aggregate: count(*)")


def test_filters_sink_into_both_sides_of_an_inner_join(star: coldb.Connection) -> None:
    query = "SELECT 1 FROM other a JOIN other b ON a.k = b.m WHERE a.m > 1 AND b.k > 2"
    assert plans(star, query)["push_filters"][-2:] == [
        "Scan: other a (k, m) where m > 1",
        "Scan: other b (k, m) where k > 2",
    ]


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [("LEFT", " where m IS NULL", ""), ("RIGHT", "", " where k IS NULL"), ("FULL", "", "")],
)
def test_filters_spare_the_side_that_gets_nulls(
    star: coldb.Connection, kind: str, left: str, right: str
) -> None:
    joined = f"other a {kind} JOIN other b ON a.k = b.m"
    query = f"SELECT 1 FROM {joined} WHERE a.m IS NULL AND b.k IS NULL"
    tree = plans(star, query)["end"]
    scans = [line.partition(")")[2] for line in tree if line.startswith("Scan")]
    assert scans == [left, right]
    assert any(line.startswith("Filter") for line in tree)


def test_a_condition_common_to_all_branches_sinks(star: coldb.Connection) -> None:
    query = (
        "SELECT 1 FROM other a, other b"
        " WHERE (a.k = b.k AND a.m = 1 AND b.m = 2) OR (a.k = b.k AND a.m = 3 AND b.m = 4)"
    )
    tree = plans(star, query)["end"]
    assert not any("CrossProduct" in line for line in tree)
    assert any(line.startswith("Join inner: k = k") for line in tree)


@pytest.mark.parametrize("operator", ["UNION ALL", "UNION", "INTERSECT", "EXCEPT ALL"])
def test_filters_sink_into_both_sides_of_a_set_operation(
    star: coldb.Connection, operator: str
) -> None:
    sides = f"SELECT k, m FROM other {operator} SELECT m, k FROM other"
    tree = plans(star, f"SELECT m FROM ({sides}) AS t WHERE k = 1 AND m < 5")["end"]
    scans = [line.partition(") where ")[2] for line in tree if line.startswith("Scan")]
    assert scans == ["k = 1 AND m < 5", "m = 1 AND k < 5"]


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("JOIN", "m = 1", "k = 2"),
        ("LEFT JOIN", "", "k = 2"),
        ("RIGHT JOIN", "m = 1", ""),
        ("FULL JOIN", "", ""),
    ],
)
def test_conditions_of_a_join_sink_into_the_side_that_finds_partners(
    star: coldb.Connection, kind: str, left: str, right: str
) -> None:
    query = f"SELECT a.k, b.m FROM other a {kind} other b ON a.k = b.m AND a.m = 1 AND b.k = 2"
    tree = plans(star, query)["end"]
    scans = [line.partition(") where ")[2] for line in tree if line.startswith("Scan")]
    assert scans == [left, right]


# --- simplify_outer_joins ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "condition", "becomes"),
    [
        ("LEFT", "b.k > 0", "inner"),
        ("LEFT", "b.k IS NOT NULL", "inner"),
        ("LEFT", "b.k = 1 OR b.m = 2 AND b.k < 9", "inner"),
        ("LEFT", "b.k = 1 OR a.m = 2", "left"),
        ("LEFT", "b.k = 1 OR b.k > a.m", "inner"),
        ("LEFT", "b.k IN (1, 2)", "inner"),
        ("LEFT", "NOT (b.k = 1)", "inner"),
        ("LEFT", "b.k IS NULL", "left"),
        ("LEFT", "coalesce(b.k, 1) = 1", "left"),
        ("LEFT", "CASE WHEN b.k = 1 THEN TRUE ELSE FALSE END", "left"),
        ("LEFT", "NOT (b.k = 1 AND b.m = 2)", "left"),
        ("LEFT", "a.k > 0", "left"),
        ("LEFT", "a.k = b.k", "inner"),
        ("RIGHT", "a.k > 0", "inner"),
        ("RIGHT", "b.k > 0", "right"),
        ("FULL", "a.k > 0", "left"),
        ("FULL", "b.k > 0", "right"),
        ("FULL", "a.k + b.k > 0", "inner"),
        ("FULL", "a.k IS NULL", "full"),
    ],
)
def test_an_outer_join_whose_nulls_are_dropped_is_simplified(
    star: coldb.Connection, written: str, condition: str, becomes: str
) -> None:
    query = f"SELECT a.m, b.k FROM other a {written} JOIN other b ON a.k = b.m WHERE {condition}"
    tree = plans(star, query)["end"]
    assert [line.split()[1] for line in tree if line.startswith("Join")] == [f"{becomes}:"]


def test_nulls_dropped_by_a_join_or_a_grouped_query_above_count(star: coldb.Connection) -> None:
    joined = "other a LEFT JOIN other b ON a.k = b.m"
    query = f"SELECT 1 FROM (SELECT b.k FROM {joined} GROUP BY b.k) AS t, other c WHERE t.k = c.k"
    assert not any(line.startswith("Join left") for line in plans(star, query)["end"])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 FROM (SELECT b.k FROM {} ORDER BY a.k LIMIT 3) AS t WHERE k > 1",
        "SELECT 1 FROM (SELECT b.k, count(*) OVER () AS n FROM {}) AS t WHERE k > 1",
        "SELECT 1 FROM (SELECT max(b.k) AS k FROM {}) AS t WHERE k > 1",
    ],
)
def test_nulls_that_still_count_below_keep_the_join(star: coldb.Connection, query: str) -> None:
    tree = plans(star, query.format("other a LEFT JOIN other b ON a.k = b.m"))["end"]
    assert any(line.startswith("Join left") for line in tree)


# --- infer_predicates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "left", "right"),
    [
        ("a.k = b.m AND a.k > 5", "k > 5", "m > 5"),
        ("b.m = a.k AND b.m IN (1, 2)", "k IN (1, 2)", "m IN (1, 2)"),
        ("a.k = b.m AND b.m BETWEEN 1 AND 3", "k >= 1 AND k <= 3", "m >= 1 AND m <= 3"),
        ("a.k = b.m AND a.k = a.m AND a.m = 7", "k = m AND m = 7 AND k = 7", "m = 7"),
        ("a.k = b.m AND 10 / a.k > 1", "10 / k > 1", ""),
        ("a.k > b.m AND a.k > 5", "k > 5", ""),
        ("a.k = b.m AND (a.m = 1 AND b.k = 1 OR a.m = 2 AND b.k = 3)", "m = 1 OR m = 2", "k = 1 OR k = 3"),
        ("a.k = b.m AND (a.m = 1 OR b.k = 1)", "", ""),
        ("a.k = b.m AND (a.m = 1 AND b.k = 1 OR a.m = 2)", "m = 1 OR m = 2", ""),
        ("a.k = b.m AND (b.k = 1 AND 1 / a.m = 1 OR b.k = 2 AND a.m = 0)", "", "k = 1 OR k = 2"),
    ],
)  # fmt: skip
def test_what_follows_sinks_into_the_inputs(
    star: coldb.Connection, condition: str, left: str, right: str
) -> None:
    tree = plans(star, f"SELECT a.k, b.m FROM other a, other b WHERE {condition}")["end"]
    scans = sorted(line for line in tree if line.startswith("Scan"))
    assert [line.partition(") where ")[2] for line in scans] == [left, right]


# --- drop_empty ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "SELECT k FROM other WHERE 1 = 2",
        "SELECT k FROM other WHERE NULL",
        "SELECT a.k FROM other a, other b WHERE a.k = b.k AND 1 > 2",
        "SELECT k, sum(m) FROM other WHERE FALSE GROUP BY k",
        "SELECT k FROM other WHERE FALSE INTERSECT SELECT k FROM other",
        "SELECT a.k FROM other a LEFT JOIN other b ON a.k = b.m WHERE FALSE",
        "SELECT k FROM other WHERE k IN (SELECT nk FROM nation WHERE 'a' = 'b')",
        "SELECT k FROM (SELECT k, 's' AS kind FROM other) AS t WHERE kind = 'w'",
    ],
)
def test_what_has_no_rows_reads_none(star: coldb.Connection, query: str) -> None:
    tree = plans(star, query)["end"]
    assert tree[0] == "Limit 0"
    assert not any("other" in line or "nation" in line for line in tree)


def test_empty_branches_and_sides_are_left_out(star: coldb.Connection) -> None:
    kinds = "SELECT k, 's' AS kind FROM other UNION ALL SELECT m, 'w' FROM other"
    tree = plans(star, f"SELECT k FROM ({kinds}) AS t WHERE kind = 'w'")["end"]
    assert not any("Union" in line for line in tree)
    assert tree[-1] == "Scan: other (m)"
    query = "SELECT a.k, b.m FROM other a LEFT JOIN other b ON a.k = b.k AND FALSE"
    assert plans(star, query)["end"][-1] == "Scan: other a (k)"
    query = "SELECT k FROM other WHERE k NOT IN (SELECT m FROM other WHERE FALSE)"
    assert plans(star, query)["end"][-1] == "Scan: other (k)"


# --- order_joins ---------------------------------------------------------------------------------

COMMA = (
    "SELECT region, sum(n) FROM nation, part, customer, sale WHERE customer = ck AND nation = nk"
    " AND sale.p = part.p AND sale.q = part.q AND region = 'EU' AND brand = 'b' GROUP BY region"
)
EXPLICIT = (
    "SELECT region, sum(n) FROM sale JOIN customer ON customer = ck JOIN nation ON nation = nk"
    " JOIN part ON sale.p = part.p AND sale.q = part.q"
    " WHERE region = 'EU' AND brand = 'b' GROUP BY region"
)
PRODUCT_LAST = (
    "SELECT region, sum(n) FROM part JOIN (nation JOIN (customer JOIN sale ON customer = ck)"
    " ON nation = nk) ON sale.q = part.q AND sale.p = part.p"
    " WHERE brand = 'b' AND region = 'EU' GROUP BY region"
)


@pytest.mark.parametrize("query", [COMMA, EXPLICIT, PRODUCT_LAST])
def test_a_star_becomes_look_ups_however_it_is_written(star: coldb.Connection, query: str) -> None:
    """The snowflake's leaf is looked up for the customers, not for the sales."""
    lines = [line for (line,) in star.execute(f"EXPLAIN {query}").fetchall()]
    tree = "\n".join(lines[lines.index("-- prune_columns") :])
    assert "Join" not in tree
    assert "CrossProduct" not in tree
    assert "Lookup inner: p, q -> part" in tree
    assert "   └─ Lookup inner: nation -> nation\n         ├─ Scan: customer (#nation)\n" in tree
    assert "Scan: sale (n, " in tree


@pytest.mark.parametrize(
    "condition",
    ["n = ck", "customer + 0 = ck", "sale.p = part.p", "sale.p = part.q AND sale.q = part.p"],
)
def test_an_equality_that_is_no_declared_key_stays_a_join(
    star: coldb.Connection, condition: str
) -> None:
    dimension = "part" if "part" in condition else "customer"
    tree = plans(star, f"SELECT n FROM sale, {dimension} WHERE {condition}")["end"]
    assert any(line.startswith("Join inner: ") for line in tree)
    assert not any(line.startswith("Lookup") for line in tree)


def test_inputs_without_a_condition_stay_a_product(star: coldb.Connection) -> None:
    found = plans(star, "SELECT 1 FROM other a, other b, other c WHERE a.k = c.k")
    assert "Join inner: k = k" in found["end"]
    assert sum(line.startswith("Scan") for line in found["end"]) == 3


# --- reduce_to_semi_joins ------------------------------------------------------------------------

PAIRS = "other a JOIN other b ON a.k = b.k AND a.m <> b.m"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT n FROM sale WHERE x IN (SELECT a.k FROM {PAIRS})",
        f"SELECT n FROM sale WHERE x NOT IN (SELECT b.m FROM {PAIRS} WHERE b.m > 0)",
        f"SELECT n FROM sale WHERE EXISTS (SELECT 1 FROM {PAIRS} WHERE b.m = sale.x)",
        f"SELECT DISTINCT a.m FROM {PAIRS}",
        f"SELECT a.k FROM {PAIRS} GROUP BY a.k",
        f"SELECT a.k FROM {PAIRS} EXCEPT SELECT m FROM other",
    ],
)
def test_a_join_whose_partners_nobody_counts_is_a_semi_join(
    star: coldb.Connection, query: str
) -> None:
    tree = plans(star, query)["end"]
    assert not any(line.startswith("Join inner") for line in tree)
    assert sum(line.startswith("Join semi") for line in tree) >= 1


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT a.k FROM {PAIRS}",
        f"SELECT count(*) FROM {PAIRS}",
        f"SELECT DISTINCT a.m, b.m FROM {PAIRS}",
        f"SELECT a.k, count(*) FROM {PAIRS} GROUP BY a.k",
        f"SELECT a.k FROM {PAIRS} UNION ALL SELECT m FROM other",
        f"SELECT n FROM sale WHERE x IN (SELECT a.k FROM {PAIRS} LIMIT 3)",
        f"SELECT n FROM sale WHERE x IN (SELECT count(*) FROM {PAIRS} GROUP BY a.k)",
    ],
)
def test_a_join_whose_partners_count_stays(star: coldb.Connection, query: str) -> None:
    assert any(line.startswith("Join inner") for line in plans(star, query)["end"])


# --- resolve_keys --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        (
            "SELECT n, city FROM sale LEFT JOIN customer ON maybe = ck",
            "Join left: maybe = ck",
            "Lookup left: maybe -> customer",
        ),
        (
            "SELECT n, city FROM customer RIGHT JOIN sale ON ck = customer",
            "Join right: ck = customer",
            "Lookup left: customer -> customer",
        ),
        (
            "SELECT n FROM sale WHERE maybe IN (SELECT ck FROM customer WHERE city = 'a')",
            "Join semi: maybe = ck",
            "Lookup semi: maybe -> customer",
        ),
        (
            "SELECT n FROM sale WHERE EXISTS"
            " (SELECT 1 FROM part WHERE part.p = sale.p AND part.q = sale.q AND brand = 'a')",
            "Join semi: p = p AND q = q",
            "Lookup semi: p, q -> part",
        ),
        (
            "SELECT n FROM sale WHERE NOT EXISTS"
            " (SELECT 1 FROM customer WHERE ck = maybe AND city = 'a')",
            "Join anti: maybe = ck",
            "Lookup anti: maybe -> customer",
        ),
        (
            "SELECT n FROM sale WHERE customer NOT IN (SELECT ck FROM customer WHERE city = 'a')",
            "Join anti: customer = ck",
            "Lookup anti: customer -> customer",
        ),
    ],
)
def test_joins_along_a_key_become_look_ups(
    star: coldb.Connection, query: str, before: str, after: str
) -> None:
    found = plans(star, query)
    assert before in found["bind"]
    assert after in found["resolve_keys"]
    assert before not in found["resolve_keys"]


@pytest.mark.parametrize(
    ("query", "join"),
    [
        (
            "SELECT n FROM sale WHERE maybe NOT IN (SELECT ck FROM customer WHERE city = 'a')",
            "Join anti (null-aware): maybe = ck",
        ),
        ("SELECT n FROM sale FULL JOIN customer ON customer = ck", "Join full: customer = ck"),
        ("SELECT ck FROM customer LEFT JOIN sale ON customer = ck", "Join left: ck = customer"),
    ],
)
def test_joins_that_a_look_up_cannot_do_stay(star: coldb.Connection, query: str, join: str) -> None:
    found = plans(star, query)
    assert "resolve_keys" not in found
    assert join in found["end"]


# --- prune_columns -------------------------------------------------------------------------------


def test_columns_that_nobody_reads_are_pruned(star: coldb.Connection) -> None:
    query = "SELECT s FROM (SELECT n AS s, x + 1 AS y FROM sale WHERE q = 1) AS t"
    found = plans(star, query)
    assert "Project: n AS s, x + 1 AS y" in found["bind"]
    assert found["prune_columns"][1:] == ["Project: n AS s", "Scan: sale (q, n) where q = 1"]


def test_aggregates_that_nobody_reads_are_pruned(star: coldb.Connection) -> None:
    query = "SELECT s FROM (SELECT n, sum(x) AS s, max(q) AS m FROM sale GROUP BY n) AS t"
    assert plans(star, query)["prune_columns"][-2:] == [
        "Aggregate by n: sum(x)",
        "Scan: sale (n, x)",
    ]


def test_set_operations_keep_their_columns(star: coldb.Connection) -> None:
    query = "SELECT k FROM (SELECT k, m FROM other EXCEPT SELECT m, k FROM other) AS t"
    assert plans(star, query)["end"].count("Scan: other (k, m)") == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT n FROM sale JOIN customer ON customer = ck",
        "SELECT n FROM sale JOIN customer ON customer = ck JOIN nation ON nation = nk",
        "SELECT n FROM sale JOIN part ON sale.p = part.p AND sale.q = part.q",
        "SELECT n FROM sale LEFT JOIN customer ON maybe = ck",
        "SELECT n FROM sale WHERE customer IN (SELECT ck FROM customer)",
    ],
)
def test_a_look_up_that_keeps_every_row_is_dropped(star: coldb.Connection, query: str) -> None:
    assert plans(star, query)["end"][-1] == "Scan: sale (n)"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT n FROM sale JOIN customer ON maybe = ck",
        "SELECT n FROM sale JOIN customer ON customer = ck WHERE city = 'a'",
        "SELECT n FROM sale JOIN customer ON customer = ck JOIN nation ON nation = nk"
        " WHERE region = 'EU'",
        "SELECT n FROM sale WHERE customer NOT IN (SELECT ck FROM customer)",
        "SELECT n, city FROM sale JOIN customer ON customer = ck",
    ],
)
def test_a_look_up_that_matters_stays(star: coldb.Connection, query: str) -> None:
    assert any(line.startswith("Lookup") for line in plans(star, query)["end"])


# --- reduce_group_keys ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("SELECT ck, city, sum(n) FROM sale JOIN customer ON customer = ck", "#customer"),
        ("SELECT customer, city, sum(n) FROM sale JOIN customer ON customer = ck", "#customer"),
        ("SELECT city, ck, max(n) FROM sale LEFT JOIN customer ON maybe = ck", "#maybe"),
        ("SELECT maybe, city, max(n) FROM sale LEFT JOIN customer ON maybe = ck", "#maybe"),
        ("SELECT sale.p, sale.q, brand, sum(n) FROM sale JOIN part USING (p, q)", "#p+q"),
        (
            "SELECT nk, region, ck, city, sum(n) FROM sale, customer, nation"
            " WHERE customer = ck AND nation = nk",
            "#customer",
        ),
        ("SELECT ck, city, x, sum(n) FROM sale JOIN customer ON customer = ck", "#customer, x"),
        (
            "SELECT nk, region, x, sum(n) FROM sale, customer, nation"
            " WHERE customer = ck AND nation = nk",
            "#nation, x",
        ),
    ],
)
def test_what_a_key_determines_is_looked_up_for_groups(
    star: coldb.Connection, query: str, groups: str
) -> None:
    keys = query.removeprefix("SELECT ").partition(", sum(")[0].partition(", max(")[0]
    tree = plans(star, f"{query} GROUP BY {keys}")["end"]
    (aggregate,) = [line for line in tree if line.startswith("Aggregate")]
    assert aggregate.startswith(f"Aggregate by {groups}: ")
    assert tree[tree.index(aggregate) - 1].startswith("Lookup")


def test_a_dimension_looked_up_for_groups_is_not_filtered_again(star: coldb.Connection) -> None:
    query = "SELECT ck, city, sum(n) FROM sale, customer WHERE customer = ck AND city < 'm'"
    assert plans(star, f"{query} GROUP BY ck, city")["end"][2:] == [
        "Lookup inner: customer -> customer",
        "Aggregate by #customer: sum(n)",
        "Lookup inner: customer -> customer",
        "Scan: sale (n, #customer)",
        "Scan: customer (city) where city < 'm'",
        "Scan: customer (ck, city)",
    ]


@pytest.mark.parametrize(
    "query",
    [
        # No key, or not the whole of one.
        "SELECT city, nation FROM sale JOIN customer ON customer = ck GROUP BY city, nation",
        "SELECT part.p, brand FROM sale JOIN part USING (p, q) GROUP BY part.p, brand",
        # Several rows without a partner, each with a key of its own.
        "SELECT maybe, city FROM sale LEFT JOIN customer ON maybe = ck AND city < 'm'"
        " GROUP BY maybe, city",
        "SELECT sale.p, sale.q, brand FROM sale LEFT JOIN part ON sale.p = part.p"
        " AND sale.q = part.q GROUP BY sale.p, sale.q, brand",
        # Every grouping set has keys of its own, and a single key is one already.
        "SELECT ck, city FROM sale JOIN customer ON customer = ck GROUP BY ROLLUP (ck, city)",
        "SELECT ck FROM sale JOIN customer ON customer = ck GROUP BY ck",
    ],
)
def test_group_keys_that_no_position_stands_for_stay(star: coldb.Connection, query: str) -> None:
    assert "reduce_group_keys" not in plans(star, query)


# --- aggregate_before_join -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("join", "calls", "below"),
    [
        ("customer LEFT JOIN other ON ck = k", "count(m)", "count(m)"),
        ("other RIGHT JOIN customer ON k = ck", "count(*), min(m)", "count(*), min(m)"),
        ("customer JOIN other ON ck = k", "sum(m), avg(m)", "sum(m), avg(m)"),
        ("other JOIN customer ON k = nation", "count(DISTINCT m)", "count(DISTINCT m)"),
    ],
)
def test_what_is_joined_to_a_row_is_aggregated_first(
    star: coldb.Connection, join: str, calls: str, below: str
) -> None:
    query = f"SELECT ck, city, {calls} FROM {join} GROUP BY ck, city"
    tree = plans(star, query)["end"]
    aggregates = [line for line in tree if line.startswith("Aggregate")]
    assert aggregates == [f"Aggregate by k: {below}"]
    assert any(line.startswith("Join") for line in tree[: tree.index(aggregates[0])])


@pytest.mark.parametrize(
    "query",
    [
        # A group may have several rows of the customers, or be told apart by the others.
        "SELECT city, count(m) FROM customer LEFT JOIN other ON ck = k GROUP BY city",
        "SELECT ck, m, count(*) FROM customer LEFT JOIN other ON ck = k GROUP BY ck, m",
        # What is aggregated has columns of both, or is something for NULLs as well.
        "SELECT ck, max(city) FROM customer LEFT JOIN other ON ck = k GROUP BY ck",
        "SELECT ck, array_agg(m) FROM customer LEFT JOIN other ON ck = k GROUP BY ck",
        # Might fail on a row without a partner.
        "SELECT ck, sum(1 / m) FROM customer JOIN other ON ck = k GROUP BY ck",
        # Not every pair of equal keys counts, or rows of no customer do.
        "SELECT ck, count(m) FROM customer LEFT JOIN other ON ck = k AND m > nation GROUP BY ck",
        "SELECT ck, count(m) FROM customer FULL JOIN other ON ck = k GROUP BY ck",
        "SELECT ck, count(m) FROM customer RIGHT JOIN other ON ck = k GROUP BY ck",
    ],
)
def test_aggregates_that_need_the_joined_rows_stay(star: coldb.Connection, query: str) -> None:
    assert "aggregate_before_join" not in plans(star, query)


# --- share_subplans ------------------------------------------------------------------------------


def test_a_query_of_with_that_is_read_twice_runs_once(star: coldb.Connection) -> None:
    query = (
        "WITH t AS (SELECT k, sum(m) AS s FROM other GROUP BY k)"
        " SELECT a.s, b.s FROM t AS a JOIN t AS b ON a.k = b.k + 1"
    )
    assert plans(star, query)["end"] == [
        "Common 1",
        "Project: k, sum AS s",
        "Aggregate by k: sum(m)",
        "Scan: other (k, m)",
        "Project: s, s",
        "Join inner: k = k + 1",
        "CommonScan: 1 (k, s)",
        "CommonScan: 1 (k, s)",
    ]


def test_equal_branches_of_a_union_run_once(star: coldb.Connection) -> None:
    branch = "SELECT k, max(m) FROM other GROUP BY k"
    tree = plans(star, f"{branch} UNION ALL {branch}")["end"]
    assert sum(line.startswith("Scan") for line in tree) == 1


def test_shared_queries_may_read_shared_queries(star: coldb.Connection) -> None:
    query = (
        "WITH s AS (SELECT k, sum(m) AS n FROM other GROUP BY k),"
        " t AS (SELECT a.k, a.n FROM s AS a JOIN s AS b ON a.k = b.n)"
        " SELECT 1 FROM t AS a JOIN t AS b ON a.k = b.n JOIN s AS c ON c.k = a.k"
    )
    tree = plans(star, query)["end"]
    assert [line for line in tree if line.startswith("Common ")] == ["Common 1", "Common 2"]
    assert sum(line.startswith("Scan") for line in tree) == 1


def test_places_that_read_different_columns_share_all_of_them(star: coldb.Connection) -> None:
    query = (
        "WITH t AS (SELECT k, sum(m) AS s, min(m) AS low, max(m) AS high FROM other GROUP BY k)"
        " SELECT (SELECT sum(s) FROM t), (SELECT min(low) FROM t)"
    )
    tree = plans(star, query)["end"]
    assert "Aggregate by k: sum(m), min(m)" in tree
    assert "CommonScan: 1 (s)" in tree
    assert "CommonScan: 1 (low)" in tree


@pytest.mark.parametrize(
    "query",
    [
        # Filters that differ, rows that only stream, and what is different each time.
        "WITH t AS (SELECT k, sum(m) AS s FROM other GROUP BY k)"
        " SELECT 1 FROM t AS a, t AS b WHERE a.k = 1 AND b.k = 2 AND a.s = b.s",
        "WITH t AS (SELECT k + 1 AS k FROM other) SELECT k FROM t UNION ALL SELECT k FROM t",
        "SELECT sum(m + 0.0::DOUBLE) FROM other UNION ALL SELECT sum(m + -0.0::DOUBLE) FROM other",
        "SELECT max(random()) FROM other UNION ALL SELECT max(random()) FROM other",
        "SELECT max(k) FROM other UNION ALL SELECT max(m) FROM other",
        "SELECT max(k) FROM other UNION ALL SELECT max(nk) FROM nation",
    ],
)
def test_what_is_not_equal_or_not_costly_is_not_shared(star: coldb.Connection, query: str) -> None:
    assert "share_subplans" not in plans(star, query)


# --- fuse_top_n ----------------------------------------------------------------------------------


def test_sort_and_limit_become_one(star: coldb.Connection) -> None:
    found = plans(star, "SELECT k FROM other ORDER BY m DESC, k LIMIT 2 OFFSET 1")
    assert "Limit 2 offset 1" in found["bind"]
    assert "Sort: m DESC, k" in found["bind"]
    assert "TopN 2 offset 1: m DESC, k" in found["fuse_top_n"]
    assert not any(line.startswith(("Limit", "Sort")) for line in found["end"])


@pytest.mark.parametrize("tail", ["LIMIT 200000", "OFFSET 3", "LIMIT 1 OFFSET 100000"])
def test_large_and_open_limits_sort_everything(star: coldb.Connection, tail: str) -> None:
    found = plans(star, f"SELECT k FROM other ORDER BY m {tail}")
    assert "fuse_top_n" not in found
    assert "Sort: m" in found["end"]


# --- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", dict.fromkeys(rule.__name__ for rule in RULES))
def test_a_rule_that_is_switched_off_changes_nothing(rule: str) -> None:
    query = (
        "SELECT city, sum(n) AS s FROM sale LEFT JOIN customer ON maybe = ck, part"
        " WHERE sale.p = part.p AND sale.q = part.q AND n > 1 + 1 GROUP BY city"
        " ORDER BY s DESC LIMIT 2"
    )
    with coldb.connect(threads=1, settings={"rules_off": [rule]}) as con:
        con.execute(STAR)
        con.execute(
            "INSERT INTO nation VALUES (1, 'EU'); INSERT INTO customer VALUES (1, 1, 'a'), (2, 1, 'b');"
            "INSERT INTO part VALUES (1, 1, 'x'); INSERT INTO sale VALUES (1, 1, 1, 1, 5, 0),"
            " (1, NULL, 1, 1, 9, 0), (2, 2, 1, 1, 7, 0), (2, 2, 1, 1, 2, 0)"
        )
        assert rule not in plans(con, query)
        assert con.execute(query).fetchall() == [(None, 9), ("b", 7)]
