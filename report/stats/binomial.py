"""The exact interval of one proportion: each end is wrong in at most half of the rest."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from tunecard.report.stats.interval import Interval

METHOD = "Clopper-Pearson exact interval"


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return the exact interval of a proportion.

    A gate is decided on one end. The true share lies beyond an end in at most
    ``(1 - level) / 2`` of repetitions, whatever it is; beyond an end of the score
    interval it lies in up to 16 % where few rows are wrong.

    Parameters
    ----------
    successes, n : int
        Right rows and all rows, ``n >= 1``.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval

    References
    ----------
    C. J. Clopper and E. S. Pearson (1934), "The use of confidence or fiducial limits
    illustrated in the case of the binomial", Biometrika 26, 404-413; method 5 in
    R. G. Newcombe (1998), "Two-sided confidence intervals for the single
    proportion", Statistics in Medicine 17, 857-872.

    Examples
    --------
    >>> interval = clopper_pearson(81, 263)  # Newcombe 1998, Table I
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.2527, 0.3676)
    """
    low, high = clopper_pearson_ends(successes, n, level)
    return Interval(float(low), float(high), level, METHOD)


def clopper_pearson_ends(
    successes: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both ends for many proportions; 0 and 1 where there is not a row.

    Parameters
    ----------
    successes, n : array_like of float, shape (...)
        Counts, as of :func:`clopper_pearson`.
    level : float
        Nominal coverage.

    Returns
    -------
    low, high : ndarray of float, shape (...)
    """
    hits, misses = np.asarray(successes), np.subtract(n, successes)
    tail = (1 - level) / 2
    # Where a parameter would be 0 the end is 0 or 1; betaincinv is not defined there.
    low = special.betaincinv(np.maximum(hits, 1), misses + 1, tail)
    high = special.betaincinv(hits + 1, np.maximum(misses, 1), 1 - tail)
    return np.where(hits > 0, low, 0.0), np.where(misses > 0, high, 1.0)
