"""What functions of other databases are here."""

from __future__ import annotations

__all__ = ["written_here"]

_CASE = "CASE WHEN ... THEN ... ELSE ... END"
_ADD = "date + INTERVAL '1 day'"

_WRITTEN_HERE = {
    "charindex": "strpos(text, sought)",
    "convert": "CAST(value AS type)",
    "count_if": "count(*) FILTER (WHERE condition)",
    "countif": "count(*) FILTER (WHERE condition)",
    "curdate": "current_date",
    "curtime": "localtime",
    "date_add": _ADD,
    "date_format": "to_char(date, format)",
    "date_sub": "date - INTERVAL '1 day'",
    "dateadd": _ADD,
    "datefromparts": "make_date(year, month, day)",
    "datename": "to_char(date, format)",
    "datepart": "EXTRACT(field FROM date)",
    "dayname": "to_char(date, 'Day')",
    "eomonth": "last_day(date)",
    "from_unixtime": "to_timestamp(seconds)",
    "getdate": "now()",
    "iif": _CASE,
    "json_agg": "array_agg(value)",
    "lcase": "lower(text)",
    "locate": "strpos(text, sought)",
    "nvl2": _CASE,
    "parse_date": "to_date(text, format)",
    "parse_timestamp": "to_timestamp(text, format)",
    "rand": "random()",
    "read_csv": "SELECT ... FROM read_csv('file.csv')",
    "read_parquet": "SELECT ... FROM read_parquet('file.parquet')",
    "regexp_matches": "regexp_match(text, pattern)",
    "replicate": "repeat(text, count)",
    "safe_divide": "dividend / NULLIF(divisor, 0)",
    "space": "repeat(' ', count)",
    "stdev": "stddev(value)",
    "stdevp": "stddev_pop(value)",
    "str_to_date": "to_date(text, format)",
    "strftime": "to_char(date, format)",
    "string_split": "string_to_array(text, separator)",
    "stuff": "overlay(text PLACING new FROM start FOR length)",
    "sysdate": "now()",
    "truncate": "trunc(number, digits)",
    "ucase": "upper(text)",
    "unix_timestamp": "EXTRACT(epoch FROM timestamp)",
    "varp": "var_pop(value)",
    "weekday": "EXTRACT(isodow FROM date)",
}


def written_here(function: str) -> str | None:
    """What to write for a function that another database has under this name."""
    return _WRITTEN_HERE.get(function)
