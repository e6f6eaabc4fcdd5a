"""coldb under test, in every shape of storage and planning that must not change an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coldb.engine.optimize import RULES
from coldb_warehouse.encodings import ENCODINGS

from tests.sql_engine import EngineError, Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CONFIGURATIONS", "Coldb", "Configuration"]


@dataclass(frozen=True, slots=True)
class Configuration:
    """`reopen` keeps the database on disk and opens it anew for each statement; `optimize` puts all
    tables in order after each."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 2
    reopen: bool = False
    optimize: bool = False


SMALL = {"block_rows": 7, "segment_rows": 21}

CONFIGURATIONS = {
    "default": Configuration(),
    "one_thread": Configuration(threads=1),
    "small_blocks": Configuration(SMALL),
    "dictionaries": Configuration({**SMALL, "force_dictionary": True}),
    "no_dictionaries": Configuration({**SMALL, "force_dictionary": False}),
    "reopened": Configuration({**SMALL, "sync": False}, reopen=True),
    "optimized": Configuration(SMALL, optimize=True),
    **{
        f"encoding_{encoding.name}": Configuration({**SMALL, "force_encoding": encoding.name})
        for encoding in ENCODINGS
    },
    **{
        f"without_{rule}": Configuration({**SMALL, "rules_off": [rule]})
        for rule in dict.fromkeys(rule.__name__ for rule in RULES)
    },
}


class Coldb:
    """A database in memory, or in `directory` when the configuration reopens it."""

    names = frozenset({"coldb", "postgresql"})
    own_errors = True

    def __init__(self, configuration: Configuration, directory: Path) -> None:
        self._configuration = configuration
        self._path = str(directory / "test.coldb") if configuration.reopen else ":memory:"
        self._in_transaction = False
        self._has_prepared = False  # statements, which a connection has for itself
        self._connect()

    def _connect(self) -> None:
        import coldb

        self._error = coldb.Error
        self._connection = coldb.connect(
            self._path,
            threads=self._configuration.threads,
            settings=dict(self._configuration.settings),
        )

    def execute(self, sql: str) -> Result | None:
        keep = self._in_transaction or self._has_prepared
        if self._configuration.reopen and not keep:
            self._connection.close()
            self._connect()
        self._follow_transaction(sql)
        try:
            cursor = self._connection.execute(sql)
            if cursor.description is None:
                if self._configuration.optimize and not self._in_transaction:
                    self._connection.execute("OPTIMIZE")
                return None
            return Result(len(cursor.description), cursor.fetchall())
        except self._error as error:
            raise EngineError(str(error)) from error

    def _follow_transaction(self, sql: str) -> None:
        match sql.split(maxsplit=1)[0].rstrip(";").upper():
            case "BEGIN" | "START":
                self._in_transaction = True
            case "COMMIT" | "ROLLBACK" | "END":
                self._in_transaction = False
            case "PREPARE":
                self._has_prepared = True

    def close(self) -> None:
        self._connection.close()
