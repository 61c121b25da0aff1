"""A process of a pool and its pipe: what it answered, and how it died."""

import contextlib
import subprocess
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NamedTuple

from tunecard.runner.errors import OutputError, is_disk_full
from tunecard.runner.host import processes
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.processes.process import wait_for_own_end
from tunecard.runner.processes.template import Forked
from tunecard.runner.search.scoring import FoldScore


class Piece(NamedTuple):
    """A piece of work: one candidate on one fold, by their positions."""

    candidate: int
    fold: int


@dataclass
class PoolProcess:
    """A scorer at work on pieces of a fold until a deadline; idle without one."""

    process: subprocess.Popen[bytes] | Forked
    pipe: Connection
    pieces: tuple[Piece, ...]  # it answers them in this order
    deadline: float
    started: bool = False
    n_done: int = 0
    fold: int | None = None  # of the piece before
    is_grouped: bool = False  # it was sent several pieces at once

    def send(self, work: bytes, seconds: float) -> None:
        """Begin the work on its pieces, each of which has so many seconds."""
        self.is_grouped = len(self.pieces) > 1
        self.deadline = monotonic() + seconds * len(self.pieces)
        # One that has died is detected when its answer is waited for.
        with contextlib.suppress(OSError):
            self.pipe.send_bytes(work)


def check_room(scored: FoldScore) -> None:
    """Refuse to record a score as failed that had no room on the disk."""
    if scored.reason is not None and is_disk_full(scored.reason):
        raise OutputError(
            f"A candidate of the search found the disk full ({scored.reason[:200]}). What "
            "is finished is kept; make space and run the same command to resume."
        )


def describe_death(worker: PoolProcess) -> FoldScore:
    """Make the score of a piece of work that ended its process."""
    kill(worker.process)  # it may be closing its pipe only now
    code = worker.process.returncode or 0
    how = f"exit code {code}"
    if code < 0:
        wait_for_own_end(-code)
        how = processes.signal_name(-code)
    when = "over it" if worker.started else "before it could begin"
    reason = f"the process died {when} ({how}): a crash, or out of memory"
    return FoldScore(score=None, cpu_seconds=0.0, reason=reason, failure="died")


def kill(process: subprocess.Popen[bytes] | Forked) -> None:
    """End a process, and wait until it has ended."""
    # One that is ending by itself is left a moment to say how.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.2)
    processes.end(process)


def read_answer(pipe: Connection) -> bytes | None:
    """Return what a process sent; None where it will never send anything again."""
    try:
        return pipe.recv_bytes()
    except (EOFError, OSError):
        return None
