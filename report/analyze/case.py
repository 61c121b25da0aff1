"""One case, seen alone: quality, probabilities, times, latency."""

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze import quality
from tunecard.report.analyze.auc import auc_of_case
from tunecard.report.analyze.curves import case_curves
from tunecard.report.analyze.grouped_case import intervals_by_group
from tunecard.report.analyze.machine import latencies
from tunecard.report.analyze.resampled import resampled_interval
from tunecard.report.analyze.timings import operation_times
from tunecard.report.analyze.types import CaseAnalysis
from tunecard.report.load import Loaded, Predictions
from tunecard.report.stats.class_intervals import class_metric_interval
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import confusion, of_confusion
from tunecard.report.stats.losses import mean_loss_interval
from tunecard.report.stats.reliability import Reliability, reliability
from tunecard.runner.metrics import find
from tunecard.runner.schema import Case, MetricSpec, ModelSpec, Results


def one_case(case: Case, spec: ModelSpec, run: Loaded) -> CaseAnalysis:
    """Analyze a case.

    Parameters
    ----------
    case : Case
        With or without quality and times.
    spec : ModelSpec
        Its model.
    run : Loaded
        The run it is of.

    Returns
    -------
    CaseAnalysis
    """
    results, predictions = run.results, run.predictions
    n_classes = len(results.dataset.classes)
    matrix, intervals, curves = None, {}, None
    calibration, reason = _calibration(case, predictions)
    if predictions is not None and case.quality and case.key in predictions.predicted:
        if not predictions.of_values:
            guess = predictions.predicted[case.key]
            matrix = confusion(predictions.y_true, guess, n_classes)
        if predictions.unit is None:
            intervals = _intervals(case, predictions, results, matrix)
        else:
            intervals = intervals_by_group(predictions, case.key, results)
        curves = (
            None
            if matrix is None
            else case_curves(predictions, case.key, results.dataset, intervals)
        )
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
        curves=curves,
        n_changed_rows=case.n_changed_rows,
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
    matrix: NDArray[np.int64] | None,
) -> dict[str, Interval]:
    """Return the intervals of a case by metric, of those that have one."""
    ends = {}
    if matrix is not None and matrix.sum() > 0:
        for metric in of_confusion(results.metrics):
            ends[metric.name] = class_metric_interval(
                matrix,
                metric,
                positive=results.dataset.positive_code,
                fixed_sizes=results.dataset.split == "stratified",
            )
    for spec in results.metrics:
        many = len(results.dataset.classes) > 2
        if spec.inference == "auc" and not many:
            ends[spec.name] = auc_of_case(predictions, case.key, spec)
        elif spec.inference == "rows":
            ends[spec.name] = _interval_of_losses(predictions, case.key, spec)
        elif spec.inference in ("auc", "resample"):
            ends[spec.name] = resampled_interval(predictions, case.key, spec)
    return {name: interval for name, interval in ends.items() if interval is not None}


def _interval_of_losses(
    predictions: Predictions, key: str, spec: MetricSpec
) -> Interval | None:
    metric = find(spec.name, spec.task)
    outputs = predictions.outputs(key)
    if metric is None or metric.row_losses is None or not outputs.have(spec.needs):
        return None
    losses = metric.row_losses(predictions.y_true, outputs)
    return mean_loss_interval(losses, range_=metric.range)
