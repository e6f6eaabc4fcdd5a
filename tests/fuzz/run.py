"""Runs random queries: star by star, each from its seed."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.configurations import CONFIGURATIONS, Coldb
from tests.fuzz.compare import Difference, difference
from tests.fuzz.queries import Queries
from tests.fuzz.star import Star
from tests.oracles import Duckdb, Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Outcome", "ask_star", "fuzz"]


@dataclass(frozen=True)
class Outcome:
    seed: int
    asked: int
    differences: tuple[Difference, ...]


def fuzz(seed: int, queries: int, each: int, configuration: str) -> Iterator[Outcome]:
    """One outcome a star; the seeds of the stars go on from the first."""
    with postgres_server(str(os.getpid())) as server:
        while queries > 0:
            asked = min(each, queries)
            yield ask_star(seed, asked, server, configuration)
            queries -= asked
            seed += 1


def ask_star(seed: int, queries: int, server: str, configuration: str) -> Outcome:
    """The differences that so many queries over the star of a seed show."""
    random = Random(seed)
    star = Star(random)
    questions = Queries(random, star)
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(Coldb(CONFIGURATIONS[configuration], Path(scratch))) as coldb,
        closing(Postgres(server)) as postgres,
        closing(Duckdb()) as duckdb,
    ):
        for statement in star.statements:
            for engine in (coldb, postgres, duckdb):
                engine.execute(statement)
        found = [difference(questions.ask(), coldb, postgres, duckdb) for _ in range(queries)]
    return Outcome(seed, queries, tuple(one for one in found if one is not None))
