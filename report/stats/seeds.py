"""A difference over several seeds, each with a split of its own."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.means import t_quantile

METHOD = "corrected resampled t"


@dataclass(frozen=True)
class OverSeeds:
    """The mean over seeds.

    Attributes
    ----------
    mean : float
    p : float
        Two-sided, of "the mean is 0"; never 0.
    interval, interval_90 : Interval
        95 % and 90 %.
    spread : bool
        Whether the values differ at all; where they do not, chance cannot be estimated.
    """

    mean: float
    p: float
    interval: Interval
    interval_90: Interval
    spread: bool


def over_seeds(values: ArrayLike, n_train: int, n_test: int) -> OverSeeds | None:
    """Return the corrected resampled t-test and intervals of a mean over seeds.

    The seeds' training parts share rows, and so do their test parts: the values
    are not independent, and ``s**2 / J`` is too small for the variance of their
    mean. It is taken as ``(1 / J + n_test / n_train) * s**2``, with J - 1 degrees
    of freedom.

    Parameters
    ----------
    values : array_like, shape (n_seeds,)
        One a seed: a metric, or its difference on the seed's own test rows.
    n_train, n_test : int
        Rows of the two parts.

    Returns
    -------
    OverSeeds or None
        None under 2 seeds, or where a value is not finite.

    References
    ----------
    C. Nadeau and Y. Bengio (2003), "Inference for the generalization error",
    Machine Learning 52, 239-281, section 5.

    Examples
    --------
    >>> found = over_seeds([0.01, 0.03, 0.02], n_train=300, n_test=100)
    >>> round(found.mean, 4), round(found.p, 3)
    (0.02, 0.134)
    """
    numbers = np.asarray(values, dtype=float)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return None
    mean, freedom = float(numbers.mean()), len(numbers) - 1
    spread = float(np.ptp(numbers)) > 0
    variance = float(numbers.var(ddof=1)) if spread else 0.0
    error = math.sqrt((1 / len(numbers) + n_test / n_train) * variance)
    p = 1.0
    if error > 0:
        p = 2 * float(special.stdtr(freedom, -abs(mean) / error))
        p = max(p, float(np.finfo(float).tiny))

    def interval(level: float) -> Interval:
        half = t_quantile(level, freedom) * error
        return Interval(mean - half, mean + half, level, METHOD)

    return OverSeeds(mean, p, interval(0.95), interval(0.90), spread)
