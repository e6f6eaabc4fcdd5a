"""From the grammar's text to the data of its LALR(1) table. The only module that imports Lark."""

from __future__ import annotations

from typing import Any

from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from coldb_grammar.table import END, Plan

__all__ = ["generate"]

_REDUCE = 1  # Lark's mark of a reduction in a serialised table; 0 is a shift


def generate(grammar: str) -> dict[str, Any]:
    """The table in the JSON-able form that `table.load` decodes.

    Raises lark.GrammarError where the grammar is not LALR(1).
    """
    lark = Lark(grammar, parser="lalr", start=["statement", "expression"], maybe_placeholders=True)
    # The serialised form is what Lark's own generator of stand-alone parsers is made from.
    data, memo = lark.memo_serialize([TerminalDef, Rule])
    automaton = data["parser"]["parser"]
    spelling = {t.name: t.pattern.value for t in lark.terminals if t.pattern is not None}
    symbols = [spelling.get(name, name) for _, name in sorted(automaton["tokens"].items())]

    rules: list[list[Any]] = []
    number: dict[int, int] = {}
    for key, rule in memo.items():
        if rule["__type__"] == "Rule":
            number[int(key)] = len(rules)
            rules.append(_rule(rule))

    rows = []
    for _, row in sorted(automaton["states"].items()):
        flat: list[int] = []
        for symbol, (kind, target) in row.items():
            flat += [symbol, ~number[target["@"]] if kind == _REDUCE else target]
        rows.append(flat)

    assert END in symbols
    return {
        "symbols": symbols,
        "rows": rows,
        "rules": rules,
        "starts": automaton["start_states"],
        "ends": automaton["end_states"],
    }


def _rule(rule: dict[str, Any]) -> list[Any]:
    origin: str = rule["origin"]["name"]
    plan = _plan(rule)
    size = len(rule["expansion"])
    if origin.startswith("__"):
        return [origin, size, None, None, plan]
    single = plan[0] if len(plan) == 1 else None
    if rule["options"]["expand1"] and rule["alias"] is None and single and not single[1]:
        return [origin, size, None, single[0], plan]
    return [origin, size, rule["alias"] or origin, None, plan]


def _plan(rule: dict[str, Any]) -> Plan:
    """Which children a node is made from; follows Lark's own tree builder."""
    options = rule["options"]
    plan: list[tuple[int, bool] | None] = []
    children = iter(enumerate(rule["expansion"]))
    for absent in options["empty_indices"] or [False] * len(rule["expansion"]):
        if absent:
            plan.append(None)
            continue
        position, symbol = next(children)
        if options["keep_all_tokens"] or not symbol.get("filter_out", False):
            is_list = symbol["__type__"] == "NonTerminal" and symbol["name"].startswith("__")
            plan.append((position, is_list))
    return tuple(plan)
