"""Whether tuning was worth it: the gain before and after correction, and the budget."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import MetricSpec

#: What to use from now on: ``either`` where no difference matters.
Decision: TypeAlias = Literal["tuned", "default", "either", "undecided"]


@dataclass(frozen=True)
class GainStep:
    """A gain, tuned minus baseline in the metric's own sign.

    ``value`` is None for the ``reason``; ``interval`` may be missing on its own.
    """

    value: float | None
    interval: Interval | None = None
    reason: str = ""


@dataclass(frozen=True)
class BudgetCurve:
    """What the best of n candidates is expected to gain.

    Attributes
    ----------
    mean : tuple of float
        For 1, 2, ... candidates, tuned minus baseline.
    low, high : tuple of float
        95 % of the resamples; empty where the scores are not resampled.
    order : str
        ``random``: n candidates drawn from those tried; ``proposed``: the first n, of a
        search whose later candidates follow from earlier scores.
    corrected : bool
        Whether the gain is of rows that did not choose the candidate; else it is
        optimistic.
    enough : int or None
        Candidates that bring 90 % of the gain of all; None where all bring none.
    """

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    order: Literal["random", "proposed"]
    corrected: bool
    enough: int | None


@dataclass(frozen=True)
class Beyond:
    """The probability that the gain exceeds the margin, and the method behind it."""

    probability: float
    margin: float
    method: str


@dataclass(frozen=True)
class TuningGain:
    """What a search gained over the baseline, and how much of it is luck.

    Attributes
    ----------
    metric : MetricSpec
        What the search optimized.
    margin : float or None
        The study's, where the search optimized the study's metric.
    cv : GainStep
        Of the winner over the folds that chose it: optimistic.
    corrected : GainStep
        After correction for the choice.
    held_out : GainStep
        On the test rows, with the interval of the verdict where that is its metric.
    method : str
        How it was corrected; empty where it was not.
    method_reason : str
        Why the outputs out of fold were not used; empty where they were.
    luck : float or None
        Share of the gain over folds that the correction takes away; None where there
        is none to begin with.
    wins : tuple of (int, float)
        Candidates by index, and in which share of the resamples each is best, the most
        frequent first.
    within : tuple of int
        Candidates whose mean is within one standard error of the best mean.
    budget : BudgetCurve or None
        None without a correction.
    beyond : Beyond or None
        None without a method.
    decision : str
        What these data support.
    """

    metric: MetricSpec
    margin: float | None
    cv: GainStep
    corrected: GainStep
    held_out: GainStep
    method: str
    method_reason: str
    luck: float | None
    wins: tuple[tuple[int, float], ...]
    within: tuple[int, ...]
    budget: BudgetCurve | None
    beyond: Beyond | None
    decision: Decision

    @property
    def steps(self) -> tuple[tuple[str, GainStep], ...]:
        """The steps from the folds to the test rows, each with its name."""
        return (
            ("over the folds", self.cv),
            ("after correction", self.corrected),
            ("on the test rows", self.held_out),
        )

    @property
    def mostly_luck(self) -> bool:
        """Whether more than half of the gain over the folds is taken away."""
        return self.luck is not None and self.luck > 0.5
