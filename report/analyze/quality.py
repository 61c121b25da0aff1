"""Quality of a case, and of baseline against tuned metric by metric, class by class."""

from collections.abc import Mapping

import numpy as np

from tunecard.report.analyze.inference import infer, why_untested
from tunecard.report.analyze.pairs import Pair
from tunecard.report.analyze.types import (
    ClassChange,
    MetricComparison,
    MetricValue,
    QualityComparison,
    QualityTest,
)
from tunecard.report.load import Predictions
from tunecard.report.stats.binomial import clopper_pearson
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import confusion
from tunecard.report.stats.means import difference
from tunecard.report.stats.shares import share_difference
from tunecard.report.stats.verdicts import ALPHA
from tunecard.runner.schema import Case, ClassQuality, MetricSpec

#: Support under which a class gets no interval: it would not keep its 95 %.
MIN_SUPPORT = 50


def metric_values(
    case: Case, specs: tuple[MetricSpec, ...], n_test: int, ends: Mapping[str, Interval]
) -> tuple[MetricValue, ...]:
    """Return every metric of a case with its interval.

    Parameters
    ----------
    case : Case
        With or without quality.
    specs : tuple of MetricSpec
        The metrics of the run, in order.
    n_test : int
        Test rows that are independent of each other; 0 where they come in groups.
    ends : dict of Interval
        Intervals by metric; shares of independent rows have the exact one instead.

    Returns
    -------
    tuple of MetricValue
        Empty without quality.
    """
    if case.quality is None:
        return ()
    values = []
    for spec in specs:
        test, train = case.quality.test.get(spec.name), case.quality.train.get(spec.name)
        gap = None
        if test is not None and train is not None:
            gap = train - test if spec.greater_is_better else test - train
        interval = ends.get(spec.name)
        if spec.is_share_of_rows and test is not None and n_test > 0:
            interval = clopper_pearson(round(test * n_test), n_test)
        values.append(MetricValue(spec, test, interval, train, gap))
    return tuple(values)


def compare(
    pair: Pair, test: QualityTest, specs: tuple[MetricSpec, ...]
) -> QualityComparison:
    """Compare baseline (first) and tuned (second) on every metric and class.

    Parameters
    ----------
    pair : Pair
        With its exchanges.
    test : QualityTest
        The primary test.
    specs : tuple of MetricSpec
        The metrics of the run, in order.

    Returns
    -------
    QualityComparison
    """
    predictions = pair.rows
    # The other metrics of all models, as many as the verdicts are adjusted for.
    n_others = max((len(specs) - 1) * test.n_tests, 1)
    changes = _class_changes(pair, predictions)
    fallen = [change for change in changes if change.f1_delta < 0]
    n_classes = len(changes)
    matrices = [
        np.zeros((0, 0), dtype=np.int64)
        if predictions.of_values
        else confusion(predictions.y_true, predictions.predicted[case.key], n_classes)
        for case in (pair.first, pair.second)
    ]
    return QualityComparison(
        table=pair.table,
        test=test,
        metrics=tuple(_metric(pair, spec, test, n_others) for spec in specs),
        per_class=changes,
        most_lost=min(fallen, key=lambda change: change.f1_delta, default=None),
        confusion_difference=matrices[1] - matrices[0],
    )


def _metric(
    pair: Pair, spec: MetricSpec, test: QualityTest, n_others: int
) -> MetricComparison:
    primary = spec.name == test.metric.name
    first, second = (
        case.quality.test.get(spec.name) if case.quality else None
        for case in (pair.first, pair.second)
    )
    interval: Interval | None = None
    fall: Interval | None = None
    reason: str | None = "the metric is not defined for both"
    if primary:
        interval, reason = test.interval, None
    elif first is not None and second is not None:
        inference = infer(pair, spec)
        reason = None if inference is not None else why_untested(pair, spec)
        if inference is not None:
            interval = inference.interval()
            fall = _fall(inference, spec, n_others)
    return MetricComparison(
        spec=spec,
        primary=primary,
        first=first,
        second=second,
        delta=difference(first, second),
        interval=interval,
        interval_reason=reason,
        fall=fall,
    )


def _fall(inference: PairedInference, spec: MetricSpec, n_others: int) -> Interval | None:
    """Return the adjusted interval of a metric that clearly became worse (Bonferroni)."""
    interval = inference.interval(1 - ALPHA / n_others)
    worse = interval.high < 0 if spec.greater_is_better else interval.low > 0
    return interval if worse else None


def _class_changes(pair: Pair, predictions: Predictions) -> tuple[ClassChange, ...]:
    assert pair.first.quality is not None
    assert pair.second.quality is not None
    truth = predictions.y_true
    right = [predictions.predicted[case.key] == truth for case in (pair.first, pair.second)]
    changes = []
    both = zip(pair.first.quality.per_class, pair.second.quality.per_class, strict=True)
    for code, (baseline, tuned) in enumerate(both):
        own = truth == code
        b = int(np.count_nonzero(own & right[0] & ~right[1]))
        c = int(np.count_nonzero(own & ~right[0] & right[1]))
        by_rows = predictions.unit is None
        changes.append(_class_change(baseline, tuned, b, c, by_rows=by_rows))
    return tuple(changes)


def _class_change(
    baseline: ClassQuality, tuned: ClassQuality, b: int, c: int, *, by_rows: bool
) -> ClassChange:
    enough = baseline.support >= MIN_SUPPORT and by_rows
    return ClassChange(
        name=baseline.name,
        support=baseline.support,
        baseline=baseline,
        tuned=tuned,
        precision_delta=tuned.precision - baseline.precision,
        recall_delta=tuned.recall - baseline.recall,
        f1_delta=tuned.f1 - baseline.f1,
        recall_interval=share_difference(b, c, baseline.support).interval()
        if enough
        else None,
    )
