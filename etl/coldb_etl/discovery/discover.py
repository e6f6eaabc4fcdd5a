"""`discover`: look at a source, and write the SQL of a star for it."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from coldb_warehouse.schema import Source

from coldb_etl.discovery.propose import propose
from coldb_etl.discovery.spelling import snake_case
from coldb_etl.discovery.write import comment, source_sql, table_sql
from coldb_etl.errors import ModelError, SourceError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from coldb_etl.discovery.propose import Proposal
    from coldb_etl.discovery.tables import Survey

__all__ = ["discover"]

_HEADER = """\
A star for {path}, proposed from its tables, keys and values.
Read it, change what you know better, and run it: coldb shell STAR.coldb -f THIS.sql
Then load it: coldb etl run STAR.coldb"""


def discover(path: str | os.PathLike[str], *, name: str | None = None) -> str:
    """The SQL that declares a star for the source at `path`, and the source under `name`.

    Nothing is changed. Raises SourceError.
    """
    place = Path(path)
    if not place.exists():
        raise SourceError(f'there is no file or directory "{place}"')
    kind = _kind(place)
    options = {"path": os.fspath(place.absolute())}
    if kind == "sqlite":
        from coldb_etl.discovery.sqlite_survey import SqliteSurvey

        survey: AbstractContextManager[Survey] = SqliteSurvey(place)
    else:
        from coldb_etl.discovery.file_survey import FileSurvey

        files = FileSurvey(place, kind)
        options |= files.options
        survey = nullcontext(files)
    source = Source(name or snake_case(place.stem), kind, tuple(options.items()))
    with survey as opened:
        proposal = propose(opened, source.name)
    if not proposal.tables:
        raise ModelError(f'"{place}" has no tables: there is nothing to load')
    return _written(place, source, proposal)


def _kind(place: Path) -> str:
    """The kind of source, by the names of its files; what is neither CSV nor Parquet is SQLite."""
    files = [place] if place.is_file() else sorted(place.iterdir())
    for file in files:
        if file.suffix.lower() in (".csv", ".parquet"):
            return file.suffix.lower()[1:]
    if place.is_dir():
        raise SourceError(f'directory "{place}" has no .csv and no .parquet file')
    return "sqlite"


def _written(place: Path, source: Source, proposal: Proposal) -> str:
    parts = [comment(_HEADER.format(path=place.name)), source_sql(source)]
    parts += [table_sql(table, notes) for table, notes in proposal.tables]
    if proposal.absorbed:
        parts.append(comment(f"Only as parts of the above: {', '.join(proposal.absorbed)}."))
    return "\n\n".join(parts) + "\n"
