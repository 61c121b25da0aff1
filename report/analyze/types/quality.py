"""Quality: the metrics of a case, and two cases on the same test rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.power import Target
from tunecard.report.stats.verdicts import QualityWord
from tunecard.runner.schema import ClassQuality, MetricSpec


@dataclass(frozen=True)
class MetricValue:
    """One metric of one case.

    Attributes
    ----------
    spec : MetricSpec
        Name, label, unit, direction.
    test : float or None
        On the test rows, as stored by the runner.
    interval : Interval or None
        95 %: exact for accuracy, by classes for the other label metrics, DeLong for
        the AUC of two classes, a t interval for means of losses; None without a
        method or without predictions.
    train : float or None
        On the training rows that were scored.
    gap : float or None
        Train less test, signed so that above 0 means "better on train"
        whatever the metric's direction.
    """

    spec: MetricSpec
    test: float | None
    interval: Interval | None
    train: float | None
    gap: float | None


@dataclass(frozen=True)
class PairedTable:
    """The 2x2 table of two cases on the same test rows (counts).

    ``only_first`` rows are right in the first (baseline) alone, ``only_second``
    in the second (tuned) alone.
    """

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int

    @property
    def n(self) -> int:
        """Number of test rows."""
        return self.both_right + self.only_first + self.only_second + self.both_wrong

    @property
    def discordant(self) -> int:
        """Rows that exactly one of the two gets right."""
        return self.only_first + self.only_second


@dataclass(frozen=True)
class MetricComparison:
    """One metric, first against second (baseline against tuned).

    ``delta`` is second less first in the metric's own unit and sign, so for a
    metric where lower is better a negative delta is an improvement.
    ``interval`` is the 95 % interval of delta, of the study's metric adjusted as its
    verdict is; ``interval_reason`` has the reason why there is none. ``primary`` marks
    the study's metric. ``fall`` is the interval of delta of another metric that clearly
    became worse: adjusted for all other metrics of all models, it lies wholly on the
    worse side.
    """

    spec: MetricSpec
    primary: bool
    first: float | None
    second: float | None
    delta: float | None
    interval: Interval | None
    interval_reason: str | None
    fall: Interval | None = None


@dataclass(frozen=True)
class ClassChange:
    """One class, baseline against tuned; deltas are tuned minus baseline.

    ``recall_interval`` is the 95 % interval of the change in recall on
    the class's own rows; None under 50 rows of support, where it is not kept.
    """

    name: str
    support: int
    baseline: ClassQuality
    tuned: ClassQuality
    precision_delta: float
    recall_delta: float
    f1_delta: float
    recall_interval: Interval | None


@dataclass(frozen=True)
class QualityTest:
    """The test of a difference and what it is worth in words.

    Attributes
    ----------
    metric : MetricSpec
        The metric that is tested (the study's).
    method : str
        Name of the test.
    delta : float
        Second less first.
    interval : Interval
        Of ``delta``, 95 % for a family of one test and adjusted for more: it leaves 0
        out exactly where the difference is real.
    equivalence : Interval
        Of ``delta``, 90 % for a family of one test and adjusted for more: it lies
        within the margin exactly where the two are equivalent.
    p : float
        Two-sided; never 0.
    p_holm : float
        Adjusted over the ``n_tests`` of its family (Holm, in Shaffer's form where there
        is a margin).
    detectable : float or None
        Smallest difference found with 80 % power on these rows, at the family's level.
    margin : float or None
        The study's smallest difference that matters.
    word : str
        better, worse, equivalent, inconclusive: of the second against the first.
    significant_but_equivalent : bool
        ``equivalent`` with adjusted p < 0.05: a real difference, smaller than the
        margin.
    identical : bool
        The two answer every test row alike: the same class and, where the metric
        needs them, the same probabilities or scores.
    reason : str or None
        Why the word is "inconclusive".
    n_seeds : int
        Seeds that it is over; 0 for the test rows of a single seed.
    rows_needed : int or None
        Of an inconclusive word: test rows that would decide it with 80 % power.
    rows_target : str or None
        The true difference for which they would: as large as the ``margin``, or as the
        ``observed`` one.
    too_few : bool
        No outcome on so many test rows and discordant rows could decide.
    """

    metric: MetricSpec
    method: str
    delta: float
    interval: Interval
    equivalence: Interval
    p: float
    p_holm: float
    n_tests: int
    detectable: float | None
    margin: float | None
    word: QualityWord
    significant_but_equivalent: bool
    identical: bool
    reason: str | None
    n_seeds: int = 0
    rows_needed: int | None = None
    rows_target: Target | None = None
    too_few: bool = False


@dataclass(frozen=True)
class QualityComparison:
    """Baseline against tuned of one model, on the same test rows.

    Attributes
    ----------
    table : PairedTable
        First = baseline, second = tuned; of no rows where it is over several seeds.
    test : QualityTest
        The primary test.
    metrics : tuple of MetricComparison
        Every metric of the run, in the order of ``Results.metrics``.
    per_class : tuple of ClassChange
        In the order of the classes.
    most_lost : ClassChange or None
        The class whose F1 fell most; None when none fell.
    confusion_difference : ndarray of int64, shape (n_classes, n_classes)
        Tuned minus baseline.
    """

    table: PairedTable
    test: QualityTest
    metrics: tuple[MetricComparison, ...]
    per_class: tuple[ClassChange, ...]
    most_lost: ClassChange | None
    confusion_difference: NDArray[np.int64]

    def metric(self, name: str) -> MetricComparison | None:
        """Return the comparison of a metric by its name."""
        return next((value for value in self.metrics if value.spec.name == name), None)


@dataclass(frozen=True)
class TunedComparison:
    """Two tuned models on the same test rows, corrected separately from the verdicts.

    ``test.word`` is of the second model against the first.
    """

    first: str
    second: str
    first_label: str
    second_label: str
    table: PairedTable
    test: QualityTest
