"""What a child process decides of itself: its end with its parent, and its memory."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import threading
import time


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
