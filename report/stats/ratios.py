"""Ratios of times or sizes over rounds, with the noise that a difference must exceed."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.means import of_differences
from tunecard.report.stats.rounds import (
    BETWEEN,
    SLOW_BY,
    SLOW_SHARE,
    WITHIN,
    autocorrelation,
    exceeds_assumed,
    log_mean,
    outlying,
)

#: Below this share a ratio of times is never called a difference.
LEAST_FLOOR = 0.02
#: The correlation of successive rounds of one run, for :func:`widening`.
RHO = 0.5
#: Half-widths end here, on the log scale: beyond it a ratio has no number.
_WIDEST = 500.0


@dataclass(frozen=True)
class Ratio:
    """How many times as much the second takes as the first.

    Attributes
    ----------
    value : float
        exp(mean over rounds of log(second / first)); of times a trimmed mean.
    interval : Interval or None
        At the level asked for; None under 2 rounds.
    half_width : float or None
        Half of the interval as a share, on the log scale: 0.07 is 7 %.
    n_rounds : int
        Rounds in which both have a value.
    floor : float
        Noise floor of times as a share, at least 2 %: the half-width that the paired
        rounds would have if they were independent. What both cases of a round have in
        common has no part in it.
    correlation : float or None
        Of successive rounds, where these rounds show more of it than is assumed.
    outlying : tuple of int
        Positions of outlying rounds among those given. They are trimmed, whichever case
        they favor.
    """

    value: float
    interval: Interval | None
    half_width: float | None
    n_rounds: int
    floor: float = LEAST_FLOOR
    correlation: float | None = None
    outlying: tuple[int, ...] = ()


def paired_ratio(first: NDArray[np.float64], second: NDArray[np.float64]) -> Ratio | None:
    """Return the ratio of paired positive values whose noise does not drift.

    Student's t on the logarithms of the ratios, round by round; for peaks of memory.

    Parameters
    ----------
    first, second : ndarray of float, shape (n_rounds,)
        Values of the same rounds; a round with one that is not finite and above
        0 is left out.

    Returns
    -------
    Ratio or None
        None without a round.
    """
    logs = _logs(first, second)[0]
    if not len(logs):
        return None
    value = math.exp(float(logs.mean()))
    interval = of_differences(logs)
    if interval is None:
        return Ratio(value, None, None, len(logs))
    half = (interval.high - interval.low) / 2
    return _with_ends(value, half, len(logs), 0.95, "paired t on log ratios")


def time_ratio(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    n_calls: int,
    *,
    level: float = 0.95,
) -> Ratio | None:
    """Return the ratio of paired times with its interval.

    The trimmed mean of the rounds' log ratios with Tukey and McLaughlin's t: the
    workers of one round met the same machine, and two calls within a worker are not
    independent samples. The half-width is multiplied by
    :func:`tunecard.report.stats.rounds.drift_factor`, because successive rounds are not
    independent either.

    Parameters
    ----------
    first, second : ndarray of float, shape (n_rounds,)
        Times of the same rounds in their order; a round with one that is not finite and
        above 0 is left out.
    n_calls : int
        Timed calls that a round's value is the median of.
    level : float
        Nominal coverage of the interval.

    Returns
    -------
    Ratio or None
        None without a round. Rounds that repeat exactly have an interval of no width.

    Examples
    --------
    >>> one, two = np.ones(5), np.array([1.2, 1.21, 1.19, 1.2, 2.9])
    >>> round(time_ratio(one, two, 5).value, 3)
    1.203
    """
    logs, places = _logs(first, second)
    n = len(logs)
    if n < 2:
        return Ratio(math.exp(float(logs[0])), None, None, 1) if n else None
    mean, half, noise = (float(part) for part in log_mean(logs, n_calls, level))
    shown = float(autocorrelation(logs))
    return _with_ends(
        math.exp(mean),
        half,
        n,
        level,
        "trimmed t on log ratios, widened for drift between rounds",
        floor=max(LEAST_FLOOR, math.expm1(min(noise, _WIDEST))),
        correlation=shown if exceeds_assumed(shown, n, n_calls) else None,
        outlying=tuple(int(place) for place in places[outlying(logs)]),
    )


def _logs(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the log ratios of the usable rounds, and where these stand."""
    usable = np.isfinite(first) & np.isfinite(second) & (first > 0) & (second > 0)
    places = np.flatnonzero(usable)
    return np.log(second[places] / first[places]), places


def _with_ends(
    value: float,
    half: float,
    n_rounds: int,
    level: float,
    method: str,
    *,
    floor: float = LEAST_FLOOR,
    correlation: float | None = None,
    outlying: tuple[int, ...] = (),
) -> Ratio:
    """Return the ratio whose interval has this half-width on the log scale."""
    half = min(half, _WIDEST)
    interval = Interval(value * math.exp(-half), value * math.exp(half), level, method)
    return Ratio(value, interval, math.expm1(half), n_rounds, floor, correlation, outlying)


def widening(n_rounds: int, n_calls: int) -> float:
    """Return by how much slow drift widens the interval of the mean of one run's rounds.

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
