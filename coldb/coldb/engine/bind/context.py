"""What the binding of one statement shares, and what a query sees around it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb.engine.expressions import Constant, Field
from coldb.engine.functions.literals import physical_from_python
from coldb.engine.plan import Common, CommonScan
from coldb.errors import Error, InterfaceError, NotSupportedError, ProgrammingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.clauses.common_tables import SelfReference
    from coldb.engine.bind.scopes import Scope, ScopeColumn
    from coldb.engine.expressions import Expression
    from coldb.engine.files.parquet_files import ParquetFiles
    from coldb.engine.plan import Plan
    from coldb_grammar import ast
    from coldb_warehouse import Snapshot
    from coldb_warehouse.types import Type

__all__ = ["CommonTable", "Context", "Output", "Parameters", "Surroundings", "located"]

Parameters: TypeAlias = "Sequence[Any] | Mapping[str, Any] | None"

# Every use of a WITH query binds it anew, so a chain of them that each use the one before twice
# grows as 2^n.
_MOST_EXPANSIONS = 2_000


@dataclass(frozen=True, slots=True)
class Output:
    """A bound query. Its columns are `plan.fields`; the last `hidden` ones only ORDER BY reads.

    `untyped` numbers the columns that are bare string literals or NULLs: their type is still open
    where the query meets another one in a UNION.
    """

    plan: Plan
    untyped: frozenset[int] = frozenset()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class CommonTable:
    """An entry of WITH, and what it sees itself: the entries before it, and in WITH RECURSIVE all."""

    definition: ast.CommonTable
    surroundings: Surroundings
    is_recursive: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a query sees from outside: names of WITH, and the scope it stands in as a sub-query.

    `lateral` are the tables on the left of an entry of FROM, which LATERAL entries see as well.
    `open_commons` are the entries of WITH that are being defined here, so cannot be read.
    `depth` counts the expressions that the query stands in, each within a query of the one before.
    `columns` is told which columns of `scope` the query names, and where. `past` is the version that
    stored tables are read as of, where it is another than the statement's.
    """

    commons: Mapping[str, CommonTable | SelfReference] = field(default_factory=dict)
    scope: Scope | None = None
    lateral: Scope | None = None
    open_commons: frozenset[str] = frozenset()
    depth: int = 0
    columns: list[tuple[Expression, ast.Span]] = field(default_factory=list, compare=False)
    past: Snapshot | None = None

    def within(self, scope: Scope, columns: list[tuple[Expression, ast.Span]]) -> Surroundings:
        """The surroundings of a sub-query that stands in an expression over `scope`."""
        return replace(self, scope=scope, lateral=None, columns=columns, depth=self.depth + 1)


class SharedQueries:
    """The entries of WITH that are run once for all of their uses, those that others read first."""

    def __init__(self) -> None:
        self._queries: list[tuple[CommonTable, Plan]] = []

    def add(self, common: CommonTable, plan: Plan, context: Context) -> Plan:
        """From now on all uses of the entry read the rows of this plan; gives the first use."""
        self._queries.append((common, plan))
        return self._scan(len(self._queries), plan, context)

    def read(self, common: CommonTable, context: Context) -> Plan | None:
        """One more use of an entry; None if it is not run once for all of them."""
        for number, (other, plan) in enumerate(self._queries, 1):
            if other is common:
                return self._scan(number, plan, context)
        return None

    def _scan(self, number: int, plan: Plan, context: Context) -> Plan:
        fields = tuple(context.field(old.name, old.type, old.nullable) for old in plan.fields)
        return CommonScan(number, plan.fields, fields)

    def around(self, plan: Plan) -> Plan:
        """The plan of a statement, which reads these queries, together with them."""
        for number, (_, query) in reversed(list(enumerate(self._queries, 1))):
            plan = Common(number, query, plan)
        return plan


class Context:
    """The catalog, the parameters, and the supply of field numbers of one statement.

    `frames` collects the VALUES rows and files that the plan reads, `stars` what each `*` of the statement
    stands for, and in which scope.
    `bind_query` binds a whole query; it is handed in because queries hold expressions and
    expressions hold queries.
    """

    def __init__(
        self,
        catalog: Catalog,
        parameters: Parameters,
        bind_query: Callable[[ast.Query, Context, Surroundings], Output],
    ) -> None:
        self.catalog = catalog
        self.frames: dict[str, pa.Table | ParquetFiles] = {}
        self.stars: dict[ast.Span, tuple[ast.Star, Scope, tuple[ScopeColumn, ...]]] = {}
        self.reads_files = False  # which may be others when the statement is run again
        self.reads_working_tables = False  # some entry of WITH RECURSIVE reads itself
        self._parameters = parameters
        self._used: set[int | str] = set()
        self._numbers = itertools.count()
        self._expansions = 0
        self._used_commons: dict[int, ast.CommonTable] = {}
        self._defining: list[ast.CommonTable] = []
        self.shared = SharedQueries()
        self._open: list[str] = []  # views and macros that are being expanded
        self._bind_query = bind_query

    def field(self, name: str, type_: Type, nullable: bool = True) -> Field:
        """A field of its own number."""
        return Field(next(self._numbers), name, type_, nullable)

    def query(self, query: ast.Query, surroundings: Surroundings) -> Output:
        """Binds a query that stands inside another."""
        return self._bind_query(query, self, surroundings)

    def number(self) -> int:
        """A number that nothing else in the plan has."""
        return next(self._numbers)

    @contextlib.contextmanager
    def defining(self, definition: ast.CommonTable) -> Iterator[None]:
        """The binding of one use of an entry of WITH. Raises ProgrammingError for entries that read
        each other in a circle."""
        self._count_expansion("the queries of WITH", definition.span)
        self._used_commons[id(definition)] = definition
        if definition in self._defining:
            names = " and ".join(f'"{one.alias.name.text}"' for one in self._defining)
            message = f"{names} of WITH RECURSIVE read each other: only themselves they can read"
            raise ProgrammingError(message, definition.alias.name.span)
        self._defining.append(definition)
        try:
            yield
        finally:
            self._defining.pop()

    @contextlib.contextmanager
    def expanding(self, what: str, span: ast.Span) -> Iterator[None]:
        """One use of a view or a macro, to which the errors within are put down. Raises
        ProgrammingError if it is used within itself."""
        if what in self._open:
            raise ProgrammingError(f"{what} uses itself", span)
        self._count_expansion("views and macros", span)
        self._open.append(what)
        try:
            yield
        except Error as error:
            raise type(error)(f"{what}: {error}", span) from error
        finally:
            self._open.pop()

    def _count_expansion(self, what: str, span: ast.Span) -> None:
        self._expansions += 1
        if self._expansions > _MOST_EXPANSIONS:
            message = f"{what} are used more than {_MOST_EXPANSIONS} times in all"
            raise NotSupportedError(message, span)

    def note_star(self, star: ast.Star, scope: Scope, columns: tuple[ScopeColumn, ...]) -> None:
        """Remembers what a `*` that is written in the statement itself stands for."""
        if not self._open and star.span.end:
            self.stars[star.span] = star, scope, columns

    def is_used(self, definition: ast.CommonTable) -> bool:
        """Whether any query so far reads this entry of WITH."""
        return id(definition) in self._used_commons

    def add_frame(self, frame: pa.Table | ParquetFiles, what: str = "VALUES") -> str:
        """Keeps rows with the plan; gives the name to scan them by."""
        name = f"*{what} {len(self.frames) + 1}*"
        self.frames[name] = frame
        return name

    def parameter(self, node: ast.Parameter) -> Constant:
        """The value of a parameter, typed by its Python type if it is none of EXECUTE."""
        given = self.parameter_value(node)
        if isinstance(given, Constant):
            return given
        with located(node.span):
            type_, value = physical_from_python(given)
        return Constant(value, type_)

    def parameter_value(self, node: ast.Parameter) -> Any:
        """The Python value of a parameter. Raises InterfaceError when there is none."""
        self._used.add(node.key)
        values = self._parameters
        if isinstance(node.key, str):
            if isinstance(values, Mapping) and node.key in values:
                return values[node.key]
            raise InterfaceError(f"no value is given for the parameter :{node.key}", node.span)
        given = len(values) if isinstance(values, Sequence) else 0
        if isinstance(values, Sequence) and node.key < given:
            return values[node.key]
        if isinstance(values, Mapping):
            raise InterfaceError(
                "the statement has ? parameters: give their values as a list", node.span
            )
        raise InterfaceError(
            f"parameter {node.key + 1} has no value: {_counted(given)} given", node.span
        )

    def check_parameters_used(self) -> None:
        """Refuses values that no `?` takes. Named values may be left over."""
        if isinstance(self._parameters, Sequence) and len(self._parameters) > len(self._used):
            wanted = len(self._used)
            parameters = "1 parameter" if wanted == 1 else f"{wanted or 'no'} parameters"
            given = _counted(len(self._parameters))
            raise InterfaceError(f"the statement has {parameters}, {given} given")


def _counted(values: int) -> str:
    return "1 value was" if values == 1 else f"{values or 'no'} values were"


@contextlib.contextmanager
def located(span: ast.Span) -> Iterator[None]:
    """Gives the errors that are raised within their place in the statement, if they have none."""
    try:
        yield
    except Error as error:
        if error.span is None:
            error.span = span
        raise
