"""A difference of a metric with its interval, as text."""

from typing import Protocol

from tunecard.report.formats.digits import NONE
from tunecard.report.formats.metrics import delta, delta_interval, level
from tunecard.runner.schema import MetricSpec


class Ends(Protocol):
    """An interval: its ends, its level, and whether it is adjusted for several."""

    @property
    def low(self) -> float: ...  # noqa: D102 # its name # as of the class
    @property
    def high(self) -> float: ...  # noqa: D102 # its name
    @property
    def level(self) -> float: ...  # noqa: D102 # its name
    @property
    def adjusted(self) -> bool: ...  # noqa: D102 # its name


def change_interval(ends: Ends | None, spec: MetricSpec) -> str:
    """Write the interval of a difference, with its level where that is not 95 %."""
    if ends is None:
        return NONE
    text = delta_interval(ends.low, ends.high, spec)
    return f"{text} ({level(ends.level)})" if ends.adjusted else text


def change(value: float, ends: Ends | None, spec: MetricSpec) -> str:
    """Write a difference with its unit and its interval, where there is one.

    Examples
    --------
    >>> from tunecard.runner.metrics import get
    >>> from tunecard.runner.schema import spec_of
    >>> change(0.0061, None, spec_of(get("recall_macro")))
    '+0.61 points'
    """
    beside = () if ends is None else (ends.low, ends.high)
    text = f"{delta(value, spec, beside)} {spec.delta_unit}".rstrip()
    return text if ends is None else f"{text} {change_interval(ends, spec)}"
