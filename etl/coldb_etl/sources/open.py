"""From the declaration of a source in the catalog to the source itself."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coldb_etl.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from coldb_warehouse import schema
    from coldb_warehouse.warehouse import Warehouse

    from coldb_etl.sources.source import Source

__all__ = ["SOURCES", "open_source", "open_sources", "source_path"]


# Each is imported when it is opened: the drivers take long to load.


def _sqlite(path: Path, options: Mapping[str, str]) -> Source:
    from coldb_etl.sources.sqlite import SqliteSource

    return SqliteSource(path, options)


def _csv(path: Path, options: Mapping[str, str]) -> Source:
    from coldb_etl.sources.csv import CsvSource

    return CsvSource(path, options)


def _parquet(path: Path, options: Mapping[str, str]) -> Source:
    from coldb_etl.sources.parquet import ParquetSource

    return ParquetSource(path, options)


# The kinds of sources: each is opened with its place and the other options of its declaration.
SOURCES: dict[str, Callable[[Path, Mapping[str, str]], Source]] = {
    "sqlite": _sqlite,
    "csv": _csv,
    "parquet": _parquet,
}


def open_source(warehouse: Warehouse, name: str) -> Source:
    """The source that the warehouse knows by that name. Raises ModelError and SourceError."""
    declared = _declared(warehouse, name)
    if declared.kind not in SOURCES:
        raise ModelError(
            f'source "{name}" is of type "{declared.kind}", which is none of {", ".join(SOURCES)}'
        )
    options = {key: value for key, value in declared.options if key != "path"}
    return SOURCES[declared.kind](source_path(warehouse, declared), options)


@contextmanager
def open_sources(warehouse: Warehouse, names: Iterable[str]) -> Iterator[dict[str, Source]]:
    """Several sources by name, closed together."""
    with ExitStack() as stack:
        opened: dict[str, Source] = {}
        for name in dict.fromkeys(names):
            opened[name] = open_source(warehouse, name)
            stack.callback(opened[name].close)
        yield opened


def source_path(warehouse: Warehouse, declared: schema.Source) -> Path:
    """Where a source of files is. A relative path starts where the warehouse's directory lies.

    So a warehouse and its source can be moved together, and loaded from any working directory.
    """
    path = dict(declared.options).get("path", "")
    if not path:
        raise ModelError(
            f"source \"{declared.name}\" needs the option PATH, as in PATH 'shop.sqlite'"
        )
    beside = Path() if warehouse.path == ":memory:" else Path(warehouse.path).absolute().parent
    return beside / Path(path).expanduser()


def _declared(warehouse: Warehouse, name: str) -> schema.Source:
    for source in warehouse.snapshot().sources:
        if source.name == name:
            return source
    raise ModelError(f'there is no source "{name}": declare it with CREATE SOURCE {name} (...)')
