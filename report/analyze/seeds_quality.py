"""Quality over several seeds: means, intervals, and the test of a difference."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from tunecard.report.analyze.types import (
    CaseAnalysis,
    ClassChange,
    MetricComparison,
    MetricValue,
    PairedTable,
    QualityComparison,
    QualityTest,
    SeedsAnalysis,
)
from tunecard.report.stats.families import Decision
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.seeds import METHOD, over_seeds
from tunecard.report.stats.verdicts import quality_word
from tunecard.runner.schema import ClassQuality

#: Rows of different seeds are never counted together.
NO_ROWS = PairedTable(0, 0, 0, 0)
_WIDEST = "widest over the seeds"


def metrics_over(
    cases: Sequence[CaseAnalysis], seeds: SeedsAnalysis
) -> tuple[MetricValue, ...]:
    """Return each metric's mean over the seeds, for cases that all have quality."""
    return tuple(
        MetricValue(
            spec=values[0].spec,
            test=_mean([value.test for value in values]),
            interval=_interval(
                [value.test for value in values],
                [value.interval for value in values],
                seeds,
            ),
            train=_mean([value.train for value in values]),
            gap=_mean([value.gap for value in values]),
        )
        for values in zip(*(case.metrics for case in cases), strict=True)
    )


def classes_over(cases: Sequence[CaseAnalysis]) -> tuple[ClassQuality, ...]:
    """Return each class's means over the seeds."""
    return tuple(
        _class(of_class) for of_class in zip(*(c.per_class for c in cases), strict=True)
    )


def mean_over(tests: Sequence[QualityTest], seeds: SeedsAnalysis) -> PairedInference | None:
    """Return the inference of a mean difference of seeds that each split the data again.

    Parameters
    ----------
    tests : sequence of QualityTest
        Of each seed.
    seeds : SeedsAnalysis
        Whether each has rows of its own.

    Returns
    -------
    PairedInference or None
        None where the seeds share their rows, or all show the same difference.
    """
    mean = _average([test.delta for test in tests], seeds) if seeds.resplit else None
    # Equal differences show nothing of chance.
    return mean if mean is not None and mean.sd > 0 else None


def decided_over(
    tests: Sequence[QualityTest],
    mean: PairedInference,
    decision: Decision,
    seeds: SeedsAnalysis,
) -> QualityTest:
    """Return the verdict on the mean difference of seeds.

    Parameters
    ----------
    tests : sequence of QualityTest
        Of each seed.
    mean : PairedInference
        From `mean_over`.
    decision : Decision
        Its part of the family's decision.
    seeds : SeedsAnalysis
        The seeds.
    """
    first = tests[0]
    word = decision.word(greater_is_better=first.metric.greater_is_better)
    reason = None
    if word == "inconclusive":
        reason = f"{len(tests)} {seeds.noun}s do not decide between a difference and none"
    return QualityTest(
        metric=first.metric,
        method=f"{METHOD} over {len(tests)} {seeds.noun}s",
        delta=mean.estimate,
        interval=decision.interval,
        equivalence=decision.equivalence,
        p=mean.p(),
        p_holm=decision.p_adjusted,
        n_tests=decision.n_tests,
        detectable=None,
        margin=first.margin,
        word=word,
        significant_but_equivalent=word == "equivalent" and decision.different,
        identical=False,  # the seeds' differences differ
        reason=reason,
        n_seeds=len(tests),
    )


def agreed_over(tests: Sequence[QualityTest], seeds: SeedsAnalysis) -> QualityTest:
    """Return the verdict that every seed supports on its test rows, if there is one.

    The intervals span those of all seeds: the word that is read from them is the one
    that each seed's own intervals support (an intersection-union test).
    """
    first, words = tests[0], [test.word for test in tests]
    interval = _join([test.interval for test in tests]) or first.interval
    equivalence = _join([test.equivalence for test in tests]) or first.equivalence
    word = quality_word(
        interval,
        equivalence,
        first.margin,
        greater_is_better=first.metric.greater_is_better,
    )
    same_side = len({test.delta > 0 for test in tests}) == 1
    adjusted = max(test.p_holm for test in tests) if same_side else 1.0
    return QualityTest(
        metric=first.metric,
        method=f"{first.method}, where {len(tests)} seeds agree",
        delta=fmean(test.delta for test in tests),
        interval=interval,
        equivalence=equivalence,
        p=max(test.p for test in tests) if same_side else 1.0,
        p_holm=adjusted,
        n_tests=first.n_tests,
        detectable=None,
        margin=first.margin,
        word=word,
        significant_but_equivalent=word == "equivalent" and not interval.contains(0.0),
        identical=all(test.identical for test in tests),
        reason=_explain_agreement(tests, words, seeds) if word == "inconclusive" else None,
        n_seeds=len(tests),
    )


def _explain_agreement(
    tests: Sequence[QualityTest], words: Sequence[str], seeds: SeedsAnalysis
) -> str:
    """Return why the seeds together decide nothing."""
    if len(set(words)) > 1:
        of_word: dict[str, list[int]] = {}
        for seed, word in zip(seeds.seeds, words, strict=True):
            of_word.setdefault(word, []).append(seed)
        parts = [f"{word} with {seeds.name_of(*which)}" for word, which in of_word.items()]
        return f"the verdict depends on the {seeds.noun}: {'; '.join(parts)}"
    reasons = {test.reason for test in tests}
    reason = reasons.pop() if len(reasons) == 1 else None
    return reason or f"no {seeds.noun} decides between a difference and none"


def comparison_over(
    compared: Sequence[QualityComparison], test: QualityTest, seeds: SeedsAnalysis
) -> QualityComparison:
    """Return baseline against tuned in means over the seeds."""
    classes = tuple(
        _class_change(of_class)
        for of_class in zip(*(each.per_class for each in compared), strict=True)
    )
    fallen = [change for change in classes if change.f1_delta < 0]
    return QualityComparison(
        table=NO_ROWS,
        test=test,
        metrics=tuple(
            _metric(of_metric, test, seeds)
            for of_metric in zip(*(each.metrics for each in compared), strict=True)
        ),
        per_class=classes,
        most_lost=min(fallen, key=lambda change: change.f1_delta, default=None),
        confusion_difference=np.zeros_like(compared[0].confusion_difference),
    )


def _metric(
    values: Sequence[MetricComparison], test: QualityTest, seeds: SeedsAnalysis
) -> MetricComparison:
    first = values[0]
    deltas = [value.delta for value in values]
    interval = test.interval
    if not first.primary:
        own = _interval(deltas, [value.interval for value in values], seeds)
        reasons = [value.interval_reason for value in values if value.interval_reason]
        reason = reasons[0] if reasons else "the metric is not defined with every seed"
        return _compared(values, own, None if own is not None else reason)
    return _compared(values, interval, None)


def _compared(
    values: Sequence[MetricComparison], interval: Interval | None, reason: str | None
) -> MetricComparison:
    return MetricComparison(
        spec=values[0].spec,
        primary=values[0].primary,
        first=_mean([value.first for value in values]),
        second=_mean([value.second for value in values]),
        delta=_mean([value.delta for value in values]),
        interval=interval,
        interval_reason=reason,
        # Where every seed shows it on its own rows.
        fall=_join([value.fall for value in values]),
    )


def _class_change(changes: Sequence[ClassChange]) -> ClassChange:
    baseline = _class([change.baseline for change in changes])
    tuned = _class([change.tuned for change in changes])
    return ClassChange(
        name=baseline.name,
        support=baseline.support,
        baseline=baseline,
        tuned=tuned,
        precision_delta=tuned.precision - baseline.precision,
        recall_delta=tuned.recall - baseline.recall,
        f1_delta=tuned.f1 - baseline.f1,
        recall_interval=None,
    )


def _class(values: Sequence[ClassQuality]) -> ClassQuality:
    return ClassQuality(
        name=values[0].name,
        support=round(fmean(value.support for value in values)),
        precision=fmean(value.precision for value in values),
        recall=fmean(value.recall for value in values),
        f1=fmean(value.f1 for value in values),
    )


def _interval(
    values: Sequence[float | None],
    intervals: Sequence[Interval | None],
    seeds: SeedsAnalysis,
) -> Interval | None:
    """Return the interval of a mean over seeds, or the widest of theirs.

    The latter on shared rows, and where the seeds' values do not differ.
    """
    mean = _average(values, seeds) if seeds.resplit else None
    return mean.interval() if mean is not None and mean.sd > 0 else _join(intervals)


def _average(
    values: Sequence[float | None], seeds: SeedsAnalysis
) -> PairedInference | None:
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return None
    n_train, n_test = (
        fmean(getattr(analysis, part) for analysis in seeds.analyses)
        for part in ("n_train", "n_test")
    )
    return over_seeds(numbers, n_train, n_test)


def _join(intervals: Sequence[Interval | None]) -> Interval | None:
    present = [interval for interval in intervals if interval is not None]
    if not present or len(present) < len(intervals):
        return None
    low, high = (
        min(interval.low for interval in present),
        max(interval.high for interval in present),
    )
    return Interval(low, high, present[0].level, _WIDEST)


def _mean(values: Sequence[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return fmean(numbers) if numbers and len(numbers) == len(values) else None
