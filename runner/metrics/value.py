"""What a metric is, and what of a model it is computed from."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import InputError
from tunecard.runner.metrics.confusion import Codes, Confusion, Values

Labels: TypeAlias = Codes
Probabilities: TypeAlias = NDArray[np.floating[Any]]
#: What a metric is computed from: answers of a model for rows of data, or the fitted
#: ``estimator`` itself. ``scores`` are decision scores, or probabilities where the model
#: has no decision scores.
Needs: TypeAlias = Literal["labels", "probabilities", "scores", "values", "estimator"]
#: What a study predicts: a class of each row, or a number.
TaskName: TypeAlias = Literal["classification", "regression"]
#: What a search calls: ``score(estimator, X, y_true)``, higher for better.
ScorerCall: TypeAlias = Callable[[Any, Any, Any], float]
#: How two models are compared on a metric, on the same rows: ``mcnemar`` for a share of
#: rows that are right, ``rows`` for a mean of losses of rows, ``confusion`` for a
#: function of the confusion matrix, ``auc`` for the area under the ROC curve,
#: ``resample`` for any other function of the rows, ``none`` without a test.
Inference: TypeAlias = Literal["mcnemar", "rows", "confusion", "auc", "resample", "none"]
_NAME = re.compile(
    r"[a-z][a-z0-9_]{0,59}(\([a-z]+=-?[0-9]+(\.[0-9]+)?\))?"
    r"|[A-Za-z_][\w.]{0,99}:[A-Za-z_][\w.]{0,99}"
)


@dataclass(frozen=True)
class Outputs:
    """What a model answered for rows of data.

    Attributes
    ----------
    labels : ndarray of int, shape (n_samples,), or None
        Class codes: positions in the data's classes.
    probabilities : ndarray of float, shape (n_samples, n_classes), or None
        Class probabilities, where the model has them.
    scores : ndarray of float, shape (n_samples,) or (n_samples, n_classes), or None
        Decision scores, where the model has them.
    values : ndarray of float, shape (n_samples,), or None
        Predicted values of a regression.
    n_classes : int
        Number of classes; 0 where there are none.
    positive : int or None
        Code of the positive class, where the study names one.
    classes : ndarray of shape (n_classes,), or None
        The label of each code, as estimators get it; None where labels are not needed.
    """

    labels: Labels | None = None
    _: KW_ONLY
    probabilities: Probabilities | None = None
    scores: NDArray[np.floating[Any]] | None = None
    values: NDArray[np.floating[Any]] | None = None
    n_classes: int = 0
    positive: int | None = None
    classes: NDArray[Any] | None = None

    def have(self, needs: Needs) -> bool:
        """Return whether a metric with these needs can be computed from the answers."""
        if needs == "estimator":
            return False
        if needs == "scores" and self.probabilities is not None:
            return True
        return getattr(self, needs) is not None

    def take(self, rows: NDArray[Any]) -> "Outputs":
        """Return the answers for some of the rows, an index or a mask."""
        every = (self.labels, self.probabilities, self.scores, self.values)
        labels, shares, scores, values = (
            None if answers is None else answers[rows] for answers in every
        )
        return replace(
            self, labels=labels, probabilities=shares, scores=scores, values=values
        )

    @property
    def predicted(self) -> NDArray[Any] | None:
        """What ``predict`` returned: class codes, or values."""
        return self.labels if self.labels is not None else self.values

    @property
    def ranking(self) -> NDArray[np.floating[Any]] | None:
        """What ranks rows of two classes, higher for the second; None where nothing does.

        Decision scores take precedence over probabilities, as in scikit-learn.
        """
        if self.scores is not None and self.scores.ndim == 1:
            return self.scores
        shares = self.probabilities
        return shares[:, 1] if shares is not None and shares.shape[1] == 2 else None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A quality metric. Give one of `of_confusion`, `row_losses`, `function`, `scorer`.

    Attributes
    ----------
    name : str
        scikit-learn's name of the scorer, where there is one; as studies and results
        write it.
    label : str
        For a reader, as inside a sentence: ``accuracy``.
    unit : str
        Of its values; empty for a pure number.
    power : int
        Of a metric of predicted values: the power of the target's unit that it has, 1 for
        a mean absolute error, 2 for a mean squared one.
    range : tuple of float
        The lowest and highest value it can have; an end may be infinite.
    greater_is_better : bool
        Its direction.
    headline : bool
        Whether it stands at the top of the report.
    needs : str
        Which of the model's answers it is computed from.
    of_positive : bool
        Whether it is of the positive class alone, and measured where a study names one.
    of_confusion : callable or None
        ``f(confusion)`` with a :class:`Confusion`, of shape (...): for resampling.
    row_losses : callable or None
        ``f(y, outputs)``, of shape (n_samples,): what each row adds. The metric is its
        mean; a row whose loss is unlimited has ``inf``.
    function : callable or None
        ``f(y, outputs)``, a float, or None where the metric is not defined; without it
        the value follows from one of the other two.
    influence : callable or None
        ``f(y, outputs)``, of shape (n_samples,): what each row moves a `function` by, times
        the number of rows, to first order. Where there is none, rows are left out in turn
        to find its spread, which takes up to 200 calls of the function.
    ratio : callable or None
        ``f(y, cases)`` with the outputs of one case or of two, a pair of shape
        (n_samples,): what each row adds to the numerator and to the denominator of which
        the metric, or the second less the first, is the ratio.
    label_of_two : str
        The label where there are two classes alone; empty for the same.
    averages : bool
        Whether it is an average over classes, in whose place at the top the positive
        class's own metrics stand.
    binary : bool
        Whether it is of two classes alone; it is not measured where there are more.
    scorer : callable or None
        ``f(classes, positive)``, which returns scikit-learn's scorer for rows of these
        classes, higher for better whatever the metric's direction, or None. A search
        calls it. A metric that needs the estimator itself has nothing else.
    inference : str
        How two models are compared on it; without one it follows from the functions.
    of_either : bool
        Whether it is a function of whatever a model predicts, labels or values: it is then
        measured for either task.

    Raises
    ------
    InputError
        If the fields do not fit together.

    Examples
    --------
    >>> kappa = Metric(
    ...     name="kappa",
    ...     label="Cohen's kappa",
    ...     range=(-1, 1),
    ...     of_confusion=lambda c: (c.n * c.n_right - (c.predicted * c.support).sum(-1))
    ...     / (c.n**2 - (c.predicted * c.support).sum(-1)),
    ... )
    >>> y = np.array([0, 0, 1, 1])
    >>> round(kappa.value(y, Outputs(np.array([0, 1, 1, 1]), n_classes=2)), 3)
    0.5
    >>> kappa.inference, kappa.is_share
    ('confusion', False)
    """

    name: str
    label: str
    unit: str = ""
    power: int = 0
    range: tuple[float, float] = (0.0, 1.0)
    greater_is_better: bool = True
    headline: bool = False
    needs: Needs = "labels"
    of_positive: bool = False
    of_confusion: Callable[[Confusion], Values] | None = None
    row_losses: Callable[[NDArray[Any], Outputs], Values] | None = None
    function: Callable[[NDArray[Any], Outputs], float | None] | None = None
    influence: Callable[[NDArray[Any], Outputs], Values] | None = None
    ratio: Callable[[NDArray[Any], Sequence[Outputs]], tuple[Values, Values]] | None = None
    label_of_two: str = ""
    averages: bool = False
    binary: bool = False
    scorer: Callable[[NDArray[Any], Any], ScorerCall | None] | None = None
    inference: Inference = ""  # type: ignore[assignment] # filled in below
    of_either: bool = False

    def __post_init__(self) -> None:
        """Check the fields, and fill in the inference."""
        if not self.inference:
            by_kind: Inference = "none" if self.needs == "estimator" else "resample"
            if self.of_confusion is not None:
                by_kind = "confusion"
            elif self.row_losses is not None:
                by_kind = "rows"
            object.__setattr__(self, "inference", by_kind)
        for problem in self._find_problems():
            raise InputError(f"metric {self.name!r}: {problem}.")

    def _find_problems(self) -> list[str]:
        low, high = self.range
        needed = {
            "mcnemar": "of_confusion",
            "confusion": "of_confusion",
            "rows": "row_losses",
        }
        via = needed.get(self.inference)
        problems = []
        if not _NAME.fullmatch(self.name):
            problems.append(
                "name must be of a-z, 0-9 and _, and begin with a letter, or be an import "
                "path, module:name"
            )
        if not low < high:
            problems.append(f"range = ({low:g}, {high:g}) must be a lower and a higher end")
        for field, allowed in (("needs", Needs), ("inference", Inference)):
            if getattr(self, field) not in get_args(allowed):
                names = ", ".join(map(repr, get_args(allowed)))
                problems.append(
                    f"{field} = {getattr(self, field)!r} must be one of {names}"
                )
        has_function = any((self.of_confusion, self.row_losses, self.function))
        if not (self.scorer if self.needs == "estimator" else has_function):
            problems.append("give of_confusion, row_losses or function")
        if via is not None and getattr(self, via) is None:
            problems.append(f"inference = {self.inference!r} needs {via}")
        if self.of_confusion is not None and self.needs != "labels":
            problems.append("a function of the confusion matrix needs 'labels'")
        return problems

    def suits(self, task: TaskName) -> bool:
        """Return whether a study of a task can measure it."""
        if self.of_either or self.needs == "estimator":
            return True
        return (self.needs == "values") == (task == "regression")

    def for_task(self, task: TaskName) -> "Metric":
        """Return the metric as a study of a task measures it."""
        if not self.of_either or task == "classification":
            return self
        return replace(self, needs="values")

    @property
    def is_share(self) -> bool:
        """Whether it is a share of 1, whose differences are percentage points."""
        return self.range == (0, 1) and not self.unit

    def value(self, y: NDArray[Any], outputs: Outputs) -> float | None:
        """Return the metric; None where it is not defined.

        Parameters
        ----------
        y : ndarray of int or float, shape (n_samples,)
            What is true: class codes, or values.
        outputs : Outputs
            What the model answered for the same rows.
        """
        if not outputs.have(self.needs):
            return None
        if self.of_positive and outputs.positive is None:
            return None
        value: Any
        if self.function is not None:
            value = self.function(y, outputs)
        elif self.of_confusion is not None:
            assert outputs.labels is not None
            codes = int(y.max()), int(outputs.labels.max()), outputs.positive or 0
            n_classes = max(outputs.n_classes, 1 + max(codes))
            return self.value_of_confusion(
                Confusion.of_rows(y, outputs.labels, n_classes, outputs.positive)
            )
        else:
            assert self.row_losses is not None
            value = np.mean(self.row_losses(y, outputs))
        return None if value is None or not math.isfinite(value) else float(value)

    def value_of_confusion(self, confusion: Confusion) -> float | None:
        """Return the metric of one confusion matrix; None where it is not defined.

        Parameters
        ----------
        confusion : Confusion
            Of shape ().
        """
        if self.of_confusion is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(self.of_confusion(confusion))
        return value if math.isfinite(value) else None
