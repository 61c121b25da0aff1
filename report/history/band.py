"""The band of earlier runs, and which runs lie outside it.

A run is compared with the runs before it on the same machine with the same
versions and data, at most the newest 20, from 5 on: their median, plus and
minus a factor times their median absolute deviation. The factor depends on the
number of runs so that a run of the same normal distribution lies outside once
in a hundred. Times are taken as logarithms. The band is never narrower than
what is worth a look.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, TypeAlias

#: Fewest earlier runs that a band is made of, and the most.
FEWEST: Final = 5
WINDOW: Final = 20
#: How often a run that is like the others lies outside.
FALSE_ALARMS: Final = 0.01
#: Factor of the median absolute deviation by number of runs: the 99 % quantile of
#: |x - median| / MAD for normal x. Simulated (4 million draws each), and checked by a
#: simulation of its own in tests/test_report/test_history_band.py.
FACTORS: Final = {
    5: 21.46, 6: 11.99, 7: 11.52, 8: 8.79, 9: 8.58, 10: 7.32, 11: 7.21, 12: 6.54,
    13: 6.46, 14: 6.03, 15: 5.99, 16: 5.68, 17: 5.65, 18: 5.42, 19: 5.41, 20: 5.22,
}  # fmt: skip
#: A time within this share of the median is never outside.
LEAST_TIME: Final = 0.05
#: A metric within this of the median is never outside, where the study has no margin.
LEAST_METRIC: Final = 0.001

Side: TypeAlias = Literal["above", "below", ""]


@dataclass(frozen=True)
class Band:
    """What the earlier runs lead to expect: their median, and how far is still like it."""

    low: float
    median: float
    high: float
    n_runs: int

    def side(self, value: float) -> Side:
        """Return on which side of the band a value lies; empty inside it."""
        if value > self.high:
            return "above"
        return "below" if value < self.low else ""


def metric_band(earlier: Sequence[float], least: float) -> Band | None:
    """Make the band of a metric.

    Parameters
    ----------
    earlier : sequence of float
        Values of the runs before, oldest first.
    least : float
        Half-width below which the band does not go: the study's margin.

    Returns
    -------
    Band or None
        None where there are too few.
    """
    taken = earlier[-WINDOW:]
    if len(taken) < FEWEST:
        return None
    middle, spread = _spread(taken)
    half = max(FACTORS[len(taken)] * spread, least)
    # Differences of decimal fractions are exact to about this.
    half += 1e-12
    return Band(middle - half, middle, middle + half, len(taken))


def time_band(earlier: Sequence[float]) -> Band | None:
    """Make the band of a time, symmetric as a ratio.

    Parameters
    ----------
    earlier : sequence of float
        Positive values of the runs before, oldest first.

    Returns
    -------
    Band or None
        None where there are too few.
    """
    taken = [math.log(value) for value in earlier[-WINDOW:]]
    if len(taken) < FEWEST:
        return None
    middle, spread = _spread(taken)
    half = min(max(FACTORS[len(taken)] * spread, math.log1p(LEAST_TIME)), 100.0)
    return Band(
        math.exp(middle - half), math.exp(middle), math.exp(middle + half), len(taken)
    )


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the median absolute deviation from it."""
    middle = median(values)
    return middle, median(abs(value - middle) for value in values)
