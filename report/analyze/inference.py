"""How two cases are compared on a metric: one inference by the metric's kind.

What this returns decides the word, the interval that is printed next to it, and every
gate on the same difference.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from tunecard.report import formats
from tunecard.report.analyze.auc import MORE_CLASSES, compare_aucs, why_no_auc
from tunecard.report.analyze.pairs import Pair
from tunecard.report.analyze.resampled import resampled_test, why_not_resampled
from tunecard.report.load import Predictions
from tunecard.report.stats.grouped import grouped_mean_difference
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.row_means import mean_difference
from tunecard.report.stats.shares import share_difference
from tunecard.runner.metrics import Inference, Outputs, Values, find
from tunecard.runner.schema import MetricSpec

NO_METHOD = "no interval is computed for this metric"
ZERO_PROBABILITY = (
    "the true class was given probability 0 on some rows, so no difference is claimed"
)


def infer(pair: Pair, spec: MetricSpec) -> PairedInference | None:
    """Return the inference of the difference on a metric, second minus first.

    Parameters
    ----------
    pair : Pair
        With its exchanges where the metric needs them.
    spec : MetricSpec
        The metric.

    Returns
    -------
    PairedInference or None
        None without a test: :func:`why_untested` has the reason.
    """
    tests = TESTS if pair.rows.unit is None else GROUPED
    test = tests.get(spec.inference)
    inference = test(pair, spec) if test is not None else None
    if inference is None or too_few_groups(pair.rows) is None:
        return inference
    if not math.isfinite(spec.width):
        return None
    # No spread is claimed: the interval is everything that is possible.
    return student(
        inference.estimate,
        0.0,
        math.inf,
        method=inference.method,
        n_units=inference.n_units,
        bounds=(-spec.width, spec.width),
    )


def why_untested(pair: Pair, spec: MetricSpec) -> str:
    """Return why there is neither a test nor an interval for a metric."""
    too_few = too_few_groups(pair.rows)
    if too_few is not None:
        return too_few
    if spec.inference == "confusion":
        return confusion_reason(spec)
    if spec.inference == "rows":
        return _losses(pair, spec)[1]
    keys = (pair.first.key, pair.second.key)
    if spec.inference == "auc":
        reason = why_no_auc(pair.rows, keys, spec)
        if reason != MORE_CLASSES:
            return reason or NO_METHOD
    if spec.inference in ("auc", "resample"):
        return why_not_resampled(pair.rows, keys, spec) or NO_METHOD
    if spec.needs == "estimator":
        return "it needs the estimator itself, so rows cannot be compared"
    return NO_METHOD


def too_few_groups(rows: Predictions) -> str | None:
    """Return why groups of rows decide nothing; None where there are enough."""
    if rows.unit is None or rows.n_units >= rows.least_units:
        return None
    if rows.in_time:
        counted = formats.counted(len(rows.y_true), "test row")
        return f"{counted} in time: fewer than {rows.least_units} decide nothing"
    counted = formats.counted(rows.n_units, "group")
    return (
        f"the test rows are of {counted}, and fewer than {rows.least_units} decide nothing"
    )


def confusion_reason(spec: MetricSpec) -> str:
    """Return why a function of the confusion matrix has no interval."""
    if find(spec.name) is None:
        return f"the metric {spec.name} is not registered here"
    return "the metric is not defined on the test rows"


def _share_right(pair: Pair, _: MetricSpec) -> PairedInference:
    """Test a share of rows that are right."""
    table = pair.table
    return share_difference(table.only_first, table.only_second, table.n)


def _of_confusion(pair: Pair, spec: MetricSpec) -> PairedInference | None:
    """Test a function of the confusion matrix."""
    return pair.exchanged.get(spec.name)


def _mean_of_rows(pair: Pair, spec: MetricSpec) -> PairedInference | None:
    """Test a mean of losses of rows."""
    losses, _ = _losses(pair, spec)
    if losses is None:
        return None
    return mean_difference(*losses, bounds=(-spec.width, spec.width))


def _area(pair: Pair, spec: MetricSpec) -> PairedInference | None:
    """Test a ROC AUC: of two classes by DeLong's test."""
    keys = (pair.first.key, pair.second.key)
    if why_no_auc(pair.rows, keys, spec) == MORE_CLASSES:
        return _of_rows(pair, spec)
    return compare_aucs(pair.rows, keys, spec)


def _of_rows(pair: Pair, spec: MetricSpec) -> PairedInference | None:
    """Test any function of the rows."""
    return resampled_test(pair.rows, (pair.first.key, pair.second.key), spec)


def _right_by_group(pair: Pair, _: MetricSpec) -> PairedInference | None:
    """Test a share of rows that are right, where rows come in groups."""
    truth, groups = pair.rows.y_true, pair.rows.unit
    assert groups is not None
    first, second = (
        (pair.rows.predicted[case.key] == truth).astype(float)
        for case in (pair.first, pair.second)
    )
    return grouped_mean_difference(
        first, second, groups, bounds=(-1.0, 1.0), in_time=pair.rows.in_time
    )


def _mean_by_group(pair: Pair, spec: MetricSpec) -> PairedInference | None:
    """Test a mean of losses of rows, where rows come in groups."""
    losses, _ = _losses(pair, spec)
    groups = pair.rows.unit
    assert groups is not None
    if losses is None:
        return None
    return grouped_mean_difference(
        *losses, groups, bounds=(-spec.width, spec.width), in_time=pair.rows.in_time
    )


#: How two cases are compared, by the metric's inference.
TESTS: Mapping[Inference, Callable[[Pair, MetricSpec], PairedInference | None]] = {
    "mcnemar": _share_right,
    "confusion": _of_confusion,
    "rows": _mean_of_rows,
    "auc": _area,
    "resample": _of_rows,
}
#: The same where rows come in groups, or in the order of time.
GROUPED: Mapping[Inference, Callable[[Pair, MetricSpec], PairedInference | None]] = {
    "mcnemar": _right_by_group,
    "confusion": _of_confusion,
    "rows": _mean_by_group,
    "auc": _area,
    "resample": _of_rows,
}


def _losses(pair: Pair, spec: MetricSpec) -> tuple[tuple[Values, Values] | None, str]:
    """Return the rows' losses of both cases, or why there are none."""
    metric = find(spec.name, spec.task)
    if metric is None or metric.row_losses is None:
        return None, f"the metric {spec.name} is not registered here"
    outputs = [pair.rows.outputs(case.key) for case in (pair.first, pair.second)]
    if not all(answered.have(spec.needs) for answered in outputs):
        return None, f"there are no {spec.needs} for both"
    if not all(_is_finite(answered) for answered in outputs):
        return None, "a probability is not a number"
    first, second = (metric.row_losses(pair.rows.y_true, answered) for answered in outputs)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        unlimited = "its loss is not finite on some rows, so no difference is claimed"
        return None, unlimited if pair.rows.of_values else ZERO_PROBABILITY
    if len(first) < 2:
        return None, "one test row alone has no interval"
    return (first, second), ""


def _is_finite(outputs: Outputs) -> bool:
    shares = outputs.probabilities
    return shares is None or bool(np.isfinite(shares).all())
