"""Which run goes on: a new one, or the newest unfinished one of the same work."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from runner import folders
from runner.datasets import Dataset
from runner.journal import JOURNAL, Journal, Value, read_header
from runner.schema import RESULTS, Environment, Study


@dataclass(frozen=True)
class Opened:
    """A run folder that is ours: locked, with its journal open.

    ``started`` is when the run first began, UTC, ISO 8601; ``n_sessions`` counts
    this one.
    """

    folder: Path
    journal: Journal
    lock: folders.Lock
    started: str
    n_sessions: int


def identity(study: Study, dataset: Dataset, environment: Environment) -> Value:
    """Say what finished work belongs to; work of another identity is not taken over.

    Returns
    -------
    dict
        Flat, so that a difference can be named: the study and the data as
        hashes, then versions and machine.
    """
    return {
        "study": _digest(study.model_dump_json()),
        "data": _digest(repr(sorted(dataset.info.sha256.items()))),
        "tunecard": environment.tunecard,
        "python": environment.python,
        **environment.packages,
        "cpu": environment.cpu,
        "cores": environment.logical_cores,
        "memory": environment.memory,
    }


def open_run(
    reports: Path,
    run_id: str,
    identity: Value,
    now: datetime,
    *,
    fresh: bool,
    notice: Callable[[str], None],
) -> Opened:
    """Open the newest unfinished run of the same identity, or a new one.

    Parameters
    ----------
    reports : Path
        Where run folders are kept.
    run_id : str
        The name of a new run.
    identity : dict
        From `identity`.
    now : datetime
        UTC.
    fresh : bool
        Whether to begin anew in any case.
    notice : callable
        Told which run goes on, and which one does not and why.

    Returns
    -------
    Opened

    Raises
    ------
    OutputError
        If a folder or a journal cannot be written.
    """
    for folder, header, lock in () if fresh else _unfinished(reports, identity["study"]):
        theirs = header.get("identity", {})
        unlike = [key for key in identity if theirs.get(key) != identity[key]]
        if unlike:
            lock.release()
            differences = "; ".join(
                f"{key} {theirs.get(key)} there, {identity[key]} here" for key in unlike
            )
            notice(
                f"{folder}: an unfinished run of this study is left alone: {differences}."
            )
            continue
        opened = _open(folder, lock, header, now)
        torn = (
            " Its last line was cut off and is done again." if opened.journal.torn else ""
        )
        notice(
            f"{folder}: goes on after {len(opened.journal)} finished pieces of work.{torn}"
        )
        return opened
    folder = folders.make(reports, run_id)
    header = {"identity": identity, "started": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    return _open(folder, folders.Lock(folder), header, now)


def _open(folder: Path, lock: folders.Lock, header: Value, now: datetime) -> Opened:
    journal = Journal(folder, header)
    number = 1
    while journal.recall(f"session {number}") is not None:
        number += 1
    journal.record(f"session {number}", {"started": f"{now:%Y-%m-%dT%H:%M:%SZ}"})
    return Opened(folder, journal, lock, str(header.get("started", "")), number)


def _unfinished(reports: Path, study: str) -> Iterator[tuple[Path, Value, folders.Lock]]:
    """Yield the unlocked unfinished runs of a study, the newest first, each locked."""
    for journal in sorted(reports.glob(f"*/{JOURNAL}"), reverse=True):
        folder = journal.parent
        header = read_header(folder)
        if folder.is_symlink() or (folder / RESULTS).exists() or header is None:
            continue
        if not isinstance(header.get("identity"), dict):
            continue
        if header["identity"].get("study") != study:
            continue
        try:
            lock = folders.Lock(folder)
        except OSError:
            continue  # a live run's, or not ours to write
        yield folder, header, lock


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
