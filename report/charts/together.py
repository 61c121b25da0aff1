"""Draws the pictures of a page on all cores, in processes that fork from this one."""

import contextlib
import ctypes
import json
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Final

from tunecard.report.charts.base import Drawing

if TYPE_CHECKING:  # Windows has none of them
    from multiprocessing.context import ForkContext, ForkProcess

#: More processes do not speed up a page: its largest picture takes longest.
MOST_PROCESSES: Final = 4
#: Below so many pictures a further process costs more than it saves.
LEAST_PICTURES: Final = 8
#: What a pipe of 64 KiB holds; pictures without a ticket are drawn when needed.
_MOST_TICKETS: Final = 2**14
#: Seconds to wait for a helper that has the whole page's pictures drawn in a fraction.
_PATIENCE: Final = 60.0


def draw_together(drawings: Sequence[Drawing], processes: int) -> None:
    """Draw pictures now, each once; the bytes are those of drawing them one by one.

    Each helper takes the next picture that is not taken yet, until there are none.
    Pictures that a helper fails to bring are left, and get drawn when they are
    needed; so an error is raised where it would have been raised without helpers.

    Parameters
    ----------
    drawings : sequence of Drawing
        Those to draw.
    processes : int
        How many to draw in, this one included; more than are of use are not
        started, and none where forking is not safe (:func:`may_fork`).
    """
    drawings = [drawing for drawing in drawings if not drawing.is_drawn]
    n_helpers = min(processes, MOST_PROCESSES, len(drawings) // LEAST_PICTURES + 1) - 1
    if n_helpers > 0 and may_fork():
        _draw_with_helpers(drawings, n_helpers)
    for drawing in drawings:
        str(drawing)


def may_fork() -> bool:
    """Return whether this process may be forked: on Linux, where no other thread runs.

    A thread of Python's own may hold a lock, which the copy would wait for for ever.
    Those of OpenBLAS and Arrow make ready for a fork by themselves.
    """
    return (
        sys.platform == "linux"
        and hasattr(os, "fork")
        and threading.active_count() == 1
        and not multiprocessing.current_process().daemon
    )


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _draw_with_helpers(drawings: Sequence[Drawing], n_helpers: int) -> None:
    context = multiprocessing.get_context("fork")
    # Numbers of pictures to draw, two bytes each: the process that reads one draws it.
    tickets, fill = os.pipe()
    numbers = range(min(len(drawings), _MOST_TICKETS))
    os.write(fill, b"".join(number.to_bytes(2, "big") for number in numbers))
    os.close(fill)
    helpers = [_start(context, drawings, tickets) for _ in range(n_helpers)]
    try:
        for number in _taken(tickets):
            str(drawings[number])
    finally:
        os.close(tickets)
        for process, end in helpers:
            _collect(process, end, drawings)


def _start(
    context: "ForkContext", drawings: Sequence[Drawing], tickets: int
) -> "tuple[ForkProcess, Connection]":
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_help, args=(os.getpid(), drawings, tickets, theirs), daemon=True
    )
    with warnings.catch_warnings():
        # Python 3.12 counts OpenBLAS' threads too; see may_fork.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded")
        process.start()
    theirs.close()
    return process, ours


def _help(parent: int, drawings: Sequence[Drawing], tickets: int, end: Connection) -> None:
    """Draw in a helper, and send all at the end: the pipe is not read before."""
    _end_with(parent)
    drawn = {number: drawings[number].parts for number in _taken(tickets)}
    end.send_bytes(json.dumps(drawn).encode())
    end.close()


def _end_with(parent: int) -> None:
    """End this process when its parent dies.

    Its own copy of the pipe's other end would let it wait for ever for a reader, and
    with it would stay what else it has of its parent's: the lock of the run's folder.
    """
    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _taken(tickets: int) -> Iterator[int]:
    """Take tickets until there are none: a read of a pipe is one process's alone."""
    while ticket := os.read(tickets, 2):
        yield int.from_bytes(ticket, "big")


def _collect(process: "ForkProcess", end: Connection, drawings: Sequence[Drawing]) -> None:
    """Take over what a helper drew, and end it."""
    try:
        if end.poll(_PATIENCE):
            for number, parts in json.loads(end.recv_bytes()).items():
                drawings[int(number)].take(parts)
    except EOFError:
        pass  # it failed and has reported it; its pictures are drawn here
    finally:
        end.close()
        process.kill()
        process.join()
