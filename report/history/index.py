"""reports/index.html, written again: lock, list, read what is new, write."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from tunecard.report.history.cache import write_cache
from tunecard.report.history.places import PATIENCE, hold_index
from tunecard.report.history.read import CACHE, History, read_history
from tunecard.report.theme import PageTheme
from tunecard.runner.schema import write_file

if TYPE_CHECKING:
    from tunecard.report.analyze import Analysis

INDEX = "index.html"
SHIPPED = PageTheme()


@dataclass(frozen=True)
class Indexed:
    """The index that was written, and the history in it."""

    page: Path
    history: History


def update_index(
    reports: Path,
    looks: PageTheme = SHIPPED,
    analyses: "Mapping[str, Analysis]" = MappingProxyType({}),
    *,
    patience: float = PATIENCE,
) -> Indexed:
    """Write the index of a reports folder again.

    Two processes at the same moment wait for each other, and each lists the folder only
    when it is its turn: the last one lists all runs. A process that is killed meanwhile
    leaves the old index. Runs that have not changed since the last time are not opened.

    Parameters
    ----------
    reports : Path
        The reports folder.
    looks : PageTheme
        The user's own templates and styles.
    analyses : mapping of str to Analysis
        Those that have been made already, by the names of their runs.
    patience : float
        Longest wait for others, s.

    Returns
    -------
    Indexed

    Raises
    ------
    ReadError
        If the folder cannot be read, or a template of the user's is broken.
    OutputError
        If the index cannot be written, or is held by others for too long.
    """
    # Loaded late: a listing needs no templates.
    from tunecard.report.history.page import to_html
    from tunecard.report.history.view import page_view

    with hold_index(reports, patience):
        _sweep(reports)
        history = read_history(reports, analyses)
        view = page_view(history, reports.resolve().name)
        page = reports / INDEX
        write_file(page, to_html(view, looks))
        write_cache(reports / CACHE, history.cache)
    return Indexed(page, history)


def _sweep(reports: Path) -> None:
    """Remove what others that were killed left half written; the lock is ours."""
    for name in (INDEX, CACHE):
        # The name that runner.schema.write_file gives a file while it writes it.
        for path in reports.glob(f".{name}.????????"):
            with contextlib.suppress(OSError):
                path.unlink()
