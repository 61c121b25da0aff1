"""The reports folder: which of its folders are runs, who works in them, the lock."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from filelock import lock_descriptor

from tunecard.report.errors import ReadError
from tunecard.runner.schema import PREDICTIONS, RESULTS, OutputError

#: UTC time, study, hash, and a number where two began in one second: nothing else is a
#: run, so that samples, `latest` and what is being removed stay out.
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[a-z0-9][a-z0-9-]*", re.ASCII)
LATEST = "latest"
#: Held by the runner while it works in a run folder (runner/store/folders.py).
RUN_LOCK = ".lock"
JOURNAL = "journal.jsonl"
_LOCK = ".index.lock"
#: Longest wait for another process that writes the index, and between two tries, s.
PATIENCE, _PAUSE = 120.0, 0.05

#: mtime in ns, size in bytes, inode: a file with the same three is not read again.
Stamp: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class RunFolder:
    """A folder with a run's name, looked at and not read.

    ``results`` and ``predictions`` are None where the file is missing.
    """

    path: Path
    results: Stamp | None
    predictions: Stamp | None
    has_page: bool

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name


def run_folders(reports: Path) -> tuple[RunFolder, ...]:
    """List the run folders, the newest first.

    Links are left out: what they point to is listed where it is.

    Raises
    ------
    ReadError
        If the folder cannot be read.
    """
    try:
        with os.scandir(reports) as entries:
            names = [
                entry.name
                for entry in entries
                if RUN_ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except OSError as error:
        raise ReadError(
            f"--reports {reports}: cannot be read ({error.strerror or error}). "
            "Give the folder that 'tunecard run' writes into."
        ) from error
    return tuple(_look(reports / name) for name in sorted(names, reverse=True))


def _look(folder: Path) -> RunFolder:
    return RunFolder(
        path=folder,
        results=_stamp(folder / RESULTS),
        predictions=_stamp(folder / PREDICTIONS),
        has_page=_stamp(folder / "report.html") is not None,
    )


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def is_live(folder: Path) -> bool:
    """Return whether a process works in a run folder now."""
    if not (folder / RUN_LOCK).exists():
        return False
    with hold_run(folder) as free:
        return not free


@contextmanager
def hold_run(folder: Path) -> Iterator[bool]:
    """Keep runners out of a run folder; False where one is in it, or it is not ours."""
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context((folder / RUN_LOCK).open("ab"))
            free = lock_descriptor(stream.fileno(), blocking=False)
        except OSError:
            free = False
        if free and os.name == "nt":
            # An open file would keep its folder from being renamed. Nothing is measured
            # on Windows, so no runner can come in between.
            stack.close()
        yield free


@contextmanager
def hold_index(reports: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Keep other processes from writing the index meanwhile.

    The lock ends with the process, however that ends; its file stays, because a
    file that is removed while another waits for it would be locked twice.

    Raises
    ------
    OutputError
        If the folder cannot be written, or another holds it for too long.
    """
    try:
        stream = (reports / _LOCK).open("ab")
    except OSError as error:
        raise OutputError(
            f"--reports {reports}: cannot be written ({error.strerror or error}). "
            "Choose a folder that can be written."
        ) from error
    with stream:
        # Pauses are counted and no clock is read: a library may have frozen the time.
        for _ in range(round(patience / _PAUSE)):
            if _taken(stream.fileno()):
                break
            time.sleep(_PAUSE)
        else:
            raise OutputError(
                f"{reports / _LOCK}: held by another process for {patience:g} s. "
                "Try again with 'tunecard history'."
            )
        yield


def _taken(handle: int) -> bool:
    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:  # a file system without locks: each still writes a whole file
        return True
