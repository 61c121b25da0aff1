"""Ratios of times or sizes over rounds, and the noise below which they say nothing."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from report.stats.interval import Interval
from report.stats.means import of_differences, t_quantile

#: Below this share a ratio of times is never called a difference.
LEAST_FLOOR = 0.02


@dataclass(frozen=True)
class Ratio:
    """How many times as much the second takes as the first.

    Attributes
    ----------
    value : float
        exp(mean over rounds of log(second / first)).
    interval : Interval or None
        95 %; None under 2 rounds.
    half_width : float or None
        Half of the interval as a share, on the log scale: 0.07 is 7 %.
    n_rounds : int
        Rounds in which both have a value.
    """

    value: float
    interval: Interval | None
    half_width: float | None
    n_rounds: int


def paired_ratio(first: NDArray[np.float64], second: NDArray[np.float64]) -> Ratio | None:
    """Return the ratio of paired positive values with its interval.

    Student's t on the logarithms of the ratios, round by round: the workers of
    one round met the same machine, and two calls within a worker are no
    independent samples.

    Parameters
    ----------
    first, second : ndarray of float, shape (n_rounds,)
        Values of the same rounds, above 0.

    Returns
    -------
    Ratio or None
        None without a round.
    """
    if len(first) == 0:
        return None
    logs = np.log(second / first)
    value = math.exp(float(logs.mean()))
    interval = of_differences(logs)
    if interval is None:
        return Ratio(value, None, None, len(logs))
    low, high = math.exp(interval.low), math.exp(interval.high)
    half = math.expm1((interval.high - interval.low) / 2)
    return Ratio(
        value, Interval(low, high, 0.95, "paired t on log ratios"), half, len(logs)
    )


def noise(*cases: NDArray[np.float64]) -> float | None:
    """Return what a case compared with itself over as many rounds would show.

    The ratio of two successive rounds of the same case is 1 but for noise. The
    root mean square of their logarithms, over all the cases given, is the
    noise of one paired ratio; the 95 % half-width of the mean of as many of
    them as there are rounds is returned.

    Parameters
    ----------
    *cases : ndarray of float, shape (n_rounds,)
        Values of each case in the order of rounds, above 0.

    Returns
    -------
    float or None
        A share (0.03 = 3 %); None where no case has 3 rounds.
    """
    enough = [values for values in cases if len(values) >= 3]
    if not enough:
        return None
    steps = np.concatenate([np.diff(np.log(values)) for values in enough])
    n_rounds = min(len(values) for values in enough)
    half = t_quantile(0.95, len(steps)) * math.sqrt(float(np.mean(steps**2)) / n_rounds)
    return math.expm1(half)


def noise_floor(*cases: NDArray[np.float64]) -> float:
    """Return the share below which a difference is noise: at least 2 %."""
    return max(LEAST_FLOOR, noise(*cases) or 0.0)
