"""Calibration error without its bias, and an interval that holds also near 0."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from tunecard.report.stats.interval import Interval

#: Groups of rows of similar confidence: at most so many, each of at least so many rows.
MAX_GROUPS, MIN_ROWS = 15, 10
#: Rows' worth of "confidence is accuracy" in the variance of a group: one without an
#: error has a variance too.
_PRIOR_ROWS = 2.0


@dataclass(frozen=True)
class CalibrationError:
    """How far confidence is from accuracy, root mean square over the rows.

    Attributes
    ----------
    value : float
        Square root of the debiased squared error; 0 where that is below 0.
    squared : float
        The debiased squared error, which can be below 0.
    interval : Interval
        Of the root mean square error; its lower end is 0 where "confidence is accuracy
        in every group" is not rejected at half of 1 minus the level.
    """

    value: float
    squared: float
    interval: Interval


def calibration_error(
    confidence: ArrayLike, right: ArrayLike, *, level: float = 0.95
) -> CalibrationError | None:
    """Return the debiased calibration error of confidences and its interval.

    Rows are put into groups of equal size by their confidence, 15 or as many as have
    10 rows each. The mean gap of a group is normal about its true gap, so the weighted
    sum of squares is close to a scaled noncentral chi-square. Its scale and degrees of
    freedom match two moments at no error, and the noncentrality is the squared error.
    Solved for it the ends of the interval hold at 0 as well, where the expected
    calibration error has a bias as large as itself.

    Parameters
    ----------
    confidence : array_like of float, shape (n_rows,)
        Probability of the predicted class, 0 to 1.
    right : array_like of bool, shape (n_rows,)
        Whether the prediction is right.
    level : float
        Nominal coverage. At a true error of 0 it is half of the rest higher: there
        is nothing below 0 that could be left out.

    Returns
    -------
    CalibrationError or None
        None under 20 rows, or where a confidence is not finite.

    References
    ----------
    A. Kumar, P. Liang and T. Ma (2019), "Verified uncertainty calibration", NeurIPS,
    section 4.2 (the debiased estimator); the same as reliability in C. A. T. Ferro
    and T. E. Fricker (2012), "A bias-corrected decomposition of the Brier score",
    Quarterly Journal of the Royal Meteorological Society 138, 1954-1960. F. E.
    Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
    """
    sure = np.asarray(confidence, dtype=float)
    hit = np.asarray(right, dtype=float)
    n = len(sure)
    if n < 2 * MIN_ROWS or not np.isfinite(sure).all():
        return None
    n_groups = min(n // MIN_ROWS, MAX_GROUPS)
    group = _equal_groups(sure, n_groups)
    counts, expected, hits = (
        np.bincount(group, weights=weights, minlength=n_groups)
        for weights in (np.ones(n), sure, hit)
    )
    occupied = counts > 0
    counts, expected, hits = counts[occupied], expected[occupied], hits[occupied]
    share = (hits + _PRIOR_ROWS * expected / counts) / (counts + _PRIOR_ROWS)
    variances = np.maximum(share * (1 - share), 1e-12)
    statistic = float((counts * ((hits - expected) / counts) ** 2).sum()) / n
    squared = statistic - float(variances.sum()) / n
    scale = float((variances**2).sum() / variances.sum()) / n
    freedom = float(variances.sum() ** 2 / (variances**2).sum())
    low, high = _ends(statistic / scale, freedom, level)
    interval = Interval(
        min(math.sqrt(low * scale), 1.0),
        min(math.sqrt(high * scale), 1.0),
        level,
        "noncentral chi-square",
    )
    return CalibrationError(
        value=math.sqrt(max(squared, 0.0)),
        squared=squared,
        interval=interval,
    )


def _equal_groups(values: NDArray[np.float64], n_groups: int) -> NDArray[np.intp]:
    """Return the group of each row: equal sizes, equal values in the same group."""
    ordered = np.sort(values)
    edges = ordered[(np.arange(1, n_groups) * len(values)) // n_groups]
    return np.searchsorted(edges, values, side="right").astype(np.intp)


def _ends(statistic: float, freedom: float, level: float) -> tuple[float, float]:
    """Return the noncentralities at which the statistic is just not extreme."""
    tail = (1 - level) / 2

    def at_most(noncentrality: float) -> float:
        return float(special.chndtr(statistic, freedom, noncentrality))

    most = statistic + 40 * math.sqrt(statistic + freedom) + 400
    low = 0.0
    if at_most(0.0) > 1 - tail:
        low = float(optimize.brentq(lambda x: at_most(x) - (1 - tail), 0.0, most))
    # Below what no error gives in 19 of 20 cases: relative to it, so that an end above
    # 0 remains (A. L. Read 2002, Journal of Physics G 28, 2693: CLs).
    goal = min(tail, 2 * tail * at_most(0.0))
    high = float(optimize.brentq(lambda x: at_most(x) - goal, 0.0, most))
    return low, high
