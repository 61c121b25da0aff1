"""Ratios of times or sizes over rounds, and the noise below which they say nothing."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.means import of_differences, t_quantile

#: Below this share a ratio of times is never called a difference.
LEAST_FLOOR = 0.02


#: The noise that intervals are made for, simulated in test_stress_calibration.py:
#: standard deviations of log times between workers and of calls within one, the
#: correlation of successive rounds, and the share of calls that are slowed, by how much.
BETWEEN, WITHIN = 0.015, 0.02
RHO = 0.5
SLOW_SHARE, SLOW_BY = 0.05, 0.30


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


def paired_ratio(
    first: NDArray[np.float64], second: NDArray[np.float64], n_calls: int | None = None
) -> Ratio | None:
    """Return the ratio of paired positive values with its interval.

    Student's t on the logarithms of the ratios, round by round: the workers of
    one round met the same machine, and two calls within a worker are no
    independent samples. For times the half-width is multiplied by
    :func:`widening`, because successive rounds are not independent either.

    Parameters
    ----------
    first, second : ndarray of float, shape (n_rounds,)
        Values of the same rounds; a round with one that is not finite and above
        0 is left out.
    n_calls : int, optional
        Timed calls that a round's value is the median of; None for values
        whose noise does not drift, such as peaks of memory.

    Returns
    -------
    Ratio or None
        None without a round.
    """
    usable = np.isfinite(first) & np.isfinite(second) & (first > 0) & (second > 0)
    if not usable.any():
        return None
    logs = np.log(second[usable] / first[usable])
    value = math.exp(float(logs.mean()))
    interval = of_differences(logs)
    if interval is None:
        return Ratio(value, None, None, len(logs))
    half = (interval.high - interval.low) / 2
    method = "paired t on log ratios"
    if n_calls is not None:
        half *= widening(len(logs), n_calls)
        method = "paired t on log ratios, widened for AR(1) 0.5 between rounds"
    low, high = value * math.exp(-half), value * math.exp(half)
    return Ratio(value, Interval(low, high, 0.95, method), math.expm1(half), len(logs))


def widening(n_rounds: int, n_calls: int) -> float:
    """Return by how much slow drift widens the interval of a mean over rounds.

    What the workers of successive rounds have in common makes the mean vary
    more, and the rounds among themselves vary less, than under independence.
    With ``r_k`` the correlation of rounds k apart, and
    ``v = 1 + 2 sum_k (1 - k / n) r_k``, the variance of the mean is ``v / n``
    times that of a round, and ``s**2`` estimates ``(n - v) / (n - 1)`` of it.

    A handful of rounds cannot show ``r_k``, so it is that of a fixed noise
    model: ``r_k = share * RHO**k``, where ``share`` is the part of a worker's
    value that stays the same from call to call. The more calls a median is
    taken over, the larger that part: 0.06 with one call, 0.52 with three, 0.64
    with five.

    Parameters
    ----------
    n_rounds : int
        At least 2.
    n_calls : int
        Calls of a round that count.

    Returns
    -------
    float
        Factor of the half-width, at least 1.

    References
    ----------
    G. V. Bayley and J. M. Hammersley (1946), "The effective number of
    independent observations in an autocorrelated time series", Supplement to
    the Journal of the Royal Statistical Society 8, 184-197.

    Examples
    --------
    >>> [round(widening(n, calls), 2) for n, calls in ((3, 1), (3, 5), (10, 5))]
    [1.04, 1.45, 1.51]
    """
    slow = SLOW_SHARE * (1 - SLOW_SHARE) * math.log1p(SLOW_BY) ** 2
    if n_calls < 3:  # a mean of one or two: a slow call is in it
        within = (WITHIN**2 + slow) / max(n_calls, 1)
    else:  # variance of a median of normal values; a slow call is not in it
        within = WITHIN**2 * math.pi / (2 * n_calls)
    share = BETWEEN**2 / (BETWEEN**2 + within)
    lags = np.arange(1, n_rounds)
    v = 1 + 2 * float(((1 - lags / n_rounds) * share * RHO**lags).sum())
    return math.sqrt(v * (n_rounds - 1) / (n_rounds - v))


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
