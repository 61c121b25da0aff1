"""What a finished run needs of the report: its looks, its reference, the list of runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from tunecard.runner.errors import EveryCaseFailed
from tunecard.screen import print_notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tunecard.report.analyze import Analysis
    from tunecard.report.load import Loaded
    from tunecard.report.run import Run
    from tunecard.report.theme import PageTheme


def raise_if_empty(run: "Run") -> None:
    """Raise where no case was measured: nothing of such a run can be used."""
    cases = run.results.cases
    if any(case.status == "ok" for case in cases):
        return
    first = cases[0]
    raise EveryCaseFailed(
        f"every case of the run failed; the first, {first.key}: {first.status} "
        f"({first.reason}). Correct the models or raise [limits]; {run.page} shows each.",
        run,
    )


def read_reference(against: str | Path | None) -> "Loaded | None":
    """Read the reference run of the gates, before anything long."""
    if against is None:
        return None
    from tunecard.report import load as reader

    return reader.load(Path(against))


def make_theme(templates: str | Path | None, css: str | Path | None) -> "PageTheme":
    """Make the looks of the pages, their files checked before anything long."""
    from tunecard.report.theme import PageTheme

    looks = PageTheme(Path(templates) if templates else None, Path(css) if css else None)
    looks.check()
    return looks


def list_runs(
    reports: Path, looks: "PageTheme", analyses: "Mapping[str, Analysis]"
) -> None:
    """Write the list of all runs again; a failure to write it fails no run.

    Parameters
    ----------
    reports : Path
        The reports folder.
    looks : PageTheme
        The user's own templates and styles.
    analyses : mapping of str to Analysis
        Those that have been made already, by the names of their runs.
    """
    from tunecard.report.errors import ReportError
    from tunecard.report.history import INDEX, update_index
    from tunecard.runner.errors import TunecardError

    try:
        update_index(reports, looks, analyses)
    # What other runs may hold cannot be foreseen; this one is finished.
    except (ReportError, TunecardError, OSError, ArithmeticError, LookupError, TypeError,
            ValueError) as error:  # fmt: skip
        print_notice(f"{reports / INDEX} stays as it was: {error}")
