"""Bytes on disk: coldb, DuckDB and Parquet of the same rows, and where coldb's bytes are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.storage.part import Findings, Table
from benchmarks.storage.stars import Star, differences

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.storage.part import Options

__all__ = ["measure_sizes"]

SMALL = 0.002  # columns below this share of a star are summed up in one line


def measure_sizes(options: Options) -> Findings:
    summary: list[list[str]] = []
    tables: list[Table] = []
    figures: dict[str, Any] = {}
    wrong: list[str] = []
    for name in options.stars:
        star = Star.generate(name, options)
        _, ours, _ = star.load("coldb", options)
        _, theirs, _ = star.load("duckdb", options)
        wrong += differences(star, options)
        parquet = star.parquet_bytes
        summary.append(
            [
                name,
                *(f"{size / 1e6:.1f}" for size in (ours, theirs, parquet)),
                f"{ours / theirs:.3f}",
                f"{ours / parquet:.3f}",
            ]
        )
        columns = _columns(star.place / "coldb" / "warehouse.coldb")
        tables.append(_where_bytes_are(name, columns, ours))
        figures[name] = {
            "bytes": {"coldb": ours, "duckdb": theirs, "parquet": parquet},
            "columns": columns,
        }
    head = ["star", "coldb MB", "DuckDB MB", "Parquet zstd MB", "of DuckDB", "of Parquet"]
    return Findings([Table("Bytes on disk", head, summary), *tables], figures, wrong)


def _columns(path: Path) -> list[dict[str, Any]]:
    from coldb_warehouse import Warehouse
    from coldb_warehouse.info import describe

    with Warehouse.open(path, read_only=True) as warehouse:
        return [
            {
                "table": table.name,
                "column": column.name,
                "type": str(column.type),
                "encodings": list(column.encodings),
                "domain": column.domain,
                "rows": table.rows,
                "bytes": column.nbytes,
            }
            for table in describe(warehouse.snapshot())
            for column in table.columns
        ]


def _where_bytes_are(name: str, columns: list[dict[str, Any]], total: int) -> Table:
    """One line a column, largest first; what no column accounts for is manifests and locks."""
    ordered = sorted(columns, key=lambda column: column["bytes"], reverse=True)
    large = [column for column in ordered if column["bytes"] >= SMALL * total]
    rows = [
        [
            f"{column['table']}.{column['column']}",
            column["type"],
            " ".join(column["encodings"]),
            column["domain"] or "",
            f"{column['bytes'] / 1e6:.2f}",
            f"{column['bytes'] * 8 / max(column['rows'], 1):.2f}",
            f"{column['bytes'] / total:.1%}",
        ]
        for column in large
    ]
    rest = sum(column["bytes"] for column in columns) - sum(column["bytes"] for column in large)
    others = total - sum(column["bytes"] for column in columns)
    for label, size in (("smaller columns", rest), ("no column", others)):
        rows.append([label, "", "", "", f"{size / 1e6:.2f}", "", f"{size / total:.1%}"])
    head = ["column", "type", "encodings", "domain", "MB", "bits/row", "share"]
    return Table(f"coldb's bytes, {name}", head, rows)
