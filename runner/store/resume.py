"""Which run to continue: a new one, or the newest unfinished one of the same work."""

import contextlib
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import OutputError
from tunecard.runner.schema import RESULTS, Environment, Study
from tunecard.runner.store import folders
from tunecard.runner.store.hashes import hashes_of
from tunecard.runner.store.journal import (
    JOURNAL,
    Checkpoint,
    Journal,
    Value,
    read_header,
)

#: The key under which the checksums of a whole run's data stand, and what they are of.
WRITTEN = "results"
_DATA = (RESULTS, "*.parquet")
#: Keys of a search, where a study has several seeds as well.
_OF_A_SEARCH = re.compile(r"(seed \d+ )?search ")


@dataclass(frozen=True)
class Opened:
    """A run folder that this process has locked, with its journal open.

    Attributes
    ----------
    started : str
        When the run first began, UTC, ISO 8601.
    n_sessions : int
        How often it was started or went on, this time included.
    measured : bool
        Whether its results.json is written, and only its report may be missing.
    """

    folder: Path
    journal: Journal
    lock: folders.Lock
    started: str
    n_sessions: int
    measured: bool = False


def identity(
    study: Study, dataset: Dataset, environment: Environment, code: Mapping[str, str]
) -> Value:
    """Name what finished work belongs to; work of another identity is not taken over.

    Parameters
    ----------
    study, dataset, environment
        Of the run.
    code : mapping of str to str
        A hash of each module of the user's own that the study's classes are from.

    Returns
    -------
    dict
        Flat, so that a difference can be named: the study and the data as
        hashes, then versions and machine.
    """
    return {
        "study": _digest(study.without_content().model_dump_json()),
        "data": _digest(repr(sorted(dataset.info.sha256.items()))),
        "tunecard": environment.tunecard,
        "python": environment.python,
        **environment.packages,
        **code,
        "cpu": environment.cpu,
        "cores": environment.logical_cores,
        "memory": environment.memory,
    }


def boot(boot_id: str | None) -> str:
    """Name what is true until the machine is rebooted, as keys of a journal do."""
    return f"boot {boot_id}"


def open_run(
    reports: Path,
    run_id: str,
    identity: Value,
    now: datetime,
    *,
    boot_id: str | None,
    fresh: bool,
    notice: Callable[[str], None],
) -> Opened:
    """Open the newest unfinished run of the same identity, or a new one.

    A run is unfinished while its journal is there: the journal is removed when the
    report is written.

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
    boot_id : str or None
        Since when the machine runs; rounds from before are timed again.
    fresh : bool
        Whether to begin again in any case.
    notice : callable
        Receives which run is resumed and what of it is kept, and which is not and why.

    Returns
    -------
    Opened

    Raises
    ------
    OutputError
        If a folder or a journal cannot be written.
    """
    for folder, header, lock in () if fresh else _unfinished(reports, identity["study"]):
        unlike = _find_differences(header["identity"], identity)
        if unlike:
            lock.release()
            notice(
                f"{folder}: an unfinished run of this study is left alone, because it "
                f"would not be the same work: {'; '.join(unlike)}."
            )
            continue
        opened = _open(folder, lock, header, now, notice)
        notice(f"{folder}: resumes. {_describe_kept(opened, boot(boot_id))}")
        return opened
    for damaged in () if fresh else _unreadable(reports, run_id):
        notice(
            f"{damaged}: an unfinished run of this study cannot be resumed, because its "
            f"{JOURNAL} is damaged. It stays as it is; a new run begins."
        )
    folder = folders.make(reports, run_id)
    header = {"identity": identity, "started": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    try:
        return _open(folder, folders.Lock(folder), header, now, notice)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # made a moment ago, and empty
        raise


def _open(
    folder: Path,
    lock: folders.Lock,
    header: Value,
    now: datetime,
    notice: Callable[[str], None],
) -> Opened:
    with contextlib.ExitStack() as opening:
        opening.callback(lock.release)
        journal = opening.enter_context(Journal(folder, header, notice))
        measured = _is_measured(folder, journal)
        number = 1
        while journal.recall(f"session {number}") is not None:
            number += 1
        journal.record(f"session {number}", {"started": f"{now:%Y-%m-%dT%H:%M:%SZ}"})
        opening.pop_all()
    return Opened(folder, journal, lock, str(header.get("started", "")), number, measured)


def _unfinished(reports: Path, study: str) -> Iterator[tuple[Path, Value, folders.Lock]]:
    """Yield the unlocked unfinished runs of a study, the newest first, each locked."""
    for journal in sorted(reports.glob(f"*/{JOURNAL}"), reverse=True):
        folder = journal.parent
        if folder.is_symlink() or _header(folder, study) is None:
            continue
        try:
            lock = folders.Lock(folder)
        except (folders.Held, OutputError):
            continue  # a live run's, or not ours to write
        # Its holder until now may have finished or resumed it.
        header = _header(folder, study)
        if header is None:
            lock.release()
            continue
        yield folder, header, lock


def _unreadable(reports: Path, run_id: str) -> Iterator[Path]:
    """Yield runs of the study that `run_id` names whose journal cannot be read."""
    _, _, study = run_id.partition("-")
    for journal in sorted(reports.glob(f"*-{study}*/{JOURNAL}")):
        header = None
        with contextlib.suppress(OutputError):
            header = read_header(journal.parent)
        if header is None and not journal.parent.is_symlink():
            yield journal.parent


def _header(folder: Path, study: str) -> Value | None:
    """Read the header of an unfinished run; None where it is another study's, or none."""
    try:
        header = read_header(folder)
    except OutputError:
        return None
    theirs = header.get("identity") if header else None
    return header if isinstance(theirs, dict) and theirs.get("study") == study else None


def record_written(memory: Checkpoint, folder: Path) -> None:
    """Record that all is measured and written: only the report may be missing.

    Parameters
    ----------
    memory : Checkpoint
        The run's.
    folder : Path
        The run folder.
    """
    memory.record(WRITTEN, {"files": hashes_of(folder, *_DATA)})


def _is_measured(folder: Path, journal: Journal) -> bool:
    """Return whether all is measured and whole; what is damaged is made again."""
    written = journal.recall(WRITTEN)
    if written is None:
        return False
    if written.get("files") == hashes_of(folder, *_DATA):
        return True
    journal.reject(WRITTEN)
    return False


def _find_differences(theirs: Value, ours: Value) -> list[str]:
    """Name what a finished piece of work would not be the same for."""
    differences = []
    for key in dict.fromkeys([*ours, *theirs]):
        there, here = theirs.get(key), ours.get(key)
        if there == here:
            continue
        if key == "data":
            differences.append("the data has other content")
        else:
            differences.append(f"{key} {_show(there)} there, {_show(here)} here")
    return differences


def _show(value: object) -> str:
    return "none" if value is None else str(value)


def _describe_kept(opened: Opened, this_boot: str) -> str:
    """Describe in a sentence or two what of an unfinished run is kept, and what is not."""
    if opened.measured:
        return "All of it is measured; its report is written."
    done = opened.journal.done
    # "boot <id> round <number> <case>"; the kernel's "calibration round" is none.
    timed = [
        key for key in done if key.startswith("boot ") and key.split(" ")[2] == "round"
    ]
    rounds = [key for key in timed if key.startswith(f"{this_boot} ")]
    kept = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for name, count in (
            ("candidate score", _n_scores(done)),
            ("timed round", len(rounds)),
        )
        if count
    ]
    notes = [f"Kept: {' and '.join(kept)}." if kept else "Nothing of it was finished yet."]
    if len(timed) > len(rounds):
        notes.append(
            f"Timed again, because the machine was rebooted: "
            f"{len(timed) - len(rounds)} rounds."
        )
    if opened.journal.dropped == 1:
        notes.append("Its last line was cut off; that piece of work is done again.")
    elif opened.journal.dropped:
        notes.append(
            f"{opened.journal.dropped} lines of its journal are damaged; their work is "
            "done again."
        )
    return " ".join(notes)


def _n_scores(done: Mapping[str, Value]) -> int:
    """Count scores of candidates: a line holds one, or those of all on a shared fold."""
    return sum(
        len(value["scores"]) if isinstance(value.get("scores"), list) else 1
        for key, value in done.items()
        if _OF_A_SEARCH.match(key)
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
