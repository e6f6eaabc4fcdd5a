"""FROM: tables, sub-queries and joins to a plan and the scope of its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from coldb.engine.bind.calls.macros import bind_table_macro, table_macro
from coldb.engine.bind.catalog import Frame
from coldb.engine.bind.clauses.common_tables import (
    SelfReference,
    bind_common,
    check_not_itself,
    renamed,
)
from coldb.engine.bind.clauses.join_conditions import conjuncts, node_conjuncts, split_equalities
from coldb.engine.bind.conversions import Operand, compare, unify
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.scopes import Relation, Scope, ScopeColumn, nullable_scope, side_by_side
from coldb.engine.bind.subqueries.attachments import attach, fields_of_rows, rewritten
from coldb.engine.bind.subqueries.correlation import OuterValues, same_values
from coldb.engine.bind.subqueries.subquery import Subquery
from coldb.engine.bind.tables.file_functions import FILE_FUNCTIONS, bind_file_function
from coldb.engine.bind.tables.samples import sampled
from coldb.engine.bind.tables.system_tables import bind_system_table, system_table
from coldb.engine.bind.tables.table_functions import bind_table_function
from coldb.engine.bind.tables.versions import older_version
from coldb.engine.bind.tables.views import bind_view
from coldb.engine.expression_tools import coalesce, replace_fields
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import CrossProduct, Filter, FrameScan, Generate, Join, OneRow, Scan
from coldb.engine.plan_tools import fields_read
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import ast
from coldb_warehouse.views import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.context import Context, Surroundings
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import JoinKind, Plan
    from coldb_warehouse import Snapshot
    from coldb_warehouse.schema import Column, TableSchema

_MAY_BE_ABSENT = "on the side of an outer join that may have no row"

__all__ = ["Source", "bind_from", "join_sources", "named_source"]


class Source:
    """What a FROM clause gives: inputs to be multiplied, predicates on them, a scope.

    Inner joins stay apart as long as nothing stands around them, so that any number of them, and
    the conditions of WHERE, end as one Filter over one CrossProduct.
    """

    def __init__(
        self, inputs: tuple[Plan, ...], scope: Scope, predicates: tuple[Expression, ...] = ()
    ) -> None:
        self.inputs = inputs
        self.scope = scope
        self.predicates = predicates

    def plan(self, *more: Expression) -> Plan:
        """The rows, with further predicates."""
        product: Plan
        match self.inputs:
            case ():
                product = OneRow()
            case (single,):
                product = single
            case several:
                product = CrossProduct(several)
        predicates = self.predicates + more
        return Filter(product, predicates) if predicates else product


def bind_from(
    node: ast.TableExpression | None, context: Context, surroundings: Surroundings
) -> Source:
    """The rows of a FROM clause and their names; one row of no columns where there is none."""
    source = Source((), Scope()) if node is None else _table(node, context, surroundings)
    source.scope = replace(source.scope, outer=surroundings.scope)
    return source


def _table(node: ast.TableExpression, context: Context, surroundings: Surroundings) -> Source:
    match node:
        case ast.NamedTable():
            source = _named_table(node, context, surroundings)
            if node.sample is not None:
                source.inputs = (_sampled(source.inputs, node.sample, context, surroundings),)
            return source
        case ast.SubqueryTable():
            around = _to_the_left(surroundings) if node.lateral else surroundings
            plan = context.query(node.query, replace(around, lateral=None)).plan
            return named_source(plan, _names(plan), None, node.alias)
        case ast.Join():
            left = _table(node.left, context, surroundings)
            if _may_look_left(node.right):
                return _join_lateral(node, left, context, surroundings)
            right = _table(node.right, context, surroundings)
            return join_sources(node, left, right, context, surroundings)
        case ast.TableFunction():
            return _table_function(node, context, surroundings)
        case _:
            assert_never(node)


def _sampled(
    inputs: tuple[Plan, ...], sample: ast.Sample, context: Context, surroundings: Surroundings
) -> Plan:
    (rows,) = inputs
    if not isinstance(rows, Scan):
        message = "TABLESAMPLE is for stored tables: write ORDER BY random() LIMIT n elsewhere"
        raise ProgrammingError(message, sample.span)
    return sampled(rows, sample, context, surroundings)


def _may_look_left(node: ast.TableExpression) -> bool:
    """Whether any entry may read the tables on its left."""
    match node:
        case ast.Join():
            return _may_look_left(node.left) or _may_look_left(node.right)
        case ast.SubqueryTable():
            return node.lateral
        case _:
            return isinstance(node, ast.TableFunction)


def _to_the_left(surroundings: Surroundings) -> Surroundings:
    """What a LATERAL entry sees."""
    scope = surroundings.lateral or surroundings.scope
    return replace(surroundings, scope=scope, lateral=None, columns=[])


def _table_function(
    node: ast.TableFunction, context: Context, surroundings: Surroundings
) -> Source:
    around = _to_the_left(surroundings)
    scope = around.scope or Scope()
    macro = table_macro(node.call, surroundings.past, context)
    if macro is not None and not node.with_ordinality:
        binder = ExpressionBinder(context, scope, around, "FROM")
        plan = bind_table_macro(binder, node.call, macro).plan
        return named_source(plan, _names(plan), macro.name, node.alias)
    if node.call.name.text in FILE_FUNCTIONS:
        if node.with_ordinality:
            message = "a file has no WITH ORDINALITY: write row_number() OVER () in the select list"
            raise ProgrammingError(message, node.span)
        file = bind_file_function(ExpressionBinder(context, scope, around, "FROM"), node.call)
        return named_source(file, _names(file), node.call.name.text, node.alias)
    rows, fields, names = bind_table_function(node, scope, context, around)
    return Source((rows,), _named_scope(fields, names, node.call.name.text, node.alias))


# --- tables ------------------------------------------------------------------------------------


def _named_table(node: ast.NamedTable, context: Context, surroundings: Surroundings) -> Source:
    name = node.name.text
    if node.as_of is not None:
        return _stored(node, older_version(node.as_of, context), context)
    common = surroundings.commons.get(name) if node.schema is None else None
    if isinstance(common, SelfReference):
        rows, names = common.read(context, surroundings.depth, node.name.span)
        return named_source(rows, names, name, node.alias)
    if common is not None:
        plan, names = bind_common(common, context)
        return named_source(plan, names, name, node.alias)
    if name in surroundings.open_commons and not context.catalog.has(name):
        message = f'"{name}" reads itself, so it needs WITH RECURSIVE'
        raise ProgrammingError(message, node.name.span)
    return _stored(node, surroundings.past, context)


def _stored(node: ast.NamedTable, past: Snapshot | None, context: Context) -> Source:
    """A table, view or frame; a table or view as it was at a version that is over."""
    system = system_table(node, context)
    if system is not None:
        frame = bind_system_table(system, past, context, node.span)
        return named_source(frame, _names(frame), system.name, node.alias)
    table = context.catalog.at(past).table(node.name)
    if isinstance(table, View):
        plan = bind_view(table, past, context, node.span).plan
        return named_source(plan, table.columns, table.name, node.alias)
    if isinstance(table, Frame):
        frame = FrameScan(table.name, _fields(table.columns, context))
        return named_source(frame, _names(frame), table.name, node.alias)
    fields = _fields(table.columns, context)
    names = tuple(column.name for column in table.columns)
    name = table.name
    alias = name if node.alias is None else node.alias.name.text
    scan = Scan(table.name, names, fields, alias=alias, past=past)
    return named_source(scan, names, name, node.alias, _key(table, fields))


def _fields(columns: Sequence[Column], context: Context) -> tuple[Field, ...]:
    return tuple(context.field(column.name, column.type, column.nullable) for column in columns)


def _key(table: TableSchema, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    by_name = {field.name: field for field in fields}
    return tuple(by_name[name] for name in table.primary_key)


def _names(plan: Plan) -> tuple[str, ...]:
    return tuple(field.name for field in plan.fields)


def named_source(
    plan: Plan,
    names: tuple[str, ...],
    relation: str | None,
    alias: ast.Alias | None,
    key: tuple[Field, ...] = (),
) -> Source:
    """One relation, under its alias if it has one."""
    return Source((plan,), _named_scope(plan.fields, names, relation, alias, key))


def _named_scope(
    fields: Sequence[Field],
    names: tuple[str, ...],
    relation: str | None,
    alias: ast.Alias | None,
    key: tuple[Field, ...] = (),
) -> Scope:
    table = relation
    if alias is not None:
        relation = alias.name.text
        if alias.is_complete and len(alias.columns) < len(names):
            message = f"{len(alias.columns)} columns are needed, but the query has {len(names)}"
            raise ProgrammingError(message, alias.name.span)
        names = renamed(names, relation, alias.columns)
    columns = tuple(
        ScopeColumn(name, FieldRef(field)) for name, field in zip(names, fields, strict=True)
    )
    return Scope((Relation(relation, columns, key, table),), columns)


# --- joins -------------------------------------------------------------------------------------


def join_sources(
    node: ast.Join, left: Source, right: Source, context: Context, surroundings: Surroundings
) -> Source:
    """The two sides of a join, joined as it says."""
    if node.kind in ("CROSS", "INNER"):
        return _inner_join(node, left, right, context, surroundings)
    return _outer_join(node, left, right, context, surroundings)


def _inner_join(
    node: ast.Join, left: Source, right: Source, context: Context, surroundings: Surroundings
) -> Source:
    scope, equalities = _merged_scope(node, left.scope, right.scope)
    joined = Source(
        left.inputs + right.inputs, scope, left.predicates + right.predicates + equalities
    )
    if node.on is None:
        return joined
    binder = ExpressionBinder(context, replace(scope, outer=surroundings.scope), surroundings, "ON")
    conditions = _conditions(binder, node.on)
    if not binder.attachments:
        joined.predicates += conditions
        return joined
    return Source((Filter(attach(joined.plan(), binder.attachments), conditions),), scope)


def _join_lateral(
    node: ast.Join, left: Source, context: Context, surroundings: Surroundings
) -> Source:
    """A join whose right side may read columns of the left one."""
    scope = replace(left.scope, outer=surroundings.lateral or surroundings.scope)
    right = _table(node.right, context, replace(surroundings, lateral=scope))
    generated = right.plan()
    if fields_read(generated).isdisjoint(scope.fields()):
        return join_sources(node, left, right, context, surroundings)
    if node.kind in ("RIGHT", "FULL"):
        message = f"the right side of a {node.kind} JOIN cannot read columns of the left one"
        raise ProgrammingError(f"{message}: only that of an inner or LEFT JOIN", node.right.span)
    plan = left.plan()
    left = Source((plan,), left.scope)
    if isinstance(generated, Generate) and generated.child == OneRow() and node.kind != "LEFT":
        rows = Source((replace(generated, child=plan),), left.scope)
        return _inner_join(node, rows, Source((), right.scope), context, surroundings)
    binder = ExpressionBinder(context, scope, surroundings, "LATERAL")
    subquery = Subquery.of_plan(binder, generated, node.right.span)
    query, correlation = subquery.pull_up(generated)
    ties = correlation.predicates(node.right.span)
    query = correlation.filled(query, plan, plan)
    if node.kind == "LEFT":
        inputs = Source((query,), right.scope)
        return _outer_join(node, left, inputs, context, surroundings, ties)
    return _inner_join(node, left, Source((query,), right.scope, ties), context, surroundings)


def _outer_join(
    node: ast.Join,
    left: Source,
    right: Source,
    context: Context,
    surroundings: Surroundings,
    ties: tuple[Expression, ...] = (),
) -> Source:
    """`ties` are conditions besides those of ON or USING."""
    scope, conditions = _merged_scope(node, left.scope, right.scope)
    left_plan, right_plan = left.plan(), right.plan()
    if node.kind != "RIGHT":
        check_not_itself(context, right_plan, _MAY_BE_ABSENT, node.right.span)
    if node.kind != "LEFT":
        check_not_itself(context, left_plan, _MAY_BE_ABSENT, node.left.span)
    if node.on is not None:
        binder = ExpressionBinder(
            context, replace(scope, outer=surroundings.scope), surroundings, "ON"
        )
        conditions = _conditions(binder, node.on)
        for attachment in binder.attachments:
            read = fields_of_rows(attachment)
            if read.isdisjoint(right_plan.fields):
                left_plan = attach(left_plan, (attachment,))
            elif read.isdisjoint(left_plan.fields):
                right_plan = attach(right_plan, (attachment,))
            else:
                left_plan, right_plan, same = _attached_to_pairs(
                    node, left_plan, right_plan, attachment, context
                )
                ties += same
    equalities, residual = split_equalities(ties + conditions, frozenset(left_plan.fields))
    kind: JoinKind = "left" if node.kind == "LEFT" else "right" if node.kind == "RIGHT" else "full"
    plan = Join(kind, left_plan, right_plan, equalities, residual)
    nullable_left = nullable_scope(left.scope) if kind in ("right", "full") else left.scope
    nullable_right = nullable_scope(right.scope) if kind in ("left", "full") else right.scope
    scope, _ = _merged_scope(node, nullable_left, nullable_right)
    return Source((plan,), scope)


def _attached_to_pairs(
    node: ast.Join, left: Plan, right: Plan, attachment: Attachment, context: Context
) -> tuple[Plan, Plan, tuple[Expression, ...]]:
    """Both sides of an outer join with a sub-query that reads both, and conditions that go with it.

    The side that may be left out is multiplied by the values that the sub-query reads of the other
    one; it stands beside these rows, of which a row of the other side only meets those of its values.
    """
    if node.kind == "FULL":
        message = "a sub-query in ON that reads both sides of a FULL JOIN is not supported"
        raise NotSupportedError(f"{message}: join what it reads first", node.right.span)
    kept, other = (left, right) if node.kind == "LEFT" else (right, left)
    read = sorted(fields_of_rows(attachment) & frozenset(kept.fields), key=lambda one: one.id)
    values = OuterValues(
        tuple(map(FieldRef, read)),
        tuple(context.field(one.name, one.type, one.nullable) for one in read),
    )
    mapping = dict(zip(read, map(FieldRef, values.fields), strict=True))
    inside = rewritten(attachment, lambda part: replace_fields(part, mapping))
    pairs = attach(CrossProduct((values.filled(values.scan, kept), other)), (inside,))
    same = tuple(
        compare("=", Operand(one, node.right.span), Operand(two, node.right.span), node.right.span)
        for one, two in same_values(values.inputs, values.fields)
    )
    return (kept, pairs, same) if node.kind == "LEFT" else (pairs, kept, same)


def _conditions(binder: ExpressionBinder, on: ast.Expression) -> tuple[Expression, ...]:
    bound = (binder.condition(part, "ON", filtering=True) for part in node_conjuncts(on))
    return tuple(part for condition in bound for part in conjuncts(condition))


def _merged_scope(
    node: ast.Join, left: Scope, right: Scope
) -> tuple[Scope, tuple[Expression, ...]]:
    """The scope of both sides, with the columns of USING or NATURAL merged, and the equalities that
    these mean."""
    scope = side_by_side(left, right, node.right.span)
    names = _using(node, left, right)
    if not names:
        return scope, ()
    merged, equalities = [], []
    for name in names:
        pair = (_column(left, name, "left"), _column(right, name, "right"))
        equalities.append(compare("=", *pair, name.span))
        _, values = unify(pair, f'the column "{name.text}" of USING')
        if node.kind == "FULL":
            merged.append(ScopeColumn(name.text, coalesce(values, values[0].type)))
        else:
            merged.append(ScopeColumn(name.text, values[1] if node.kind == "RIGHT" else values[0]))
    used = {name.text for name in names}
    rest = tuple(column for column in scope.columns if column.name not in used)
    return replace(scope, columns=tuple(merged) + rest), tuple(equalities)


def _using(node: ast.Join, left: Scope, right: Scope) -> tuple[ast.Identifier, ...]:
    if not node.natural:
        return node.using
    right_names = {column.name for column in right.columns}
    shared = dict.fromkeys(column.name for column in left.columns if column.name in right_names)
    return tuple(ast.Identifier(name, node.span) for name in shared)


def _column(scope: Scope, name: ast.Identifier, side: str) -> Operand:
    if not scope.has_column(name.text):
        message = f'no column "{name.text}" on the {side} side of the join, as USING needs'
        raise ProgrammingError(message, name.span)
    expression = replace(scope, outer=None).resolve(ast.ColumnRef(name, span=name.span)).expression
    return Operand(expression, name.span)
