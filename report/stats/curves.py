"""The ROC and the precision-recall curve of a ranking of rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """What each threshold gives, from none predicted positive to all.

    Attributes
    ----------
    false_positive_rate, recall, precision : ndarray of float, shape (n_thresholds + 1,)
        Of the negative rows the share predicted positive, of the positive rows the
        share predicted positive, and of the rows predicted positive the share that is;
        precision is 1 where none is predicted positive, as scikit-learn has it.
    """

    false_positive_rate: Values
    recall: Values
    precision: Values

    def recall_at(self, rate: float) -> float:
        """Return the highest recall at which at most this share of negatives is wrong."""
        return float(self.recall[self.false_positive_rate <= rate].max())

    def precision_at(self, recall: float) -> float:
        """Return the highest precision at which at least this share is recalled."""
        return float(self.precision[self.recall >= recall].max())


def curve_of(positive: ArrayLike, ranking: ArrayLike) -> Curve:
    """Return the curve of a ranking.

    Parameters
    ----------
    positive : array_like of bool, shape (n_rows,)
        Whether a row is of the positive class; both classes occur.
    ranking : array_like of float, shape (n_rows,)
        Higher for the positive class.

    References
    ----------
    T. Fawcett (2006), "An introduction to ROC analysis", Pattern Recognition Letters 27,
    861-874, algorithm 1; J. Davis and M. Goadrich (2006), "The relationship between
    precision-recall and ROC curves", ICML.
    """
    truth, values = np.asarray(positive, dtype=bool), np.asarray(ranking)
    order = np.argsort(-values, kind="stable")
    hits, ranked = np.cumsum(truth[order]), values[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    recalled, chosen = hits[last], last + 1
    n_positive = int(truth.sum())
    return Curve(
        false_positive_rate=np.append(0.0, (chosen - recalled) / (len(truth) - n_positive)),
        recall=np.append(0.0, recalled / n_positive),
        precision=np.append(1.0, recalled / chosen),
    )
