"""What became of a gate: numbers and a status, never text to print."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import Gate, MetricSpec

Status: TypeAlias = Literal["passed", "failed", "inconclusive", "not measured"]
#: What is looked at: a metric, a difference of metrics, a ratio of times, seconds.
Kind: TypeAlias = Literal["value", "difference", "ratio", "seconds"]


@dataclass(frozen=True)
class Observed:
    """What a gate looks at.

    Attributes
    ----------
    value : float or None
        None where nothing was measured.
    interval : Interval or None
        95 %, of the study's metric adjusted as its verdict is, and with the noise floor
        where it is a time; None with ``reason``.
    reason : str or None
        Why a value or an interval is missing.
    scope: str | None
        What the value applies to where that is less than the run: one seed of several.
    """

    value: float | None
    interval: Interval | None
    reason: str | None = None
    scope: str | None = None

    @property
    def remark(self) -> str:
        """Everything that a reader needs about the numbers; empty for most."""
        return "; ".join(text for text in (self.reason, self.scope) if text)


@dataclass(frozen=True)
class GateResult:
    """A gate and what became of it.

    Attributes
    ----------
    gate : Gate
        The rule.
    label : str
        The model's name for a reader.
    metric : MetricSpec or None
        The metric that it is about; None for a time.
    kind : str
        What ``observed`` and the limit are.
    observed : Observed
        Value and interval.
    bound : float or None
        The end of the interval that decides.
    slack : float or None
        How far ``bound`` lies within the limit; below 0 it lies beyond. Of a
        ratio, as a difference of ratios.
    status : str
        ``not measured`` where there is nothing to decide on: never passed.
    """

    gate: Gate
    label: str
    metric: MetricSpec | None
    kind: Kind
    observed: Observed
    bound: float | None
    slack: float | None
    status: Status

    @property
    def red(self) -> bool:
        """Whether it fails the run: failed, or nothing was measured."""
        return self.status in ("failed", "not measured")

    @property
    def undecided(self) -> bool:
        """Whether it is inconclusive and requires a decision."""
        return self.status == "inconclusive" and self.gate.undecided == "fail"
