"""The gain of each search before and after correction, also without the rest of a page."""

from dataclasses import dataclass, replace

from tunecard.report.analyze.correction import (
    Correction,
    NaiveGain,
    correct_by_folds,
    correct_by_rows,
    naive_gain,
)
from tunecard.report.analyze.lookup import metric_named, model_of
from tunecard.report.analyze.row_values import NoRowValues
from tunecard.report.analyze.search import analyze_search
from tunecard.report.analyze.types import GainStep, SearchAnalysis
from tunecard.report.load import Loaded
from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import MetricSpec, SearchRecord


@dataclass(frozen=True)
class SearchGain:
    """The gain of a search in its metric's own sign, and what it was computed from.

    ``method_reason`` is why the outputs out of fold were not used.
    """

    metric: MetricSpec
    cv: GainStep
    corrected: GainStep
    naive: NaiveGain | None
    correction: Correction | None
    method_reason: str


def search_gains(run: Loaded) -> dict[str, SearchGain]:
    """Return the gain of every search of a run of one seed, by model."""
    gains = {}
    for record in run.results.searches:
        spec = model_of(run.results, record.model)
        if spec is not None:
            metric = record.scored or metric_named(run.results, record.metric)
            search = analyze_search(record, spec, None, None, None, metric)
            gains[record.model] = correct_gain(run, record, search)
    return gains


def correct_gain(run: Loaded, record: SearchRecord, search: SearchAnalysis) -> SearchGain:
    """Correct the gain of a search by the best method that its record allows.

    Parameters
    ----------
    run : Loaded
        The run of one seed.
    record : SearchRecord
        The search.
    search : SearchAnalysis
        Its analysis.
    """
    metric, naive = search.metric, naive_gain(search)
    reason, correction, method_reason = _why_not(search, naive), None, ""
    if naive is not None and not reason:
        try:
            correction = correct_by_rows(run, record, search, naive.gain)
        except NoRowValues as error:
            method_reason = str(error)
            correction = correct_by_folds(search, naive)
    cv = corrected = GainStep(None, reason=reason)
    if naive is not None:
        cv = _signed(naive.gain, naive.interval, metric)
    if correction is not None:
        why = "" if correction.interval else "the sizes of the folds are not on record"
        corrected = _signed(correction.gain, correction.interval, metric, why)
    return SearchGain(metric, cv, corrected, naive, correction, method_reason)


def _why_not(search: SearchAnalysis, naive: NaiveGain | None) -> str:
    """Return why the gain cannot be corrected; empty where it can."""
    if search.best.mean is None:
        return "the winner has no score on some folds"
    if naive is None:
        return "the baseline has no score on the folds of the search"
    if search.halving:
        return (
            "a halving search drops candidates on part of the rows, and no method here "
            "corrects for that choice"
        )
    return ""


def _signed(
    gain: float, interval: Interval | None, metric: MetricSpec, reason: str = ""
) -> GainStep:
    """Turn a gain into the difference in the metric's own sign."""
    if metric.greater_is_better:
        return GainStep(gain, interval, reason)
    if interval is not None:
        interval = replace(interval, low=-interval.high, high=-interval.low)
    return GainStep(-gain, interval, reason)
