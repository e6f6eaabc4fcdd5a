"""COPY: files into tables, tables and queries into files. Parquet, Arrow and CSV."""

from __future__ import annotations

from coldb.statements.copy.statement import copy

__all__ = ["copy"]
