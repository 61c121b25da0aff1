"""What a search cost, without sharing neighbors and as a grid, and what it gained."""

import math

import numpy as np

from tunecard.report.analyze.space import number
from tunecard.report.analyze.times import compare_times
from tunecard.report.analyze.types import (
    BreakEven,
    CaseAnalysis,
    GridEquivalent,
    QualityComparison,
    QualityTest,
    SearchCost,
)
from tunecard.runner.schema import Distribution, ModelSpec, SearchRecord, Strategy

_NOT_FASTER = {
    "slower": "never: predicting is slower",
    "no difference": "never: predicting is not faster",
    "inconclusive": "unknown; no proven speed-up",
}


def search_cost(
    record: SearchRecord,
    spec: ModelSpec,
    baseline: CaseAnalysis | None,
    tuned: CaseAnalysis | None,
    compared: QualityComparison | None,
) -> SearchCost:
    """Return what a search cost.

    Parameters
    ----------
    record : SearchRecord
        What the runner recorded.
    spec : ModelSpec
        The model with its space.
    baseline, tuned : CaseAnalysis or None
        The model's cases, for the times.
    compared : QualityComparison or None
        What it brought.

    Returns
    -------
    SearchCost
    """
    # Of a halving search the first iteration has them all; others have them but once.
    eligible = sum(
        candidate.eligible and not candidate.iteration for candidate in record.candidates
    )
    n_folds = len(record.folds)
    shared = record.method == "shared-neighbors"
    baseline_seconds = _baseline_seconds(baseline)
    usual = None
    if shared and record.shared_cpu_seconds:
        usual = eligible * n_folds * float(np.mean(record.shared_cpu_seconds))
    return SearchCost(
        n_candidates=eligible,
        n_folds=n_folds,
        n_fits=record.n_fits,
        n_fits_run=n_folds if shared else len(record.candidates) * n_folds,
        cpu_seconds=record.cpu_seconds,
        wall_seconds=record.wall_seconds,
        jobs=record.jobs,
        threads=record.threads,
        baseline_cpu_seconds=baseline_seconds,
        cpu_ratio=record.cpu_seconds / baseline_seconds
        if baseline_seconds and record.cpu_seconds
        else None,
        usual_cpu_seconds=usual,
        grid=_grid(record, spec.search) if spec.search else None,
        break_even=_break_even(record, baseline, tuned, compared),
        fit_seconds=_fit_seconds(record),
    )


def _fit_seconds(record: SearchRecord) -> float | None:
    """Add up the wall time of an imported search's fits; None where none is known."""
    seconds = [
        candidate.fold_seconds
        for candidate in record.candidates
        if candidate.fold_seconds is not None
    ]
    return sum(seconds) * len(record.folds) if seconds else None


def _baseline_seconds(baseline: CaseAnalysis | None) -> float | None:
    """Return the CPU seconds of one fit and one predict of the baseline."""
    if baseline is None or not {"fit", "predict"} <= set(baseline.times):
        return None
    fit, predict = (baseline.times[name].cpu_seconds for name in ("fit", "predict"))
    return None if fit is None or predict is None else fit + predict


def _grid(record: SearchRecord, search: Strategy) -> GridEquivalent | None:
    """Return the grid with as many distinct values along each drawn parameter."""
    n_draws = search.n_draws
    if n_draws is None:
        return None
    drawn = {
        name: space
        for name, space in search.space.items()
        if isinstance(space, Distribution)
    }
    if not drawn:
        return None
    n_candidates = 1
    for space in search.space.values():
        n_candidates *= _n_values(space, n_draws)
    n_folds = len(record.folds)
    each = [
        seconds
        for candidate in record.candidates
        if candidate.eligible
        for seconds in candidate.cpu_seconds
        if seconds is not None
    ]
    seconds = n_candidates * n_folds * float(np.mean(each)) if each else 0.0
    name, space = next(iter(drawn.items()))
    log = space.distribution == "loguniform"
    gap, points = _widest_gap(record, name, space, log=log)
    return GridEquivalent(
        parameters=tuple(drawn),
        n_values=max(_n_values(space, n_draws) for space in drawn.values()),
        n_candidates=n_candidates,
        n_fits=n_candidates * n_folds,
        # What candidates share, a grid's would share as well.
        cpu_seconds=seconds + sum(record.shared_cpu_seconds),
        saves=n_candidates > n_draws,
        spacing="decades" if log else "units",
        widest_gap=gap,
        n_grid_same_gap=points,
    )


def _n_values(space: Distribution | tuple[object, ...], n_iter: int) -> int:
    if not isinstance(space, Distribution):
        return len(space)
    if space.distribution == "randint":
        return min(n_iter, int(space.high - space.low) + 1)
    return n_iter


def _widest_gap(
    record: SearchRecord, name: str, space: Distribution, *, log: bool
) -> tuple[float | None, int | None]:
    """Return the widest gap between drawn values, and the even grid without a wider one."""
    values = {
        number(candidate.params.get(name))
        for candidate in record.candidates
        if candidate.eligible
    }
    ordered = sorted(value for value in values if value is not None)
    if len(ordered) < 2:
        return None, None
    places = np.log10(ordered) if log else np.array(ordered)
    ends = math.log10(space.high / space.low) if log else space.high - space.low
    gap, span = float(np.diff(places).max()), float(ends)
    # The small term keeps an even set of draws from asking for one point more.
    return gap, math.ceil(span / gap - 1e-9) + 1


def _per_point(
    seconds: float | None, test: QualityTest
) -> tuple[float, float, float] | None:
    """Return the seconds of each point gained, and their lowest and highest."""
    if seconds is None:
        return None
    ends = sorted(abs(end) for end in (test.interval.low, test.interval.high))
    return (
        seconds / (100 * abs(test.delta)),
        seconds / (100 * ends[1]),
        seconds / (100 * ends[0]),
    )


def _break_even(
    record: SearchRecord,
    baseline: CaseAnalysis | None,
    tuned: CaseAnalysis | None,
    compared: QualityComparison | None,
) -> BreakEven:
    per_point = None
    test = compared.test if compared is not None else None
    if test is not None and test.word == "better" and test.metric.is_share:
        per_point = _per_point(record.cpu_seconds, test)
    if baseline is None or tuned is None:
        return BreakEven(None, per_point, "there are not two cases to compare")
    times = {time.operation: time for time in compare_times(baseline, tuned)}
    predict = times.get("predict")
    if predict is None or predict.baseline is None or predict.tuned is None:
        return BreakEven(None, per_point, "predicting was not timed in both cases")
    if predict.word != "faster":
        return BreakEven(None, per_point, _NOT_FASTER[predict.word])
    saved = (predict.baseline - predict.tuned) / baseline.times["predict"].n_rows
    if saved <= 0:
        return BreakEven(
            None, per_point, "the medians of predicting do not differ that way"
        )
    if record.wall_seconds is None:
        return BreakEven(None, per_point, "the time of the search was not measured")
    return BreakEven(record.wall_seconds / saved, per_point, None)
