"""Removes old runs: the plan comes first, and runs are renamed before they are deleted."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tunecard.report.history.index import SHIPPED, update_index
from tunecard.report.history.places import JOURNAL, LATEST, hold_index, hold_run, is_live
from tunecard.report.history.read import of_study, read_history
from tunecard.report.history.trend import by_group
from tunecard.report.history.types import Left
from tunecard.report.theme import PageTheme
from tunecard.runner.schema import OutputError

#: An unfinished run that changed since is not removed: it may be resumed.
UNFINISHED_SECONDS = 24 * 3600
_TRASH = ".trash-"


@dataclass(frozen=True)
class PrunePlan:
    """What would be removed.

    Attributes
    ----------
    runs, unfinished : tuple of str
        Names, the newest first.
    kept : int
        Runs that stay.
    spared : str
        The run that `latest` points to, if it would have been removed; empty otherwise.
    """

    runs: tuple[str, ...]
    unfinished: tuple[str, ...]
    kept: int
    spared: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Everything that would be removed."""
        return (*self.runs, *self.unfinished)


def plan_prune(
    reports: Path,
    *,
    keep: int,
    now: float,
    study: str | None = None,
    unfinished: bool = False,
) -> PrunePlan:
    """Choose the runs to remove; nothing is changed.

    Of each study and dataset (and part of it) the newest stay. Samples, other
    folders, runs that cannot be read and runs that are being measured stay in any
    case, and so does the run that ``latest`` points to.

    Parameters
    ----------
    reports : Path
        The reports folder.
    keep : int
        Runs to keep of each study and dataset.
    now : float
        Seconds since 1970.
    study : str or None
        The only study to look at.
    unfinished : bool
        Whether folders without results are removed as well, a day after their last
        change.

    Returns
    -------
    PrunePlan

    Raises
    ------
    ReadError
        If the folder cannot be read, or holds no run of the study.
    """
    history = read_history(reports)
    entries, left = of_study(history, study)
    latest = _latest(reports)
    going = [run.run for runs in by_group(entries) for run in runs[keep:]]
    live = {name for name in going if is_live(reports / name)}
    chosen = tuple(
        name for name in sorted(going, reverse=True) if name != latest and name not in live
    )
    dropped = _unfinished(reports, left, now) if unfinished else ()
    return PrunePlan(
        runs=chosen,
        unfinished=dropped,
        kept=len(history.entries) - len(chosen),
        spared=latest if latest in going else "",
    )


def _latest(reports: Path) -> str:
    """Return the run that `latest` points to; empty where it is not a link."""
    link = reports / LATEST
    return link.readlink().name if link.is_symlink() else ""


def _unfinished(reports: Path, left: Iterable[Left], now: float) -> tuple[str, ...]:
    return tuple(
        folder.run
        for folder in left
        if folder.state == "unfinished"
        and _is_ours(reports / folder.run)
        and now - _touched(reports / folder.run) > UNFINISHED_SECONDS
    )


def _is_ours(folder: Path) -> bool:
    """Return whether a folder is of a run: it has a journal, or nothing to be seen."""
    if (folder / JOURNAL).exists():
        return True
    return all(path.name.startswith(".") for path in folder.iterdir())


def _touched(folder: Path) -> float:
    """Return when a folder or a file in it was last changed."""
    times = [folder.stat().st_mtime]
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            times.append(path.lstat().st_mtime)
    return max(times)


def prune(
    reports: Path, names: Iterable[str], looks: PageTheme = SHIPPED
) -> tuple[str, ...]:
    """Remove runs and write the index again.

    Each gets another name first, in one step, so that no half run is ever among
    the runs; what was left over from a removal that was stopped goes too.

    Parameters
    ----------
    reports : Path
        The reports folder.
    names : iterable of str
        From a :class:`PrunePlan`.
    looks : PageTheme
        For the index.

    Returns
    -------
    tuple of str
        The runs that were removed. One in which a process began to work meanwhile stays.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    gone = []
    try:
        with hold_index(reports):
            trash = Path(_make_trash(reports))
            for name in names:
                with hold_run(reports / name) as free:
                    if free:
                        _rename(reports / name, trash / name)
                        gone.append(name)
    finally:
        # The index first: it links to none of them while they are being removed.
        update_index(reports, looks)
        for old in reports.glob(f"{_TRASH}*"):
            shutil.rmtree(old, ignore_errors=True)
    return tuple(gone)


def _make_trash(reports: Path) -> str:
    try:
        return tempfile.mkdtemp(dir=reports, prefix=_TRASH)
    except OSError as error:
        raise _refused(reports, error) from error


def _rename(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError as error:
        raise _refused(folder, error) from error


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be removed ({error.strerror or error}). "
        "It and the runs after it are still there."
    )
