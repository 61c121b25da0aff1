"""What every value of the contract shares, and how a file of it is written."""

import contextlib
import os
import re
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

from filelock import lock_descriptor
from pydantic import BaseModel, ConfigDict, Field

from tunecard.runner.errors import OutputError

#: No more than a float holds exactly, since counts are divided.
Count: TypeAlias = Annotated[int, Field(ge=0, le=2**53)]
#: Seconds, bytes, MHz: far above what any machine has, far below where products overflow.
Size: TypeAlias = Annotated[float, Field(ge=0, le=1e18)]
#: Wall or CPU time of all threads: 36 years.
Nanoseconds: TypeAlias = Annotated[int, Field(ge=0, le=2**60)]


class Frozen(BaseModel):
    """A value of the contract: immutable, with no unknown fields and no NaN.

    What could not be computed is ``None``, so that the file is strict JSON.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )


def write_file(path: Path, content: bytes | str, *, durable: bool = True) -> None:
    r"""Write a file whole or not at all: temporary name, fsync, move.

    Parameters
    ----------
    path : Path
        The file to write; its folder is made if need be.
    content : bytes or str
        A str is written as UTF-8 with ``\n`` line ends.
    durable : bool
        Whether to wait until it is on the disk, which takes some 20 ms. A file that
        is of no use once its reader has ended need not outlive a loss of power.

    Raises
    ------
    OutputError
        If the place cannot be written; nothing is left behind.
    """
    # Half of a character (of a file name that is not UTF-8) has no encoding: "?" then.
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        stream, temporary = _open_temporary(path)
        with stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
            # mkstemp makes private files; a report is for others to read.
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            if os.name != "nt":  # under its lock, and on Windows once it is closed
                temporary.replace(path)
        if os.name == "nt":
            temporary.replace(path)
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise OutputError(
            f"{path}: cannot be written ({error.strerror or error}). "
            "Choose a folder that can be written, with space left."
        ) from error


def remove(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a folder; it may be missing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _open_temporary(path: Path) -> tuple[BinaryIO, Path]:
    """Make a file that another process does not take for an abandoned one."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        stream = os.fdopen(handle, "wb")
        _lock(stream)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(stream.fileno()), Path(name).stat()):
                return stream, Path(name)
        stream.close()  # it was removed before it was locked


def _remove_abandoned(path: Path) -> None:
    """Remove temporary files of processes that were killed while they wrote a file."""
    if os.name == "nt":  # nothing is locked there
        return
    pattern = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}")  # of mkstemp
    with os.scandir(path.parent) as entries:
        names = [entry.name for entry in entries if pattern.fullmatch(entry.name)]
    for name in names:
        with contextlib.suppress(OSError), (path.parent / name).open("rb+") as stream:
            if _lock(stream):
                (path.parent / name).unlink()


def _lock(stream: BinaryIO) -> bool:
    """Lock a file until it is closed; False where another process has it, or none can."""
    try:
        return os.name != "nt" and lock_descriptor(stream.fileno(), blocking=False)
    except OSError:  # a file system without locks: nothing is ever removed there
        return False


def _sync_folder(folder: Path) -> None:
    """Wait until a file's new name is on the disk, where a folder can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def utc(moment: datetime) -> str:
    """Return a moment of UTC as results.json has it (ISO 8601)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
