"""The machine and the software of a run, recorded once."""

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from tunecard.runner import internals
from tunecard.runner.host.cores import (
    WAIT_VARIABLES,
    core_limits,
    load_1m,
    logical_cores,
)
from tunecard.runner.schema import Environment, Git, ThreadPool

PACKAGES = ("scikit-learn", "numpy", "scipy", "pandas", "joblib", "matplotlib", "pyarrow")


def describe(others: Sequence[str] = ()) -> Environment:
    """Record the environment of this process, after the numerical libraries loaded.

    Parameters
    ----------
    others : sequence of str
        Distributions to name beside :data:`PACKAGES`, such as an engine's.

    Returns
    -------
    Environment
    """
    import psutil

    internals.load_openmp()  # so that its pool is listed
    frequency = psutil.cpu_freq()
    return Environment(
        tunecard=_version("tunecard") or "unknown",
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        os=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        cpu=_cpu(),
        physical_cores=psutil.cpu_count(logical=False),
        logical_cores=logical_cores(),
        cpu_mhz=float(frequency.max or frequency.current) if frequency else None,
        memory=psutil.virtual_memory().total,
        load_1m=load_1m(),
        boot_id=_boot_id(),
        packages={
            name: version
            for name in (*PACKAGES, *others)
            if (version := _version(name)) is not None
        },
        thread_pools=thread_pools(),
        git=_git(Path.cwd()),
        core_limits=core_limits(),
        fallbacks=internals.missing(),
        wait_variables={
            name: os.environ[name] for name in WAIT_VARIABLES if name in os.environ
        },
    )


def thread_pools() -> tuple[ThreadPool, ...]:
    """List the native thread pools of this process, as threadpoolctl reports them."""
    import threadpoolctl

    return tuple(
        ThreadPool(
            user_api=info["user_api"],
            internal_api=info["internal_api"],
            version=info["version"],
            num_threads=info["num_threads"],
        )
        for info in threadpoolctl.threadpool_info()
    )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _boot_id() -> str | None:
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text("ascii").strip() if path.exists() else None


def _git(folder: Path) -> Git | None:
    """Read the commit of `folder`, or None where it is not a git work tree."""

    def call(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603 # no shell, fixed words
            ["git", *arguments],  # noqa: S607 # the user's own git
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout.strip()

    try:
        return Git(
            commit=call("rev-parse", "HEAD"),
            dirty=bool(call("status", "--porcelain", "--untracked-files=no")),
        )
    except (OSError, subprocess.SubprocessError):
        return None
