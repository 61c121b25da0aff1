"""Any function of targets and answers: rows are left out, and their spread decides."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats import in_time
from tunecard.report.stats.inference import PairedInference, inverted, student
from tunecard.report.stats.interval import Interval

Values = NDArray[np.float64]

METHOD = "jackknife t test"
#: Rows whose effect is added to the variance: what the others did not show.
_ADDED_ROWS = 2.0
#: Where a metric has no limits, values this many standard errors away are tried.
_FAR = 1e6


@dataclass(frozen=True)
class LeftOut:
    """A value on all rows, and on all rows but some.

    Attributes
    ----------
    estimate : float
        On all rows.
    without : ndarray of float, shape (n_sets,)
        With a set of rows left out; nan where the value is then undefined.
    counts : ndarray of int, shape (n_sets,)
        How many such sets there are that give the same value.
    n_units : int
        Rows, or groups of them, that are exchangeable.
    """

    estimate: float
    without: Values
    counts: NDArray[np.int64]
    n_units: int

    @property
    def moves(self) -> tuple[Values, NDArray[np.int64]] | None:
        """Deviations from the mean value, and how often each occurs; None under 2 sets.

        A set that makes the value undefined (the only row of a class) counts with the
        largest change that another makes.
        """
        usable = np.isfinite(self.without)
        if not math.isfinite(self.estimate) or self.counts[usable].sum() < 2:
            return None
        values = self.without[usable]
        moved = self.without - np.average(values, weights=self.counts[usable])
        moved[~usable] = np.abs(moved[usable]).max()
        return moved, self.counts


def leave_out(
    value: Callable[[NDArray[np.bool_]], float],
    member: NDArray[np.int64],
    *,
    alike: bool,
    n_units: int | None = None,
) -> LeftOut:
    """Compute a value on all rows, and with rows left out.

    Parameters
    ----------
    value : callable
        ``value(rows)`` of a mask of shape (n_rows,); nan where it is undefined.
    member : ndarray of int, shape (n_rows,)
        The set of each row, from 0.
    alike : bool
        Whether the rows of a set are alike, so that one of them is left out for each;
        else all of a set are left out at once.
    n_units : int, optional
        Exchangeable units; by default the rows.
    """
    sizes = np.bincount(member)
    first = np.unique(member, return_index=True)[1]
    without = []
    for number, row in enumerate(first):
        rows = member != number
        if alike:
            rows = np.ones(len(member), dtype=bool)
            rows[row] = False
        without.append(value(rows))
    counts = sizes if alike else np.ones_like(sizes)
    estimate = value(np.ones(len(member), dtype=bool))
    return LeftOut(estimate, np.array(without), counts, n_units or len(member))


def left_by_influence(
    estimate: float, influence: Values, unit: NDArray[np.intp]
) -> LeftOut:
    """Return what :func:`leave_out` of each unit would, to first order.

    Parameters
    ----------
    estimate : float
        The value on all rows.
    influence : ndarray of float, shape (n_rows,)
        What each row moves the value by, times the number of rows; its mean is 0.
    unit : ndarray of int, shape (n_rows,)
        The unit of each row: the row itself, or its group.

    References
    ----------
    B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", chapter
    21: the infinitesimal jackknife.
    """
    _, member = np.unique(unit, return_inverse=True)
    sizes = np.bincount(member)
    moved = np.bincount(member, weights=influence)
    without = estimate - moved / np.maximum(len(influence) - sizes, 1)
    return LeftOut(estimate, without, np.ones_like(sizes), len(sizes))


def jackknife_test(
    left: LeftOut,
    bounds: tuple[float, float],
    row_effect: float,
    *,
    n_rows_in_time: int | None = None,
) -> PairedInference | None:
    """Return the test of a value, or of a difference, at every shift.

    The spread with rows left out gives the standard error, and Student's t with the
    degrees of freedom that the kurtosis of the left-out values leaves is the
    reference. On 40 and 150 rows it errs less than expanded percentiles, BCa and a
    permutation scaled to the bootstrap. The effect of two rows is added to the
    variance: a metric that no row left out changes is not known exactly.

    Parameters
    ----------
    left : LeftOut
        From :func:`leave_out`.
    bounds : tuple of float
        Smallest and largest value that is possible.
    row_effect : float
        What one row may change the value by; 0 where that has no limit.
    n_rows_in_time : int, optional
        All rows, where the sets are consecutive ones in the order of time.

    Returns
    -------
    PairedInference or None
        None where the value is not finite, or under 2 sets on which it is.

    References
    ----------
    J. Tukey (1958), "Bias and confidence in not quite large samples", Annals of
    Mathematical Statistics 29, 614; B. Efron and C. Stein (1981), "The jackknife
    estimate of variance", Annals of Statistics 9, 586-596. Degrees of freedom of a
    variance: S. R. Searle, G. Casella and C. E. McCulloch (1992), "Variance
    Components", appendix S.1. Added rows: A. Agresti and Y. Min (2005), Statistics in
    Medicine 24, 729-740.
    """
    moves = left.moves
    if moves is None:
        return None
    moved, counts = moves
    n_sets = int(counts.sum())
    spread = float((counts * moved**2).sum())
    freedom = _freedom(moved, counts)
    if n_rows_in_time is not None:
        error, freedom = in_time.error_of_sum(moved, n_rows_in_time)
        spread = error**2
    variance = (n_sets - 1) / n_sets * spread + _ADDED_ROWS * row_effect**2
    scale = max(1.0, abs(left.estimate))
    error = max(math.sqrt(variance), 1e-12 * scale)
    low, high = (
        max(bounds[0], left.estimate - _FAR * error),
        min(bounds[1], left.estimate + _FAR * error),
    )
    estimate = 0.0 if abs(left.estimate) < 1e-12 else left.estimate
    return student(
        estimate,
        error,
        freedom,
        method=METHOD if n_rows_in_time is None else in_time.METHOD,
        n_units=left.n_units,
        n_informative=int(counts[moved != 0].sum()),
        bounds=(low, high),
    )


def jackknife_interval(
    left: LeftOut,
    bounds: tuple[float, float],
    row_effect: float,
    level: float = 0.95,
    *,
    n_rows_in_time: int | None = None,
) -> Interval | None:
    """Return the interval of the value of one case.

    Near a limit of its range a value is skewed: with the same error at both ends, the
    interval of an average precision of 0.85 on 40 rows lies above the truth in 4.7 % of
    studies, below it in none. So the jackknife's variance is that of a share, in
    proportion to the distances of the end from both limits.

    Parameters
    ----------
    left, bounds, row_effect, n_rows_in_time
        As of :func:`jackknife_test`.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval or None
        None as :func:`jackknife_test`; without two limits, or in the order of time, that
        test's interval.

    References
    ----------
    E. B. Wilson (1927), "Probable inference, the law of succession, and statistical
    inference", JASA 22, 209-212: the standard error at the end, not at the estimate.
    """
    test = jackknife_test(left, bounds, row_effect, n_rows_in_time=n_rows_in_time)
    moves = left.moves
    low, high = bounds
    plain = n_rows_in_time is not None or not math.isfinite(high - low)
    if test is None or moves is None or plain:
        return None if test is None else test.interval(level)
    moved, counts = moves
    added = _ADDED_ROWS * row_effect**2
    shown = max(test.sd**2 / test.n_units - added, 0.0)
    scale = max((left.estimate - low) * (high - left.estimate), 1e-12)

    def root(value: float) -> float:
        error = math.sqrt(shown * (value - low) * (high - value) / scale + added)
        return (left.estimate - value) / error

    return inverted(
        left.estimate,
        root,
        bounds=bounds,
        method=METHOD,
        n_units=test.n_units,
        n_informative=test.n_informative,
        sd=test.sd,
        freedom=_freedom(moved, counts),
    ).interval(level)


def _freedom(moved: Values, counts: NDArray[np.int64]) -> float:
    """Return the degrees of freedom of a variance: fewer where the tails are heavy."""
    n = float(counts.sum())
    square = float(np.average(moved**2, weights=counts))
    if square < 1e-24:
        return n - 1
    fourth = float(np.average(moved**4, weights=counts))
    excess = max(fourth / square**2 - 3, 0.0)
    return max(2 / (2 / (n - 1) + excess / n), 1.0)
