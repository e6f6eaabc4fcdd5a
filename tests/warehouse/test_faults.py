"""Every call to the operating system fails, in turn, in every way that calls fail in."""

from __future__ import annotations

import errno
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import pytest
from coldb_warehouse import Warehouse, WarehouseError, check
from coldb_warehouse.backup import back_up, restore

from tests.warehouse.stars import SMALL, make_shop, open_small
from tests.warehouse.system import System
from tests.warehouse.workloads import (
    OPERATIONS,
    content,
    content_of,
    linked,
    make_base,
    set_property,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.warehouse.workloads import Content

Failure: TypeAlias = tuple[int, "int | str | type[BaseException]", bool]  # see System

NUMBERS = (errno.EIO, errno.ENOSPC, errno.EINTR, errno.EACCES, errno.EMFILE)


def commit(name: str) -> Callable[[Path], None]:
    def run(path: Path) -> None:
        with open_small(path, sync=True) as warehouse, warehouse.begin() as transaction:
            OPERATIONS[name](transaction, 50)

    return run


def create(path: Path) -> None:
    with open_small(path / "new", sync=True) as warehouse, warehouse.begin() as transaction:
        make_shop(transaction)


def read(path: Path) -> None:
    with Warehouse.open(path, read_only=True) as warehouse:
        content_of(warehouse.snapshot())


def verify(path: Path) -> None:
    """Damage is not what it reports: it raises, or it has read all."""
    assert check(path).problems == ()


def time_travel(path: Path) -> None:
    with Warehouse.open(path, read_only=True) as warehouse:
        for version in warehouse.versions():
            content_of(warehouse.snapshot(version.number))


def vacuum(path: Path) -> None:
    with open_small(path, sync=True) as warehouse:
        warehouse.vacuum()


def save(path: Path) -> None:
    back_up(path, path / "w.tar")
    restore(path / "w.tar", path / "new")


WORKLOADS: dict[str, Callable[[Path], None]] = {
    **{name: commit(name) for name in OPERATIONS},
    "create": create,
    "read": read,
    "check": verify,
    "time travel": time_travel,
    "vacuum": vacuum,
    "backup": save,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base") / "w")


def under(system: System, workload: str, path: Path) -> BaseException | None:
    """Runs the workload with that system in the place of the real one; the error that it raises."""
    with pytest.MonkeyPatch.context() as patched:
        system.install(patched)
        try:
            WORKLOADS[workload](path)
        except (WarehouseError, MemoryError) as error:
            return error
    return None


def fail(workload: str, base: Path, path: Path, cases: int | None) -> tuple[int, int]:
    """Fails each of its calls in each way, or only `cases` of these; how many failed, and how many
    errors that made."""
    before = content(base)
    clean = System()
    assert under(clean, workload, linked(base, path)) is None
    after = content(path)
    every = list(every_failure(clean.called))
    failures = errors = 0
    for number, error, persistent in Random(1).sample(every, cases) if cases else every:
        system = System(fail_at=number, error=error, persistent=persistent)
        caught = under(system, workload, linked(base, path))
        failures += system.failures > 0
        errors += caught is not None
        judge(path, before, after, caught, f"call {number}: {error}{' for ever' * persistent}")
    assert content(base) == before
    return failures, errors


def every_failure(called: Sequence[str]) -> Iterator[Failure]:
    """Every way in which each of the calls can fail, once and for ever. The error numbers, which
    differ in what is said of them, take turns; memory is short once."""
    for number, name in enumerate(called):
        yield number, MemoryError, False
        for persistent in (False, True):
            yield number, NUMBERS[(2 * number + persistent) % len(NUMBERS)], persistent
            if name in ("write", "pread"):
                yield number, "short", persistent


def judge(
    path: Path, before: Content, after: Content, error: BaseException | None, where: str
) -> None:
    """The state before, or after if it did not fail; and the next commit works."""
    if isinstance(error, WarehouseError):
        assert str(path) in str(error), where
        assert "\n" not in str(error), where
    try:
        with open_small(path) as warehouse:
            found = content_of(warehouse.snapshot())
            assert found == after or (found == before and error is not None), (where, str(error))
            with warehouse.begin() as transaction:
                set_property(transaction, 99)
            expected = {**found, "": {**found[""], "last": 99}}
            assert content_of(warehouse.snapshot()) == expected, where
            newest = warehouse.history.newest()
            assert newest is not None
            assert newest.manifest.files() <= set(warehouse.files.names()), where
    except WarehouseError as caught:
        raise AssertionError(f"after {where}") from caught
    if (path / "new").exists():
        with Warehouse.open(path / "new", settings=SMALL) as warehouse:
            warehouse.begin().rollback()


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_failing_call_is_a_typed_error(base: Path, tmp_path: Path, workload: str) -> None:
    failures, errors = fail(workload, base, tmp_path / "w", cases=31)
    assert failures >= errors > failures / 4


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_failing_call_is_a_typed_error(base: Path, tmp_path: Path, workload: str) -> None:
    failures, errors = fail(workload, base, tmp_path / "w", cases=None)
    assert failures >= errors > failures / 4
