"""Remote places, queried one after another within one limit of time."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.runner.datasets.values import Progress
from tunecard.runner.host.clocks import monotonic

FETCHER = (sys.executable, "-P", str(Path(__file__).with_name("fetcher.py")))
_POLL = 0.1
# Of the time a remote has for its first byte, the part that one wait of a socket
# may take: a remote that is silent then mostly gives its own reason.
_SOCKET_SHARE = 0.6


@dataclass(frozen=True)
class Remote:
    """A place to fetch from.

    Attributes
    ----------
    title : str
        Its name in messages.
    job : dict
        The job of the fetcher, its timeout aside.
    n_bytes : int or None
        How many bytes will arrive, where that is known.
    """

    title: str
    job: Mapping[str, Any]
    n_bytes: int | None = None


def fetch_in_turn(
    remotes: Sequence[Remote],
    folder: Path,
    *,
    silence: float,
    limit: float,
    progress: Progress | None = None,
    command: Sequence[str] = FETCHER,
    clock: Callable[[], float] = monotonic,
) -> Iterator[tuple[Remote, str | None]]:
    """Query each remote in turn; the caller stops when satisfied.

    The time left for silence is shared equally among the remotes not yet
    queried, so a remote that fails at once leaves its share to the others.

    Parameters
    ----------
    remotes : sequence of Remote
        In the order in which they are queried.
    folder : Path
        Where the files land; the next remote continues with what one left there.
    silence : float
        Seconds for all of them together when none sends a byte.
    limit : float
        Seconds for all of them together, whatever they send.
    command : sequence of str
        The fetcher; it is given the job and the folder.

    Yields
    ------
    remote : Remote
    reason : str or None
        Why it failed; None when its files are in the folder.
    """
    silence_left, end = silence, clock() + limit
    for position, remote in enumerate(remotes):
        start = clock()
        if start >= end:
            yield remote, f"not queried, the {limit:.0f} s for all remotes were over"
            continue
        share = silence_left / (len(remotes) - position)
        reason = _fetch(
            remote,
            folder,
            first_byte=min(share, end - start),
            limit=end - start,
            progress=progress,
            command=command,
            clock=clock,
        )
        silence_left -= min(clock() - start, share)
        yield remote, reason


def _fetch(
    remote: Remote,
    folder: Path,
    *,
    first_byte: float,
    limit: float,
    progress: Progress | None,
    command: Sequence[str],
    clock: Callable[[], float],
) -> str | None:
    """Run the fetcher once; return why it failed, or None.

    A process and not a thread, because a name look-up that hangs can be ended
    in no other way, and because scikit-learn needs a few times the size of
    what it parses.
    """
    job = json.dumps({**remote.job, "timeout": max(first_byte * _SOCKET_SHARE, 0.1)})
    at_start, start = _size(folder), clock()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(  # noqa: S603 # our own script, no shell
            [*command, job, str(folder)],
            stdin=subprocess.PIPE,  # held open for as long as this process lives
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=_POLL)
                    break
                size, elapsed = _size(folder), clock() - start
                if size <= at_start and elapsed > first_byte:
                    return f"no answer within {first_byte:.1f} s"
                if elapsed > limit:
                    return f"not done within {limit:.0f} s"
                if progress is not None and size > at_start:
                    progress(size, remote.n_bytes)
        finally:
            child.kill()
            child.communicate()
        if child.returncode == 0:
            if progress is not None:  # all of it, also what came since the last look
                progress(_size(folder), remote.n_bytes)
            return None
        output.seek(0)
        lines = output.read().decode("utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else f"the fetcher ended with {child.returncode}"


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder that another process writes into."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # moved since it was listed
            if path.is_file():
                total += path.stat().st_size
    return total
