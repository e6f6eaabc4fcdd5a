"""`coldb demo`: a shop, its star, the load, and the same reports on both."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing, nullcontext
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coldb.units import count, size

if TYPE_CHECKING:
    from coldb_etl import RunReport

    from coldb.compare import Result
    from coldb.connection import Connection

__all__ = ["command"]

RUNS = 3
SHOWN_REJECTS = 4
# Every table of the demo's shop has to be there before a file of its name is replaced.
TABLES = {"customers", "order_lines", "orders", "payments", "products", "stores"}


@click.command(name="demo")
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where the shop and its warehouse go.",
)
@click.option(
    "--order-lines",
    type=click.IntRange(min=100),
    default=1_000_000,
    show_default=True,
    help="How large the shop is.",
)
@click.option("--keep", is_flag=True, help="Keep the shop and the warehouse that are there.")
def command(directory: Path, order_lines: int, keep: bool) -> int:
    """Make an OLTP shop in SQLite, load its star, and run the same reports on both.

    Everything stays in one directory. Status 1 unless all answers are equal.
    """
    shop, warehouse = directory / "shop.sqlite", directory / "shop.coldb"
    directory.mkdir(parents=True, exist_ok=True)
    if not (keep and shop.exists()):
        _refuse_to_replace_what_is_not_ours(shop)
        _make_shop(shop, order_lines)
    if not (keep and warehouse.exists()):
        shutil.rmtree(warehouse, ignore_errors=True)
    results = _load_and_compare(shop, warehouse)
    page = _write_page(directory / "compare.html", results)
    click.echo(f"\nThe comparison as a page: {page}\n\nTo go on:")
    for line in (
        f"coldb shell {warehouse}",
        f"coldb etl rejects {warehouse}",
        f"coldb etl verify {warehouse}",
        f"coldb info {warehouse} sales",
    ):
        click.echo(f"  {line}")
    return _status(results)


def _make_shop(shop: Path, order_lines: int) -> None:
    from coldb.cli.bars import RowBars
    from coldb.demo.shop import make_shop

    _say(f"Making a shop of {count(order_lines, 'order line')}: {shop}")
    with RowBars() if sys.stderr.isatty() else nullcontext() as bars:
        make_shop(shop, order_lines, progress=None if bars is None else bars.advance)


def _load_and_compare(shop: Path, warehouse: Path) -> list[Result]:
    import coldb

    with closing(coldb.connect(warehouse)) as connection:
        if not connection.warehouse.snapshot().has_table("sales"):
            _say("Creating its star: 4 dimensions, 2 facts")
            model = files("coldb.demo").joinpath("model.sql").read_text(encoding="utf-8")
            connection.execute(model)
        _say(f"Loading it: {warehouse}")
        _load(connection)
        _show_sizes(shop, warehouse)
        _say("Running the same reports on both")
        return _compare(connection)


def _load(connection: Connection) -> None:
    from coldb_etl import rejects, run

    from coldb.cli.etl.progress import LoadProgress
    from coldb.cli.etl.run import show_loads, summary

    with LoadProgress() if sys.stderr.isatty() else nullcontext() as progress:
        report = run(connection.warehouse, progress=progress)
    if report.loads:
        show_loads(report, "table")
    click.echo(summary(report))
    _explain_dirt(report)
    reasons = list(
        dict.fromkeys((each.table, each.reason) for each in rejects(connection.warehouse))
    )
    for table, reason in reasons[:: len(reasons) // SHOWN_REJECTS + 1]:
        click.echo(f"  rejected from {table}: {reason}")


def _explain_dirt(report: RunReport) -> None:
    unknown = sum(sum(load.keys_unknown.values()) for load in report.loads)
    if unknown:
        click.echo(f"{count(unknown, 'key')} named nothing in the source, and became NULL")


def _show_sizes(shop: Path, warehouse: Path) -> None:
    source = shop.stat().st_size
    stored = sum(file.stat().st_size for file in warehouse.rglob("*") if file.is_file())
    click.echo(f"SQLite {size(source)}, coldb {size(stored)}: {source / stored:.1f}x smaller")


def _compare(connection: Connection) -> list[Result]:
    from coldb.cli.bars import compared
    from coldb.compare.queries import reports_in
    from coldb.compare.terminal import show_comparisons

    reports = reports_in(files("coldb.demo").joinpath("reports"))
    results = compared(connection, reports, RUNS)
    show_comparisons(results, sys.stdout)
    return results


def _write_page(path: Path, results: list[Result]) -> Path:
    from coldb.compare.page import html_page

    path.write_text(html_page(results, "A shop in SQLite and its star in coldb"), encoding="utf-8")
    return path


def _status(results: list[Result]) -> int:
    from coldb.compare import all_equal

    return 0 if all_equal(results) else 1


def _refuse_to_replace_what_is_not_ours(shop: Path) -> None:
    if not shop.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{shop}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            is_ours = {name for (name,) in found} >= TABLES
    except sqlite3.Error:
        is_ours = False
    if not is_ours:
        raise click.UsageError(
            f"{shop} is no shop of this demo; choose another directory with --dir"
        )


def _say(step: str) -> None:
    click.echo(click.style(f"\n{step}", bold=True) if sys.stdout.isatty() else f"\n{step}")
