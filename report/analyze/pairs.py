"""Two cases on the same test rows: the counts, the test and its word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from tunecard.report.analyze.auc import (
    MORE_CLASSES,
    answers_of,
    compare_aucs,
    why_no_auc,
)
from tunecard.report.analyze.resampled import resampled_test, why_not_resampled
from tunecard.report.analyze.types import PairedTable, QualityTest
from tunecard.report.load import Predictions
from tunecard.report.stats.inference import ShiftTest
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import cells, of_confusion
from tunecard.report.stats.means import of_differences, p_of_differences
from tunecard.report.stats.power import detectable_by_error, rows_to_detect
from tunecard.report.stats.proportions import (
    detectable_difference,
    holm,
    mcnemar_mid_p,
    tango,
)
from tunecard.report.stats.resamples import Bootstrap, bootstrap
from tunecard.report.stats.verdicts import ALPHA, quality_word
from tunecard.runner.metrics import Inference, Outputs, Values, find
from tunecard.runner.schema import Case, MetricSpec, Results

NO_METHOD = "no interval is computed for this metric"
ZERO_PROBABILITY = (
    "the true class was given probability 0 on some rows, so no difference is claimed"
)
_OPEN = "the test rows do not decide between a difference and none"


@dataclass(frozen=True)
class Pair:
    """Two cases on the same test rows, counted once for everything that follows.

    ``rows`` is what both answered; ``boot`` is None where no bootstrap is needed.
    """

    first: Case
    second: Case
    rows: Predictions
    table: PairedTable
    identical: bool
    boot: Bootstrap | None


@dataclass(frozen=True)
class Difference:
    """A difference with its p-value, before its family is adjusted.

    ``error`` is its standard error, where the power of the test follows from it.
    """

    delta: float
    p: float
    interval: Interval
    interval_90: Interval
    method: str
    error: float | None = None


def pair_up(
    first: Case,
    second: Case,
    predictions: Predictions,
    results: Results,
    rng: np.random.Generator | None,
) -> Pair:
    """Count two cases against each other.

    Parameters
    ----------
    first, second : Case
        Both with predictions.
    predictions : Predictions
        One row a test sample.
    results : Results
        The run: its classes and metrics.
    rng : numpy.random.Generator or None
        For the bootstrap; None leaves it out.

    Returns
    -------
    Pair
    """
    truth = predictions.y_true
    codes, other_codes = predictions.predicted[first.key], predictions.predicted[second.key]
    right_one, right_two = codes == truth, other_codes == truth
    table = PairedTable(
        both_right=int(np.count_nonzero(right_one & right_two)),
        only_first=int(np.count_nonzero(right_one & ~right_two)),
        only_second=int(np.count_nonzero(~right_one & right_two)),
        both_wrong=int(np.count_nonzero(~right_one & ~right_two)),
    )
    boot = None
    if rng is not None:
        data = results.dataset
        counted = cells(truth, codes, other_codes, len(data.classes), data.positive_code)
        boot = bootstrap(counted, rng, metrics=of_confusion(results.metrics))
    identical = bool(np.array_equal(codes, other_codes))
    return Pair(first, second, predictions, table, identical, boot)


def needs_resamples(spec: MetricSpec) -> bool:
    """Return whether the test of a metric needs the bootstrap of its pair."""
    return spec.inference == "confusion"


def untested(pair: Pair, spec: MetricSpec) -> Difference | None:
    """Return the difference on a metric with p-value and intervals.

    Parameters
    ----------
    pair : Pair
        With a bootstrap where the metric needs one.
    spec : MetricSpec
        The metric.

    Returns
    -------
    Difference or None
        None without a test: :func:`why_untested` has the reason.
    """
    test = TESTS.get(spec.inference)
    return test(pair, spec) if test is not None else None


def why_untested(pair: Pair, spec: MetricSpec) -> str:
    """Return why there is neither a test nor an interval for a metric."""
    if spec.inference == "confusion":
        return confusion_reason(spec, pair.boot)
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


def confusion_reason(spec: MetricSpec, boot: Bootstrap | None) -> str:
    """Return why a function of the confusion matrix has no interval."""
    if boot is not None and spec.name not in boot.first:
        return f"the metric {spec.name} is not registered here"
    return "the metric is not defined on some resamples of the test rows"


def _share_right(pair: Pair, _: MetricSpec) -> Difference:
    """Test a share of rows that are right."""
    table = pair.table
    b, c = table.only_first, table.only_second
    return Difference(
        delta=(c - b) / table.n,
        p=mcnemar_mid_p(b, c),
        interval=tango(b, c, table.n),
        interval_90=tango(b, c, table.n, 0.90),
        method="McNemar mid-p",
    )


def _of_confusion(pair: Pair, spec: MetricSpec) -> Difference | None:
    """Test a function of the confusion matrix."""
    return of_resamples(pair.boot, spec, "paired bootstrap")


def of_resamples(
    boot: Bootstrap | None, spec: MetricSpec, method: str
) -> Difference | None:
    """Return the difference on a metric that was resampled; None without resamples."""
    if boot is None or not boot.defined(spec.name):
        return None
    return Difference(
        delta=boot.estimate(spec.name),
        p=boot.p_value(spec.name),
        interval=boot.difference(spec.name),
        interval_90=boot.difference(spec.name, 0.90),
        method=method,
    )


def _mean_of_rows(pair: Pair, spec: MetricSpec) -> Difference | None:
    """Test a mean of losses of rows."""
    losses, _ = _losses(pair, spec)
    if losses is None:
        return None
    p, ends = p_of_differences(losses), of_differences(losses)
    ends_90 = of_differences(losses, 0.90)
    if p is None or ends is None or ends_90 is None:
        return None
    delta = float(losses.mean())
    return Difference(delta, p, ends, ends_90, "paired t test")


def _area(pair: Pair, spec: MetricSpec) -> Difference | None:
    """Test a ROC AUC: of two classes by DeLong's test."""
    keys = (pair.first.key, pair.second.key)
    if why_no_auc(pair.rows, keys, spec) == MORE_CLASSES:
        return _of_rows(pair, spec)
    return _shifted(compare_aucs(pair.rows, keys, spec))


def _of_rows(pair: Pair, spec: MetricSpec) -> Difference | None:
    """Test any function of the rows."""
    keys = (pair.first.key, pair.second.key)
    return _shifted(resampled_test(pair.rows, keys, spec))


def _shifted(test: ShiftTest | None) -> Difference | None:
    if test is None:
        return None
    ends, ends_90 = test.interval(), test.interval(0.90)
    return Difference(test.estimate, test.p(), ends, ends_90, test.method, test.error(0.0))


#: How two cases are compared, by the metric's inference.
TESTS: Mapping[Inference, Callable[[Pair, MetricSpec], Difference | None]] = {
    "mcnemar": _share_right,
    "confusion": _of_confusion,
    "rows": _mean_of_rows,
    "auc": _area,
    "resample": _of_rows,
}


def _losses(pair: Pair, spec: MetricSpec) -> tuple[Values | None, str]:
    """Return the rows' differences in loss, or why there are none."""
    metric = find(spec.name)
    if metric is None or metric.row_losses is None:
        return None, f"the metric {spec.name} is not registered here"
    outputs = [pair.rows.outputs(case.key) for case in (pair.first, pair.second)]
    if not all(answered.have(spec.needs) for answered in outputs):
        return None, f"there are no {spec.needs} for both"
    if not all(_finite(answered) for answered in outputs):
        return None, "a probability is not a number"
    losses = [metric.row_losses(pair.rows.y_true, answered) for answered in outputs]
    if not all(np.isfinite(values).all() for values in losses):
        return None, ZERO_PROBABILITY
    if len(losses[0]) < 2:
        return None, "one test row alone has no interval"
    return losses[1] - losses[0], ""


def _finite(outputs: Outputs) -> bool:
    shares = outputs.probabilities
    return shares is None or bool(np.isfinite(shares).all())


Key = TypeVar("Key")


def family(
    pairs: Mapping[Key, Pair], spec: MetricSpec, margin: float | None
) -> dict[Key, QualityTest]:
    """Test pairs together, with Holm over those that have a test.

    Parameters
    ----------
    pairs : dict of Pair
        By whatever names them.
    spec : MetricSpec
        The metric.
    margin : float or None
        Smallest difference that matters.

    Returns
    -------
    dict of QualityTest
        Of the pairs that have a test.
    """
    every = {key: untested(pair, spec) for key, pair in pairs.items()}
    differences = {
        key: difference for key, difference in every.items() if difference is not None
    }
    adjusted = holm([difference.p for difference in differences.values()])
    return {
        key: tested(
            pairs[key],
            difference,
            spec=spec,
            p_holm=p_holm,
            n_tests=len(differences),
            margin=margin,
        )
        for (key, difference), p_holm in zip(differences.items(), adjusted, strict=True)
    }


def tested(
    pair: Pair,
    difference: Difference,
    *,
    spec: MetricSpec,
    p_holm: float,
    n_tests: int,
    margin: float | None,
) -> QualityTest:
    """Return the test and its word, once its family is known.

    Parameters
    ----------
    pair : Pair
        The two cases.
    difference : Difference
        Their difference on the metric.
    spec : MetricSpec
        The metric.
    p_holm : float
        Adjusted over the family.
    n_tests : int
        Size of the family; Holm's first step tests at 5 % divided by it, and
        the detectable difference is that at this level.
    margin : float or None
        Smallest difference that matters.

    Returns
    -------
    QualityTest
    """
    detectable = None
    if spec.is_share_of_rows:
        share = pair.table.discordant / pair.table.n
        detectable = detectable_difference(share, pair.table.n, alpha=ALPHA / n_tests)
    elif difference.error is not None:
        detectable = detectable_by_error(difference.error, alpha=ALPHA / n_tests)
    worded = to_verdict(
        difference,
        spec=spec,
        p_holm=p_holm,
        n_tests=n_tests,
        margin=margin,
        detectable=detectable,
    )
    same = _answer_alike(pair, spec)
    reason = None
    if worded.word == "inconclusive":
        reason = _why_inconclusive(pair, spec, identical=same)
    rows = None
    if difference.error is not None and detectable and margin and margin < detectable:
        rows = rows_to_detect(detectable, pair.table.n, margin)
    return replace(worded, identical=same, reason=reason, rows_needed=rows)


def to_verdict(
    difference: Difference,
    *,
    spec: MetricSpec,
    p_holm: float,
    n_tests: int,
    margin: float | None,
    detectable: float | None,
) -> QualityTest:
    """Return the test of a difference and its word, of pairs or of other samples.

    Parameters
    ----------
    difference, spec, p_holm, n_tests, margin
        As of :func:`tested`.
    detectable : float or None
        Smallest difference detectable with 80 % power.

    Returns
    -------
    QualityTest
    """
    word, small = quality_word(
        difference.delta,
        p_holm,
        difference.interval_90,
        margin,
        greater_is_better=spec.greater_is_better,
    )
    return QualityTest(
        metric=spec,
        method=difference.method,
        delta=difference.delta,
        interval=difference.interval,
        interval_90=difference.interval_90,
        p=difference.p,
        p_holm=p_holm,
        n_tests=n_tests,
        detectable=detectable,
        margin=margin,
        word=word,
        significant_but_equivalent=small,
        identical=False,
        reason=_OPEN if word == "inconclusive" else None,
    )


def _answer_alike(pair: Pair, spec: MetricSpec) -> bool:
    """Return whether both answer every row alike, in what the metric needs of them."""
    if not pair.identical or spec.needs not in ("probabilities", "scores"):
        return pair.identical
    first, second = (
        answers_of(pair.rows, case.key, spec) for case in (pair.first, pair.second)
    )
    return first is not None and second is not None and np.array_equal(first, second)


def _why_inconclusive(pair: Pair, spec: MetricSpec, *, identical: bool) -> str:
    if identical:
        return "the two predict the same class on every test row"
    if spec.needs == "labels" and pair.table.discordant == 0:
        return "the two are right on the same test rows"
    return _OPEN
