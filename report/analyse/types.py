"""What the analysis of a run holds: raw numbers and verdict words, never text to print.

Shares, metrics and their differences are fractions (0.97, +0.0026), times are
seconds of one call, memory is bytes, a ratio is tuned / baseline. What could
not be computed is ``None``, and the ``..._reason`` beside it says why in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from report.stats.interval import Interval
from report.stats.verdicts import QualityWord
from runner.schema import (
    ClassQuality,
    DatasetInfo,
    Environment,
    MetricSpec,
    Operation,
    Params,
    Status,
    Variant,
)

TimeWord: TypeAlias = Literal["faster", "slower", "no difference", "inconclusive"]
MemoryWord: TypeAlias = Literal["less", "more", "no difference", "inconclusive"]
TimedOperation: TypeAlias = Literal["fit", "predict", "fit+predict"]


# --- one case -----------------------------------------------------------------


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
        95 %: Wilson for accuracy; bootstrap over the test rows for the other
        label metrics; None where there is no method or there are no predictions.
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
class TimedSample:
    """One timed call, per call: an inner loop's time is divided by its loops.

    ``wall`` and ``cpu`` are seconds; ``peak_memory`` is bytes above what was
    resident before; ``counted`` is False for the cold call alone.
    """

    round: int
    position: int
    wall: float
    cpu: float
    loops: int
    cold: bool
    contaminated: bool
    counted: bool
    peak_memory: int | None
    other_cpu: float | None
    steal: float | None


@dataclass(frozen=True)
class RoundValue:
    """The value of one worker: the median of its counted calls, in seconds."""

    round: int
    wall: float
    cpu: float
    peak_memory: int | None


@dataclass(frozen=True)
class OperationTimes:
    """The times of one operation of one case.

    Attributes
    ----------
    operation : str
        ``fit`` or ``predict``.
    n_rows : int
        Rows of one call.
    samples : tuple of TimedSample
        Every call in order, cold ones and contaminated ones included.
    rounds : tuple of RoundValue
        One value a round (worker), in the order of rounds.
    seconds, cpu_seconds : float or None
        Median over the rounds; None without a counted call.
    cold_seconds : float or None
        The first call of round 1.
    peak_memory : int or None
        Median over the rounds, bytes.
    n_contaminated : int
        Counted samples that were tagged contaminated.
    noise : float or None
        95 % half-width of the ratio of successive rounds of this case
        (0.03 = 3 %); None under 3 rounds.
    """

    operation: Operation
    n_rows: int
    samples: tuple[TimedSample, ...]
    rounds: tuple[RoundValue, ...]
    seconds: float | None
    cpu_seconds: float | None
    cold_seconds: float | None
    peak_memory: int | None
    n_contaminated: int
    noise: float | None


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
    zero_probability : int or None
        Test rows whose true class was given probability 0.
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
    max_iter: int | None
    threads: int | None
    model_bytes: int | None
    peak_memory: int | None
    n_train_rows_scored: int | None
    metrics: tuple[MetricValue, ...]
    per_class: tuple[ClassQuality, ...]
    confusion: NDArray[np.int64] | None
    times: Mapping[Operation, OperationTimes]
    zero_probability: int | None

    @property
    def ok(self) -> bool:
        """Whether the case ended well."""
        return self.status == "ok"

    def metric(self, name: str) -> MetricValue | None:
        """Return a metric of this case by its name."""
        return next((value for value in self.metrics if value.spec.name == name), None)


# --- two cases on the same test rows ------------------------------------------


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
    metric where less is better a negative delta is an improvement.
    ``interval`` is the 95 % interval of delta; ``interval_reason`` says why
    there is none. ``primary`` marks the study's metric, the only one tested.
    """

    spec: MetricSpec
    primary: bool
    first: float | None
    second: float | None
    delta: float | None
    interval: Interval | None
    interval_reason: str | None


@dataclass(frozen=True)
class ClassChange:
    """One class, baseline against tuned; deltas are tuned less baseline.

    ``recall_interval`` is the 95 % interval (Tango) of the change in recall on
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
    metric : str
        Name of the metric that is tested (the study's).
    method : str
        ``McNemar mid-p`` or ``paired bootstrap``.
    delta : float
        Second less first.
    interval, interval_90 : Interval
        95 % for reading, 90 % for the comparison with the margin.
    p : float
        Two-sided; never 0.
    p_holm : float
        Adjusted over the ``n_tests`` of its family.
    detectable : float or None
        Smallest difference found with 80 % power at 5 % (Connor 1987), for
        accuracy; None for other metrics.
    margin : float or None
        The study's smallest difference that matters.
    word : str
        better, worse, equivalent, inconclusive: of the second against the first.
    real_but_small : bool
        ``equivalent`` with Holm p < 0.05: a real difference, smaller than the
        margin.
    identical : bool
        The two predict the same class on every test row.
    reason : str or None
        Why the word is "inconclusive".
    """

    metric: str
    method: str
    delta: float
    interval: Interval
    interval_90: Interval
    p: float
    p_holm: float
    n_tests: int
    detectable: float | None
    margin: float | None
    word: QualityWord
    real_but_small: bool
    identical: bool
    reason: str | None


@dataclass(frozen=True)
class QualityComparison:
    """Baseline against tuned of one model, on the same test rows.

    Attributes
    ----------
    table : PairedTable
        First = baseline, second = tuned.
    test : QualityTest
        The primary test.
    metrics : tuple of MetricComparison
        Every metric of the run, in the order of ``Results.metrics``.
    per_class : tuple of ClassChange
        In the order of the classes.
    most_lost : ClassChange or None
        The class whose F1 fell most; None when none fell.
    confusion_difference : ndarray of int64, shape (n_classes, n_classes)
        Tuned less baseline.
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
    """Two tuned models on the same test rows: a family of tests of its own.

    ``test.word`` is of the second model against the first.
    """

    first: str
    second: str
    first_label: str
    second_label: str
    table: PairedTable
    test: QualityTest


@dataclass(frozen=True)
class TimeComparison:
    """One operation, baseline against tuned, over rounds.

    Attributes
    ----------
    operation : str
        ``fit``, ``predict`` or both together.
    baseline, tuned : float or None
        Median over the rounds, seconds of one call.
    ratio : float or None
        exp(mean over rounds of log(tuned / baseline)).
    interval : Interval or None
        95 %, paired t on the log ratios; None under 2 rounds.
    floor : float
        Noise floor as a share: 0.02 means that 2 % either way is noise.
    detectable : float or None
        Half-width of the interval as a share: what could have been seen.
    n_rounds : int
        Rounds in which both were timed.
    word : str
        faster, slower, no difference (beyond ``beyond``), inconclusive.
    beyond : float or None
        With "no difference": the share that a difference does not exceed,
        the larger of the floor and the interval's far end.
    reason : str or None
        Why the word is "inconclusive".
    """

    operation: TimedOperation
    baseline: float | None
    tuned: float | None
    ratio: float | None
    interval: Interval | None
    floor: float
    detectable: float | None
    n_rounds: int
    word: TimeWord
    beyond: float | None
    reason: str | None


@dataclass(frozen=True)
class MemoryComparison:
    """Peak memory of one operation above what was resident before, bytes.

    The words and numbers follow :class:`TimeComparison`, over the same rounds.
    """

    operation: Operation
    baseline: int | None
    tuned: int | None
    ratio: float | None
    interval: Interval | None
    word: MemoryWord
    reason: str | None


# --- the search ---------------------------------------------------------------


@dataclass(frozen=True)
class CandidateAnalysis:
    """One candidate over its folds.

    ``sd`` is the sample standard deviation over folds, ``se`` is sd divided by
    the square root of their number. ``interval`` is Nadeau and Bengio's, and
    optimistic for the winner, who was chosen on these folds. ``rank`` is 1 for
    the best mean; ties share a rank, as in scikit-learn; None for the
    baseline's own candidate and for failed ones. ``cpu_seconds`` is the sum
    over folds; None where any is missing.
    """

    index: int
    eligible: bool
    params: Params
    scores: tuple[float | None, ...]
    mean: float | None
    sd: float | None
    se: float | None
    interval: Interval | None
    rank: int | None
    cpu_seconds: float | None
    status: Literal["ok", "failed"]
    reason: str | None
    converged: bool | None


@dataclass(frozen=True)
class CurvePoint:
    """A candidate on a validation curve; ``candidate`` is its index."""

    candidate: int
    x: float
    mean: float
    se: float | None
    scores: tuple[float | None, ...]


@dataclass(frozen=True)
class CurveSeries:
    """One line of a validation curve: the other parameters, and its points by x."""

    params: Params
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class Curve:
    """A validation curve over the one numeric parameter of a search.

    Attributes
    ----------
    parameter : str
        The parameter on the x axis.
    scale : str
        ``log`` for a loguniform distribution or values over 2 decades.
    low, high : float
        Ends of the space that was searched.
    series : tuple of CurveSeries
        One line for each setting of the other, non-numeric parameters.
    baseline : CurvePoint or None
        Candidate 0; None where the results do not name its value of the
        parameter. Its mean is in :class:`SearchAnalysis` all the same.
    best : int
        Index of the candidate that was chosen.
    """

    parameter: str
    scale: Literal["linear", "log"]
    low: float
    high: float
    series: tuple[CurveSeries, ...]
    baseline: CurvePoint | None
    best: int


@dataclass(frozen=True)
class Edge:
    """The best candidate lies at an end of the space of a parameter."""

    parameter: str
    value: float
    side: Literal["low", "high"]
    low: float
    high: float


@dataclass(frozen=True)
class OneStandardError:
    """The simplest candidate within one standard error of the best mean.

    ``threshold`` is the best mean less its standard error; ``simpler`` says
    which way is simpler; ``same`` is True when it is the best itself.
    """

    candidate: int
    params: Params
    mean: float
    threshold: float
    simpler: Mapping[str, Literal["larger", "smaller"]]
    same: bool


@dataclass(frozen=True)
class GridEquivalent:
    """What a grid of the same resolution would have cost (Bergstra & Bengio 2012).

    A randomised search of ``n_iter`` candidates tries ``n_iter`` distinct values
    of every continuous parameter; a grid that does the same needs
    ``n_iter ** d`` candidates for d parameters. With d = 1 both cost the same:
    ``saves`` is False.

    Attributes
    ----------
    parameters : tuple of str
        The continuous parameters.
    n_values : int
        Distinct values tried along each: ``n_iter``.
    n_candidates, n_fits : int
        Of the grid.
    cpu_seconds : float
        Estimate: mean CPU seconds of a candidate's fold times ``n_fits``.
    saves : bool
        The randomised search ran fewer fits than this grid.
    spacing : str
        ``decades`` (log10) for a loguniform parameter, else ``units``; of the
        first parameter.
    widest_gap : float or None
        Widest distance between neighbouring values that were drawn, in
        ``spacing``; None under 2 distinct values.
    n_grid_same_gap : int or None
        Points of an even grid from the lowest to the highest drawn value whose
        neighbours are no further apart than that: what the same coverage would
        have taken.
    """

    parameters: tuple[str, ...]
    n_values: int
    n_candidates: int
    n_fits: int
    cpu_seconds: float
    saves: bool
    spacing: Literal["decades", "units"]
    widest_gap: float | None
    n_grid_same_gap: int | None


@dataclass(frozen=True)
class BreakEven:
    """What the search cost against what it brought.

    Attributes
    ----------
    predictions : float or None
        Rows to predict with the tuned model until its time saved repays the
        search's wall seconds; None (with ``reason``) unless predict is faster.
    cpu_seconds_per_point : float or None
        Search CPU seconds for each percentage point of the study's metric
        gained; None unless the word is "better".
    reason : str or None
        Why there is no number of predictions.
    """

    predictions: float | None
    cpu_seconds_per_point: float | None
    reason: str | None


@dataclass(frozen=True)
class SearchCost:
    """What a search cost, in fits and seconds.

    Attributes
    ----------
    n_candidates, n_folds : int
        Candidates (baseline aside) and folds.
    n_fits : int
        candidates x folds: fits of a search without sharing.
    n_fits_run : int
        Fits that were actually run, the baseline's folds included:
        a shared neighbour table counts once a fold.
    cpu_seconds, wall_seconds : float
        Of the whole search.
    baseline_cpu_seconds : float or None
        CPU of one fit and one predict of the baseline (medians over rounds).
    cpu_ratio : float or None
        cpu_seconds / baseline_cpu_seconds.
    usual_cpu_seconds : float or None
        Estimate of the usual way without sharing: candidates x folds x mean
        CPU of one shared pass; None for ``parallel``, which is the usual way.
    grid : GridEquivalent or None
        For a randomised search with a continuous parameter.
    """

    n_candidates: int
    n_folds: int
    n_fits: int
    n_fits_run: int
    cpu_seconds: float
    wall_seconds: float
    jobs: int
    threads: int
    baseline_cpu_seconds: float | None
    cpu_ratio: float | None
    usual_cpu_seconds: float | None
    grid: GridEquivalent | None
    break_even: BreakEven


@dataclass(frozen=True)
class SearchAnalysis:
    """A search, its candidates, what it chose and what it cost.

    Attributes
    ----------
    candidates : tuple of CandidateAnalysis
        In the order of their index; candidate 0 is the baseline.
    best : CandidateAnalysis
        The one that was chosen.
    baseline : CandidateAnalysis or None
        Candidate 0.
    one_se : OneStandardError or None
        Only where the study declares ``simpler``.
    curve : Curve or None
        Where exactly one numeric parameter was searched.
    edges : tuple of Edge
        Empty when the best lies inside its space.
    test_score : float or None
        The tuned case's held-out score on the search's metric.
    optimism : float or None
        Best mean over folds less ``test_score``.
    n_failed : int
        Candidates that failed.
    """

    strategy: str
    method: Literal["shared-neighbours", "parallel"]
    metric: str
    folds: tuple[tuple[int, int], ...]
    candidates: tuple[CandidateAnalysis, ...]
    best: CandidateAnalysis
    baseline: CandidateAnalysis | None
    one_se: OneStandardError | None
    curve: Curve | None
    edges: tuple[Edge, ...]
    test_score: float | None
    optimism: float | None
    n_failed: int
    n_rows_asked_again: int
    cost: SearchCost


# --- a model, and the whole ---------------------------------------------------


@dataclass(frozen=True)
class ModelAnalysis:
    """One model: its two cases, their comparison and its search.

    ``quality`` is None with ``quality_reason`` when one of the two cases is
    missing or not ok, or there are no predictions; ``search`` is None with
    ``search_reason``.
    ``times`` holds fit, predict and fit+predict, ``memory`` fit and predict;
    both are empty when a case has no timings at all.
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

    @property
    def cases(self) -> tuple[CaseAnalysis, ...]:
        """The cases that there are, baseline first."""
        return tuple(case for case in (self.baseline, self.tuned) if case is not None)

    @property
    def quality_word(self) -> QualityWord:
        """The verdict on quality; inconclusive where nothing could be compared."""
        return self.quality.test.word if self.quality else "inconclusive"

    def time(self, operation: TimedOperation) -> TimeComparison | None:
        """Return the comparison of an operation's time."""
        return next((time for time in self.times if time.operation == operation), None)


@dataclass(frozen=True)
class MostFrequent:
    """Always predicting the class that is most frequent in training.

    ``accuracy`` is its share of the test rows; ``n_test`` their number.
    """

    name: str
    accuracy: float
    n_test: int


@dataclass(frozen=True)
class Analysis:
    """A run in numbers and words.

    Attributes
    ----------
    metric : MetricSpec
        The study's own: what the search maximised and the verdict is about.
    margin : float or None
        Smallest difference in it that matters.
    headline : tuple of MetricSpec
        The metrics that stand at the top.
    class_names : tuple of str
        In the order of their codes.
    predictions_reason : str or None
        Why predictions could not be used, so that nothing paired is known.
    models : tuple of ModelAnalysis
        In the study's order.
    between : tuple of TunedComparison
        Every pair of tuned models that can be compared.
    dataset, environment
        As the runner stored them.
    """

    metric: MetricSpec
    margin: float | None
    seed: int
    n_train: int
    n_test: int
    headline: tuple[MetricSpec, ...]
    class_names: tuple[str, ...]
    most_frequent: MostFrequent | None
    predictions_reason: str | None
    models: tuple[ModelAnalysis, ...]
    between: tuple[TunedComparison, ...]
    dataset: DatasetInfo
    environment: Environment

    @property
    def cases(self) -> tuple[CaseAnalysis, ...]:
        """Every case, model by model."""
        return tuple(case for model in self.models for case in model.cases)

    def model(self, name: str) -> ModelAnalysis:
        """Return a model by its short name; KeyError when there is none."""
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)
