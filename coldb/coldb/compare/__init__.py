"""The same query on the source and on the warehouse: are the answers equal, what did each take?"""

from coldb.compare.comparison import (
    Comparison,
    Failure,
    Result,
    Side,
    compare_queries,
    compare_query,
    mean_ratio,
)
from coldb.compare.errors import CompareError

__all__ = [
    "CompareError",
    "Comparison",
    "Failure",
    "Result",
    "Side",
    "compare_queries",
    "compare_query",
    "mean_ratio",
]
