"""Whether a worker failed because the disk is full, or by its own doing."""

import tempfile
from pathlib import Path

from tunecard.runner.errors import OutputError, is_disk_full

#: Bytes that are written to try: at least, and at most.
_LEAST, _MOST = 2**20, 2**26


def check_room(folder: Path, data: Path, message: str) -> None:
    """Refuse to record a round as failed that had no room on the disk: it can be repeated.

    An estimator that limits its own process, or fills a disk of its own, fails alone: this
    process can still write there.

    Parameters
    ----------
    folder : Path
        The worker's.
    data : Path
        Of the rows; what a worker writes takes no more room than they do.
    message : str
        What the worker ended with.

    Raises
    ------
    OutputError
        If the message is about a full disk, and the disk is.
    """
    if is_disk_full(message) and not _has_room(folder.parent, data):
        raise OutputError(
            f"{folder}: a worker could not write there ({message[:200].strip()}). What is "
            "finished is kept; make space and run the same command to resume."
        )


def _has_room(folder: Path, data: Path) -> bool:
    """Write as much as the rows take, and remove it."""
    try:
        n_bytes = sum(path.stat().st_size for path in data.iterdir() if path.is_file())
        with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
            left = min(max(n_bytes, _LEAST), _MOST)
            while left:
                left -= probe.write(bytes(min(left, _LEAST))) or 0
    except OSError:
        return False
    return True
