"""Which partitions of a table a scan has to read.

A test on the column that a table is partitioned by allows some values, and each of them belongs to
one partition. Ranges of values are often left to statistics, but values that are hashed to partitions
lie apart, and statistics of a segment exclude none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.partitioning import NULL_PARTITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.execute.columns import ColumnReader
    from coldb.engine.execute.sieve import ColumnTest
    from coldb_warehouse import TableSnapshot

__all__ = ["partitions_to_read"]

MOST_VALUES = 65_536  # hashing so many takes about a millisecond


def partitions_to_read(
    table: TableSnapshot, tests: Sequence[ColumnTest], reader: ColumnReader
) -> frozenset[int] | None:
    """The numbers of the partitions in which rows may pass all tests; None if any may."""
    partitioning = table.schema.partitioning
    if partitioning is None:
        return None
    test = next((test for test in tests if test.column == partitioning.column), None)
    if test is None or test.codes.size > MOST_VALUES:
        return None
    type_ = table.type_of(test.column)
    members = test.codes.members()
    domain = table.domain(test.column)
    if domain is None:
        values = members.astype(type_.dtype)
    else:
        values = reader.domain_vector(type_, domain).take(members).plain().data
    numbers = set(partitioning.partitions_of(values, None, type_).tolist())
    return frozenset(numbers | {NULL_PARTITION} if test.nulls_pass else numbers)
