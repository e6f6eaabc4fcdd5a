"""What a function is: a kernel on vectors, and the types it takes.

A family of functions is a file with a table DEFINITIONS; adding a function is adding an entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb.engine.functions.coercion import implicit_cast_allowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.vector import Vector
    from coldb_warehouse.types import Type

__all__ = ["Definition", "Kernel", "ScalarFunction", "Signature", "Typing", "fixed"]

Kernel: TypeAlias = "Callable[[tuple[Vector, ...], Type, int], Vector]"
"""Plain vectors (a constant has one entry), the type and number of rows of the result."""

Typing: TypeAlias = "tuple[tuple[Type, ...], Type]"
"""The types that the arguments have to be cast to, and the type of the result."""

Match: TypeAlias = "Callable[[tuple[Type, ...], tuple[Any, ...]], Typing | None]"


@dataclass(frozen=True, slots=True)
class ScalarFunction:
    """A function of the values of one row.

    `strict`: the result is NULL where an argument is; the evaluator sees to it, and the kernel may
    compute anything there but must not raise for it. `can_fail`: some values raise DataError.
    `operator`: printed between its arguments. `narrow`: the kernel also takes narrow vectors.
    `statement_time`: the kernel is given the time of the statement as its one argument.
    `volatile`: every row has a value of its own even where the arguments are the same.
    """

    name: str
    kernel: Kernel
    strict: bool = True
    can_fail: bool = False
    operator: bool = False
    narrow: bool = False
    statement_time: bool = False
    volatile: bool = False

    @property
    def varies(self) -> bool:
        """Whether the value is another one when the statement is run again."""
        return self.statement_time or self.volatile


@dataclass(frozen=True, slots=True)
class Signature:
    """`text` tells a user what the arguments are; `match` decides whether given ones fit."""

    text: str
    match: Match

    def described(self, text: str) -> Signature:
        """The same signature, told in other words."""
        return Signature(text, self.match)


@dataclass(frozen=True, slots=True)
class Definition:
    """One entry of a table of functions; a name may have several, with different signatures.

    `summary` tells what the function does, `example` is an SQL expression that calls it: the
    reference of SQL is made of them. Operators have neither, and of several entries of a name
    those that the first one tells enough about.
    """

    function: ScalarFunction
    signature: Signature
    summary: str = ""
    example: str = ""

    def alias(self, name: str) -> Definition:
        """The same function under another name."""
        original = self.function.name
        return Definition(
            replace(self.function, name=name),
            self.signature,
            f"the same as `{original}`" if self.summary else "",
            self.example.replace(f"{original}(", f"{name}("),
        )

    def describe(self) -> str:
        return (
            self.signature.text
            if self.function.operator
            else f"{self.function.name}{self.signature.text}"
        )


def fixed(*parameters: Type, result: Type, optional: int = 0, repeated: bool = False) -> Signature:
    """Fixed types: the last `optional` ones may be left out, the last one may be `repeated`."""
    required = len(parameters) - optional

    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        wanted = parameters[: len(arguments)]
        if repeated:
            wanted += parameters[-1:] * (len(arguments) - len(parameters))
        if not required <= len(arguments) == len(wanted):
            return None
        if not all(map(implicit_cast_allowed, arguments, wanted)):
            return None
        return wanted, result

    names = [parameter.kind.value for parameter in parameters]
    text = ", ".join(names[:required]) + "".join(f"[, {name}]" for name in names[required:])
    return Signature(f"({text}{', ...' if repeated else ''})", match)
