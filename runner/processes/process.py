"""A worker process: its environment, its end, and what it printed."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tunecard.runner.host import processes
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.host.cores import WAIT_VARIABLES
from tunecard.runner.schema import Status

# What a worker may see of the caller's environment; the rest could change a
# measurement without leaving a trace in the results. How threads wait is recorded there.
ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    *WAIT_VARIABLES,
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
WORKER = "tunecard.runner.clock.worker"
_LOOK = 0.005  # seconds between looks at workers that run side by side
_TAIL = 2_000  # characters of a failed worker's stderr that are kept
# Signals that are often sent to all processes of a job at once, and how long until
# one that is meant for this process, too, has surely reached it.
_SENT_TO_ALL = ("SIGHUP", "SIGINT", "SIGKILL", "SIGQUIT", "SIGTERM")
_REACHES_US = 1.0  # seconds


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
    its parent held at the moment it was started. A worker that can reports its own.
    """

    status: Status
    peak_memory: int
    reason: str | None = None
    stderr_tail: str | None = None


class ForkedProcess(processes.Endable, Protocol):
    """A worker that a template has forked; its memory is known once it has ended."""

    stdout: IO[bytes] | None
    peak: int

    def wait(self, seconds: float = ...) -> int | None:
        """Wait so long for its end."""
        ...


class Forks(Protocol):
    """Forks workers, as :class:`tunecard.runner.processes.template.Templates` does."""

    def fork(
        self, module: str, folder: Path, model: str | None, *, threads: int
    ) -> ForkedProcess | None:
        """Fork a worker; None where it needs a new process."""
        ...


def run_worker(
    folder: Path,
    environ: Mapping[str, str],
    *,
    threads: int,
    seconds: float,
    module: str = WORKER,
    templates: Forks | None = None,
    model: str | None = None,
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
        What the worker runs, a module of this package; its ``main`` receives
        the folder.
    templates : Forks or None
        Where the worker is forked from, with the same environment and threads; None, or
        one that cannot serve it, for a new process.
    model : str or None
        The model that it works on, by its name.

    Returns
    -------
    Ended
        ``ok`` when it ended by itself with code 0.
    """
    process = _start(
        folder, environ, threads=threads, module=module, templates=templates, model=model
    )
    tail = _Tail(process.stdout)
    try:
        code, peak = _wait(process, seconds)
    finally:
        processes.end(process)
    return _ended(code, peak, tail, seconds)


def run_workers(
    jobs: Sequence[tuple[Path, str | None]],
    environ: Mapping[str, str],
    *,
    threads: int,
    seconds: float,
    at_once: int,
    templates: Forks | None = None,
) -> Generator[tuple[int, Ended, float], None, None]:
    """Run the workers of several jobs, some at a time; see :func:`run_worker`.

    Parameters
    ----------
    jobs : sequence of (Path, str or None)
        Each job's folder, and the name of the model that it works on.
    environ, threads, seconds, templates
        As of :func:`run_worker`, the same for each.
    at_once : int
        Workers that run at the same time.

    Yields
    ------
    int, Ended, float
        A job's position, how its worker ended, and after how many seconds, in the order
        they end. All that still run are ended where the caller stops before the last.
    """
    left = list(enumerate(jobs))[::-1]
    running: dict[int, tuple[subprocess.Popen[bytes] | ForkedProcess, _Tail, float]] = {}

    def occupy() -> None:
        while left and len(running) < at_once:
            number, (folder, model) = left.pop()
            process = _start(
                folder, environ, threads=threads, templates=templates, model=model
            )
            running[number] = process, _Tail(process.stdout), monotonic()

    try:
        while left or running:
            occupy()
            for number, (process, tail, begun) in tuple(running.items()):
                passed = monotonic() - begun
                over = _look(process)
                if over is None and passed < seconds:
                    continue
                del running[number]
                processes.end(process)
                code, peak = over or (None, getattr(process, "peak", 0))
                ended = _ended(code, peak, tail, seconds)
                occupy()  # the next is at work while the caller records this one
                yield number, ended, passed
            if running:
                time.sleep(_LOOK)
    finally:
        for process, _, _ in running.values():
            processes.end(process)


def _start(
    folder: Path,
    environ: Mapping[str, str],
    *,
    threads: int,
    module: str = WORKER,
    templates: Forks | None,
    model: str | None,
) -> subprocess.Popen[bytes] | ForkedProcess:
    """Fork a worker from a template, or start a process where none can serve it."""
    forked = templates and templates.fork(module, folder, model, threads=threads)
    return forked or processes.start(
        START,
        module,
        str(folder),
        environ=worker_environment(environ, threads),
        output=subprocess.PIPE,
    )


def _look(process: subprocess.Popen[bytes] | ForkedProcess) -> tuple[int, int] | None:
    """Return the code and the highest memory of a worker that has ended."""
    if isinstance(process, subprocess.Popen):
        peak = processes.reap(process)
        return None if peak is None else (process.returncode, peak)
    code = process.poll()
    return None if code is None else (code, process.peak)


def _ended(code: int | None, peak: int, tail: "_Tail", seconds: float) -> Ended:
    """Describe a worker's end: its code, None where its time was up, and its output."""
    text = tail.read()
    if code is None:
        limit = f"ran longer than limits.case_seconds = {seconds:g} s"
        return Ended("timeout", peak, limit, text)
    if code < 0:
        wait_for_own_end(-code)
        return Ended("killed", peak, f"ended by {processes.signal_name(-code)}", text)
    if code > 0:
        last = text.splitlines()[-1] if text else "no message"
        return Ended("failed", peak, f"worker ended with code {code}: {last}"[:500], text)
    return Ended("ok", peak, stderr_tail=text)


def _wait(
    process: subprocess.Popen[bytes] | ForkedProcess, seconds: float
) -> tuple[int | None, int]:
    """Wait for a worker; its code, None where its time was up, and its highest memory."""
    if isinstance(process, subprocess.Popen):
        return processes.wait(process, seconds)
    code = process.wait(seconds)
    if code is None:
        process.kill()
        process.wait()
    return code, process.peak


def wait_for_own_end(number: int) -> None:
    """Give a signal that ended a worker a moment to reach this process as well.

    A job's supervisor (systemd, Slurm, a CI system) may signal all its processes. What
    the worker was at is then not over, and must not be recorded as a failure.
    """
    if processes.signal_name(number) in _SENT_TO_ALL:
        time.sleep(_REACHES_US)


class _Tail:
    """Reads what a worker prints, however much, and keeps the end of it."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._kept = b""
        self._stream = stream
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
