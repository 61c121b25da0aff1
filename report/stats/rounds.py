"""Rounds on a shared machine: the trimmed mean, drift between rounds, outlying rounds.

All functions take samples along leading axes, so that simulations use the same code.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.means import t_quantile

Values = NDArray[np.float64]

#: The noise that intervals are made for, simulated in test_stress_times.py: standard
#: deviations of log times between workers and of calls within one, and the share of
#: calls that are slowed, by how much.
BETWEEN, WITHIN = 0.015, 0.02
SLOW_SHARE, SLOW_BY = 0.05, 0.30
#: Share of the rounds that is trimmed on each side, whole rounds, fixed in advance;
#: at least 3 rounds remain. With 20 % a slowed worker remains too often: of 10 rounds
#: with 10 % of the workers slowed, a change of 20 % is found in 88 % of studies, not 94 %.
TRIMMED = 0.3
#: The correlation of successive rounds that is assumed where none was detected.
ASSUMED = 0.72
#: By what a detected correlation is multiplied: few rounds show too little of it.
_CAUTION = 1.3
#: How fast the correlation of rounds falls with their distance, where it was detected.
_DECAY = 0.8
#: The correlation of successive rounds is not taken to be larger than this.
_MOST = 0.9
#: A round whose ratio is further than this many deviations from the median is outlying.
_OUTLYING = 3.5
#: A round that is closer to the median than this share is never outlying.
_NEAR = 0.02
#: Fewer rounds show neither a correlation nor an outlying round.
_LEAST_ROUNDS = 6
#: Samples for a typical half-width: its standard error is 1 %.
_SIMULATED = 4_000


def log_mean(
    logs: Values, n_calls: int, level: float = 0.95
) -> tuple[Values, Values, Values]:
    """Return the mean of log ratios over rounds, with the half-width of its interval.

    The trimmed mean with Tukey and McLaughlin's t, whose half-width is multiplied by
    :func:`drift_factor`.

    Parameters
    ----------
    logs : ndarray of float, shape (..., n)
        In the order of rounds, at least 2.
    n_calls : int
        Timed calls that a round's value is the median of.
    level : float
        Nominal coverage.

    Returns
    -------
    mean, half : ndarray of float, shape (...)
    noise : ndarray of float, shape (...)
        The 95 % half-width that the rounds would have if they were independent.
    """
    mean, error, kept = trimmed_mean(logs)
    factor = drift_factor(autocorrelation(logs), logs.shape[-1], n_calls)
    half = t_quantile(level, kept - 1) * factor * error
    return mean, half, t_quantile(0.95, kept - 1) * error


@cache
def typical_half_width(n_rounds: int, n_calls: int) -> float:
    """Return the median half-width over normal rounds of standard deviation 1.

    Simulated with a fixed seed: trimming, and a correlation that is detected by chance,
    leave no formula.

    Examples
    --------
    >>> round(typical_half_width(3, 5) / typical_half_width(10, 5), 1)
    1.7
    """
    rng = np.random.default_rng(0)
    half = log_mean(rng.normal(size=(_SIMULATED, n_rounds)), n_calls)[1]
    return float(np.median(half))


def trimmed_mean(values: Values) -> tuple[Values, Values, int]:
    """Return the trimmed mean, its standard error and the number of values kept.

    A round in which a neighbor slowed one of the workers is trimmed, and does not
    widen the interval much.

    Parameters
    ----------
    values : ndarray of float, shape (..., n)
        Leading axes are samples of their own; n is at least 2.

    Returns
    -------
    mean, error : ndarray of float, shape (...)
        Under 5 values nothing is trimmed, and the error is Student's.
    n_kept : int
        n minus the trimmed values; the error has ``n_kept - 1`` degrees of freedom.

    References
    ----------
    J. W. Tukey and D. H. McLaughlin (1963), "Less vulnerable confidence and
    significance procedures for location based on a single sample", Sankhya A 25,
    331-352. The error is that of K. K. Yuen (1974), "The two-sample trimmed t for
    unequal population variances", Biometrika 61, 165-170.

    Examples
    --------
    >>> mean, error, n_kept = trimmed_mean(np.array([1.0, 1.1, 0.9, 1.0, 9.0]))
    >>> round(float(mean), 3), n_kept
    (1.033, 3)
    """
    ordered = np.sort(values, axis=-1)
    n = ordered.shape[-1]
    cut = n_trimmed(n)
    kept = n - 2 * cut
    mean = ordered[..., cut : n - cut].mean(axis=-1)
    low, high = ordered[..., cut : cut + 1], ordered[..., n - cut - 1 : n - cut]
    spread = _squares(np.clip(ordered, low, high))
    # Where the kept values are all the same, the others still show that there is noise.
    spread = np.where(spread > 0, spread, _squares(ordered))
    error: Values = np.sqrt(spread / (kept * (kept - 1)))
    return mean, error, kept


def _squares(values: Values) -> Values:
    total: Values = ((values - values.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    return total


def n_trimmed(n_rounds: int) -> int:
    """Return how many rounds are trimmed on each side.

    Examples
    --------
    >>> [n_trimmed(n) for n in (2, 3, 5, 6, 7, 10)]
    [0, 0, 1, 1, 2, 3]
    """
    return max(min(math.floor(TRIMMED * n_rounds + 1e-9), (n_rounds - 3) // 2), 0)


def autocorrelation(values: Values) -> Values:
    """Return the lag-1 correlation, corrected for its bias and multiplied for caution.

    Parameters
    ----------
    values : ndarray of float, shape (..., n)
        In the order of rounds. Extreme values are clipped, because a single one of
        them hides the correlation of all others.

    Returns
    -------
    ndarray of float, shape (...)
        0 to 0.9; 0 under 6 values.

    References
    ----------
    F. H. C. Marriott and J. A. Pope (1954), "Bias in the estimation of
    autocorrelations", Biometrika 41, 390-402.
    """
    n = values.shape[-1]
    if n < _LEAST_ROUNDS:
        return np.zeros(values.shape[:-1])
    cut = max(int(TRIMMED * n / 2), 1)
    ordered = np.sort(values, axis=-1)
    inner = np.clip(values, ordered[..., cut, None], ordered[..., n - cut - 1, None])
    centered = inner - inner.mean(axis=-1, keepdims=True)
    total = (centered**2).sum(axis=-1)
    products = (centered[..., 1:] * centered[..., :-1]).sum(axis=-1)
    raw = np.divide(products, total, out=np.zeros_like(total), where=total > 0)
    corrected: Values = (_CAUTION * (n * raw + 1) / (n - 4)).clip(0.0, _MOST)
    return corrected


def drift_factor(correlation: Values, n_rounds: int, n_calls: int) -> Values:
    """Return the factor by which drift between rounds widens an interval.

    What successive rounds have in common makes their mean vary more, and the rounds
    among themselves vary less, than under independence. With ``r_k`` the correlation
    of rounds k apart, and ``v = 1 + 2 sum_k (1 - k / n) r_k``, the variance of the
    mean is ``v / n`` times that of a round, and ``s**2`` estimates
    ``(n - v) / (n - 1)`` of it. Of the correlation that the rounds show and that of
    a fixed noise model the larger counts. In the model ``r_k`` is
    ``share * ASSUMED**k``, where ``share`` is the part of a worker's variance that
    stays the same from call to call.

    Parameters
    ----------
    correlation : ndarray of float, shape (...)
        Of successive rounds, as :func:`autocorrelation` returns it.
    n_rounds, n_calls : int
        Rounds, at least 2, and the timed calls that a round's value is the median of.

    Returns
    -------
    ndarray of float, shape (...)
        At least 1.

    References
    ----------
    G. V. Bayley and J. M. Hammersley (1946), "The effective number of
    independent observations in an autocorrelated time series", Supplement to
    the Journal of the Royal Statistical Society 8, 184-197.

    Examples
    --------
    >>> [round(float(drift_factor(np.array(0.0), n, 5)), 2) for n in (3, 5, 10)]
    [1.78, 1.92, 2.04]
    """
    shown, assumed = _sums_of_correlations(n_rounds, n_calls)
    v = 1 + 2 * np.maximum(correlation * shown, assumed)
    v = np.minimum(v, n_rounds - 0.5)
    factor: Values = np.sqrt(v * (n_rounds - 1) / (n_rounds - v))
    return factor


def exceeds_assumed(correlation: float, n_rounds: int, n_calls: int) -> bool:
    """Return whether the correlation that rounds show widens more than the model's."""
    shown, assumed = _sums_of_correlations(n_rounds, n_calls)
    return correlation * shown > assumed


def _sums_of_correlations(n_rounds: int, n_calls: int) -> tuple[float, float]:
    """Return ``sum_k (1 - k / n) r_k``: per unit of ``r_1`` shown, and of the model."""
    lags = np.arange(1, n_rounds)
    weights = 1 - lags / n_rounds
    # Variance of a median of normal values; a mean of one or two has no pi / 2.
    within = WITHIN**2 * (math.pi / 2 if n_calls > 2 else 1.0) / max(n_calls, 1)
    share = BETWEEN**2 / (BETWEEN**2 + within)
    shown = float((weights * _DECAY ** (lags - 1)).sum())
    return shown, float((weights * share * ASSUMED**lags).sum())


def outlying(values: Values) -> NDArray[np.bool_]:
    """Return which log ratios are outlying, by the median absolute deviation.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Log ratios of rounds.

    Returns
    -------
    ndarray of bool, shape (n,)
        None of fewer than 6 values, and none within 2 % of their median.

    References
    ----------
    B. Iglewicz and D. C. Hoaglin (1993), "How to Detect and Handle Outliers",
    section 3.5.

    Examples
    --------
    >>> outlying(np.array([0.0, 0.01, -0.01, 0.0, 0.02, 0.5])).nonzero()[0].tolist()
    [5]
    """
    gaps = np.abs(values - np.median(values))
    deviation = float(np.median(gaps)) / 0.6745
    reach = max(_OUTLYING * deviation, math.log1p(_NEAR))
    return (gaps > reach) & (len(values) >= _LEAST_ROUNDS)
