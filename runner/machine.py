"""Readings of this process and machine from Linux's /proc; None elsewhere."""

import os
import resource
import sys
from pathlib import Path
from typing import NamedTuple

CONTAMINATED_CPU = 0.05
CONTAMINATED_STEAL = 0.02

_LINUX = sys.platform.startswith("linux")


class Ticks(NamedTuple):
    """CPU seconds of the whole machine since boot, and of this process."""

    total: float
    busy: float
    steal: float
    own: float


class Usage(NamedTuple):
    """Counters of this process that only grow."""

    minor_faults: int
    major_faults: int
    voluntary_switches: int
    involuntary_switches: int


def resident_peak() -> int | None:
    """Return the highest resident set of this process since the last reset, in bytes."""
    if _LINUX:
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def resident_highest() -> int:
    """Return the highest resident set of this process ever, in bytes."""
    return bytes_of_maxrss(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def bytes_of_maxrss(value: int) -> int:
    """Turn ``ru_maxrss``, which macOS gives in bytes and others in KiB, into bytes."""
    return value if sys.platform == "darwin" else value * 1024


def reset_resident_peak() -> int | None:
    """Start a new peak; return what is resident now, in bytes, or None if impossible."""
    if not _LINUX:
        return None
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:  # some containers forbid it
        return None
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def usage() -> Usage:
    """Read this process's page faults and context switches."""
    counters = resource.getrusage(resource.RUSAGE_SELF)
    return Usage(
        counters.ru_minflt, counters.ru_majflt, counters.ru_nvcsw, counters.ru_nivcsw
    )


def ticks() -> Ticks | None:
    """Read the machine's and this process's CPU time; None without /proc/stat."""
    if not _LINUX:
        return None
    fields = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]
    user, nice, system, idle, iowait, irq, softirq, steal = (int(field) for field in fields)
    hertz = os.sysconf("SC_CLK_TCK")
    busy = user + nice + system + irq + softirq
    own = resource.getrusage(resource.RUSAGE_SELF)
    return Ticks(
        total=(busy + idle + iowait + steal) / hertz,
        busy=busy / hertz,
        steal=steal / hertz,
        own=own.ru_utime + own.ru_stime,
    )


def foreign_share(before: Ticks | None, after: Ticks | None) -> tuple[float, float] | None:
    """Return the shares of the machine that others used and that was stolen.

    Parameters
    ----------
    before, after : Ticks or None
        Two readings.

    Returns
    -------
    (float, float) or None
        Each of 0 to 1; None where it cannot be told, also when the readings
        lie so close that the kernel's clock tick (10 ms) decides the answer.
    """
    if before is None or after is None or after.total - before.total < 0.4:
        return None
    total = after.total - before.total
    other = (after.busy - before.busy) - (after.own - before.own)
    return max(other / total, 0.0), (after.steal - before.steal) / total


def load_1m() -> float | None:
    """Return the load average of the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
