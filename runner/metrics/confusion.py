"""The confusion matrix as metrics need it: its diagonal and its margins."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.integer[Any]]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """The diagonal and the margins of a confusion matrix.

    Every function of the matrix that this field reports (precision, recall, F1,
    balanced accuracy, Matthews, Cohen's kappa) is a function of these three. The whole
    matrix is not kept: 5,000 resamples of 100 classes would take 400 MB.

    Attributes
    ----------
    hits, predicted, support : ndarray of float, shape (..., n_classes)
        Rows of each class that were right, that were predicted as it, and that truly
        are it. Leading axes are resamples.
    positive : int or None
        Code of the positive class, where there is one.
    """

    hits: Values
    predicted: Values
    support: Values
    positive: int | None = None

    @classmethod
    def of_rows(
        cls, y_true: Codes, y_pred: Codes, n_classes: int, positive: int | None = None
    ) -> Self:
        """Count rows.

        Parameters
        ----------
        y_true, y_pred : ndarray of int, shape (n_samples,)
            Class codes, 0 to ``n_classes - 1``.
        n_classes : int
            Number of classes.
        positive : int or None
            Code of the positive class.
        """
        hits, predicted, support = (
            np.bincount(codes, minlength=n_classes).astype(np.float64)
            for codes in (y_true[y_true == y_pred], y_pred, y_true)
        )
        return cls(hits, predicted, support, positive)

    @cached_property
    def n(self) -> Values:
        """Number of rows, shape (...)."""
        return _sum(self.support)

    @cached_property
    def n_right(self) -> Values:
        """Number of rows that are right, shape (...)."""
        return _sum(self.hits)

    @cached_property
    def precision(self) -> Values:
        """Of the rows predicted as a class, the share that are; 0 where there are none."""
        return ratio(self.hits, self.predicted)

    @cached_property
    def recall(self) -> Values:
        """Of the rows of a class, the share predicted as it; 0 where there are none."""
        return ratio(self.hits, self.support)

    @cached_property
    def f1(self) -> Values:
        """Harmonic mean of precision and recall; 0 where a class does not occur."""
        return ratio(2 * self.hits, self.predicted + self.support)

    def mean(self, scores: Values, occurs: NDArray[np.bool_] | None = None) -> Values:
        """Average scores over classes, each alike: the macro average.

        Parameters
        ----------
        scores : ndarray of float, shape (..., n_classes)
            0 where a class does not occur.
        occurs : ndarray of bool, shape (..., n_classes), optional
            The classes to average over; by default those that occur among the true or
            the predicted labels, as scikit-learn has it.
        """
        if occurs is None:
            occurs = (self.support + self.predicted) > 0
        if scores.ndim == 1:  # in scikit-learn's order of addition, so to its last bit
            scores, occurs = scores[occurs], occurs[occurs]
        averages: Values = _sum(scores) / occurs.sum(axis=-1)
        return averages

    def weighted(self, scores: Values) -> Values:
        """Average scores over classes, weighted by their true rows."""
        if scores.ndim == 1:
            occurs = (self.support + self.predicted) > 0
            return _sum((scores * self.support)[occurs]) / self.n
        return _sum(scores * self.support) / self.n

    def of_positive(self, scores: Values) -> Values:
        """Return the score of the positive class, shape (...)."""
        if self.positive is None:
            raise ValueError("none of the classes is positive")
        values: Values = scores[..., self.positive]
        return values


def ratio(above: Values, below: Values) -> Values:
    """Divide, with 0 where there is nothing to divide by (``zero_division=0``)."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _sum(values: Values) -> Values:
    total: Values = values.sum(axis=-1)
    return total
