"""The interval of one case's mean loss, such as its log loss."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from tunecard.report.stats.interval import Interval

METHOD = "t interval of the mean loss, corrected for skewness"


def mean_loss_interval(
    losses: ArrayLike, *, range_: tuple[float, float], level: float = 0.95
) -> Interval | None:
    """Return the interval of the mean of the rows' losses.

    A few rows hold most of a log loss, so that its mean is skewed: on 40 rows Student's
    interval lies below the truth in up to 9.7 % of repetitions where 2.5 % are meant.
    Hall's transformation takes the skewness out, and the degrees of freedom are those
    of a variance at the rows' kurtosis.

    Parameters
    ----------
    losses : array_like of float, shape (n_rows,)
        What each row adds to the mean.
    range_ : tuple of float
        Smallest and largest mean that is possible.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval or None
        None under 2 rows, where a loss is not finite, and where all are equal: they
        leave open what other rows would show.

    References
    ----------
    P. Hall (1992), "On the removal of skewness by transformation", Journal of the Royal
    Statistical Society B 54, 221-228, equation 3. F. E. Satterthwaite (1946), "An
    approximate distribution of estimates of variance components", Biometrics Bulletin
    2, 110-114: ``2 / CV**2`` degrees of freedom, where the squared coefficient of
    variation of a variance is ``2 / (n - 1) + kurtosis / n``.
    """
    values = np.asarray(losses, dtype=float)
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return None
    low, high = (float(end) for end in mean_loss_ends(values, level))
    return Interval(max(low, range_[0]), min(high, range_[1]), level, METHOD)


def mean_loss_ends(
    losses: NDArray[np.float64], level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both ends for many samples of losses that are not all equal.

    Parameters
    ----------
    losses : ndarray of float, shape (..., n_rows)
        Of at least 2 rows.
    level : float
        Nominal coverage.

    Returns
    -------
    low, high : ndarray of float, shape (...)
        Not limited to the range of the loss.
    """
    n = losses.shape[-1]
    mean = losses.mean(axis=-1)
    centered = losses - mean[..., None]
    square, cube, fourth = ((centered**power).mean(axis=-1) for power in (2, 3, 4))
    kurtosis = np.maximum(fourth / square**2 - 3, 0.0)
    freedom = np.maximum(2 / (2 / (n - 1) + kurtosis / n), 1.0)
    reach = special.stdtrit(freedom, (1 + level) / 2)
    error = np.sqrt(square / (n - 1))
    skewness = cube / square**1.5 / math.sqrt(n)
    return mean - error * _roots(skewness, reach), mean - error * _roots(skewness, -reach)


def _roots(
    skewness: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Solve ``t + k t**2 / 3 + k**2 t**3 / 27 + k / 6 = target`` for t."""
    small = np.abs(skewness) < 1e-6
    k = np.where(small, 1.0, skewness)
    roots: NDArray[np.float64] = np.where(
        small, target, 3 / k * (np.cbrt(1 + k * (target - k / 6)) - 1)
    )
    return roots
