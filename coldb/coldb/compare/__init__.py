"""The same query on the source and on the warehouse: are the answers equal, what did each take?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_etl.errors import EtlError

from coldb.compare.comparer import RUNS, Comparer
from coldb.compare.errors import CompareError
from coldb.compare.results import Comparison, Failure, Result, Side, all_equal, mean_ratio
from coldb.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coldb.connection import Connection

__all__ = [
    "RUNS",
    "CompareError",
    "Comparer",
    "Comparison",
    "Failure",
    "Result",
    "Side",
    "all_equal",
    "compare_queries",
    "mean_ratio",
]


def compare_queries(
    connection: Connection, queries: Iterable[tuple[str, str]], runs: int = RUNS
) -> Iterator[Result]:
    """Compares one (name, SQL) after the other; what cannot be compared is a Failure among them."""
    with Comparer(connection, runs) as comparer:
        for name, sql in queries:
            try:
                yield comparer.compare(name, sql)
            except (Error, EtlError) as error:
                yield Failure(name, " ".join(str(error).split()))
