"""Random histories of schemas: every version that is kept is what it was, by a model in Python."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from coldb_warehouse import CatalogError, ConstraintError, Retention, Snapshot, Warehouse, check
from coldb_warehouse.convert import to_arrow
from coldb_warehouse.schema import Column
from coldb_warehouse.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, REAL, SMALLINT, VARCHAR, Type

from tests.warehouse.stars import open_small, plain_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coldb_warehouse import Transaction

TYPES = (SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, BOOLEAN, VARCHAR)
WIDER = {SMALLINT: (INTEGER, BIGINT), INTEGER: (BIGINT,), REAL: (DOUBLE,)}
KEPT = 5


@dataclass
class Table:
    """What a table should be: columns in order, rows by column."""

    types: dict[str, Type]
    required: set[str] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def contents(self) -> list[tuple[Any, ...]]:
        return sorted((tuple(row[name] for name in self.types) for row in self.rows), key=repr)


Model = dict[str, Table]


class History:
    """One random history; each step changes the warehouse and the model alike."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.model: Model = {}
        self.names = 0

    def step(self, transaction: Transaction) -> None:
        if not self.model:
            return self.create(transaction)
        changes: list[Callable[[Transaction, str], None]] = [
            self.add, self.add, self.drop, self.rename, self.rename_table, self.widen,
            self.require, self.append, self.append, self.delete, self.update, self.clear,
        ]  # fmt: skip
        if self.chance.random() < 0.15:
            return self.create(transaction)
        return self.chance.choice(changes)(transaction, self.chance.choice(list(self.model)))

    def name(self) -> str:
        """Names come again, so that one is told from another by more than its name."""
        return f"n{self.chance.randrange(12)}"

    def value(self, type: Type) -> Any:
        number = self.chance.randrange(-3, 100)
        if type is VARCHAR:
            return f"text {number % 7}"
        if type is BOOLEAN:
            return bool(number % 2)
        return number / 4 if type.is_float else number

    def create(self, transaction: Transaction) -> None:
        name, type = self.name(), self.chance.choice(TYPES)
        if name in self.model:
            with pytest.raises(CatalogError, match="exists already"):
                transaction.create_table(plain_table(name, ("a", type)))
            return
        transaction.create_table(plain_table(name, ("a", type), order_by=("a",)))
        self.model[name] = Table({"a": type})
        self.append(transaction, name)

    def add(self, transaction: Transaction, name: str) -> None:
        table, new, type = self.model[name], self.name(), self.chance.choice(TYPES)
        initial = self.value(type) if self.chance.random() < 0.6 else None
        nullable = initial is None or self.chance.random() < 0.5
        added = Column(new, type, nullable, initial=initial)
        if new in table.types:
            with pytest.raises(CatalogError, match="declared twice"):
                transaction.add_column(name, added)
            return
        transaction.add_column(name, added)
        table.types[new] = type
        table.required |= set() if nullable else {new}
        for row in table.rows:
            row[new] = initial

    def drop(self, transaction: Transaction, name: str) -> None:
        table = self.model[name]
        if len(table.types) == 1:
            transaction.drop_table(name)
            del self.model[name]
            return
        column = self.chance.choice(list(table.types))
        if column in transaction.snapshot().table(name).schema.order_by:
            with pytest.raises(CatalogError, match="ORDER BY"):
                transaction.drop_column(name, column)
            return
        transaction.drop_column(name, column)
        del table.types[column]
        table.required.discard(column)
        for row in table.rows:
            del row[column]

    def rename(self, transaction: Transaction, name: str) -> None:
        table, new = self.model[name], self.name()
        old = self.chance.choice(list(table.types))
        if new in table.types and new != old:
            with pytest.raises(CatalogError, match="declared twice"):
                transaction.rename_column(name, old, new)
            return
        transaction.rename_column(name, old, new)
        table.types = {new if key == old else key: type for key, type in table.types.items()}
        table.required = {new if key == old else key for key in table.required}
        table.rows = [{new if k == old else k: v for k, v in row.items()} for row in table.rows]

    def rename_table(self, transaction: Transaction, name: str) -> None:
        new = self.name()
        if new in self.model:
            with pytest.raises(CatalogError, match="exists already"):
                transaction.rename_table(name, new)
            return
        transaction.rename_table(name, new)
        self.model[new] = self.model.pop(name)

    def widen(self, transaction: Transaction, name: str) -> None:
        table = self.model[name]
        column = self.chance.choice(list(table.types))
        wider = WIDER.get(table.types[column], ())
        if wider:
            table.types[column] = type = self.chance.choice(wider)
            transaction.set_column_type(name, column, type)

    def require(self, transaction: Transaction, name: str) -> None:
        table = self.model[name]
        column = self.chance.choice(list(table.types))
        if column in table.required:
            transaction.set_nullable(name, column, True)
            table.required.discard(column)
        elif any(row[column] is None for row in table.rows):
            with pytest.raises(ConstraintError, match="is NULL in"):
                transaction.set_nullable(name, column, False)
        else:
            transaction.set_nullable(name, column, False)
            table.required.add(column)

    def append(self, transaction: Transaction, name: str) -> None:
        table = self.model[name]
        rows = [
            {
                column: self.value(type)
                if column in table.required or self.chance.random() < 0.8
                else None
                for column, type in table.types.items()
            }
            for _ in range(self.chance.choice([1, 3, 30]))
        ]
        schema = pa.schema([(key, type.to_arrow()) for key, type in table.types.items()])
        transaction.append(name, pa.Table.from_pylist(rows, schema))
        table.rows += rows

    def delete(self, transaction: Transaction, name: str) -> None:
        read = positions(transaction.snapshot(), name)
        gone = self.chance.sample(sorted(read), len(read) // 3)
        transaction.delete(name, gone)
        for position in gone:
            self.model[name].rows.remove(read[position])

    def update(self, transaction: Transaction, name: str) -> None:
        table, read = self.model[name], positions(transaction.snapshot(), name)
        changed = sorted(self.chance.sample(sorted(read), len(read) // 3))
        column = self.chance.choice(list(table.types))
        type = table.types[column]
        values = [self.value(type) for _ in changed]
        transaction.update(name, changed, pa.table({column: pa.array(values, type.to_arrow())}))
        for position, value in zip(changed, values, strict=True):
            table.rows.remove(read[position])
            table.rows.append(read[position] | {column: value})

    def clear(self, transaction: Transaction, name: str) -> None:
        if self.chance.random() < 0.3:
            transaction.truncate(name)
            self.model[name].rows.clear()
        else:
            transaction.optimize(name)


def positions(snapshot: Snapshot, name: str) -> dict[int, dict[str, Any]]:
    """The rows that are not deleted, by position."""
    table = snapshot.table(name)
    columns = {}
    for declared in table.schema.columns:
        values, valid = table.values(declared.name)
        columns[declared.name] = to_arrow(values, valid, declared.type).to_pylist()
    live = [True] * table.rows if table.live is None else table.live.tolist()
    return {
        row: {name: values[row] for name, values in columns.items()}
        for row in range(table.rows)
        if live[row]
    }


def assert_equal(snapshot: Snapshot, model: Model) -> None:
    assert {schema.name for schema in snapshot.tables} == set(model)
    for schema in snapshot.tables:
        expected = model[schema.name]
        assert {column.name: column.type for column in schema.columns} == expected.types
        required = {column.name for column in schema.columns if not column.nullable}
        assert required == expected.required
        found = [tuple(row.values()) for row in positions(snapshot, schema.name).values()]
        assert sorted(found, key=repr) == expected.contents()


def run_history(path: Path, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    history = History(chance)
    models: dict[int, Model] = {1: {}}
    held: list[Snapshot] = []
    with open_small(path) as writer, Warehouse.open(path, read_only=True) as reader:
        reader._cache.limit = chance.choice([0, 1 << 20])
        with writer.begin() as transaction:
            transaction.set_retention(Retention(versions=KEPT))
        models[2] = {}
        for _ in range(steps):
            with writer.begin() as transaction:
                for _ in range(chance.choice([1, 1, 3])):
                    history.step(transaction)
                assert_equal(transaction.snapshot(), history.model)
            models[writer.snapshot().version] = copy.deepcopy(history.model)
            if chance.random() < 0.1:
                held.append(reader.snapshot())
            if chance.random() < 0.1:
                writer.vacuum(keep=chance.choice([1, 3]))
        versions = [version.number for version in reader.versions()]
        for number in versions:
            assert_equal(reader.snapshot(version=number), models[number])
        for snapshot in held:
            assert_equal(snapshot, models[snapshot.version])
        assert {snapshot.version for snapshot in held} <= set(versions)
    assert check(path).problems == ()


@pytest.mark.parametrize("seed", range(20))
def test_histories(tmp_path: Path, seed: int) -> None:
    run_history(tmp_path / "w", seed, steps=25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 200))
def test_more_histories(tmp_path: Path, seed: int) -> None:
    run_history(tmp_path / "w", seed, steps=40)
