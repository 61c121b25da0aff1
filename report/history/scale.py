"""The vertical axis of a trend: its limits, its ticks, linear or logarithmic."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from tunecard.report.history.band import Side
from tunecard.report.history.trend import Panel

#: Beyond this ratio the smaller case's points would be pressed onto the axis.
LOG_BEYOND = 8.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
#: A trend is never drawn larger than this share of a time, or width of a metric: noise
#: would look like a change.
_LEAST_TIME, _LEAST_METRIC = 0.2, 0.004


@dataclass(frozen=True)
class Scale:
    """Maps a value to a share of the height, 0 at the lower end; ticks with their text."""

    low: float
    high: float
    logarithmic: bool
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """Return the place of a value, clipped to the axis.

        Examples
        --------
        >>> Scale(0.0, 10.0, False, ()).share(2.5)
        0.25
        """
        if self.logarithmic:
            value = max(value, self.low)
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return min(max(part, 0.0), 1.0)

    def beyond(self, value: float) -> Side:
        """Return the end of the axis that a value lies beyond; empty inside it.

        Examples
        --------
        >>> Scale(0.981, 0.99, False, ()).beyond(0.9533)
        'below'
        """
        if value > self.high:
            return "above"
        return "below" if value < self.low else ""


def scale_of(panel: Panel) -> Scale:
    """Fit an axis to what is usual; what lies far outside is drawn at its edge.

    Parameters
    ----------
    panel : Panel
        With at least one value.

    Returns
    -------
    Scale
    """
    usual = list(_usual(panel))
    low, high = min(usual), max(usual)
    if panel.is_time and high / low > LOG_BEYOND:
        low, high = low / 1.15, high * 1.15
        return Scale(low, high, True, _log_ticks(low, high))  # noqa: FBT003 # in the order of the fields
    largest = max(abs(low), abs(high))
    least = _LEAST_TIME * high if panel.is_time else max(_LEAST_METRIC, 1e-6 * largest)
    span = max(1.16 * (high - low), least)
    middle = (low + high) / 2
    low, high = middle - span / 2, middle + span / 2
    if panel.is_time and low < 0:
        low, high = 0.0, span
    return Scale(low, high, False, _ticks(low, high))  # noqa: FBT003 # as above


def _usual(panel: Panel) -> Iterable[float]:
    """Yield bands, and the values that lie within ten times the spread of all."""
    for series in panel.series:
        values = [value for value in series.values if value is not None]
        middle = median(values)
        spread = median(abs(value - middle) for value in values)
        room = max(10 * spread, 0.5 * abs(middle) if panel.is_time else 0.02)
        yield middle
        yield from (value for value in values if abs(value - middle) <= room)
        for band in series.bands:
            if band is not None and abs(band.median - middle) <= room:
                yield (
                    max(band.low, middle - room)
                    if not panel.is_time
                    else max(band.low, middle / 20, middle - room)
                )
                yield min(band.high, middle + room)


def _ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Return two to five round values inside the axis.

    Examples
    --------
    >>> [text for _, text in _ticks(0.955, 0.985)]
    ['0.96', '0.97', '0.98']
    """
    raw = (high - low) / 4.5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s for s in _STEPS if s * power >= raw * 0.999) * power
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**digits, 6) % 1:
        digits += 1
    first = math.ceil(low / step - 1e-9)
    values = [step * number for number in range(first, first + 8)]
    return tuple(
        (value, _text(value, digits)) for value in values if value <= high + 1e-9 * step
    )


def _log_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Return powers of ten, with 2 and 5 between them where there are few.

    Examples
    --------
    >>> [text for _, text in _log_ticks(0.02, 3.0)]
    ['0.1', '1']
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for subs in ((1,), (1, 3), (1, 2, 5)):
        ticks = [s * 10.0**p for p in powers for s in subs if low <= s * 10.0**p <= high]
        if len(ticks) >= 2:
            break
    every = -(-len(ticks) // 5)
    return tuple((value, f"{value:g}") for value in ticks[::every])


def _text(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return "0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")
