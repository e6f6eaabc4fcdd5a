"""Which words are reserved, and how a word that is not reserved is told from a keyword.

A reserved word is never a name unless it is quoted. Every other keyword is one only where the
grammar has a place for it; where a name could stand as well, what follows decides (`FOLLOWED_BY`).
"""

from __future__ import annotations

__all__ = ["FOLLOWED_BY", "FUNCTION_NAMES", "RESERVED"]

# PostgreSQL 17, appendix C: "reserved" and "reserved (can be function or type)"; and BETWEEN, which
# as an alias without AS could not be told from the operator.
_RESERVED = """
    ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC AUTHORIZATION BETWEEN BINARY BOTH CASE
    CAST CHECK COLLATE COLLATION COLUMN CONCURRENTLY CONSTRAINT CREATE CROSS CURRENT_CATALOG
    CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEFAULT
    DEFERRABLE DESC DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FREEZE FROM FULL GRANT
    GROUP HAVING ILIKE IN INITIALLY INNER INTERSECT INTO IS ISNULL JOIN LATERAL LEADING LEFT
    LIKE LIMIT LOCALTIME LOCALTIMESTAMP NATURAL NOT NOTNULL NULL OFFSET ON ONLY OR ORDER OUTER
    OVERLAPS PLACING PRIMARY REFERENCES RETURNING RIGHT SELECT SESSION_USER SIMILAR SOME
    SYMMETRIC SYSTEM_USER TABLE TABLESAMPLE THEN TO TRAILING TRUE UNION UNIQUE USER USING
    VARIADIC VERBOSE WHEN WHERE WINDOW WITH
"""
RESERVED = frozenset(_RESERVED.split())

# Reserved words that are names of functions when a parenthesis follows.
FUNCTION_NAMES = frozenset({"CURRENT_SCHEMA", "LEFT", "RIGHT"})

_EXPRESSION_STARTS = """
    NAME NUMBER STRING BYTES PARAMETER ( + - ~ NOT CASE CAST ARRAY NULL TRUE FALSE
"""
_EXPRESSION = frozenset(_EXPRESSION_STARTS.split())

# keyword -> the symbols after it, one set for each place, without which it is a plain name.
FOLLOWED_BY: dict[str, tuple[frozenset[str], ...]] = {
    "AT": (frozenset({"TIME"}), frozenset({"ZONE"})),
    "CHARACTER": (frozenset({"VARYING"}),),
    "CUBE": (frozenset({"("}),),
    "CURRENT": (frozenset({"ROW"}),),
    "DOUBLE": (frozenset({"PRECISION"}),),
    "EXISTS": (frozenset({"("}),),
    "EXTRACT": (frozenset({"("}),),
    "FILTER": (frozenset({"("}),),
    "GROUPING": (frozenset({"SETS"}),),
    "GROUPS": (_EXPRESSION | {"BETWEEN"},),
    "HIERARCHY": (frozenset({"NAME"}), frozenset({"("}), frozenset({"NAME"})),
    "IF": (frozenset({"EXISTS", "NOT"}),),
    "IGNORE": (frozenset({"NULLS"}),),
    "INTERVAL": (frozenset({"STRING", "NUMBER"}),),
    "OF": (frozenset({"VERSION", "TIMESTAMP"}),),
    "OVER": (frozenset({"(", "NAME"}),),
    "OVERLAY": (frozenset({"("}),),
    "PARTITION": (frozenset({"BY", "FOR"}),),
    "PIVOT": (frozenset({"("}),),
    "POSITION": (frozenset({"("}),),
    "PREPARE": (frozenset({"NAME", "ALL"}),),
    "QUALIFY": (_EXPRESSION,),
    "RANGE": (_EXPRESSION | {"BETWEEN"},),
    "RECURSIVE": (frozenset({"NAME"}),),
    "RESPECT": (frozenset({"NULLS"}),),
    "ROLLUP": (frozenset({"("}),),
    "ROW": (frozenset({"(", "ONLY", "WITH"}),),
    "ROWS": (_EXPRESSION | {"BETWEEN", "ONLY", "WITH"},),
    "SET": (frozenset({"NAME", "(", "$END"}),),  # at the end it is being typed
    "SUBSTRING": (frozenset({"("}),),
    "TRIM": (frozenset({"("}),),
    "UNBOUNDED": (frozenset({"PRECEDING", "FOLLOWING"}),),
    "VALUES": (frozenset({"("}),),
    "WITHIN": (frozenset({"GROUP"}),),
    "WITHOUT": (frozenset({"TIME"}),),
}
