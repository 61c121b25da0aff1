"""Two runs: what they share, what differs, and what the second is against the first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tunecard.report.analyze.types.machine import KernelAnalysis
from tunecard.report.analyze.types.quality import MetricComparison, PairedTable, QualityTest
from tunecard.report.analyze.types.times import CpuWitness, TimedOperation, TimeWord
from tunecard.report.analyze.types.worth import GainStep
from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import MetricSpec, Results, Variant

Part: TypeAlias = Literal["machine", "software", "data", "study", "model"]
State: TypeAlias = Literal["shared", "new", "gone"]


@dataclass(frozen=True)
class SetupDifference:
    """What is not the same in both runs: a key, and its value in each, as text."""

    part: Part
    key: str
    first: str
    second: str


@dataclass(frozen=True)
class RunTime:
    """One operation of one case, the second run against the first.

    Attributes
    ----------
    operation : str
        ``fit``, ``predict`` or both together.
    first, second : float or None
        Median over the rounds, seconds of one call, as measured.
    ratio : float or None
        Second / first of the times relative to each run's calibration kernel.
    interval : Interval or None
        95 % for all cases of the comparison together (Bonferroni), the noise
        between runs included.
    floor : float
        Share by which two identical runs may differ by noise alone.
    floor_runs : int
        Earlier runs that the floor rests on; 0 where it is the fixed one.
    detectable : float or None
        Half-width of the interval as a share.
    n_rounds : int
        Rounds of the run that has fewer.
    word : str
        faster, slower, no difference (beyond ``beyond``), inconclusive.
    beyond : float or None
        With "no difference": the share that a difference does not exceed.
    reason : str or None
        Why the word is "inconclusive".
    cpu : CpuWitness or None
        Where the word is "inconclusive", because wall time is disturbed, and CPU time
        decides.
    """

    operation: TimedOperation
    first: float | None
    second: float | None
    ratio: float | None
    interval: Interval | None
    floor: float
    floor_runs: int
    detectable: float | None
    n_rounds: int
    word: TimeWord
    beyond: float | None
    reason: str | None
    cpu: CpuWitness | None = None


@dataclass(frozen=True)
class CaseChange:
    """One case (model and variant) of two runs.

    Attributes
    ----------
    state : str
        ``shared``; ``new``: in the second run alone; ``gone``: in the first alone.
    changed : tuple of SetupDifference
        Estimator, parameters and search that differ.
    table : PairedTable or None
        First run against second, where the test rows are the same.
    test : QualityTest or None
        On the second study's metric; None with ``quality_reason``.
    metrics : tuple of MetricComparison
        Every metric that both runs have.
    times : tuple of RunTime
        Empty with ``times_reason``.
    """

    model: str
    variant: Variant
    label: str
    state: State
    changed: tuple[SetupDifference, ...]
    table: PairedTable | None
    test: QualityTest | None
    metrics: tuple[MetricComparison, ...]
    quality_reason: str | None
    times: tuple[RunTime, ...]
    times_reason: str | None

    @property
    def key(self) -> str:
        """``model/variant``."""
        return f"{self.model}/{self.variant}"

    def metric(self, name: str) -> MetricComparison | None:
        """Return the comparison of a metric by its name."""
        return next((value for value in self.metrics if value.spec.name == name), None)

    def time(self, operation: TimedOperation) -> RunTime | None:
        """Return the comparison of an operation's time."""
        return next((time for time in self.times if time.operation == operation), None)


@dataclass(frozen=True)
class GainChange:
    """The corrected gain of a model's search in two runs; None where one has none."""

    model: str
    label: str
    metric: MetricSpec
    first: GainStep | None
    second: GainStep | None


@dataclass(frozen=True)
class RunComparison:
    """The second run against the first.

    Attributes
    ----------
    metric : MetricSpec
        The second study's.
    margin : float or None
        The second study's smallest difference that matters.
    pairing : str
        ``paired``: the same test rows; ``unpaired``: two independent samples;
        ``refused``: nothing is compared.
    pairing_reason : str
        Why it is not paired; empty where it is.
    n_tests : int
        Shared cases that are tested together, with Holm.
    time_reasons : tuple of SetupDifference
        What forbids a comparison of times; empty where they are compared.
    differences : tuple of SetupDifference
        Everything that differs between machine, software, data and study.
    same : dict of tuple of str
        By part, the keys that do not differ.
    kernels : tuple of KernelAnalysis or None
        The calibration kernel in each run.
    kernel_ratio : float or None
        By how much slower the second machine was; 1.02 is 2 %.
    floor_runs : int
        Earlier runs of the same machine and study that are known.
    seed_note : str
        Which of several seeds the runs are compared by; empty where they have one.
    gains : tuple of GainChange
        What each model's search gained in the two runs.
    """

    first: Results
    second: Results
    metric: MetricSpec
    margin: float | None
    pairing: Literal["paired", "unpaired", "refused"]
    pairing_reason: str
    n_tests: int
    time_reasons: tuple[SetupDifference, ...]
    differences: tuple[SetupDifference, ...]
    same: Mapping[Part, tuple[str, ...]]
    kernels: tuple[KernelAnalysis | None, KernelAnalysis | None]
    kernel_ratio: float | None
    floor_runs: int
    cases: tuple[CaseChange, ...]
    seed_note: str = ""
    gains: tuple[GainChange, ...] = ()

    def case(self, model: str, variant: str) -> CaseChange | None:
        """Return a case of either run."""
        return next(
            (case for case in self.cases if (case.model, case.variant) == (model, variant)),
            None,
        )
