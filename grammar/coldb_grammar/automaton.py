"""The shift-reduce machine that runs the LALR(1) table.

Four stacks grow and shrink together: states, values, where each value starts, and how deep its
tree is. The last is why the machine is our own: a tree deeper than `MAX_DEPTH` is refused while it
grows, whether it nests to the right (parentheses) or to the left (`a + a + a`), so whatever walks
the tree later may recurse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_grammar.ast import Span
from coldb_grammar.table import END, Rule, Table

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_DEPTH", "Actions", "Automaton", "TooDeep", "advance"]

MAX_DEPTH = 200
"""Levels of a syntax tree."""

# Symbols that wait for the rest of their rules. No level of a tree holds as many as 20 open, so
# only what leaves no level, such as parentheses around parentheses, comes to this before MAX_DEPTH.
_MAX_STACK = 20 * MAX_DEPTH

Actions: TypeAlias = "dict[str, Callable[..., object]]"
"""For each action of the table a function of a Span and of what the rule's plan selects."""


class TooDeep(Exception):
    """The tree would be deeper than MAX_DEPTH."""


class Automaton:
    """One run over one text, token by token."""

    __slots__ = ("_actions", "_depths", "_end", "_starts", "_table", "_values", "states")

    def __init__(self, table: Table, actions: Actions, start: str) -> None:
        self._table = table
        self._actions = actions
        self._end = 0
        self.states = [table.starts[start]]
        self._values: list[Any] = []
        self._starts: list[int] = []
        self._depths: list[int] = []

    def feed(self, symbol: str, value: object, start: int, end: int) -> bool:
        """Take one token; False, and the machine is of no more use, if it cannot stand here."""
        rows, rules, states = self._table.rows, self._table.rules, self.states
        settled = self._table.settled
        while True:
            step = rows[states[-1]].get(symbol)
            if step is None:
                return False
            if step >= 0:
                break
            rule = rules[~step]
            if rule.is_unit:
                place = states[-2], states[-1], symbol
                states[-1] = settled.get(place) or self._settle(*place)
            else:
                self._reduce(rule)
        if len(states) > _MAX_STACK:
            raise TooDeep
        states.append(step)
        self._values.append(value)
        self._starts.append(start)
        self._depths.append(0)
        self._end = end
        return True

    def _settle(self, below: int, state: int, symbol: str) -> int:
        """The state after all unit rules that the symbol calls for, a dozen for a plain column."""
        rows, rules = self._table.rows, self._table.rules
        place = below, state, symbol
        step = rows[state].get(symbol)
        while step is not None and step < 0 and rules[~step].is_unit:
            state = rows[below][rules[~step].origin]
            step = rows[state].get(symbol)
        self._table.settled[place] = state
        return state

    def finish(self) -> Any:
        """The value of the whole, at the end of the text; None if something is still missing."""
        rows, rules, states = self._table.rows, self._table.rules, self.states
        while states[-1] not in self._table.ends.values():
            step = rows[states[-1]].get(END)
            if step is None:
                return None
            self._reduce(rules[~step])
        return self._values[0]

    def _reduce(self, rule: Rule) -> None:
        states, values, starts, depths = self.states, self._values, self._starts, self._depths
        size = rule.size
        base = len(values) - size
        if rule.passes is not None:
            value, depth = values[base + rule.passes], depths[base + rule.passes]
        else:
            depth = max(depths[base:])
            if rule.action is None:
                value = self._children(rule, base)
            else:
                span = Span(starts[base], self._end)
                value = self._actions[rule.action](span, *self._children(rule, base))
                if not isinstance(value, tuple):  # a list of nodes is no level of its own
                    depth += 1
                    if depth > MAX_DEPTH:
                        raise TooDeep
        if size > 1:
            del states[base + 2 :], values[base + 1 :], starts[base + 1 :], depths[base + 1 :]
        values[base], depths[base] = value, depth
        states[base + 1] = self._table.rows[states[base]][rule.origin]

    def _children(self, rule: Rule, base: int) -> list[Any]:
        values = self._values
        children: list[Any] = []
        for part in rule.plan:
            if part is None:
                children.append(None)
            elif not part[1]:
                children.append(values[base + part[0]])
            elif children:
                children.extend(values[base + part[0]])
            else:
                # A list belongs to one parent only, so a growing one need not be copied.
                children = values[base + part[0]]
        return children


def advance(table: Table, states: list[int], symbol: str) -> list[int] | None:
    """The states after a token, or None if it cannot stand there. Makes no tree."""
    stack = states.copy()
    while symbol != END or stack[-1] not in table.ends.values():
        step = table.rows[stack[-1]].get(symbol)
        if step is None:
            return None
        if step >= 0:
            return [*stack, step]
        rule = table.rules[~step]
        del stack[len(stack) - rule.size :]
        stack.append(table.rows[stack[-1]][rule.origin])
    return stack
