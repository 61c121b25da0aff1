"""A real Dask cluster on loopback: a scheduler and workers, each a process of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 60  # that any of them is given to start; generous, and rarely used up


class Processes:
    """A scheduler and its workers.

    Attributes
    ----------
    address : str
        The scheduler's.
    scheduler : Popen
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        file = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file
        )
        self._all = [self.scheduler]
        try:
            self.address = _address_in(file)
        except BaseException:
            self.end()
            raise

    def add_workers(self, number: int) -> None:
        """Start workers of one thread, and wait until they are there."""
        import distributed

        each = "--nworkers", str(number), "--nthreads", "1"
        where = "--local-directory", self._folder
        self._all.insert(0, self._start("worker", self.address, *each, *where))
        client: Any = distributed.Client  # published without types
        with client(self.address, set_as_default=False) as waiting:
            waiting.wait_for_workers(number, timeout=_SECONDS)

    def kill_scheduler(self) -> None:
        """End the scheduler as the system does that is out of memory."""
        self.scheduler.kill()
        self.scheduler.wait()

    def end(self) -> None:
        """End all of them with what they started; there is nothing to tidy up."""
        for process in self._all:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, what: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        # Tests' own estimators are found by the name of their file.
        path = os.pathsep.join(str(p) for p in (ROOT, ROOT / "tests" / "test_runner"))
        return subprocess.Popen(
            [sys.executable, "-m", "dask", what, *arguments, "--no-dashboard"],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def _address_in(file: Path) -> str:
    """Wait for the scheduler to write where it listens, and give that.

    The file is there, and empty, a moment before its text is.
    """
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return str(json.loads(file.read_text("utf-8"))["address"])
        time.sleep(0.05)
    raise TimeoutError("the scheduler did not start")


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[Processes]:
    """Give a running cluster, and end it."""
    processes = Processes(folder)
    try:
        processes.add_workers(workers)
        yield processes
    finally:
        processes.end()
