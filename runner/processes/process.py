"""A worker process: its environment, its end, and what it printed."""

import contextlib
import math
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tunecard.runner import machine
from tunecard.runner.processes import child
from tunecard.runner.schema import Status

# What a worker may see of the caller's environment; the rest could change a
# measurement without leaving a trace in the results.
ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
)
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
START = Path(__file__).with_name("start.py")
_TAIL = 2_000  # characters of a failed worker's stderr that are kept
_SHORT_PAUSE = 0.05
# Signals that are often sent to all processes of a job at once, and how long until
# one that is meant for this process, too, has surely reached it.
_SENT_TO_ALL = ("SIGHUP", "SIGINT", "SIGKILL", "SIGQUIT", "SIGTERM")
_REACHES_US = 1.0  # seconds
_LONG_PAUSE = 3_600.0  # seconds; poll takes no number over 2**31 ms


def worker_environment(environ: Mapping[str, str], threads: int) -> dict[str, str]:
    """Return the environment of a worker: a whitelist, and the thread variables.

    Parameters
    ----------
    environ : mapping
        The caller's environment.
    threads : int
        For every native thread pool; they read it when NumPy loads.
    """
    kept = {name: environ[name] for name in ENVIRONMENT if name in environ}
    return {
        **kept,
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


@dataclass(frozen=True)
class Ended:
    """How a worker process ended.

    `peak_memory` is its highest resident set in bytes, from above: Linux counts what
    its parent held at the moment it was started. A worker that can tells its own.
    """

    status: Status
    peak_memory: int
    reason: str | None = None
    stderr_tail: str | None = None


def run_worker(
    folder: Path,
    environ: Mapping[str, str],
    *,
    threads: int,
    seconds: float,
    module: str = "tunecard.runner.clock.worker",
) -> Ended:
    """Run the worker of a job to its end, or end it and all it started.

    Parameters
    ----------
    folder : Path
        The job's folder.
    environ : mapping
        The caller's environment.
    threads : int
        For every native thread pool of the worker.
    seconds : float
        A worker that runs longer is killed.
    module : str
        What the worker runs, a module of this package; its ``main`` is told the
        folder.

    Returns
    -------
    Ended
        ``ok`` when it ended by itself with code 0.
    """
    process = subprocess.Popen(  # noqa: S603 # our own interpreter and module
        [sys.executable, "-P", str(START), module, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=worker_environment(environ, threads),
        start_new_session=True,
    )
    tail = _Tail(process)
    try:
        code, peak = _wait(process, seconds)
    finally:
        _end_group(process)
    text = tail.read()
    if code is None:
        limit = f"ran longer than limits.case_seconds = {seconds:g} s"
        return Ended("timeout", peak, limit, text)
    if code < 0:
        wait_for_own_end(-code)
        return Ended("killed", peak, f"ended by {_signal_name(-code)}", text)
    if code > 0:
        last = text.splitlines()[-1] if text else "no message"
        return Ended("failed", peak, f"worker ended with code {code}: {last}"[:500], text)
    return Ended("ok", peak, stderr_tail=text)


def wait_for_own_end(number: int) -> None:
    """Give a signal that ended a worker a moment to reach this process as well.

    Who stops a job (systemd, Slurm, a CI system) may signal all its processes. What
    the worker was at is then not over, and must not be noted as a failure.
    """
    if _signal_name(number) in _SENT_TO_ALL:
        time.sleep(_REACHES_US)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


class _Tail:
    """Reads what a worker prints, however much, and keeps the end of it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._kept = b""
        self._stream = process.stdout
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        assert self._stream is not None  # it was asked for
        with contextlib.suppress(OSError, ValueError):
            while chunk := self._stream.read1(65_536):  # type: ignore[attr-defined] # buffered
                self._kept = (self._kept + chunk)[-_TAIL:]
            self._stream.close()

    def read(self) -> str | None:
        """Return the end of the output, once the worker has ended."""
        # A grandchild in a session of its own may still hold the pipe.
        self._thread.join(timeout=2)
        return self._kept.decode("utf-8", "replace").strip() or None


def _wait(process: subprocess.Popen[bytes], limit: float) -> tuple[int | None, int]:
    """Wait for a worker; returns its exit code (None: out of time) and its peak memory.

    ``wait4`` tells the memory of this very child, also when it was killed.
    """
    deadline = time.monotonic() + limit
    with _pause(process.pid) as pause:
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            left = deadline - time.monotonic()
            if pid or left <= 0:
                break
            pause(left)
    if not pid:
        os.kill(process.pid, signal.SIGKILL)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = machine.bytes_of_maxrss(used.ru_maxrss)
    return (process.returncode if pid else None), peak


@contextlib.contextmanager
def _pause(pid: int) -> Iterator[Callable[[float], object]]:
    """Give a pause of so many seconds that a child's end cuts short.

    On Linux the kernel wakes this process at that end and not before: while a
    clock runs in the child, nothing of ours does. Elsewhere the pauses are short.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux, an old one, or a sandbox forbids it
        yield lambda left: time.sleep(min(left, _SHORT_PAUSE))
        return
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        yield lambda left: poll.poll(math.ceil(min(left, _LONG_PAUSE) * 1000))
    finally:
        os.close(descriptor)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill and reap a worker that is still there, and end what is left of its group."""
    process.kill()
    child.end_group(process.pid, process.poll)
    process.wait()
