"""`discover`: look at a source, and write the SQL of a star for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from coldb_warehouse.schema import Source

from coldb_etl.discovery.propose import propose
from coldb_etl.discovery.spelling import snake_case
from coldb_etl.discovery.sqlite_survey import SqliteSurvey
from coldb_etl.discovery.write import source_sql, table_sql
from coldb_etl.errors import ModelError

if TYPE_CHECKING:
    from coldb_etl.discovery.propose import Proposal

__all__ = ["discover"]

_HEADER = """\
-- A star for {path}, proposed from its tables, keys and values.
-- Read it, change what you know better, and run it: coldb shell STAR.coldb -f THIS.sql
-- Then load it: coldb etl run STAR.coldb"""


def discover(path: str | os.PathLike[str], *, name: str | None = None) -> str:
    """The SQL that declares a star for the source at `path`, and the source under `name`.

    Nothing is changed. Raises SourceError.
    """
    place = Path(path)
    source = Source(
        name or snake_case(place.stem), "sqlite", (("path", os.fspath(place.absolute())),)
    )
    with SqliteSurvey(place) as survey:
        proposal = propose(survey, source.name)
    if not proposal.tables:
        raise ModelError(f'"{place}" has no tables: there is nothing to load')
    return _written(place, source, proposal)


def _written(place: Path, source: Source, proposal: Proposal) -> str:
    parts = [_HEADER.format(path=place.name), source_sql(source)]
    parts += [table_sql(table, notes) for table, notes in proposal.tables]
    if proposal.absorbed:
        parts.append(f"-- Only as parts of the above: {', '.join(proposal.absorbed)}.")
    return "\n\n".join(parts) + "\n"
