"""How many cores this process may use, what limits them, and how busy they are."""

import contextlib
import os
from pathlib import Path

#: How long a native pool's threads spin before they sleep.
WAIT_VARIABLES = ("OMP_WAIT_POLICY", "OPENBLAS_THREAD_TIMEOUT")
#: For work that is not timed. NumPy and SciPy bring an OpenBLAS each, whose threads spin
#: for 2**26 cycles: a logistic regression that calls both by turns took 12 times as long.
SLEEP_AT_ONCE = {"OPENBLAS_THREAD_TIMEOUT": "8"}  # as a power of 2


def logical_cores() -> int:
    """Return the number of cores that this process may use.

    The smallest of what the machine has, the process's affinity, the CPU quota of
    its cgroup (rounded up, as a container has it) and ``LOKY_MAX_CPU_COUNT``.
    """
    import joblib

    return int(joblib.cpu_count())


def core_limits() -> dict[str, float]:
    """List what limits the cores: name to number of cores.

    Returns
    -------
    dict
        ``machine``, and where there is one ``affinity`` and ``cgroup``, a quota that
        may be a fraction.
    """
    limits: dict[str, float] = {"machine": os.cpu_count() or 1}
    if hasattr(os, "sched_getaffinity"):
        limits["affinity"] = len(os.sched_getaffinity(0))
    quota = read_quota(Path("/sys/fs/cgroup"))
    return limits if quota is None else {**limits, "cgroup": quota}


def read_quota(cgroup: Path) -> float | None:
    """Read how many cores' time a control group may use; None without a limit.

    The files of version 2 (``cpu.max``) and 1 are those that joblib reads, see the
    kernel's Documentation/admin-guide/cgroup-v2.rst.

    Parameters
    ----------
    cgroup : Path
        The folder of the control group.
    """
    with contextlib.suppress(OSError, ValueError):
        limit, of = (cgroup / "cpu.max").read_text("ascii").split()
        return None if limit == "max" else int(limit) / int(of)
    with contextlib.suppress(OSError, ValueError):
        quota, period = (
            int((cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text("ascii"))
            for name in ("quota", "period")
        )
        return quota / period if quota > 0 and period > 0 else None
    return None


def load_1m() -> float | None:
    """Return the load average of the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
