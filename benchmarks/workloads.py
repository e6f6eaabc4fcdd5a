"""The workloads by name. A new one needs its folder and a line here."""

from __future__ import annotations

from benchmarks.micro.workload import MICRO
from benchmarks.scans.workload import SCANS
from benchmarks.ssb.workload import SSB
from benchmarks.tpcds.workload import TPCDS
from benchmarks.tpch.workload import TPCH

__all__ = ["WORKLOADS"]

WORKLOADS = {workload.name: workload for workload in (SSB, TPCH, TPCDS, SCANS, MICRO)}
