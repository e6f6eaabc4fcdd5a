"""The plans of the shapes that matter, as EXPLAIN would print them before any rule.

`bind_plans.txt` holds, for each: what it shows, the query, an empty line, the plan.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from coldb.engine.bind import Catalog, bind_query
from coldb.engine.explain import plan_text
from coldb.engine.plan import Plan, children
from coldb_grammar import parse

from tests.engine.star import bound, snapshot_of

CASES = (Path(__file__).parent / "bind_plans.txt").read_text().split("\n\n\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.split("\n")[0].removeprefix("# "))
def test_plan(case: str) -> None:
    query, plan = case.partition("\n")[2].split("\n\n")
    assert plan_text(bound(query).plan) == plan.strip()


SSB = Path(__file__).parents[2] / "benchmarks" / "ssb"


@pytest.mark.parametrize(
    "path", sorted((SSB / "queries").glob("*.sql")), ids=lambda path: path.stem
)
def test_a_star_query_is_one_filter_over_one_product(path: Path) -> None:
    star = Catalog(snapshot_of((SSB / "schema.sql").read_text()))
    (query,) = parse(path.read_text())
    shapes = [type(node).__name__ for node in _nodes(bind_query(query, star).plan)]
    above = [shape for shape in shapes if shape != "Scan"]
    assert above in (
        ["Project", "Aggregate", "Filter", "CrossProduct"],
        ["Sort", "Project", "Aggregate", "Filter", "CrossProduct"],
    )


def test_every_use_of_a_with_query_has_fields_of_its_own() -> None:
    plan = bound("WITH q AS (SELECT id FROM sale) SELECT * FROM q a, q b WHERE a.id < b.id").plan
    produced = [field.id for node in _nodes(plan) if not children(node) for field in node.fields]
    assert len(produced) == len(set(produced))


def _nodes(plan: Plan) -> list[Plan]:
    return [plan, *(node for child in children(plan) for node in _nodes(child))]
