"""Readings of this process and machine from Linux's /proc; None elsewhere."""

import contextlib
import os
import resource
import sys
from pathlib import Path
from typing import NamedTuple

CONTAMINATED_CPU = 0.05
CONTAMINATED_STEAL = 0.02

_LINUX = sys.platform.startswith("linux")


class Ticks(NamedTuple):
    """CPU seconds of the whole machine since boot, and of this process.

    ``own`` counts the processes that this one started, and those they started.
    """

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
    if not _LINUX:
        return None
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:  # an estimator may have used up the files of its process
        return None
    peaks = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0].split()[1]) * 1024 if peaks else None


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
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Ticks(
        total=(busy + idle + iowait + steal) / hertz,
        busy=busy / hertz,
        steal=steal / hertz,
        own=own.ru_utime
        + own.ru_stime
        + ended.ru_utime
        + ended.ru_stime
        + _descendants() / hertz,
    )


def _descendants() -> int:
    """Add up the clock ticks of the live processes below this one.

    A worker leads a session of its own, so that a process whose parent ended is
    still known by it. Field numbers are those of proc_pid_stat(5).
    """
    spent: dict[int, int] = {}
    parents: dict[int, int] = {}
    mine = os.getpid()
    ours = {mine}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended since it was listed
            # The name, in parentheses, may hold anything.
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
            pid = int(path.parent.name)
            parents[pid] = int(fields[1])
            # Its own user and system time, and that of children that it waited for.
            spent[pid] = sum(int(field) for field in fields[11:15])
            if int(fields[3]) == mine:
                ours.add(pid)
    grown = True
    while grown:
        below = {pid for pid, parent in parents.items() if parent in ours}
        grown = not below <= ours
        ours |= below
    return sum(spent.get(pid, 0) for pid in ours - {mine})


def foreign_share(before: Ticks | None, after: Ticks | None) -> tuple[float, float] | None:
    """Return the shares of the machine that others used and that was stolen.

    Parameters
    ----------
    before, after : Ticks or None
        Two readings.

    Returns
    -------
    (float, float) or None
        Each of 0 to 1; None where it cannot be determined, also when the readings
        lie so close that the kernel's clock tick (10 ms) decides the answer.
    """
    if before is None or after is None or after.total - before.total < 0.4:
        return None
    total = after.total - before.total
    other = (after.busy - before.busy) - (after.own - before.own)
    # The kernel's counters of a virtual machine have been seen to go back.
    return max(other / total, 0.0), max((after.steal - before.steal) / total, 0.0)
