"""Plans of statements that were run before, so that a repeated text is neither parsed nor planned again.

A plan holds for one snapshot and one set of registered frames: statistics, positions and schemas went
into it. Plans of one snapshot only are kept, because they keep its version from being removed. Parsed
statements hold for ever.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from coldb.engine.expressions import Constant

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from coldb.engine.query import PlannedQuery
    from coldb_grammar import ast
    from coldb_warehouse import Snapshot

__all__ = ["PlanCache"]

T = TypeVar("T")

_MOST_ENTRIES = 256
_LONGEST_TEXT = 100_000


class PlanCache:
    """The latest statements of one connection, by text."""

    def __init__(self) -> None:
        self._statements: OrderedDict[Hashable, tuple[ast.Statement, ...]] = OrderedDict()
        self._snapshot: Snapshot | None = None
        self._plans: OrderedDict[Hashable, PlannedQuery] = OrderedDict()

    def statements(
        self, text: str, parse: Callable[[str], tuple[ast.Statement, ...]]
    ) -> tuple[ast.Statement, ...]:
        """The statements of a text, parsed at most once."""
        known = self._statements.get(text)
        if known is None:
            known = parse(text)
            if len(text) <= _LONGEST_TEXT:
                _remember(self._statements, text, known)
        return known

    def plan(
        self,
        place: tuple[str, int],
        parameters: Any,
        snapshot: Snapshot,
        make: Callable[[], PlannedQuery],
    ) -> PlannedQuery:
        """The plan of the query at a place of a text, with these parameters, on this snapshot."""
        key = _key(place, parameters)
        if key is None:
            return make()
        if snapshot is not self._snapshot:
            self.forget_plans()
        known = self._plans.get(key)
        if known is not None:
            self._plans.move_to_end(key)
            return known
        planned = make()
        if planned.repeatable and len(place[0]) <= _LONGEST_TEXT:
            self._snapshot = snapshot
            _remember(self._plans, key, planned)
        return planned

    def forget_plans(self) -> None:
        """Called when registered frames change, or when the snapshot is not to be held any longer."""
        self._plans.clear()
        self._snapshot = None


def _key(place: tuple[str, int], parameters: Any) -> Hashable | None:
    """Equal for equal place and parameters, types included; None if a parameter cannot be compared so."""
    if not parameters:
        return place
    if isinstance(parameters, Mapping):
        names = sorted(parameters)
        key = (place, *((name, *_identity(parameters[name])) for name in names))
    else:
        key = (place, *map(_identity, parameters))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _identity(value: Any) -> tuple[type, Any]:
    """What tells apart even values that compare equal: 1 and True, 0.0 and -0.0, 1.0 and 1.00."""
    return type(value), repr(value) if isinstance(value, float | Decimal | Constant) else value


def _remember(entries: OrderedDict[Hashable, T], key: Hashable, value: T) -> None:
    entries[key] = value
    entries.move_to_end(key)
    while len(entries) > _MOST_ENTRIES:
        entries.popitem(last=False)
