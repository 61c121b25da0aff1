"""Scores a model on rows that it was not fitted on, as a search does on each fold."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics.registry import get
from tunecard.runner.metrics.value import Labels, Metric, Outputs, Probabilities


@dataclass(frozen=True)
class Scorer:
    """A metric, ready to score the candidates of a search.

    Attributes
    ----------
    metric : Metric
        What is computed; its sign is never flipped.
    positive : object
        The positive class as the rows' true labels have it; None without one.
    """

    metric: Metric
    positive: Any = None

    def __call__(self, y_true: Labels, y_pred: Labels) -> float:
        """Score predicted class codes, both arrays of shape (n_samples,).

        Raises
        ------
        ValueError
            If the metric is not defined on these rows.
        """
        return self.of_outputs(y_true, Outputs(y_pred, positive=self.positive))

    def answers(self, model: Any, X: Any, classes: NDArray[Any]) -> Outputs:
        """Have a fitted model answer for rows what the metric needs.

        Parameters
        ----------
        model : estimator
            Fitted.
        X : array-like of shape (n_samples, n_features)
            Rows that it was not fitted on.
        classes : ndarray of shape (n_classes,)
            Every label that the data has, in ascending order; codes are its positions.

        Raises
        ------
        ValueError
            If the model answers what no model can.
        """
        found: Any = ()
        if self.positive is not None:
            found = np.flatnonzero(classes == self.positive)
        return Outputs(
            self._labels(model, X, classes),
            probabilities=self._probabilities(model, X, classes),
            n_classes=len(classes),
            positive=int(found[0]) if len(found) else None,
        )

    def of_outputs(self, y: Labels, outputs: Outputs) -> float:
        """Score what a model answered for rows of these class codes.

        Raises
        ------
        ValueError
            If the metric is not defined on these rows.
        """
        value = self.metric.value(y, outputs)
        if value is None:
            raise ValueError(f"the metric {self.metric.label} is not defined on these rows")
        return value

    def _labels(self, model: Any, X: Any, classes: NDArray[Any]) -> Labels | None:
        if self.metric.needs != "labels":
            return None
        predicted = np.asarray(model.predict(X))
        expected = X.shape[:1]
        if predicted.shape != expected:
            raise ValueError(
                f"predict returned shape {predicted.shape}, expected {expected}"
            )
        codes = np.searchsorted(classes, predicted).clip(max=len(classes) - 1)
        if not np.array_equal(classes[codes], predicted):
            raise ValueError("predict returned labels that the data does not have")
        return codes

    def _probabilities(
        self, model: Any, X: Any, classes: NDArray[Any]
    ) -> Probabilities | None:
        """Return a column a class; one that the model has not seen has probability 0."""
        if self.metric.needs != "probabilities":
            return None
        if not hasattr(model, "predict_proba"):
            raise ValueError(
                f"the metric {self.metric.label} needs probabilities, and the estimator "
                "has no predict_proba"
            )
        shares = np.asarray(model.predict_proba(X))
        every = np.zeros((len(shares), len(classes)), dtype=shares.dtype)
        every[:, np.searchsorted(classes, model.classes_)] = shares
        return every


def scorer(name: str, positive: Any = None) -> Scorer:
    """Return the scorer of a metric.

    Parameters
    ----------
    name : str
        Of a registered metric.
    positive : object, optional
        The positive class, as the rows' true labels have it.

    Raises
    ------
    InputError
        If there is no such metric.
    """
    return Scorer(get(name), positive)
