"""Processes beside the tests: forks, and what a watcher of the machine sees of them."""

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

import psutil


def forked(work: Callable[[Connection], object]) -> tuple[ForkProcess, Connection]:
    """Do something in a copy of this process, with all that is imported here.

    Returns when that has sent something through the connection that it is given, and
    with the other end of it. Locks that are held here are held by the copy as well.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=work, args=(theirs,))
    process.start()
    theirs.close()
    ours.recv()
    return process, ours


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


def wait_until_gone(*processes: psutil.Process | int) -> None:
    """Wait until processes have ended; fail where some have not within a generous time."""
    known = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            known.append(psutil.Process(process) if isinstance(process, int) else process)
    deadline = time.monotonic() + 60
    while left := [process for process in known if alive(process)]:
        assert time.monotonic() < deadline, f"still at work: {left}"
        time.sleep(0.05)
