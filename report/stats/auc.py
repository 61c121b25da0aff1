"""ROC AUC of two classes: DeLong's variance in O(n log n), one AUC and a difference."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunecard.report.stats.inference import PairedInference, inverted
from tunecard.report.stats.interval import Interval
from tunecard.runner.metrics import share_below

Values = NDArray[np.float64]

METHOD = "DeLong's test"
#: Rows' worth of prior knowledge in a variance, and the correlation of two cases'
#: AUCs in it.
_PRIOR_ROWS, _PRIOR_CORRELATION = 4.0, 0.5
#: An AUC of exactly 1 would have no variance.
_NEAR_ONE = 1 - 1e-4


@dataclass(frozen=True)
class Placements:
    """Each row's placement among the rows of the other class.

    Attributes
    ----------
    positive : ndarray of float, shape (n_cases, n_positive)
        Share of the negative rows that score below a positive row, ties half.
    negative : ndarray of float, shape (n_cases, n_negative)
        Share of the positive rows that score above a negative row, ties half.
    """

    positive: Values
    negative: Values

    @property
    def auc(self) -> Values:
        """The AUC of each case, shape (n_cases,)."""
        values: Values = self.positive.mean(axis=1)
        return values


def placements(y_true: ArrayLike, scores: ArrayLike) -> Placements:
    """Return the placement values of one or several cases on the same rows.

    Parameters
    ----------
    y_true : array_like of bool, shape (n_rows,)
        Whether a row is of the positive class; both classes occur.
    scores : array_like of float, shape (n_cases, n_rows)
        Higher for the positive class.

    Returns
    -------
    Placements

    References
    ----------
    X. Sun and W. Xu (2014), "Fast implementation of DeLong's algorithm for
    comparing the areas under correlated receiver operating characteristic curves",
    IEEE Signal Processing Letters 21, 1389-1393, theorem 1 (midranks).
    """
    positive = np.asarray(y_true, dtype=bool)
    table = np.atleast_2d(np.asarray(scores))
    above, below = table[:, positive], table[:, ~positive]
    pairs = list(zip(above, below, strict=True))
    return Placements(
        positive=np.stack([share_below(high, low) for high, low in pairs]),
        negative=np.stack([1 - share_below(low, high) for high, low in pairs]),
    )


def auc_interval(y_true: ArrayLike, scores: ArrayLike, level: float = 0.95) -> Interval:
    """Return the interval of one AUC.

    The AUCs that a test on the logit scale does not reject. Near 1 the loss rests on
    the few rows that are ranked badly, and DeLong's variance is too small: it is
    joined by the variance of exponential scores (Hanley and McNeil), as if 4 more
    rows had shown it; the rows that DeLong's rests on are counted as Kish does.

    Parameters
    ----------
    y_true : array_like of bool, shape (n_rows,)
        Whether a row is of the positive class; both classes occur.
    scores : array_like of float, shape (n_rows,)
        Higher for the positive class.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval
        Also where the AUC is 1.

    References
    ----------
    DeLong et al. (1988), see :func:`auc_difference`. J. A. Hanley and B. J. McNeil
    (1982), "The meaning and use of the area under a ROC curve", Radiology 143, 29-36,
    equation 2; R. G. Newcombe (2006), Statistics in Medicine 25, 559-573, for
    solving it at the ends. L. Kish (1965), "Survey Sampling", section 11.7.
    """
    placed = placements(y_true, scores)
    parts = [placed.positive[0], placed.negative[0]]
    sizes = (len(parts[0]), len(parts[1]))
    auc = float(placed.auc[0])
    informative = min(_kish(np.minimum(part, 1 - part)) for part in parts)
    variance = _variance(parts)
    scale = max(auc * (1 - auc), 1e-12)

    def error(value: float) -> float:
        ours = informative * variance * value * (1 - value) / scale
        joint = ours + _PRIOR_ROWS * _exponential_variance(value, *sizes)
        return math.sqrt(joint / (informative + _PRIOR_ROWS))

    freedom = min(informative, min(sizes) - 1) + _PRIOR_ROWS
    test = inverted(
        auc,
        lambda value: (auc - value) / error(value),
        bounds=(0.0, 1.0),
        method="DeLong, logit scale",
        n_units=sum(sizes),
        n_informative=round(informative),
        sd=math.sqrt(variance * sum(sizes)),
        freedom=freedom,
    )
    return test.interval(level)


def auc_difference(
    y_true: ArrayLike, first: ArrayLike, second: ArrayLike
) -> PairedInference:
    """Test the difference of two AUCs on the same rows.

    DeLong's test, with two changes for few informative rows: the reference is
    Student's t with the smaller class's degrees of freedom, and the variance is
    joined by that of exponential scores as in :func:`auc_interval`, at the shift.

    Parameters
    ----------
    y_true : array_like of bool, shape (n_rows,)
        Whether a row is of the positive class; both classes occur.
    first, second : array_like of float, shape (n_rows,)
        Scores of the two cases, higher for the positive class.

    Returns
    -------
    PairedInference
        Also where the two rank all rows alike.

    References
    ----------
    E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson (1988), "Comparing the areas
    under two or more correlated receiver operating characteristic curves: a
    nonparametric approach", Biometrics 44, 837-845, equations 4 to 7; the rest as in
    :func:`auc_interval`.
    """
    placed = placements(y_true, np.stack([np.asarray(first), np.asarray(second)]))
    gaps = [values[1] - values[0] for values in (placed.positive, placed.negative)]
    sizes = (len(gaps[0]), len(gaps[1]))
    first_auc, second_auc = (float(value) for value in placed.auc)
    middle = (first_auc + second_auc) / 2
    estimate = second_auc - first_auc
    informative = min(_kish(gap) for gap in gaps)
    variance = _variance(gaps)

    def error(shift: float) -> float:
        half = abs(shift) / 2
        center = min(max(middle, half), 1 - half)
        prior = (1 - _PRIOR_CORRELATION) * sum(
            _exponential_variance(center + step, *sizes) for step in (-half, half)
        )
        joint = informative * variance + _PRIOR_ROWS * prior
        return math.sqrt(joint / (informative + _PRIOR_ROWS))

    freedom = min(informative, min(sizes) - 1) + _PRIOR_ROWS
    return inverted(
        estimate,
        lambda shift: (estimate - shift) / error(shift),
        bounds=(-1.0, 1.0),
        method=METHOD,
        n_units=sum(sizes),
        n_informative=round(informative),
        sd=error(0.0) * math.sqrt(sum(sizes)),
        freedom=freedom,
    )


def _variance(parts: list[Values]) -> float:
    """Return DeLong's variance; a class of one row has none of its own."""
    return sum(float(part.var(ddof=1)) / len(part) for part in parts if len(part) > 1)


def _kish(values: Values) -> float:
    """Return the number of equal values that would have this mean and mean square."""
    total = float(np.abs(values).sum())
    return total**2 / float((values**2).sum()) if total > 1e-12 else 0.0


def _exponential_variance(auc: float, n_positive: int, n_negative: int) -> float:
    """Return Hanley and McNeil's variance of an AUC of exponential scores."""
    area = min(max(auc, 1 - auc), _NEAR_ONE)
    both_positive, both_negative = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area)
    spread += (n_positive - 1) * (both_positive - area**2)
    spread += (n_negative - 1) * (both_negative - area**2)
    return spread / (n_positive * n_negative)
