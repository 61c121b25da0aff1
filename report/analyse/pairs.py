"""Two cases on the same test rows: the counts, the test and its word."""

from dataclasses import dataclass, replace

import numpy as np

from tunecard.report.analyse.types import PairedTable, QualityTest
from tunecard.report.load import Predictions
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import cells
from tunecard.report.stats.proportions import detectable_difference, mcnemar_mid_p, tango
from tunecard.report.stats.resamples import Bootstrap, bootstrap
from tunecard.report.stats.verdicts import ALPHA, quality_word
from tunecard.runner.schema import Case, MetricSpec

_OPEN = "the test rows do not decide between a difference and none"


@dataclass(frozen=True)
class Pair:
    """Two cases on the same test rows, counted once for everything that follows.

    ``boot`` is None where no bootstrap is needed.
    """

    first: Case
    second: Case
    table: PairedTable
    identical: bool
    boot: Bootstrap | None


@dataclass(frozen=True)
class Untested:
    """A difference with its p-value, before its family is adjusted."""

    delta: float
    p: float
    interval: Interval
    interval_90: Interval
    method: str


def pair_up(
    first: Case,
    second: Case,
    predictions: Predictions,
    n_classes: int,
    rng: np.random.Generator | None,
) -> Pair:
    """Count two cases against each other.

    Parameters
    ----------
    first, second : Case
        Both with predictions.
    predictions : Predictions
        One row a test sample.
    n_classes : int
        Classes of the dataset.
    rng : numpy.random.Generator or None
        For the bootstrap; None leaves it out.

    Returns
    -------
    Pair
    """
    truth = predictions.y_true
    one, two = predictions.predicted[first.key], predictions.predicted[second.key]
    right_one, right_two = one == truth, two == truth
    table = PairedTable(
        both_right=int(np.count_nonzero(right_one & right_two)),
        only_first=int(np.count_nonzero(right_one & ~right_two)),
        only_second=int(np.count_nonzero(~right_one & right_two)),
        both_wrong=int(np.count_nonzero(~right_one & ~right_two)),
    )
    counted = cells(truth, one, two, n_classes)
    boot = None if rng is None else bootstrap(counted, rng)
    return Pair(first, second, table, bool(np.array_equal(one, two)), boot)


def untested(pair: Pair, metric: str) -> Untested:
    """Return the difference on a label metric with p-value and intervals.

    Parameters
    ----------
    pair : Pair
        With a bootstrap unless the metric is accuracy.
    metric : str
        Name of a label metric.

    Returns
    -------
    Untested
    """
    table = pair.table
    if metric == "accuracy":
        b, c = table.only_first, table.only_second
        return Untested(
            delta=(c - b) / table.n,
            p=mcnemar_mid_p(b, c),
            interval=tango(b, c, table.n),
            interval_90=tango(b, c, table.n, 0.90),
            method="McNemar mid-p",
        )
    assert pair.boot is not None
    return Untested(
        delta=pair.boot.estimate(metric),
        p=pair.boot.p_value(metric),
        interval=pair.boot.difference(metric),
        interval_90=pair.boot.difference(metric, 0.90),
        method="paired bootstrap",
    )


def tested(
    pair: Pair,
    found: Untested,
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
    found : Untested
        Their difference on the metric.
    spec : MetricSpec
        The metric.
    p_holm : float
        Adjusted over the family.
    n_tests : int
        Size of the family; Holm's first step tests at 5 % divided by it, and
        the detectable difference is told at that level.
    margin : float or None
        Smallest difference that matters.

    Returns
    -------
    QualityTest
    """
    detectable = None
    if spec.name == "accuracy":
        share = pair.table.discordant / pair.table.n
        detectable = detectable_difference(share, pair.table.n, alpha=ALPHA / n_tests)
    worded = put_in_words(
        found,
        spec=spec,
        p_holm=p_holm,
        n_tests=n_tests,
        margin=margin,
        detectable=detectable,
    )
    reason = _why_inconclusive(pair) if worded.word == "inconclusive" else None
    return replace(worded, identical=pair.identical, reason=reason)


def put_in_words(
    found: Untested,
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
    found, spec, p_holm, n_tests, margin
        As of :func:`tested`.
    detectable : float or None
        Smallest difference that would be found.

    Returns
    -------
    QualityTest
    """
    word, small = quality_word(
        found.delta,
        p_holm,
        found.interval_90,
        margin,
        greater_is_better=spec.greater_is_better,
    )
    return QualityTest(
        metric=spec.name,
        method=found.method,
        delta=found.delta,
        interval=found.interval,
        interval_90=found.interval_90,
        p=found.p,
        p_holm=p_holm,
        n_tests=n_tests,
        detectable=detectable,
        margin=margin,
        word=word,
        real_but_small=small,
        identical=False,
        reason=_OPEN if word == "inconclusive" else None,
    )


def _why_inconclusive(pair: Pair) -> str:
    if pair.identical:
        return "the two predict the same class on every test row"
    if pair.table.discordant == 0:
        return "the two are right on the same test rows"
    return _OPEN
