"""Run folders: their names, and the link to the newest."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from filelock import lock_descriptor

from tunecard.runner.errors import OutputError
from tunecard.runner.schema import Study
from tunecard.runner.store.journal import JOURNAL

LATEST = "latest"
LOCK = ".lock"
#: In a copy that stands where a link would; only such a copy is ever replaced.
_COPY_MARK = ".copied-by-tunecard"
_CHECK, _JUDGING = ".check-", ".judging-"


class Held(Exception):
    """A run folder that a live process holds."""


def run_id(study: Study, now: datetime) -> str:
    """Name a run: UTC time, study, and a short hash of the study's content.

    Examples
    --------
    ``20261123T201500Z-mnist-1f3a9c``
    """
    digest = hashlib.sha256(study.without_content().model_dump_json().encode()).hexdigest()
    return f"{now:%Y%m%dT%H%M%SZ}-{study.name}-{digest[:6]}"


def make(reports: Path, name: str) -> Path:
    """Make a new run folder.

    Parameters
    ----------
    reports : Path
        Where the runs are kept; made if need be.
    name : str
        The run id; a number is added where two runs began in the same second.

    Returns
    -------
    Path
        The folder, empty.

    Raises
    ------
    OutputError
        If the folder cannot be made.
    """
    for number in range(1, 1000):
        folder = reports / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise _refused(reports, error.strerror or str(error)) from error
        return folder
    raise _refused(reports, f"{name} and 998 runs like it are there already")


@contextlib.contextmanager
def make_whole(reports: Path, name: str) -> Iterator[tuple[Path, str]]:
    """Make a run folder that appears when all is in it, or not at all.

    Parameters
    ----------
    reports : Path
        Where the runs are kept.
    name : str
        The run id; a number is added where a run has it already.

    Yields
    ------
    tuple of Path and str
        A hidden folder to write into, and the name that it will have. What processes
        that were killed left of theirs is removed.

    Raises
    ------
    OutputError
        If a folder cannot be made or named.
    """
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with _alone_in(reports):
            for abandoned in reports.glob(f"{_JUDGING}*"):
                shutil.rmtree(abandoned, ignore_errors=True)
            hidden = Path(tempfile.mkdtemp(dir=reports, prefix=_JUDGING))
            try:
                names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
                free = next(each for each in names if not (reports / each).exists())
                yield hidden, free
                hidden.chmod(0o777 & ~_umask())  # mkdtemp makes private folders
                hidden.rename(reports / free)
            finally:
                shutil.rmtree(hidden, ignore_errors=True)
    except StopIteration:
        raise _refused(reports, f"{name} and 998 runs like it are there already") from None
    except OSError as error:
        raise _refused(reports, error.strerror or str(error)) from error


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process holds a folder, where folders can be locked."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            lock_descriptor(handle, blocking=True)
        yield


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def check(reports: Path) -> None:
    """Make the reports folder, and try to write into it.

    Raises
    ------
    OutputError
        If it cannot be made or written; nothing is left behind.
    """
    try:
        reports.mkdir(parents=True, exist_ok=True)
        tempfile.mkdtemp(dir=reports, prefix=_CHECK)
        for made in reports.glob(f"{_CHECK}*"):  # also of a process that was killed here
            remove_if_empty(made)
    except FileExistsError as error:
        raise _refused(reports, "it is not a folder") from error
    except OSError as error:
        raise _refused(reports, error.strerror or str(error)) from error


def _refused(reports: Path, reason: str) -> OutputError:
    return OutputError(
        f"--reports {reports}: no folder can be made there ({reason}). "
        "Choose a folder that can be written."
    )


def missing(folder: Path) -> tuple[Path, ...]:
    """Return a folder and its parents as far as they are not there, inner ones first."""
    absent = []
    for path in (folder, *folder.parents):
        with contextlib.suppress(OSError):  # cannot be looked at, so it is not ours
            if not path.exists():
                absent.append(path)
    return tuple(absent)


def remove_if_empty(*folders: Path) -> None:
    """Remove folders that hold nothing, inner ones first; keep the others."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


class Lock:
    """A hold on a run folder, let go of when the process ends, however it ends.

    Parameters
    ----------
    folder : Path
        The run folder.

    Raises
    ------
    Held
        If another process holds it.
    OutputError
        If no file can be locked there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        while True:
            try:
                self._stream = self._path.open("ab")
            except OSError as error:
                raise self._refused(error) from error
            try:
                free = lock_descriptor(self._stream.fileno(), blocking=False)
            except OSError as error:
                self._stream.close()
                raise self._refused(error) from error
            if not free:
                self._stream.close()
                raise Held(f"{folder}: another process is at work there.")
            if self._is_there():
                return
            self._stream.close()  # its holder before has removed the file meanwhile

    def release(self) -> None:
        """Let go, and leave no trace; a second time does nothing."""
        if not self._stream.closed:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._stream.close()

    def _is_there(self) -> bool:
        """Return whether the file that is locked is still the one in the folder."""
        try:
            return os.path.samestat(os.fstat(self._stream.fileno()), self._path.stat())
        except OSError:
            return False

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._path}: cannot be locked ({error.strerror or error}). "
            "Choose a reports folder on a file system that can be written and locked."
        )


def point_latest(folder: Path, notice: Callable[[str], None]) -> None:
    """Let ``latest`` beside a run folder point to it.

    A relative link, swapped by rename so that it is never missing; where links do not
    work a copy of the folder, with a mark in it. What bears the name and is neither a
    link nor such a copy is the user's own: it stays, whatever it holds. The run itself
    is whole without it.

    Parameters
    ----------
    folder : Path
        The run folder.
    notice : callable
        Receives that ``latest`` does not point to this run, and why.
    """
    link = folder.parent / LATEST
    if not _is_ours(link):
        notice(
            f"{link}: is not a link that Tunecard made and stays as it is; this run is "
            f"in {folder}."
        )
        return
    # Alone: another run that ends now would take what is made here for abandoned.
    with contextlib.suppress(OSError), _alone_in(folder.parent):
        for abandoned in folder.parent.glob(f".{LATEST}-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{LATEST}-"))
        try:
            _swap(folder, link, made / LATEST)
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _is_ours(link: Path) -> bool:
    """Return whether ``latest`` may be replaced: absent, a link, or a marked copy."""
    return not link.exists() or link.is_symlink() or (link / _COPY_MARK).is_file()


def _swap(folder: Path, link: Path, fresh: Path) -> None:
    try:
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)
    except OSError:  # no links here, or a copy stands where the link belongs
        fresh.unlink(missing_ok=True)
        # Only what belongs to a finished run: the lock and the journal are still there.
        shutil.copytree(folder, fresh, ignore=shutil.ignore_patterns(".*", JOURNAL))
        (fresh / _COPY_MARK).write_text(f"{folder.name}\n", encoding="utf-8")
        if link.is_symlink():
            link.unlink()
        else:
            shutil.rmtree(link, ignore_errors=True)
        fresh.rename(link)
