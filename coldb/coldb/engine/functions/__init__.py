"""Scalar functions and operators: what they are called, which types they take, how they compute.

The binder asks `resolve(name, types, constants)` and wraps every argument whose type differs from
its parameter in a Cast. Names are in lower case. What SQL writes in other ways has these names:

    operators                + - * / % ^ || = <> < <= > >=   two arguments
    -x                       neg
    x LIKE p [ESCAPE e]      like(x, p[, e]); ILIKE: ilike; negation is a Not around it
    x IS DISTINCT FROM y     "is distinct from", and "is not distinct from"
    EXTRACT(year FROM x)     extract_year(x), and so on for each field
    CURRENT_DATE, now()      current_date(), current_timestamp(), localtimestamp(), now()
    x BETWEEN a AND b        no function: And of >= and <=
    COALESCE, NULLIF         no functions: expression_tools.coalesce and .nullif build a Case

A string literal without a type is passed as NULL: its parameter tells which type it has to be, and
`literals.literal_cast(text, type)` makes the value. `constants` are the physical values of the
arguments that are constants (None for the others; of an open literal its text): the scale of
round(x, 2) depends on them. A function with `statement_time` depends on the clock and must not be
folded when a statement is prepared.
"""

from __future__ import annotations

from coldb.engine.functions.registry import Resolution, ScalarFunction, function_names, resolve

__all__ = ["Resolution", "ScalarFunction", "function_names", "resolve"]
