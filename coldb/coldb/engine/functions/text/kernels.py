"""Kernels on text, from a function of one row or from one of Arrow's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.vector import Vector
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel

__all__ = ["arrow_kernel", "constant_value", "text_kernel"]


def text_kernel(row: Callable[..., Any] | None, array: Callable[..., Any] | None = None) -> Kernel:
    """A kernel from the function of one row, and the one of an array of text and constants."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        text, *options = arguments
        if array is not None and all(option.constant for option in options):
            values = array(text.strings, *(constant_value(option) for option in options))
            if result.kind is Kind.VARCHAR:
                return Vector(result, values)
            return Vector(result, np.asarray(values).astype(result.dtype))
        assert row is not None
        return map_distinct(row, arguments, result, rows)

    return kernel


def constant_value(constant: Vector) -> Any:
    if constant.type.kind is Kind.VARCHAR:
        return constant.strings[0].as_py()
    return constant.values[0].item()


def arrow_kernel(arrow_name: str) -> Kernel:
    """A kernel from the function of Arrow on an array of text that has this name."""

    def array(texts: Any) -> Any:
        import pyarrow.compute as pc

        return getattr(pc, arrow_name)(texts)

    return text_kernel(None, array)
