"""Means of a loss a row: Student's t on the rows' differences."""

import math

import numpy as np
from numpy.typing import ArrayLike

from tunecard.report.stats.inference import PairedInference, inverted, student
from tunecard.report.stats.shares import share_root

METHOD = "paired t-test"


def mean_difference(
    first: ArrayLike,
    second: ArrayLike,
    *,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> PairedInference | None:
    """Return the inference of the difference of two means of row losses.

    For log loss, Brier score, mean absolute and mean squared error. Where a few rows
    hold most of the spread, ``s**2`` itself is uncertain and its degrees of freedom
    are fewer than the rows: those of a chi-square with the variance that ``s**2``
    has at the rows' kurtosis. In simulations with excess kurtosis of 3 to 14 on 40
    to 150 rows, bootstrap-t and Hall's transformation err in up to 7.5 % on a side
    where 2.5 % are meant, Student's t in up to 4.2 %.

    Parameters
    ----------
    first, second : array_like of float, shape (n_rows,)
        Losses of the two cases on the same rows.
    bounds : tuple of float
        Smallest and largest difference that is possible, such as (-1, 1) for the
        Brier score of two classes.

    Returns
    -------
    PairedInference or None
        Of second minus first. None under 2 rows, or where a loss is not finite.

    References
    ----------
    Student (1908), "The probable error of a mean", Biometrika 6, 1-25. F. E.
    Satterthwaite (1946), "An approximate distribution of estimates of variance
    components", Biometrics Bulletin 2, 110-114: ``2 / CV(s**2)**2`` degrees of
    freedom, where ``CV(s**2)**2 = 2 / (n - 1) + kurtosis / n``.

    Examples
    --------
    >>> change = mean_difference([0.2, 0.4, 0.1, 0.5], [0.1, 0.2, 0.1, 0.2])
    >>> round(change.estimate, 3), round(change.p(), 3)
    (-0.15, 0.103)
    """
    losses = [np.asarray(values, dtype=float) for values in (first, second)]
    if len(losses[0]) < 2 or not np.isfinite(losses).all():
        return None
    gaps = losses[1] - losses[0]
    if float(np.ptp(gaps)) <= 1e-12 * float(np.abs(gaps).max()):
        reach = max(float(np.ptp(losses)), float(np.abs(losses).max())) or 1.0
        return without_spread(float(gaps.mean()), len(gaps), reach, bounds)
    return student(
        float(gaps.mean()),
        float(gaps.std(ddof=1)) / math.sqrt(len(gaps)),
        kurtosis_freedom(gaps),
        method=METHOD,
        n_units=len(gaps),
        n_informative=int(np.count_nonzero(gaps)),
        bounds=bounds,
    )


def without_spread(
    estimate: float, n: int, reach: float, bounds: tuple[float, float]
) -> PairedInference:
    """Return the inference where all rows differ alike.

    A share of rows that chance did not draw may differ otherwise, by as much as the
    losses that were seen: as with shares of right rows, without a discordant one.
    """
    low, high = max(bounds[0], estimate - reach), min(bounds[1], estimate + reach)

    def root(shift: float) -> float:
        return share_root(0, 0, n, (shift - estimate) / reach)

    return inverted(
        estimate,
        root,
        bounds=(low, high),
        method=METHOD,
        n_units=n,
        n_informative=0,
        sd=0.0,
    )


def kurtosis_freedom(values: ArrayLike) -> float:
    """Return the degrees of freedom of a sample's variance, at most n - 1.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        At least 2.

    Returns
    -------
    float
        ``n - 1`` where the excess kurtosis is not above 0.
    """
    sample = np.asarray(values, dtype=float)
    n = len(sample)
    centered = sample - sample.mean()
    square = float((centered**2).mean())
    if square == 0:
        return float(n - 1)
    excess = max(float((centered**4).mean()) / square**2 - 3, 0.0)
    return max(2 / (2 / (n - 1) + excess / n), 1.0)
