"""Earlier runs next to a run: what the same study took on the same machine before."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tunecard.runner.schema import RESULTS, ContractError, Results
from tunecard.runner.schema import load as load_results

#: So many are read at most, the newest first: 20 show a spread well enough.
MOST_RUNS = 20


def earlier_runs(
    second: Results, reports: Iterable[Path], most: int = MOST_RUNS
) -> tuple[Results, ...]:
    """Read the newest runs of a study that began before a run.

    Parameters
    ----------
    second : Results
        The run.
    reports : iterable of Path
        Folders that hold run folders, which are named after time and study. A
        folder that cannot be read, and a run that is damaged or of another
        version, is left out.
    most : int
        Runs to read at most.

    Returns
    -------
    tuple of Results
        The newest first, each run once.
    """
    runs: dict[str, Results] = {}
    for folder in sorted(_folders(second, reports), key=lambda f: f.name, reverse=True):
        if len(runs) == most:
            break
        try:
            results = load_results(folder / RESULTS)
        except ContractError:
            continue
        if results.in_progress:
            continue
        if results.run_id != second.run_id and results.started <= second.started:
            runs.setdefault(results.run_id, results)
    return tuple(runs.values())


def _folders(second: Results, reports: Iterable[Path]) -> Iterator[Path]:
    for place in {path.resolve() for path in reports}:
        for folder in place.glob(f"*Z-{second.study.name}-*"):
            if not folder.is_symlink() and (folder / RESULTS).is_file():
                yield folder
