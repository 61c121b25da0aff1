"""What a search cost."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class GridEquivalent:
    """What a grid of the same resolution would have cost (Bergstra & Bengio 2012).

    A randomized search of ``n_iter`` candidates tries ``n_iter`` distinct values
    of every continuous parameter; a grid that does the same needs
    ``n_iter ** d`` candidates for d parameters. With d = 1 both cost the same:
    ``saves`` is False.

    Attributes
    ----------
    parameters : tuple of str
        The continuous parameters.
    n_values : int
        Distinct values tried along each: ``n_iter``, or all integers of a
        ``randint`` that has fewer.
    n_candidates, n_fits : int
        Of the grid.
    cpu_seconds : float
        Estimate: mean CPU seconds of a candidate's fold times ``n_fits``, and what
        the candidates share.
    saves : bool
        The randomized search ran fewer fits than this grid.
    spacing : str
        ``decades`` (log10) for a loguniform parameter, else ``units``; of the
        first parameter.
    widest_gap : float or None
        Widest distance between neighboring values that were drawn, in
        ``spacing``; None under 2 distinct values.
    n_grid_same_gap : int or None
        Points of an even grid over the whole range whose neighbors are no
        further apart than that: what the same coverage would have taken.
    """

    parameters: tuple[str, ...]
    n_values: int
    n_candidates: int
    n_fits: int
    cpu_seconds: float
    saves: bool
    spacing: Literal["decades", "units"]
    widest_gap: float | None
    n_grid_same_gap: int | None


@dataclass(frozen=True)
class BreakEven:
    """What the search cost against what it brought.

    Attributes
    ----------
    predictions : float or None
        Rows to predict with the tuned model until its time saved repays the
        search's wall seconds; None (with ``reason``) unless predict is faster.
    cpu_seconds_per_point : tuple of float or None
        Search CPU seconds for each percentage point of the study's metric gained, with
        the ends that follow from the interval of the gain; None unless the word is
        "better".
    reason : str or None
        Why the number of predictions is missing.
    """

    predictions: float | None
    cpu_seconds_per_point: tuple[float, float, float] | None
    reason: str | None


@dataclass(frozen=True)
class SearchCost:
    """What a search cost, in fits and seconds.

    Attributes
    ----------
    n_candidates, n_folds : int
        Candidates (baseline aside) and folds.
    n_fits : int
        candidates x folds: fits of a search without sharing.
    n_fits_run : int
        Fits that were actually run, the baseline's folds included:
        a shared neighbor table counts once a fold.
    cpu_seconds, wall_seconds : float or None
        Of the whole search; None where it was not measured.
    jobs, threads : int or None
        Processes, and threads of each; None where it was imported.
    fit_seconds : float or None
        Of an imported search: wall time of its fits and scorings, added up, as it
        recorded them.
    baseline_cpu_seconds : float or None
        CPU of one fit and one predict of the baseline (medians over rounds).
    cpu_ratio : float or None
        cpu_seconds / baseline_cpu_seconds.
    usual_cpu_seconds : float or None
        Estimate of the usual way without sharing: candidates x folds x mean
        CPU of one shared pass; None for ``parallel``, which is the usual way.
    grid : GridEquivalent or None
        For a randomized search with a continuous parameter.
    """

    n_candidates: int
    n_folds: int
    n_fits: int
    n_fits_run: int
    cpu_seconds: float | None
    wall_seconds: float | None
    jobs: int | None
    threads: int | None
    baseline_cpu_seconds: float | None
    cpu_ratio: float | None
    usual_cpu_seconds: float | None
    grid: GridEquivalent | None
    break_even: BreakEven
    fit_seconds: float | None = None
