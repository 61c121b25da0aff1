"""Scores a model on rows that it was not fitted on, as a search does on each fold."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import internals
from tunecard.runner.metrics import scikit
from tunecard.runner.metrics.registry import get
from tunecard.runner.metrics.value import (
    Labels,
    Metric,
    Outputs,
    Probabilities,
    ScorerCall,
    TaskName,
)


@dataclass(frozen=True)
class Scorer:
    """A metric, ready to score the candidates of a search.

    Attributes
    ----------
    metric : Metric
        What is computed; its sign is never flipped.
    positive : object
        The positive class as the rows' true labels have it; None without one.
    task : str
        What the models predict.
    """

    metric: Metric
    positive: Any = None
    task: TaskName = "classification"

    def classes_of(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return the labels that rows have, in ascending order; none of a regression."""
        return np.unique(y) if self.task == "classification" else np.empty(0)

    def of_predictions(
        self, y_true: NDArray[Any], y_pred: NDArray[Any], classes: NDArray[Any]
    ) -> float:
        """Score what was predicted: labels, or values.

        Parameters
        ----------
        y_true, y_pred : ndarray of shape (n_samples,)
            True and predicted.
        classes : ndarray of shape (n_classes,)
            From `classes_of`; codes are the positions in it.

        Raises
        ------
        ValueError
            If the data does not have a predicted label, or the metric is not defined on
            these rows.
        """
        if self.task == "regression":
            return self._of_outputs(y_true, Outputs(values=y_pred))
        outputs = Outputs(
            _coded(y_pred, classes),
            n_classes=len(classes),
            positive=self._code_of_positive(classes),
            classes=classes,
        )
        return self._of_outputs(_coded(y_true, classes), outputs)

    def of_model(
        self,
        model: Any,
        X: Any,
        y_true: NDArray[Any],
        classes: NDArray[Any],
        weight: NDArray[Any] | None = None,
    ) -> float:
        """Score a fitted model on rows, by scikit-learn's own scorer where there is one.

        Parameters
        ----------
        model : estimator
            Fitted.
        X : array-like of shape (n_samples, n_features)
            Rows that it was not fitted on.
        y_true : ndarray of shape (n_samples,)
            Their labels.
        classes : ndarray of shape (n_classes,)
            Every label that the data has, in ascending order.
        weight : ndarray of shape (n_samples,), or None
            Sample weights, for a scorer that takes them.

        Raises
        ------
        ValueError
            If the model answers what no model can, or the metric is not defined on
            these rows. A scorer may raise others.
        """
        if weight is not None and not self.takes_weights(classes):
            weight = None
        arguments = {}
        scorer = None
        if weight is not None:
            scorer = self._weighted_scorer(classes)
            arguments["sample_weight"] = weight
        elif self.metric.scorer is not None:
            scorer = self.metric.scorer(classes, self.positive)
        if scorer is None and self.task == "regression":
            predicted = np.asarray(model.predict(X), dtype=np.float64).reshape(len(y_true))
            return self._of_outputs(y_true, Outputs(values=predicted), weight)
        if scorer is None or not self._sees_all(model, y_true, classes, weight):
            answered = self._answers(model, X, classes)
            return self._of_outputs(_coded(y_true, classes), answered, weight)
        value = float(scorer(model, X, y_true, **arguments))
        return value if self.metric.greater_is_better else -value

    def takes_weights(self, classes: NDArray[Any]) -> bool:
        """Return whether the metric of rows of these classes can use sample weights.

        One that requests none, by ``set_score_request(sample_weight=False)``, does not.
        """
        scorer = self._weighted_scorer(classes)
        return scorer is not None or self.metric.row_losses is not None

    def _weighted_scorer(self, classes: NDArray[Any]) -> ScorerCall | None:
        """Return the scorer that takes sample weights: of Tunecard's own scikit-learn's."""
        metric: Metric | None = self.metric
        if self.metric.scorer is None:
            metric = scikit.by_name(self.metric.name)
        if metric is None or metric.scorer is None:
            return None
        scorer = metric.scorer(classes, self.positive)
        if scorer is None or internals.requested_weights(scorer, "score") is False:
            return None
        parts = internals.scorer_parts(scorer)
        function: Callable[..., Any] = scorer if parts is None else parts.function
        try:
            parameters = inspect.signature(function).parameters
        except (TypeError, ValueError):  # a function written in C may have no signature
            return None
        return scorer if "sample_weight" in parameters else None

    def _sees_all(
        self,
        model: Any,
        y_true: NDArray[Any],
        classes: NDArray[Any],
        weight: NDArray[Any] | None,
    ) -> bool:
        """Return whether a scorer gets by with the classes of the model and of the rows.

        Where these are fewer than those of the data, it refuses them, or orders the
        columns of probabilities otherwise. Labels with weights it alone can score.
        """
        if (
            self.task == "regression"
            or self.metric.needs == "estimator"
            or (weight is not None and self.metric.needs == "labels")
        ):
            return True
        fitted = len(getattr(model, "classes_", classes))
        return len(np.unique(y_true)) == len(classes) == fitted

    def _code_of_positive(self, classes: NDArray[Any]) -> int | None:
        if self.positive is None:
            return None
        codes = np.flatnonzero(classes == self.positive)
        return int(codes[0]) if len(codes) else None

    def _answers(self, model: Any, X: Any, classes: NDArray[Any]) -> Outputs:
        """Have a fitted model answer for rows what the metric needs."""
        scores = self._scores(model, X, classes)
        return Outputs(
            self._labels(model, X, classes),
            probabilities=self._probabilities(model, X, classes, scores),
            scores=scores,
            n_classes=len(classes),
            positive=self._code_of_positive(classes),
            classes=classes,
        )

    def _of_outputs(
        self, y: Labels, outputs: Outputs, weight: NDArray[Any] | None = None
    ) -> float:
        if weight is not None:
            if self.metric.row_losses is None:
                raise ValueError(
                    f"with sample weights the metric {self.metric.label} needs rows of "
                    "every class in each fold"
                )
            return float(np.average(self.metric.row_losses(y, outputs), weights=weight))
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
        return _coded(predicted, classes)

    def _scores(
        self, model: Any, X: Any, classes: NDArray[Any]
    ) -> NDArray[np.floating[Any]] | None:
        """Return decision scores, where the metric needs them and the model has them."""
        has_all = np.array_equal(getattr(model, "classes_", classes), classes)
        if self.metric.needs != "scores" or not has_all:
            return None
        if not hasattr(model, "decision_function"):
            return None
        return np.asarray(model.decision_function(X))

    def _probabilities(
        self,
        model: Any,
        X: Any,
        classes: NDArray[Any],
        scores: NDArray[np.floating[Any]] | None,
    ) -> Probabilities | None:
        """Return a column a class; one missing in its training rows has probability 0."""
        if self.metric.needs not in ("probabilities", "scores") or (
            scores is not None and not hasattr(model, "predict_proba")
        ):
            return None
        if not hasattr(model, "predict_proba"):
            raise ValueError(
                f"the metric {self.metric.label} needs {self.metric.needs}, and the "
                "estimator has no predict_proba"
            )
        shares = np.asarray(model.predict_proba(X))
        every = np.zeros((len(shares), len(classes)), dtype=shares.dtype)
        every[:, np.searchsorted(classes, model.classes_)] = shares
        return every


def _coded(labels: NDArray[Any], classes: NDArray[Any]) -> Labels:
    """Return the positions of labels in the classes."""
    codes = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    if not np.array_equal(classes[codes], labels):
        raise ValueError("predict returned labels that the data does not have")
    return codes


def scorer(name: str, positive: Any = None, task: TaskName = "classification") -> Scorer:
    """Return the scorer of a metric.

    Parameters
    ----------
    name : str
        Of a registered metric.
    positive : object, optional
        The positive class, as the rows' true labels have it.
    task : str
        Of the study.

    Raises
    ------
    InputError
        If the metric does not exist.
    """
    return Scorer(get(name).for_task(task), positive, task)
