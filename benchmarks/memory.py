"""How much memory a process has held at most."""

from __future__ import annotations

import resource
from pathlib import Path

__all__ = ["peak_memory"]


def peak_memory() -> int:
    """The most bytes of memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the parent's memory at the fork as well
        lines = status.read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
