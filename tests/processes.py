"""Looks for processes from outside, as a watcher of the machine does."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import psutil


def alive(process: psutil.Process) -> bool:
    """Tell whether a process is at work; one that only waits to be reaped is not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def marked(folder: Path) -> Iterator[psutil.Process]:
    """Yield the living processes whose TMPDIR is a folder; workers inherit it."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            if process.environ().get("TMPDIR") == str(folder) and alive(process):
                yield process


def wait_until_gone(*processes: psutil.Process) -> None:
    """Wait until processes have ended; fail where some have not within a generous time."""
    deadline = time.monotonic() + 60
    while left := [process for process in processes if alive(process)]:
        assert time.monotonic() < deadline, f"still at work: {left}"
        time.sleep(0.05)
