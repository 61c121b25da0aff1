"""Times and memory: samples, rounds and comparisons."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.verdicts import INDISTINCT
from tunecard.runner.schema import Operation

TimeWord: TypeAlias = Literal["faster", "slower", "no difference", "inconclusive"]
MemoryWord: TypeAlias = Literal["less", "more", "no difference", "inconclusive"]
TimedOperation: TypeAlias = Literal["fit", "predict", "fit+predict"]


@dataclass(frozen=True)
class TimedSample:
    """One timed call, per call: an inner loop's time is divided by its loops.

    ``wall`` and ``cpu`` are seconds; ``peak_memory`` is bytes above what was
    resident before. ``counted`` is whether the worker's value rests on this
    call: not on the cold one, and not on contaminated ones where the same
    worker has clean ones.
    """

    round: int
    wall: float
    cpu: float
    loops: int
    cold: bool
    contaminated: bool
    counted: bool
    peak_memory: int | None


@dataclass(frozen=True)
class RoundValue:
    """The value of one worker: the median of its counted calls, in seconds.

    ``n_calls`` is the number of them; ``contaminated`` means that the worker had
    no clean ones. ``peak_memory`` is the highest of all calls but the cold one.
    """

    round: int
    wall: float
    cpu: float
    peak_memory: int | None
    n_calls: int
    contaminated: bool


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
        Samples that were tagged contaminated, counted or not; the cold one aside.
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


@dataclass(frozen=True)
class CpuWitness:
    """What CPU time shows of an operation whose wall time is disturbed.

    Attributes
    ----------
    word : str
        faster, slower, no difference (beyond ``beyond``): of CPU time.
    ratio : float
        Trimmed mean over rounds, tuned / baseline, as that of wall time.
    interval : Interval
        97.5 %: it is consulted after wall time, and both together have at most 6 % of
        false words.
    n_rounds : int
        Rounds in which other processes disturbed both cases, or neither.
    beyond : float or None
        With "no difference": the share that a difference does not exceed.
    """

    word: TimeWord
    ratio: float
    interval: Interval
    n_rounds: int
    beyond: float | None


@dataclass(frozen=True)
class TimeComparison:
    """One operation, baseline against tuned, over rounds.

    Attributes
    ----------
    operation : str
        ``fit``, ``predict`` or both together.
    baseline, tuned : float or None
        Median over the rounds that count, seconds of one call; over all rounds where too
        few of them count.
    ratio : float or None
        exp(trimmed mean over rounds of log(tuned / baseline)); None where too few rounds
        count.
    interval : Interval or None
        95 %, trimmed t on the log ratios, widened for drift between rounds;
        None under 2 rounds.
    floor : float
        Noise floor as a share: 0.02 means that 2 % either way is noise.
    detectable : float or None
        Half-width of the interval as a share: what could have been seen.
    n_rounds : int
        Rounds that count: both were timed, each with an undisturbed call.
    word : str
        faster, slower, no difference (beyond ``beyond``), inconclusive.
    beyond : float or None
        With "no difference": the share that a difference does not exceed,
        the larger of the floor and the interval's far end.
    reason : str or None
        Why the word is "inconclusive".
    n_disturbed : int
        Rounds left out: both were timed, and one of them has disturbed calls only.
    n_calls : int
        Timed calls that a round's value is the median of, as a rule.
    correlation : float or None
        Of successive rounds, where they show more than every interval allows for.
    outlying : tuple of int
        Numbers of the rounds that are outlying, and trimmed.
    cpu : CpuWitness or None
        Where the word is "inconclusive", because wall time is disturbed, and CPU time
        decides.
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
    n_disturbed: int = 0
    n_calls: int = 1
    correlation: float | None = None
    outlying: tuple[int, ...] = ()
    cpu: CpuWitness | None = None

    @property
    def indistinct(self) -> bool:
        """Whether the rounds differ so much that the ratio means nothing."""
        wide = self.detectable is not None and self.detectable > INDISTINCT
        return self.word == "inconclusive" and wide


@dataclass(frozen=True)
class MoreRounds:
    """The most rounds that a run can have, and the seconds of budget they take."""

    n_rounds: int
    budget: float


@dataclass(frozen=True)
class MemoryComparison:
    """Peak memory of one operation above what was resident before, bytes.

    The words and numbers follow :class:`TimeComparison`, over the same rounds; a
    difference of under 1 MiB counts as none.
    """

    operation: Operation
    baseline: int | None
    tuned: int | None
    ratio: float | None
    word: MemoryWord
    beyond: float | None
    reason: str | None
