"""A process and all that it starts: begun in a group of its own, waited for, ended."""

import contextlib
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tunecard.runner.host import child, machine
from tunecard.runner.host.clocks import monotonic

_SHORT_PAUSE = 0.05
_LONG_PAUSE = 3_600.0  # seconds; poll accepts no number over 2**31 ms


def start(
    script: Path,
    *arguments: str,
    environ: Mapping[str, str],
    output: int = subprocess.DEVNULL,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start our interpreter on a script, as the leader of a group of its own.

    Parameters
    ----------
    script : Path
        A file of Python; its folder does not come onto the path.
    *arguments : str
        For the script, which gets this process's id as one more.
    environ : mapping
        The process's environment, whole.
    output : int
        Where its stdout and stderr go, as :class:`subprocess.Popen` takes it.
    keep : sequence of int
        File descriptors that stay open in it.
    """
    return subprocess.Popen(  # noqa: S603 # our own interpreter and script
        [sys.executable, "-P", str(script), *arguments, str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output == subprocess.PIPE else output,
        env=environ,
        pass_fds=keep,
        start_new_session=True,
    )


def wait(process: subprocess.Popen[bytes], seconds: float) -> tuple[int | None, int]:
    """Wait for a process; kill it when its time is up.

    Parameters
    ----------
    process : Popen
        A child of this process that nobody else waits for.
    seconds : float
        Time limit.

    Returns
    -------
    (int or None, int)
        Its exit code, negative for a signal, None when its time was up; and its highest
        resident set in bytes, exact for this very child, also when it was killed.
    """
    deadline = monotonic() + seconds
    with _pause(process.pid) as pause:
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            left = deadline - monotonic()
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


class Endable(Protocol):
    """A process that leads a group: of our own, or of a template's."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    def poll(self) -> int | None:
        """Return its exit code; None while it runs."""
        ...

    def kill(self) -> None:
        """Kill it, if it is still there."""
        ...

    def wait(self) -> int | None:
        """Wait for its end."""
        ...


def end(process: Endable) -> None:
    """Kill and reap a process that is still there, and end what is left of its group."""
    process.kill()
    child.end_group(process.pid, process.poll)
    process.wait()


def reap(process: subprocess.Popen[bytes]) -> int | None:
    """Take a child that has ended, and return its highest resident set in bytes.

    Parameters
    ----------
    process : Popen
        A child of this process that nobody else waits for; its code is noted in it.

    Returns
    -------
    int or None
        None while it runs.
    """
    pid, status, used = os.wait4(process.pid, os.WNOHANG)
    if not pid:
        return None
    process.returncode = os.waitstatus_to_exitcode(status)
    return machine.bytes_of_maxrss(used.ru_maxrss)


def signal_name(number: int) -> str:
    """Name a signal: ``SIGKILL`` for 9; ``signal 42`` where it has no name.

    Examples
    --------
    >>> signal_name(9)
    'SIGKILL'
    """
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
