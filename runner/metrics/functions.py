"""The function of a scorer, computed from what a model answered in place of the model."""

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics.value import Labels, Needs, Outputs, ScorerCall

_KINDS: Mapping[str, Needs] = {
    "predict": "labels",
    "predict_proba": "probabilities",
    "predict_log_proba": "probabilities",
    "decision_function": "scores",
}
#: Labels of which scikit-learn takes the second for the positive one by itself.
_SIGNS = ({0, 1}, {-1, 1})


@dataclass(frozen=True)
class ScoreFunction:
    """A scorer's function, its arguments, and the answers that it is computed from.

    Attributes
    ----------
    function : callable
        ``f(y_true, y_pred, **arguments)``, of labels as estimators get them.
    methods : tuple of str
        Methods of an estimator whose answer is ``y_pred``, in order of preference.
    greater : bool
        Whether higher is better.
    arguments : dict
        Further arguments.
    scorer : callable or None
        scikit-learn's scorer that it is the function of.
    of_values : bool
        Whether what is predicted are the values of a regression.
    """

    function: Callable[..., Any]
    methods: tuple[str, ...] = ("predict",)
    greater: bool = True
    arguments: Mapping[str, Any] = field(default_factory=dict)
    scorer: ScorerCall | None = None
    of_values: bool = False

    @property
    def needs(self) -> Needs:
        """What it is computed from; scores where any of its methods gives scores."""
        if self.of_values:
            return "values"
        kinds = [_KINDS[method] for method in self.methods]
        return "scores" if "scores" in kinds else kinds[0]

    def __call__(self, y: Labels, outputs: Outputs) -> float:
        """Return the function's value for class codes and answers.

        Raises
        ------
        ValueError
            If the answers are not those that it needs. The function may raise others.
        """
        if outputs.values is not None:
            return float(self.function(y, outputs.values, **self.arguments))
        classes = outputs.classes
        if classes is None:
            classes = np.arange(max(outputs.n_classes, int(y.max(initial=0)) + 1))
        positive = None if outputs.positive is None else classes[outputs.positive]
        arguments = self.arguments_for(classes, positive)
        column = arguments.get("pos_label", self._pos_label)
        answers = self._answers(outputs, classes, column)
        with warnings.catch_warnings():  # of classes that are not predicted
            warnings.simplefilter("ignore")
            return float(self.function(classes[y], answers, **arguments))

    def scorer_for(self, classes: NDArray[Any], positive: Any = None) -> ScorerCall:
        """Return scikit-learn's scorer for data with these classes.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            Every label that the data has, in ascending order.
        positive : object
            The label of the study's positive class; None without one.
        """
        arguments = self.arguments_for(classes, positive)
        if self.scorer is not None and arguments == dict(self.arguments):
            return self.scorer
        from sklearn.metrics import make_scorer

        scorer: ScorerCall = make_scorer(
            self.function,
            response_method=self.methods,
            greater_is_better=self.greater,
            **arguments,
        )
        return scorer

    def arguments_for(self, classes: NDArray[Any], positive: Any) -> dict[str, Any]:
        """Return the arguments, with the positive class where the function takes one.

        That is the function's own default where it is a label of the data, else the
        last label, unless the scorer or the study names another.
        """
        arguments = dict(self.arguments)
        if "pos_label" in arguments or "pos_label" not in self._parameters:
            return arguments
        default = self._pos_label
        if len(classes) != 2:
            return arguments
        if positive is not None:
            arguments["pos_label"] = _plain(positive)
        elif default not in classes.tolist() and set(classes.tolist()) not in _SIGNS:
            arguments["pos_label"] = _plain(classes[-1])
        return arguments

    @cached_property
    def _parameters(self) -> Mapping[str, inspect.Parameter]:
        try:
            return inspect.signature(self.function).parameters
        except (TypeError, ValueError):  # a function written in C may have no signature
            return {}

    @property
    def _pos_label(self) -> Any:
        if "pos_label" in self.arguments:
            return self.arguments["pos_label"]
        parameter = self._parameters.get("pos_label")
        return None if parameter is None else parameter.default

    def _answers(self, outputs: Outputs, classes: NDArray[Any], positive: Any) -> Any:
        """Return what scikit-learn's scorer would hand to the function."""
        binary = len(classes) == 2
        last = positive is None or positive != classes[0]
        for method in self.methods:
            if method == "predict" and outputs.labels is not None:
                return classes[outputs.labels]
            if method == "decision_function" and outputs.scores is not None:
                return outputs.scores if last or not binary else -outputs.scores
            if "proba" in method and outputs.probabilities is not None:
                shares = outputs.probabilities.astype(np.float64)
                # They are stored as float32, whose rows scikit-learn refuses.
                shares /= shares.sum(axis=1, keepdims=True)
                with np.errstate(divide="ignore"):
                    values = np.log(shares) if "log" in method else shares
                return values[:, int(last)] if binary else values
        raise ValueError(f"the estimator has no {' or '.join(self.methods)}")


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label
