"""Means: over folds, and of differences row by row."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.proportions import TINY


def over_folds(
    scores: ArrayLike, folds: tuple[tuple[int, int], ...], level: float = 0.95
) -> Interval | None:
    """Return Nadeau and Bengio's interval of a mean score over folds.

    The folds share training rows, so their scores are not independent and
    ``s**2 / J`` is too small: the variance of the mean is taken as
    ``(1 / J + n_validation / n_train) * s**2``.

    Parameters
    ----------
    scores : array_like, shape (n_folds,)
        One score a fold.
    folds : tuple of (int, int)
        Training and validation rows of each fold.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval or None
        None under 2 folds, or where a score is not finite.

    References
    ----------
    C. Nadeau and Y. Bengio (2003), "Inference for the generalization error",
    Machine Learning 52, 239-281, section 5.
    """
    values = np.asarray(scores, dtype=float)
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    ratio = float(np.mean([validation / train for train, validation in folds]))
    variance = (1 / len(values) + ratio) * float(values.var(ddof=1))
    half = t_quantile(level, len(values) - 1) * math.sqrt(variance)
    mean = float(values.mean())
    return Interval(mean - half, mean + half, level, "Nadeau-Bengio corrected t interval")


def of_differences(differences: ArrayLike, level: float = 0.95) -> Interval | None:
    """Return Student's interval of the mean of paired differences.

    Parameters
    ----------
    differences : array_like, shape (n,)
        Second less first, pair by pair.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval or None
        None under 2 pairs, or where a difference is not finite; of no width
        where all differences are equal.

    References
    ----------
    Student (1908), "The probable error of a mean", Biometrika 6, 1-25.
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    half = (
        t_quantile(level, len(values) - 1) * float(values.std(ddof=1)) / len(values) ** 0.5
    )
    mean = float(values.mean())
    return Interval(mean - half, mean + half, level, "paired t interval")


def p_of_differences(differences: ArrayLike) -> float | None:
    """Return the two-sided p-value of Student's paired t test, never 0.

    Parameters
    ----------
    differences : array_like, shape (n,)
        Second less first, pair by pair.

    Returns
    -------
    float or None
        None under 2 pairs, or where a difference is not finite; 1 where all
        differences are 0.

    References
    ----------
    Student (1908), "The probable error of a mean", Biometrika 6, 1-25.

    Examples
    --------
    >>> round(p_of_differences([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]), 4)
    0.2176
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    if error == 0:
        return 1.0 if values[0] == 0 else TINY
    t = abs(float(values.mean())) / error
    return max(2 * float(special.stdtr(len(values) - 1, -t)), TINY)


def t_quantile(level: float, degrees_of_freedom: int) -> float:
    """Return the two-sided quantile of Student's t.

    Examples
    --------
    >>> round(t_quantile(0.95, 2), 3)
    4.303
    """
    return float(special.stdtrit(degrees_of_freedom, (1 + level) / 2))
