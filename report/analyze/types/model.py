"""A case, a model, and the whole analysis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.types.curves import CaseCurves
from tunecard.report.analyze.types.errors import ErrorAnalysis
from tunecard.report.analyze.types.machine import LatencyAnalysis
from tunecard.report.analyze.types.quality import (
    MetricValue,
    QualityComparison,
)
from tunecard.report.analyze.types.search import SearchAnalysis
from tunecard.report.analyze.types.times import (
    MemoryComparison,
    OperationTimes,
    TimeComparison,
    TimedOperation,
)
from tunecard.report.stats.dependence import Dependence
from tunecard.report.stats.reliability import Reliability
from tunecard.report.stats.verdicts import QualityWord
from tunecard.runner.schema import (
    ClassQuality,
    Cut,
    Operation,
    Params,
    Status,
    ThreadPool,
    Variant,
)

ModelWord: TypeAlias = QualityWord | Literal["failed", "not tuned", "not compared"]


@dataclass(frozen=True)
class CaseAnalysis:
    """One configuration of one model, seen alone.

    Attributes
    ----------
    key : str
        ``model/variant``.
    status, reason
        As the runner stored them; a case that is not ok has no metrics and
        usually no times.
    metrics : tuple of MetricValue
        In the order of ``Results.metrics``; empty without quality.
    per_class : tuple of ClassQuality
        In the order of the classes; empty without quality.
    confusion : ndarray of int64, shape (n_classes, n_classes), or None
        Rows are true classes, columns predicted; None without predictions.
    times : dict
        ``fit`` and ``predict``; an operation that was not timed is missing.
    latencies : tuple of LatencyAnalysis
        Calls of predict on few rows, from the smallest batch.
    zero_probability : int or None
        Test rows whose true class was given probability 0.
    calibration : Reliability or None
        Confidence against accuracy; None with ``calibration_reason``.
    timings_reason : str or None
        Why there are no times, where the results say so.
    curves : CaseCurves or None
        ROC and precision-recall curve, of two classes.
    n_changed_rows : int or None
        Test rows predicted otherwise by another fit with the same seed.
    """

    key: str
    model: str
    variant: Variant
    label: str
    status: Status
    reason: str | None
    params: Params
    python: tuple[str, ...]
    converged: bool | None
    n_iter: int | None
    threads: int | None
    thread_pools: tuple[ThreadPool, ...]
    metrics: tuple[MetricValue, ...]
    per_class: tuple[ClassQuality, ...]
    confusion: NDArray[np.int64] | None
    times: Mapping[Operation, OperationTimes]
    latencies: tuple[LatencyAnalysis, ...]
    zero_probability: int | None
    calibration: Reliability | None
    calibration_reason: str | None
    timings_reason: str | None = None
    curves: CaseCurves | None = None
    n_changed_rows: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the case ended well."""
        return self.status == "ok"

    @property
    def share_right(self) -> MetricValue | None:
        """The share of the test rows that it gets right; None without quality."""
        return next(
            (metric for metric in self.metrics if metric.spec.is_share_of_rows), None
        )

    def metric(self, name: str) -> MetricValue | None:
        """Return a metric of this case by its name."""
        return next((value for value in self.metrics if value.spec.name == name), None)


@dataclass(frozen=True)
class ModelAnalysis:
    """One model: its two cases, their comparison and its search.

    ``quality`` is None with ``quality_reason`` when one of the two cases is
    missing or not ok, or there are no predictions; ``search`` is None with
    ``search_reason``.
    ``is_tuned`` is whether it has a tuned case: searched, given or handed over.
    ``cut`` is what a budget left of its search, where it cut it.
    ``times`` holds fit, predict and fit+predict, ``memory`` fit and predict;
    both are empty when a case has no timings at all.
    ``errors`` are those of a regression's predictions.
    """

    name: str
    label: str
    estimator: str
    baseline: CaseAnalysis | None
    tuned: CaseAnalysis | None
    quality: QualityComparison | None
    quality_reason: str | None
    times: tuple[TimeComparison, ...]
    memory: tuple[MemoryComparison, ...]
    search: SearchAnalysis | None
    search_reason: str | None
    is_tuned: bool
    cut: Cut | None
    errors: ErrorAnalysis | None = None

    @property
    def cases(self) -> tuple[CaseAnalysis, ...]:
        """The cases that there are, baseline first."""
        return tuple(case for case in (self.baseline, self.tuned) if case is not None)

    @property
    def quality_word(self) -> QualityWord:
        """The verdict on quality; inconclusive where nothing could be compared."""
        return self.quality.test.word if self.quality else "inconclusive"

    @property
    def word(self) -> ModelWord:
        """The word on the model's card: the verdict on quality, or why there is none."""
        if any(not case.ok for case in self.cases):
            return "failed"
        if not self.is_tuned:
            return "not tuned"
        return self.quality_word if self.quality is not None else "not compared"

    def time(self, operation: TimedOperation) -> TimeComparison | None:
        """Return the comparison of an operation's time."""
        return next((time for time in self.times if time.operation == operation), None)


@dataclass(frozen=True)
class MostFrequent:
    """Always predicting the class that is most frequent in training.

    ``accuracy`` is its share of the test rows; ``n_test`` their number. ``value`` is
    what it gets in the study's metric; None where labels do not decide that.
    """

    name: str
    accuracy: float
    n_test: int
    value: float | None = None


@dataclass(frozen=True)
class TwinQuality:
    """A metric of a model's cases on test rows with a twin in training, and on the rest.

    Attributes
    ----------
    model, metric : str
        Short names.
    with_twin, without : tuple of float
        Of the baseline and the tuned case.
    """

    model: str
    metric: str
    with_twin: tuple[float, float]
    without: tuple[float, float]


@dataclass(frozen=True)
class OrderEffect:
    """Whether the order of the test rows matters for a model.

    Attributes
    ----------
    model : str
    errors : Dependence
        Of the errors of its last case, the tuned one where it is.
    change : Dependence or None
        Of the differences of its two cases; None with one, or where they never differ.
    """

    model: str
    errors: Dependence
    change: Dependence | None
