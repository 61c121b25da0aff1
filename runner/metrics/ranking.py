"""Areas under the curves of a ranking: scikit-learn's, without its checks of arguments.

An interval takes a metric up to 200 times, and on some hundred rows scikit-learn's checks
of its arguments are nearly all of its time. These are its operations in its order: equal
to the bit, and 10 to 25 times as fast.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def average_precision(
    y_true: NDArray[Any], y_score: NDArray[np.floating[Any]], *, pos_label: Any = 1
) -> float:
    """Return the average precision of two classes.

    Parameters
    ----------
    y_true : ndarray of shape (n_samples,)
        Labels of two classes, both of which occur.
    y_score : ndarray of float, shape (n_samples,)
        Higher for the positive class.
    pos_label : object
        The label of the positive class.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    hits, chosen = _at_thresholds(y_true == pos_label, y_score)
    precision, recall = hits / chosen, hits / hits[-1]
    steps = np.diff(np.append(recall[::-1], 0.0))
    return max(0.0, -float(np.sum(steps * precision[::-1])))


def roc_area(positive: NDArray[np.bool_], y_score: NDArray[np.floating[Any]]) -> float:
    """Return the area under the ROC curve.

    Parameters
    ----------
    positive : ndarray of bool, shape (n_samples,)
        Whether a row is of the positive class; both classes occur.
    y_score : ndarray of float, shape (n_samples,)
        Higher for the positive class.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    hits, chosen = _at_thresholds(positive, y_score)
    false = chosen - hits
    bends = np.ones(len(hits), dtype=bool)
    bends[1:-1] = (np.diff(false, 2) != 0) | (np.diff(hits, 2) != 0)
    recall = np.append(0.0, hits[bends]) / hits[-1]
    fall_out = np.append(0.0, false[bends]) / false[-1]
    return float(np.sum(np.diff(fall_out) * (recall[1:] + recall[:-1]) / 2.0))


def _at_thresholds(
    positive: NDArray[np.bool_], y_score: NDArray[np.floating[Any]]
) -> tuple[Values, Values]:
    """Return the positive rows, and all rows, that score at least each threshold."""
    if not np.isfinite(y_score).all():
        raise ValueError("The scores contain NaN or infinity.")
    order = np.argsort(y_score, kind="stable")[::-1]
    last = np.append(np.flatnonzero(np.diff(y_score[order])), len(order) - 1)
    return np.cumsum(positive[order], dtype=np.float64)[last], last + 1.0
