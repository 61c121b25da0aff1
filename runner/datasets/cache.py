"""The user's cache of fetched data: a folder to fetch into, from which files move in."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunecard.runner.datasets.values import Notice


@contextmanager
def staging(cache: Path, title: str, notice: Notice) -> Iterator[tuple[Path, bool]]:
    """Give a folder to fetch into, and whether its files can be moved into the cache.

    Parameters
    ----------
    cache : Path
        The folder that the files are to end in.
    title : str
        Name of the data in a notice.
    notice : callable
        Called where the cache cannot be written; the data is then not kept.
    """
    kept = True
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=cache, prefix=".fetch-"))
    except OSError as error:
        notice(not_kept(cache, title, error))
        kept, folder = False, Path(tempfile.mkdtemp(prefix="tunecard-"))
    try:
        yield folder, kept
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def not_kept(cache: Path, title: str, error: OSError) -> str:
    """Return the notice that fetched data cannot be kept, and why."""
    return (
        f"The user cache {cache} cannot be written ({error.strerror or error}): {title} is "
        "not kept, and the next run fetches it again."
    )
