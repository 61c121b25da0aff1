"""What a child process decides of itself: its end with its parent, and its memory.

The kernel ends a child whose parent dies, but not what the child has started: the
processes of an estimator with ``n_jobs`` would go on, for nobody. So a guard, forked
off before anything large is imported, waits beside each child and ends its group.
"""

import atexit
import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tunecard.runner.host.clocks import monotonic

GRACE = 1.0  # seconds in which the processes of a group may end by themselves


def die_with(parent: int) -> None:
    """End this process when its parent dies.

    Parameters
    ----------
    parent : int
        The parent's process id.
    """
    if sys.platform.startswith("linux"):
        pr_set_pdeathsig = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
        return
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def guard_group() -> None:
    """End this process's group when this process ends, however it does.

    To be called by the leader of a group, while it has no threads. A process that
    has left the group is out of reach.
    """
    leader = os.getpid()
    if os.getpgrp() != leader:  # the group is its caller's
        return
    guard = os.fork()
    if guard == 0:
        try:
            _guard(leader)
        finally:
            os._exit(1)

    def dismiss() -> None:
        if os.getpid() == leader:  # a fork inherits what is done at the end
            with contextlib.suppress(OSError):
                os.kill(guard, signal.SIGKILL)
                os.waitpid(guard, 0)

    # What is registered first is done last: by then nothing of the group should be left.
    atexit.register(dismiss)


def _guard(leader: int) -> None:
    """Wait for the end of a group's leader, our parent; then end the group."""
    os.setsid()  # out of the group, so that it can be seen to be empty
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # A pipe that is held here would look open to who waits for its end.
    for path in tuple(Path("/dev/fd").iterdir()):
        with contextlib.suppress(OSError):
            os.close(int(path.name))
    with contextlib.suppress(AttributeError, OSError):  # not Linux, or an old one
        poll = select.poll()
        poll.register(os.pidfd_open(leader), select.POLLIN)
        if os.getppid() == leader:
            poll.poll()
    while os.getppid() == leader:
        time.sleep(1)
    end_group(leader)


def end_group(leader: int, reap: Callable[[], object] = lambda: None) -> None:
    """End the processes of a group: they are asked to, and killed a moment later.

    The process that cleans up behind others, joblib's and multiprocessing's resource
    tracker, ignores being asked, and ends by itself when it is done.

    Parameters
    ----------
    leader : int
        The process whose group it is; it may be gone.
    reap : callable
        Called again and again meanwhile, for who is the leader's parent: a process
        that is not reaped is still one of the group.
    """
    deadline = monotonic() + GRACE
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
        os.killpg(leader, signal.SIGTERM)
        while monotonic() < deadline:
            reap()
            os.killpg(leader, 0)
            time.sleep(0.01)
        os.killpg(leader, signal.SIGKILL)


def limit_memory(memory: int) -> None:
    """Let this process hold so many bytes of data, as far as it may decide that.

    Parameters
    ----------
    memory : int
        Bytes of ``RLIMIT_DATA``: what is mapped from a file is not counted.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        memory = min(memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
