"""One case, seen alone: quality, probabilities, times, latency."""

from typing import Literal

import numpy as np

from tunecard.report.analyze import pairs as paired
from tunecard.report.analyze import quality
from tunecard.report.analyze.auc import auc_of_case
from tunecard.report.analyze.grouped_case import intervals_by_group
from tunecard.report.analyze.machine import latencies
from tunecard.report.analyze.times import operation_times
from tunecard.report.analyze.types import CaseAnalysis
from tunecard.report.load import Loaded, Predictions
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import confusion
from tunecard.report.stats.reliability import Reliability, reliability
from tunecard.runner.schema import Case, ModelSpec, Results


def one_case(
    case: Case, spec: ModelSpec, run: Loaded, pair: paired.Pair | None
) -> CaseAnalysis:
    """Analyze a case.

    Parameters
    ----------
    case : Case
        With or without quality and times.
    spec : ModelSpec
        Its model.
    run : Loaded
        The run it is of.
    pair : Pair or None
        Its comparison, where there is one: the bootstrap is done once.

    Returns
    -------
    CaseAnalysis
    """
    results, predictions = run.results, run.predictions
    n_classes = len(results.dataset.classes)
    matrix, intervals = None, {}
    calibration, reason = _calibration(case, predictions)
    if predictions is not None and case.quality and case.key in predictions.predicted:
        matrix = confusion(predictions.y_true, predictions.predicted[case.key], n_classes)
        if predictions.unit is None:
            intervals = _intervals(case, predictions, results, pair)
        else:
            intervals = intervals_by_group(predictions, case.key, results)
    return CaseAnalysis(
        key=case.key,
        model=case.model,
        variant=case.variant,
        label=spec.label,
        status=case.status,
        reason=case.reason,
        params=case.params,
        python=case.python,
        converged=case.converged,
        n_iter=case.n_iter,
        threads=case.threads,
        thread_pools=case.thread_pools,
        metrics=quality.metric_values(
            case,
            results.metrics,
            results.dataset.n_test if results.dataset.split_unit == "row" else 0,
            intervals,
        ),
        per_class=case.quality.per_class if case.quality else (),
        confusion=matrix,
        times=operation_times(case),
        latencies=latencies(case.latencies),
        zero_probability=case.quality.n_zero_probability if case.quality else None,
        calibration=calibration,
        calibration_reason=reason,
        timings_reason=case.unmeasured.get("timings"),
    )


def _calibration(
    case: Case, predictions: Predictions | None
) -> tuple[Reliability | None, str | None]:
    """Return the reliability of a case's probabilities, or why there is none."""
    shares = predictions.probability.get(case.key) if predictions else None
    if predictions is None or shares is None:
        return None, "there are no probabilities"
    if not np.isfinite(shares).all():
        return None, "a probability is not a number"
    measured = reliability(shares, predictions.y_true)
    return measured, None if measured else "one test row alone has no reliability"


def _intervals(
    case: Case,
    predictions: Predictions,
    results: Results,
    pair: paired.Pair | None,
) -> dict[str, Interval]:
    """Return the intervals of a case, from its pair's resamples if it has one."""
    which: Literal["first", "second"]
    which = "first" if case.variant == "baseline" else "second"
    if pair is None:
        if len(predictions.y_true) == 0:
            return {}
        rng = np.random.default_rng([results.study.seed, 0])
        pair = paired.pair_up(case, case, predictions, results, rng, resampled=True)
    assert pair.boot is not None
    ends = {name: pair.boot.interval(which, name) for name in pair.boot.first}
    for spec in results.metrics:
        if spec.inference == "auc":
            ends[spec.name] = auc_of_case(predictions, case.key, spec)
    return {name: interval for name, interval in ends.items() if interval is not None}
