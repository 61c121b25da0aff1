"""The gain of a search over its folds, and its correction for the choice of the winner."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.row_values import NoRowValues, row_values
from tunecard.report.analyze.types import BudgetCurve, CandidateAnalysis, SearchAnalysis
from tunecard.report.load import Loaded
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.means import over_folds
from tunecard.report.stats.selection import (
    METHOD,
    best_curve,
    corrected_gain,
    expected_best,
    fold_bias,
    resample_gains,
)
from tunecard.runner.schema import SearchRecord

#: Keeps the random streams of searches apart from those of tests.
_STREAM = 20_000
#: "Enough" candidates bring this share of the gain of all.
_ENOUGH = 0.9
TIBSHIRANI = "Tibshirani and Tibshirani (2009), from fold scores"
_UNITS = {"group": "groups of rows", "block": "blocks of time"}


@dataclass(frozen=True)
class Correction:
    """Gains in terms of "higher is better"."""

    gain: float
    interval: Interval | None
    method: str
    wins: tuple[tuple[int, float], ...] = ()
    budget: BudgetCurve | None = None


@dataclass(frozen=True)
class NaiveGain:
    """The winner's gain over the baseline, fold by fold."""

    gain: float
    interval: Interval | None
    n_folds: int


def naive_gain(search: SearchAnalysis) -> NaiveGain | None:
    """Return the winner's gain over its folds; None where one of the two has no score."""
    best, first = search.best, search.baseline
    if first is None or first.mean is None or best.mean is None:
        return None
    pairs = zip(best.scores, first.scores, strict=False)
    gains = [search.metric.gain(new, old) for new, old in pairs if None not in (new, old)]  # type: ignore[arg-type] # no None
    sizes = tuple(size for size in search.folds if size is not None)
    complete = len(sizes) == len(search.folds) == len(gains)
    return NaiveGain(
        search.metric.gain(best.mean, first.mean),
        over_folds(gains, sizes) if complete else None,
        len(gains),
    )


def _ranked(search: SearchAnalysis) -> tuple[CandidateAnalysis, ...]:
    """List the candidates that could have been chosen."""
    return tuple(
        candidate
        for candidate in search.candidates
        if candidate.eligible and candidate.mean is not None
    )


def correct_by_rows(
    run: Loaded, record: SearchRecord, search: SearchAnalysis, naive: float
) -> Correction:
    """Correct by resampling the rows that candidates were not fitted on."""
    data = run.results.dataset
    if data.split_unit in _UNITS:
        raise NoRowValues(
            f"{_UNITS[data.split_unit]} are drawn as a whole, and the outputs of the "
            "search do not name them"
        )
    if record.outputs is None:
        other = "the search was imported, without outputs out of fold"
        why = search.outputs_reason or (
            other if search.method == "imported" else "the search kept no outputs"
        )
        raise NoRowValues(why)
    stored = run.out_of_fold(record)
    if stored is None:
        raise NoRowValues("search.parquet is not next to results.json")
    if len(stored.row) < 2:
        raise NoRowValues("there are fewer than two rows")
    ranked = tuple(candidate.index for candidate in _ranked(search))
    assert search.baseline is not None  # naive_gain has checked it
    values = row_values(
        stored, record, search.metric, (search.baseline.index, *ranked),
        len(data.classes), data.positive_code,
    )  # fmt: skip
    repeated = len(np.unique(stored.row)) < len(stored.row)
    number = next(i for i, s in enumerate(run.results.searches) if s is record)
    rng = np.random.default_rng([run.results.study.seed, _STREAM + number])
    units = stored.row if repeated else None
    resamples = resample_gains(values[:, 1:], values[:, 0], rng, units=units)
    gain = corrected_gain(resamples)
    spec = next(m for m in run.results.study.models if m.name == record.model)
    fixed_order = spec.search is not None and not spec.search.is_static
    curve = best_curve(resamples, None if fixed_order else rng)
    # Folds of unequal sizes, and metrics that are no means, differ a little over all rows.
    shift = naive - gain.naive
    ends = gain.interval
    order = np.argsort(-gain.wins, kind="stable")
    return Correction(
        gain=gain.corrected + shift,
        interval=replace(ends, low=ends.low + shift, high=ends.high + shift),
        method=METHOD,
        wins=tuple((ranked[i], float(gain.wins[i])) for i in order if gain.wins[i] > 0),
        budget=_budget(
            curve.mean + shift,
            (curve.low + shift, curve.high + shift),
            order="proposed" if fixed_order else "random",
        ),
    )


def correct_by_folds(search: SearchAnalysis, naive: NaiveGain) -> Correction:
    """Correct by how the best candidate of each fold exceeds the winner there."""
    sign = 1.0 if search.metric.greater_is_better else -1.0
    ranked = _ranked(search)
    scores = sign * np.array([candidate.scores for candidate in ranked], dtype=float).T
    bias = fold_bias(scores)
    ends = naive.interval
    assert search.baseline is not None
    assert search.baseline.mean is not None
    return Correction(
        gain=naive.gain - bias,
        interval=replace(ends, low=ends.low - bias, high=ends.high - bias)
        if ends
        else None,
        method=TIBSHIRANI,
        budget=_budget(
            expected_best(scores.mean(axis=0)) - sign * search.baseline.mean, None
        ),
    )


def _budget(
    mean: NDArray[np.float64],
    ends: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    order: str = "random",
) -> BudgetCurve:
    total = mean[-1]
    enough = None
    if total > 0:
        enough = 1 + int(np.argmax(mean >= _ENOUGH * total))
    low, high = ends if ends is not None else ((), ())
    return BudgetCurve(
        mean=tuple(map(float, mean)),
        low=tuple(map(float, low)),
        high=tuple(map(float, high)),
        order=order,  # type: ignore[arg-type] # one of the two
        corrected=ends is not None,
        enough=enough,
    )
