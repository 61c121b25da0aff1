"""The reports folder -> all its runs; only what is new or changed is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from tunecard.report import formats
from tunecard.report.errors import ReadError
from tunecard.report.history.cache import CachedRun, read_cache, unchanged
from tunecard.report.history.digest import Unfinished, Unreadable, digest
from tunecard.report.history.places import JOURNAL, RunFolder, is_live, run_folders
from tunecard.report.history.types import HistoryEntry, Left, study_of

if TYPE_CHECKING:
    from tunecard.report.analyze import Analysis

CACHE = ".index-cache.jsonl"


@dataclass(frozen=True)
class History:
    """Every run of a reports folder, the newest first.

    Attributes
    ----------
    entries : tuple of HistoryEntry
        The runs.
    left : tuple of Left
        Folders with a run's name that hold none, or one that cannot be read.
    pages : frozenset of str
        Names of the runs that have a page.
    cache : tuple of CachedRun
        What does not have to be read again.
    n_read : int
        Runs that were opened now.
    """

    entries: tuple[HistoryEntry, ...]
    left: tuple[Left, ...]
    pages: frozenset[str]
    cache: tuple[CachedRun, ...]
    n_read: int


def read_history(
    reports: Path, analyses: "Mapping[str, Analysis]" = MappingProxyType({})
) -> History:
    """Read the runs of a folder.

    Parameters
    ----------
    reports : Path
        The reports folder.
    analyses : mapping of str to Analysis
        Those that have been made already, by the names of their runs.

    Returns
    -------
    History

    Raises
    ------
    ReadError
        If the folder cannot be read. A run that cannot be is listed with its
        reason.
    """
    before = read_cache(reports / CACHE)
    folders = run_folders(reports)
    entries: list[HistoryEntry] = []
    left: list[Left] = []
    cache: list[CachedRun] = []
    n_read = 0
    for folder in folders:
        if folder.results is None:
            left.append(_unfinished(folder))
            continue
        run = unchanged(before, folder)
        if run is None:
            n_read += 1
            try:
                run, lasting = _read(folder, analyses.get(folder.name))
            except Unfinished:
                left.append(_unfinished(folder))
                continue
        else:
            lasting = True
        if lasting:
            cache.append(run)
        if run.entry is not None:
            entries.append(run.entry)
        else:
            left.append(Left(folder.name, "damaged", run.reason or ""))
    pages = frozenset(folder.name for folder in folders if folder.has_page)
    return History(tuple(entries), tuple(left), pages, tuple(cache), n_read)


def _read(folder: RunFolder, analysis: "Analysis | None") -> tuple[CachedRun, bool]:
    """Open a run; the second value is whether the result may be cached."""
    assert folder.results is not None
    stamps = {"results": folder.results, "predictions": folder.predictions}
    try:
        entry = digest(folder.path, analysis)
    except Unreadable as error:
        made = CachedRun.model_validate(
            {"run": folder.name, **stamps, "reason": str(error)}
        )
        return made, error.lasting
    return CachedRun.model_validate({"run": folder.name, **stamps, "entry": entry}), True


def _unfinished(folder: RunFolder) -> Left:
    if is_live(folder.path):
        return Left(folder.name, "running", "it is being measured now")
    if (folder.path / JOURNAL).exists():
        reason = "it was interrupted; the same command resumes it"
        return Left(folder.name, "unfinished", reason)
    return Left(folder.name, "unfinished", "it holds neither results nor a journal")


def of_study(
    history: History, study: str | None
) -> tuple[tuple[HistoryEntry, ...], tuple[Left, ...]]:
    """Pick the runs of a study, and the folders that were named after it.

    Parameters
    ----------
    history : History
        All.
    study : str or None
        Its name; None for all.

    Raises
    ------
    ReadError
        If it has no run; the message names the studies that have.
    """
    if study is None:
        return history.entries, history.left
    entries = tuple(entry for entry in history.entries if entry.study == study)
    left = tuple(folder for folder in history.left if study_of(folder.run) == study)
    if not entries and not left:
        names = formats.listed(sorted({entry.study for entry in history.entries})) or "none"
        raise ReadError(
            f"--study {study}: no run of this study. Studies with runs: {names}."
        )
    return entries, left
