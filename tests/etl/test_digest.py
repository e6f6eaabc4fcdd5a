"""The digest of streamed rows: equal for equal rows, different for any difference."""

import decimal
import itertools

import pyarrow as pa
import pytest
from coldb_etl.digest import RowDigest


def digest(*batches: pa.RecordBatch) -> str:
    made = RowDigest("t")
    for batch in batches:
        made.update(batch)
    return made.hexdigest()


def batch(values: list, type: pa.DataType | None = None) -> pa.RecordBatch:
    return pa.record_batch([pa.array(values, type)], ["a"])


def test_rows_that_differ_in_one_respect_have_different_digests():
    batches = [
        batch([1, 2, 3]),
        batch([1, 3, 2]),
        batch([1, 2, None]),
        batch([1, None, 2]),
        batch([1, 2]),
        batch([1, 2, 0]),
        batch([1.0, 2.0, 3.0]),
        batch([1, 2, 3], pa.int32()),
        batch(["1", "2", "3"]),
        batch(["1", "23", ""]),
        batch(["12", "3", ""]),
        batch(["", "", None]),
        batch([None, "", ""]),
        batch([True, False, True]),
        batch([True, False, False]),
        batch([decimal.Decimal("1.00")] * 3),
        batch([], pa.int64()),
        batch([], pa.string()),
    ]
    digests = [digest(made) for made in batches]
    for (i, left), (j, right) in itertools.combinations(enumerate(digests), 2):
        assert left != right, (batches[i], batches[j])


@pytest.mark.parametrize(
    "values",
    [[1, None, 3, 4], [1.5, None, 2.5, 0.0], ["x", None, "", "yy"], [True, None, False, True]],
)
def test_where_the_values_lie_in_memory_does_not_matter(values):
    whole = batch(values)
    padded = batch([values[0], *values, values[-1]]).slice(1, len(values))
    assert digest(whole) == digest(padded)


def test_garbage_under_nulls_does_not_matter():
    valid = pa.array([True, False, True]).buffers()[1]
    arrays = [
        pa.Array.from_buffers(pa.int64(), 3, [valid, pa.array([1, middle, 3]).buffers()[1]])
        for middle in (0, 99)
    ]
    assert len({digest(pa.record_batch([array], ["a"])) for array in arrays}) == 1


def test_the_seed_is_part_of_the_digest():
    assert RowDigest("a").hexdigest() != RowDigest("b").hexdigest()
    assert RowDigest("ab", "c").hexdigest() != RowDigest("a", "bc").hexdigest()
