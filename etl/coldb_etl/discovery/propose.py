"""From the tables of an OLTP source to a star: what refers to what decides.

Facts keep their references to dimensions and take over what their headers say. Dimensions take over
what the tables that they refer to say, so that a snowflake becomes one table with a hierarchy. A
source that cannot join keeps its snowflake, and headers are facts that facts refer to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_warehouse.schema import ForeignKey, Hierarchy, MissingKey, TableKind
from coldb_warehouse.types import DATE, Kind

from coldb_etl.discovery.calendar import CALENDAR_DAY, calendar
from coldb_etl.discovery.draft import Draft
from coldb_etl.discovery.levels import levels
from coldb_etl.discovery.roles import assign_roles, day_column, is_audit, label_column
from coldb_etl.discovery.spelling import snake_case, unique, without_id
from coldb_etl.discovery.tables import usable

if TYPE_CHECKING:
    from coldb_warehouse.schema import TableSchema

    from coldb_etl.discovery.tables import Reference, SourceTable, Survey

__all__ = ["Proposal", "propose"]

_MAX_DISTINCT = 0.8  # as a share of the rows: more hardly group
_MAX_HEADER_TEXTS = 50  # different texts in a header's column that is worth a copy in each line


@dataclass(frozen=True, slots=True)
class Proposal:
    """Declarations in an order in which they can be made, each with notes on what was decided."""

    tables: tuple[tuple[TableSchema, tuple[str, ...]], ...]
    absorbed: tuple[str, ...]  # tables of the source that are parts of others only


def propose(survey: Survey, source: str) -> Proposal:
    """The star for a source, to be filled from the source of that name."""
    return _Proposer(survey, source).propose()


class _Proposer:
    def __init__(self, survey: Survey, source: str) -> None:
        self._survey = survey
        self._source = source
        self._tables = {table.name: table for table in usable(survey.tables())}
        self._roles = assign_roles(list(self._tables.values()))
        self._drafts: dict[str, Draft] = {}  # finished ones, in the order in which they finished
        self._unfinished: dict[str, Draft] = {}
        self._names: set[str] = set()
        self._absorbed: set[str] = set()
        self._days: list[tuple[str, str]] = []
        self._calendar = ""

    def propose(self) -> Proposal:
        facts = [t for t in self._tables.values() if t.name in self._roles.facts]
        if self._survey.can_join and any(day_column(table) for table in facts):
            self._calendar = unique("calendar", self._names)
        for table in facts:
            self._drafted(table)
        for table in self._tables.values():
            if table.name not in self._absorbed:
                self._drafted(table)
        made = [
            (d.schema(self._source, self._survey.query(d.table.name)), tuple(d.notes))
            for d in self._drafts.values()
        ]
        if self._days:
            note = "The days of all facts, in whole years."
            made.append((calendar(self._calendar, self._source, self._days), (note,)))
        # A stable sort: what others refer to stays before them.
        made.sort(key=lambda each: (each[0].kind is TableKind.FACT, each[0].name != self._calendar))
        absorbed = [name for name in self._tables if name not in self._drafts]
        return Proposal(tuple(made), tuple(absorbed))

    def _drafted(self, table: SourceTable) -> Draft:
        """The star's table for a table of the source, after those that it refers to."""
        if table.name in self._drafts:
            return self._drafts[table.name]
        is_fact = table.name in self._roles.facts
        kind = TableKind.FACT if is_fact else TableKind.DIMENSION
        if not is_fact and not table.primary_key:
            kind = TableKind.PLAIN
        name = unique(snake_case(table.name), self._names)
        draft = Draft(table, kind, name, self._survey.can_join)
        self._unfinished[table.name] = draft
        self._add_own_columns(draft)
        if is_fact:
            self._refer_and_take_over(draft, table, "t", frozenset({table.name}))
            self._date(draft)
        else:
            self._describe(draft)
        self._drafts[table.name] = self._unfinished.pop(table.name)
        return draft

    def _add_own_columns(self, draft: Draft) -> None:
        left_out = []
        for column in draft.table.columns:
            if column.type is None:
                left_out.append(f"{column.name} (binary)")
            elif is_audit(column) and column.name not in draft.table.key_columns:
                left_out.append(column.name)
            else:
                draft.add("t", column, draft.named(column.name))
        if left_out:
            draft.notes.append(f"Left out: {', '.join(left_out)}.")

    # --- dimensions

    def _describe(self, draft: Draft) -> None:
        """Take over what parents say, or refer to them; find the hierarchies."""
        table = draft.table
        paths = []
        for reference in table.references:
            if reference.table == table.name:
                self._refer(draft, reference, table, "t")
            elif self._survey.can_join:
                paths.append(self._absorb(draft, reference))
            else:
                self._refer(draft, reference, table, "t")
        own = levels(self._survey, table)
        if len(own) > 1:
            paths.append([draft.field_of(name).name for name in own])
        if draft.kind is TableKind.DIMENSION:
            taken: set[str] = set()
            for path in sorted(filter(None, paths), key=len, reverse=True):
                draft.hierarchies.append(Hierarchy(unique(path[-1], taken), tuple(path)))

    def _absorb(self, draft: Draft, reference: Reference) -> list[str]:
        """Take over what the parent says, and the labels of all that it refers to.

        The way to each of those is the shortest. Returns the fields of the longest, coarse to fine.
        """
        top = without_id(snake_case(reference.columns[0]))
        seen = {draft.table.name}
        waiting = [_Step("t", draft.table, reference, False, ())]
        longest: tuple[str, ...] = ()
        for step in waiting:  # grows while it is walked through: breadth first
            parent = self._tables[step.reference.table]
            if parent.name in seen:
                continue
            seen.add(parent.name)
            self._absorbed.add(parent.name)
            is_optional = step.is_optional or _is_optional(step.child, step.reference)
            prefix = without_id(snake_case(step.reference.columns[0]))
            alias = draft.join(step.alias, step.reference, prefix)
            label = label_column(parent)
            coarse: list[str] = []
            described = {label.name} if label else set()
            if step.alias == "t":
                coarse = levels(self._survey, parent, label.name if label else None)
                described |= {*coarse, *self._grouping_columns(parent)}
            made = {}
            for column in parent.columns:
                if column.name in described:
                    name = _prefixed(top, _prefixed(prefix, snake_case(column.name)))
                    field = draft.add(alias, column, name, is_optional=is_optional)
                    made[column.name] = field.name
            path = (
                *(made[name] for name in coarse),
                *([made[label.name]] if label else []),
                *step.path,
            )
            longest = max(longest, path, key=len)
            waiting += [
                _Step(alias, parent, above, is_optional, path) for above in parent.references
            ]
        return list(longest)

    def _grouping_columns(self, table: SourceTable) -> set[str]:
        """Columns in which rows agree. What differs in each row only names it, as the label does."""
        names = [
            column.name
            for column in table.columns
            if column.type is not None
            and column.name not in table.key_columns
            and not is_audit(column)
        ]
        counts = self._survey.counts(table.name, names) if names else []
        return {
            name
            for name, (values, distinct) in zip(names, counts, strict=True)
            if 0 < distinct < _MAX_DISTINCT * values
        }

    # --- facts

    def _refer_and_take_over(
        self, draft: Draft, table: SourceTable, alias: str, seen: frozenset[str]
    ) -> None:
        """Keys of a fact or its header: to dimensions references, from headers what they say."""
        for reference in table.references:
            is_header = reference.table in self._roles.headers
            if not is_header or not self._survey.can_join:
                self._refer(draft, reference, table, alias)
            elif reference.table not in seen:
                header = self._tables[reference.table]
                joined = draft.join(alias, reference, without_id(snake_case(reference.columns[0])))
                self._take_over(draft, header, joined, _is_optional(table, reference))
                self._refer_and_take_over(draft, header, joined, seen | {header.name})

    def _take_over(self, draft: Draft, header: SourceTable, alias: str, is_optional: bool) -> None:
        """A header's dates, keys and short texts; not its measures, which lines would multiply."""
        texts = [c.name for c in header.columns if c.is_text and c.name not in header.key_columns]
        counts = self._survey.counts(header.name, texts) if texts else []
        short = {
            name
            for name, (_, distinct) in zip(texts, counts, strict=True)
            if distinct <= _MAX_HEADER_TEXTS
        }
        keys = {name for r in header.references for name in r.columns}
        for column in header.columns:
            name = snake_case(column.name)
            says_when = column.is_date and not is_audit(column)
            if column.type is None or column.name in header.primary_key:
                continue
            if says_when or column.name in short or (column.name in keys and not draft.has(name)):
                named = f"{alias}_{name}" if draft.has(name) else name
                draft.add(alias, column, named, is_optional=is_optional)

    def _date(self, draft: Draft) -> None:
        """Tie the fact to the calendar by its own day, or its header's, and sort by it."""
        dated = [f for f in draft.fields if f.type.kind in (Kind.DATE, Kind.TIMESTAMP)]
        own = day_column(draft.table)
        day = draft.field_of(own.name) if own else dated[0] if dated else None
        order = []
        if day is not None and self._calendar:
            self._days.append(day.origin)
            if day.type.kind is Kind.TIMESTAMP:
                day = draft.add_day(day, DATE)
            policy = MissingKey.REJECT if day.is_required else MissingKey.UNKNOWN
            draft.keys.append(ForeignKey((day.name,), self._calendar, (CALENDAR_DAY,), policy))
        if day is not None:
            order.append(day.name)
        rows = {d.name: d.table.rows for d in self._drafts.values()}
        keys = [key for key in draft.keys if len(key.columns) == 1 and key.table in rows]
        order += [k.columns[0] for k in sorted(keys, key=lambda k: rows[k.table])[:2]]
        draft.order_by = tuple(dict.fromkeys(order))

    # --- references

    def _refer(self, draft: Draft, reference: Reference, table: SourceTable, alias: str) -> None:
        """A foreign key of the draft to the star's table for the referenced one."""
        names = [draft.name_of(alias, table.column(name)) for name in reference.columns]
        if None in names or any(key.columns == tuple(names) for key in draft.keys):
            return
        parent = self._tables[reference.table]
        if parent.name in self._unfinished and parent.name != draft.table.name:
            draft.notes.append(
                f"Not kept: its reference to {parent.name}, which refers back to it."
            )
            return
        to = draft if parent.name == draft.table.name else self._drafted(parent)
        if to.kind is TableKind.PLAIN:
            return
        draft.refer([name for name in names if name], to, reference.orphans)
        if reference.orphans:
            draft.notes.append(
                f"{reference.orphans:,} rows of {table.name} have a {', '.join(reference.columns)} "
                f"that {parent.name} lacks."
            )


@dataclass(frozen=True, slots=True)
class _Step:
    """On the way from a table to those it refers to: a reference of the joined table `child`.

    `path` holds the fields made of the tables on the way, coarse to fine.
    """

    alias: str
    child: SourceTable
    reference: Reference
    is_optional: bool
    path: tuple[str, ...]


def _is_optional(table: SourceTable, reference: Reference) -> bool:
    is_required = all(table.column(name).is_required for name in reference.columns)
    return reference.orphans > 0 or not is_required


def _prefixed(prefix: str, name: str) -> str:
    return name if name == prefix or name.startswith(f"{prefix}_") else f"{prefix}_{name}"
