"""What is computed of the parts of groups and merged is what is computed of the whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from coldb.engine.execute.concat import concat_vectors
from coldb.engine.execute.states.state import Mergeable
from coldb.engine.execute.states.table import AGGREGATE_STATES
from coldb.engine.grouping import Groups, group_rows
from coldb.engine.vector import Vector
from coldb_warehouse.types import BIGINT, BOOLEAN, DOUBLE, INTERVAL, REAL, VARCHAR, Kind, decimal

if TYPE_CHECKING:
    from coldb.engine.execute.states.state import Arguments
    from coldb_warehouse.types import Type

ROWS, GROUPS = 400, 17
SEED = 20

MERGEABLE = {
    name: computation
    for name, computation in AGGREGATE_STATES.items()
    if isinstance(computation, Mergeable)
}
TWO_ARGUMENTS = {"corr", "covar_pop", "covar_samp", "arg_min", "arg_max"} | {
    name for name in MERGEABLE if name.startswith("regr_")
}
RESULTS = {
    "sum": {
        Kind.BIGINT: decimal(38, 0),
        Kind.DECIMAL: decimal(38, 2),
        Kind.DOUBLE: DOUBLE,
        Kind.REAL: REAL,
        Kind.INTERVAL: INTERVAL,
    },
    "avg": {
        Kind.BIGINT: decimal(38, 16),
        Kind.DECIMAL: decimal(38, 16),
        Kind.DOUBLE: DOUBLE,
        Kind.REAL: DOUBLE,
        Kind.INTERVAL: INTERVAL,
    },
}


def _cases() -> list[tuple[str, Type]]:
    """Each function with the types that it takes."""
    numbers = [BIGINT, decimal(12, 2), DOUBLE, REAL]
    every = [*numbers, VARCHAR, INTERVAL]
    cases: list[tuple[str, Type]] = []
    for name in MERGEABLE:
        match name:
            case "count_star" | "count" | "min" | "max" | "any_value" | "arg_min" | "arg_max":
                types = every
            case "sum" | "avg":
                types = [*numbers, INTERVAL]
            case "bool_and" | "bool_or":
                types = [BOOLEAN]
            case "bit_and" | "bit_or" | "bit_xor":
                types = [BIGINT]
            case _:
                types = [DOUBLE]
        cases += [(name, type_) for type_ in types]
    return cases


@pytest.mark.parametrize("null_share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("name", "type_"), _cases(), ids=lambda part: str(part))
def test_parts_merge_to_the_whole(name: str, type_: Type, null_share: float) -> None:
    random = np.random.default_rng(SEED)
    computation = MERGEABLE[name]
    count = 0 if name == "count_star" else 1 + (name in TWO_ARGUMENTS)
    arguments = tuple(_values(random, type_, null_share) for _ in range(count))
    keys = random.integers(0, GROUPS, ROWS)
    result = _result_type(name, type_)
    whole = computation.finish(computation.start(_groups(keys), arguments), result)
    parts = [
        _part(computation, keys, arguments, *rows) for rows in pairwise([0, 1, 150, 151, ROWS])
    ]
    merged_keys = np.concatenate([part_keys for part_keys, _ in parts])
    states = zip(*(state for _, state in parts), strict=True)
    together = tuple(concat_vectors(vectors) for vectors in states)
    merged = computation.finish(computation.merge(_groups(merged_keys), together), result)
    assert _listed(merged) == [_near(value) for value in _listed(whole)]


@pytest.mark.parametrize(("name", "type_"), _cases(), ids=lambda part: str(part))
def test_no_rows_are_one_group(name: str, type_: Type) -> None:
    """Without keys there is a group of no rows: NULL, and 0 for counts."""
    computation = MERGEABLE[name]
    count = 0 if name == "count_star" else 1 + (name in TWO_ARGUMENTS)
    nothing = tuple(Vector.constant_of(type_, None).expanded(0) for _ in range(count))
    groups = group_rows([], 0)
    state = computation.start(groups, nothing)
    for made in (state, computation.merge(group_rows([], 1), state)):
        (value,) = _listed(computation.finish(made, _result_type(name, type_)))
        assert value == (0 if "count" in name else None)


def _values(random: np.random.Generator, type_: Type, null_share: float) -> Vector:
    import pyarrow as pa

    numbers = random.integers(-50, 50, ROWS)
    valid = None if not null_share else random.random(ROWS) >= null_share
    data: Any
    match type_.kind:
        case Kind.VARCHAR:
            data = pa.array([f"t{number}" for number in numbers], pa.large_string())
        case Kind.INTERVAL:
            data = np.empty(ROWS, dtype=object)
            data[:] = [(0, int(number) % 7, int(number) * 1000) for number in numbers]
        case Kind.BOOLEAN:
            data = numbers > 0
        case Kind.REAL | Kind.DOUBLE:
            data = (numbers / 4).astype(type_.dtype)
        case _:
            data = numbers.astype(type_.dtype)
    return Vector(type_, data, valid)


def _result_type(name: str, type_: Type) -> Type:
    if name in RESULTS:
        return RESULTS[name][type_.kind]
    if "count" in name:
        return BIGINT
    of_deviations = name.startswith(("var_", "stddev_", "corr", "covar_", "regr_"))
    return DOUBLE if of_deviations else type_


def _groups(keys: np.ndarray[Any, Any]) -> Groups:
    return group_rows([Vector(BIGINT, keys.astype(np.int64))], len(keys))


def _part(
    computation: Mergeable, keys: np.ndarray[Any, Any], arguments: Arguments, start: int, stop: int
) -> tuple[np.ndarray[Any, Any], tuple[Vector, ...]]:
    """The keys of the groups of some rows, and their states."""
    groups = _groups(keys[start:stop])
    own = tuple(argument.slice(start, stop) for argument in arguments)
    return keys[start:stop].take(groups.first), computation.start(groups, own)


def _listed(vector: Vector) -> list[Any]:
    plain = vector.plain()
    data = plain.data.tolist() if isinstance(plain.data, np.ndarray) else plain.data.to_pylist()
    valid = [True] * len(data) if plain.valid is None else plain.valid.tolist()
    return [value if known else None for value, known in zip(data, valid, strict=True)]


def _near(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
