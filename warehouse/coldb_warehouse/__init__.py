"""Typed columns in compressed, sorted, immutable files; the star catalog; snapshots."""

from coldb_warehouse.checking.check import CheckReport, check
from coldb_warehouse.errors import (
    CatalogError,
    ConstraintError,
    ConversionError,
    CorruptionError,
    LockedError,
    StorageError,
    UnsupportedFormatError,
    WarehouseError,
)
from coldb_warehouse.info import ColumnInfo, TableInfo, VersionInfo, describe
from coldb_warehouse.loading.rejects import AppendResult, Rejects
from coldb_warehouse.reading.column_statistics import ColumnStatistics
from coldb_warehouse.reading.segment import Segment
from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
from coldb_warehouse.settings import Settings
from coldb_warehouse.versions.retention import Retention
from coldb_warehouse.versions.sweep import Swept
from coldb_warehouse.warehouse import Warehouse
from coldb_warehouse.writing.transaction import Transaction

__all__ = [
    "AppendResult",
    "CatalogError",
    "CheckReport",
    "ColumnInfo",
    "ColumnStatistics",
    "ConstraintError",
    "ConversionError",
    "CorruptionError",
    "LockedError",
    "Rejects",
    "Retention",
    "Segment",
    "Settings",
    "Snapshot",
    "StorageError",
    "Swept",
    "TableInfo",
    "TableSnapshot",
    "Transaction",
    "UnsupportedFormatError",
    "VersionInfo",
    "Warehouse",
    "WarehouseError",
    "check",
    "describe",
]
