"""WITH: entries of it that later ones and the query read, and entries that read themselves.

WITH RECURSIVE t AS (first UNION [ALL] next): `next` reads the rows that came last under the name t.
An entry is bound where it is read. Under RECURSIVE it may also read those behind it, but not in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.context import CommonTable, Context, Output, Surroundings
from coldb.engine.bind.conversions import Operand, convert, unify
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Project, Recursive, WorkingTable, working_tables
from coldb.engine.plan_tools import fields_read, has_volatile
from coldb.errors import NotSupportedError, ProgrammingError
from coldb.units import count
from coldb_grammar import ast
from coldb_warehouse.types import MAX_DECIMAL_DIGITS, Kind, decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.plan import Plan
    from coldb_warehouse.types import Type

__all__ = [
    "SelfReference",
    "bind_common",
    "check_not_itself",
    "check_unused",
    "renamed",
    "with_commons",
]


def with_commons(
    definitions: Sequence[ast.CommonTable], surroundings: Surroundings, recursive: bool = False
) -> Surroundings:
    """The surroundings with further entries of WITH, each of which sees those before it; all of them
    if WITH is `recursive`."""
    shared = dict(surroundings.commons)
    for definition in definitions:
        name = definition.alias.name
        if any(other is not definition and other.alias.name == name for other in definitions):
            raise ProgrammingError(f'WITH defines "{name.text}" twice', name.span)
        seen = shared if recursive else dict(shared)
        inside = replace(surroundings, commons=seen)
        if not recursive:
            inside = replace(inside, open_commons=surroundings.open_commons | {name.text})
        shared[name.text] = CommonTable(definition, inside, recursive)
    return replace(surroundings, commons=shared)


def check_unused(
    definitions: Sequence[ast.CommonTable], context: Context, surroundings: Surroundings
) -> None:
    """Binds the entries of WITH that nobody reads, for their errors alone."""
    for definition in definitions:
        common = surroundings.commons[definition.alias.name.text]
        if not context.is_used(definition) and isinstance(common, CommonTable):
            bind_common(common, context)


def bind_common(common: CommonTable, context: Context) -> tuple[Plan, tuple[str, ...]]:
    """One use of an entry of WITH: its rows and the names of its columns."""
    plan = context.shared.read(common, context)
    if plan is None:
        with context.defining(common.definition):
            plan = _bound(common, context)
        if _is_run_once(common, plan):
            plan = context.shared.add(common, plan, context)
    alias = common.definition.alias
    names = tuple(column.name for column in plan.fields)
    return plan, renamed(names, alias.name.text, alias.columns)


def _bound(common: CommonTable, context: Context) -> Plan:
    if common.is_recursive:
        return _Recursion(common, context).bind()
    return context.query(common.definition.query, common.surroundings).plan


def _is_run_once(common: CommonTable, plan: Plan) -> bool:
    """Whether all uses of an entry have to see the same rows: on demand, or because rows of another
    run would be others. What reads the rows around it, or working tables, has others each time."""
    if not common.definition.materialized and not has_volatile(plan):
        return False
    scope = common.surroundings.scope
    reads_outer = scope is not None and not scope.reachable_fields().isdisjoint(fields_read(plan))
    return not reads_outer and not working_tables(plan)


def renamed(
    names: tuple[str, ...], relation: str, aliases: tuple[ast.Identifier, ...]
) -> tuple[str, ...]:
    """The names of columns, the first of them given other names."""
    if len(aliases) > len(names):
        message = (
            f'"{relation}" has {count(len(names), "column")}, but {len(aliases)} names are given'
        )
        raise ProgrammingError(message, aliases[len(names)].span)
    return tuple(alias.text for alias in aliases) + names[len(aliases) :]


def check_not_itself(context: Context, plan: Plan, place: str, span: ast.Span) -> None:
    """Refuses rows that an entry of WITH RECURSIVE reads of itself where it needs all of them."""
    if context.reads_working_tables and working_tables(plan):
        message = f"a query of WITH RECURSIVE cannot read itself {place}"
        raise ProgrammingError(f"{message}: it sees the latest rows, not all of them", span)


# --- RECURSIVE ---------------------------------------------------------------------------------


@dataclass(slots=True)
class SelfReference:
    """What the name of an entry means within its own query.

    `refused` tells why it cannot be read there, if so. Sub-queries in expressions, which are further
    in than `depth`, cannot read it. `places` collects where it is read.
    """

    name: str
    depth: int
    refused: str = ""
    number: int = 0
    columns: tuple[tuple[str, Type], ...] = ()
    places: list[ast.Span] = field(default_factory=list)

    def read(
        self, context: Context, depth: int, span: ast.Span
    ) -> tuple[WorkingTable, tuple[str, ...]]:
        """The rows that came last, and the names of their columns."""
        self.places.append(span)
        if self.refused:
            raise ProgrammingError(f'"{self.name}" reads itself, {self.refused}', span)
        if depth > self.depth:
            raise ProgrammingError(f'"{self.name}" cannot read itself in a sub-query', span)
        if len(self.places) > 1:
            raise ProgrammingError(f'"{self.name}" can read itself only once', span)
        context.reads_working_tables = True
        fields = tuple(context.field(name, type_) for name, type_ in self.columns)
        return WorkingTable(self.number, fields), tuple(name for name, _ in self.columns)


class _Recursion:
    """The binding of one entry of WITH RECURSIVE."""

    def __init__(self, common: CommonTable, context: Context) -> None:
        self.common = common
        self.context = context
        self.query = common.definition.query
        self.name = common.definition.alias.name

    def bind(self) -> Plan:
        """The rows of the entry, whether it reads itself or not."""
        union = _union(self.query.body)
        if union is None:
            refused = f"so it must be a query: first UNION [ALL] one that reads {self.name.text}"
            return self._bound(self.query, self._reference(refused)).plan
        refused = "but only what stands behind its UNION can"
        base = self._bound(self._part(union.left), self._reference(refused)).plan
        # Later rows may be longer.
        types = tuple(column.type.without_length for column in base.fields)
        reference, step = self._step(union, base, types)
        if not reference.places:
            return self._bound(self.query, reference).plan
        wide = tuple(map(_common_decimal, types, (one.type for one in step.plan.fields)))
        if wide != types:
            reference, step = self._step(union, base, wide)
        self._check_adornments()
        return self._recursive(union, base, reference, step)

    def _reference(self, refused: str = "") -> SelfReference:
        return SelfReference(self.name.text, self.common.surroundings.depth, refused)

    def _step(
        self, union: ast.SetOperation, base: Plan, types: tuple[Type, ...]
    ) -> tuple[SelfReference, Output]:
        """What stands behind UNION, over rows of these types."""
        reference = self._reference()
        reference.number = self.context.number()
        names = tuple(column.name for column in base.fields)
        names = renamed(names, self.name.text, self.common.definition.alias.columns)
        reference.columns = tuple(zip(names, types, strict=True))
        return reference, self._bound(self._part(union.right), reference)

    def _bound(self, query: ast.Query, reference: SelfReference) -> Output:
        surroundings = self.common.surroundings
        commons = {**surroundings.commons, self.name.text: reference}
        return self.context.query(query, replace(surroundings, commons=commons))

    def _part(self, body: ast.QueryBody) -> ast.Query:
        """One side of the UNION, which sees the WITH in front of both."""
        return ast.Query(
            body, with_=self.query.with_, recursive=self.query.recursive, span=body.span
        )

    def _check_adornments(self) -> None:
        query = self.query
        clauses = {
            "ORDER BY": query.order_by,
            "LIMIT": query.limit is not None,
            "OFFSET": query.offset is not None,
        }
        for clause, is_there in clauses.items():
            if is_there:
                message = f'"{self.name.text}" reads itself, so it cannot have {clause}'
                raise NotSupportedError(f"{message}: write it where the rows are read", query.span)

    def _recursive(
        self, union: ast.SetOperation, base: Plan, reference: SelfReference, step: Output
    ) -> Plan:
        if len(step.plan.fields) != len(base.fields):
            counts = f"{len(base.fields)} and {len(step.plan.fields)}"
            message = f"the queries of UNION need equally many columns, not {counts}"
            raise ProgrammingError(message, union.right.span)
        sides = [
            self._converted(plan, reference, span)
            for plan, span in ((base, union.left.span), (step.plan, union.right.span))
        ]
        fields = tuple(self.context.field(name, type_) for name, type_ in reference.columns)
        name = self.name.text
        return Recursive(reference.number, sides[0], sides[1], union.all, fields, name)

    def _converted(self, plan: Plan, reference: SelfReference, span: ast.Span) -> Plan:
        """The plan with its columns brought to the types of the entry."""
        expressions = []
        for number, (column, (name, type_)) in enumerate(
            zip(plan.fields, reference.columns, strict=True), start=1
        ):
            operand = Operand(FieldRef(column), span)
            sample = Operand(FieldRef(self.context.field(name, type_)), span)
            common, _ = unify((sample, operand), "UNION")
            if common != type_:
                message = f'column {number} of "{self.name.text}" begins as {type_}, but becomes'
                raise ProgrammingError(f"{message} {common}: cast it in one of the queries", span)
            expressions.append(convert(operand, type_))
        fields = tuple(
            self.context.field(column.name, type_)
            for column, (_, type_) in zip(plan.fields, reference.columns, strict=True)
        )
        return Project(plan, fields, tuple(expressions))


def _union(body: ast.QueryBody) -> ast.SetOperation | None:
    while isinstance(body, ast.Query) and body == ast.Query(body.body):
        body = body.body
    return body if isinstance(body, ast.SetOperation) and body.operator == "UNION" else None


def _common_decimal(base: Type, step: Type) -> Type:
    """Digits enough for both, where rows of a DECIMAL come from ones of fewer digits."""
    if base.kind is not Kind.DECIMAL or not step.is_exact:
        return base
    return decimal(MAX_DECIMAL_DIGITS, max(base.scale, step.scale))
