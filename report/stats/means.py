"""Means: over folds, and of differences row by row."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tunecard.report.stats.interval import Interval


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


def t_quantile(level: float, degrees_of_freedom: int) -> float:
    """Return the two-sided quantile of Student's t.

    Examples
    --------
    >>> round(t_quantile(0.95, 2), 3)
    4.303
    """
    return float(special.stdtrit(degrees_of_freedom, (1 + level) / 2))


def difference(first: float | None, second: float | None) -> float | None:
    """Return second minus first; 0 where rounding alone distinguishes the two.

    Examples
    --------
    >>> difference(0.1 + 0.2, 0.3), difference(2.0, 3.5), difference(None, 1.0)
    (0.0, 1.5, None)
    """
    if first is None or second is None:
        return None
    return 0.0 if math.isclose(first, second, rel_tol=1e-12) else second - first
