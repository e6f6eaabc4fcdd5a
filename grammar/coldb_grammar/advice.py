"""What people write who come from another database, and what stands for it here."""

from __future__ import annotations

__all__ = ["advice_on"]

_SELF_NUMBERING = "columns that number themselves are not supported"
_NO_TEMPORARY = "there are no temporary tables: WITH names a query, CREATE TABLE ... AS keeps it"
_REGULAR = "regular expressions are matched by ~"
_NO_RIGHTS = "there are no users and no rights but those of the file system"
_NO_VARIABLES = "there are no variables; parameters are written ?, $1 or :name"
_NO_JSON = "JSON is not supported"
_RECURSION = "hierarchies are walked by WITH RECURSIVE"

# Words that are read as a name at first, so that it is the token behind them that cannot stand.
_TAKEN_FOR_NAMES = {"CONNECT", "DIV", "GLOB", "MINUS", "REGEXP", "RLIKE", "TOP"}

# A word in upper case or a mark -> the advice where it cannot be read.
_ADVICE = {
    "->": _NO_JSON,
    "->>": _NO_JSON,
    "ANALYZE": "there is nothing to analyze: statistics are kept with the rows",
    "ATTACH": "a connection is to one warehouse; COPY moves rows between two",
    "AUTOINCREMENT": _SELF_NUMBERING,
    "AUTO_INCREMENT": _SELF_NUMBERING,
    "CASCADE": "leave out CASCADE, and drop what depends on it first",
    "CHANGE": "a column is changed by ALTER COLUMN name TYPE type, or RENAME COLUMN name TO name",
    "CHECK": "CHECK constraints are not supported",
    "CONNECT": _RECURSION,
    "DECLARE": _NO_VARIABLES,
    "DESC": "write DESCRIBE",
    "DIV": "whole numbers are divided by /",
    "EXCLUDE": "columns are left out behind a star: SELECT * EXCLUDE (a, b)",
    "FOR": "rows are not locked: leave out FOR UPDATE and FOR SHARE",
    "GENERATED": _SELF_NUMBERING,
    "GLOB": "patterns are matched by LIKE, with % and _",
    "GRANT": _NO_RIGHTS,
    "IDENTITY": _SELF_NUMBERING,
    "INTO": "the rows of a query are kept by CREATE TABLE ... AS SELECT",
    "ISNULL": "write x IS NULL, or coalesce(x, other)",
    "ISOLATION": "every transaction reads the version that it began with",
    "LOCK": "nothing has to be locked: readers see one version, and there is one writer at a time",
    "MATERIALIZED": "views are not materialized: CREATE TABLE ... AS keeps the rows of a query",
    "MINUS": "the rows of one query without those of another are EXCEPT",
    "MODIFY": "a column is changed by ALTER COLUMN name TYPE type",
    "ONLY": "no table inherits from another: leave out ONLY",
    "PRAGMA": "SHOW, DESCRIBE and information_schema tell what there is",
    "REGEXP": _REGULAR,
    "RESTART": "leave out RESTART IDENTITY: no column numbers itself",
    "REVOKE": _NO_RIGHTS,
    "RLIKE": _REGULAR,
    "SAVEPOINT": "there are no savepoints: a transaction is committed or rolled back as a whole",
    "SEPARATOR": "a separator is the second argument: string_agg(value, ',')",
    "TEMP": _NO_TEMPORARY,
    "TEMPORARY": _NO_TEMPORARY,
    "TOP": "the first rows are asked for at the end, by LIMIT",
    "UNSIGNED": "there are no unsigned types: take the next larger one",
    "USE": "a connection is to one warehouse",
    "[": "names are quoted with double quotes; arrays are written ARRAY[...]",
}


def advice_on(written: str, name_before: str, touching: str) -> str | None:
    """The advice on a token that cannot stand.

    Besides the token as written it is told the name before it, and what the token makes together
    with marks that touch it; either may be empty.
    """
    found = _ADVICE.get(written.upper()) or _ADVICE.get(touching)
    if found is None and name_before.upper() in _TAKEN_FOR_NAMES:
        return _ADVICE[name_before.upper()]
    return found
