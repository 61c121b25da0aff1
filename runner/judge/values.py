"""What the modules of this room pass to one another."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.judge.labels import Texts
from tunecard.runner.models.fitting import WarningCount
from tunecard.runner.schema import Candidate, MetricSpec, Params, Search


@dataclass(frozen=True)
class BeforeAfter:
    """A model as it was handed over: before and after tuning.

    Attributes
    ----------
    name : str
        What the caller calls it.
    before, after : object
        Fitted estimators, or arrays of predictions or probabilities.
    search : object or None
        The fitted search or the Optuna study whose record is imported.
    """

    name: str
    before: Any
    after: Any
    search: Any = None


@dataclass(frozen=True)
class HandedOver:
    """Everything that a call hands over, its arguments in their places.

    Attributes
    ----------
    pairs : tuple of BeforeAfter
    X_test, X_train : object or None
        Rows, as the estimators take them; None where predictions were given.
    y_test, y_train : object or None
        One class label per row.
    groups : Groups or None
        Which test rows belong together.
    """

    pairs: tuple[BeforeAfter, ...]
    X_test: Any
    y_test: Any
    X_train: Any = None
    y_train: Any = None
    groups: "Groups | None" = None


@dataclass(frozen=True)
class Groups:
    """Which test rows belong together, such as those of one patient.

    Attributes
    ----------
    name : str
        Of the column, or of the argument.
    codes : ndarray of int64, shape (n_test,)
    """

    name: str
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """What a case answered for the test rows.

    Attributes
    ----------
    labels : ndarray of str, shape (n_test,)
        The predicted class of each row.
    classes : tuple of str
        The classes of the case; the columns of `probabilities`.
    probabilities : ndarray of float32, shape (n_test, n_classes), or None
    scores : ndarray of float32, shape (n_test,) or (n_test, n_classes), or None
        Decision scores, where there are no probabilities.
    train_labels : ndarray of str, shape (n_train_rows,), or None
        The predicted class of the training rows that are scored.
    estimator : object or None
        The fitted estimator, where the answers are not predictions alone.
    source : str
        Where predictions come from, in words; empty for an estimator.
    values, train_values : ndarray of float, or None
        Of a regression, in place of labels: for the test rows, and for the training rows
        that are scored.
    """

    labels: Texts
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32] | None = None
    scores: NDArray[np.float32] | None = None
    train_labels: Texts | None = None
    estimator: Any = None
    source: str = ""
    warnings: tuple[WarningCount, ...] = ()
    values: NDArray[np.float64] | None = None
    train_values: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class ImportedSearch:
    """The record of a search that another tool ran.

    Attributes
    ----------
    strategy, metric : str
        In the words of the contract where it has them, else the tool's own.
    scored : MetricSpec or None
        What `metric` is, where Tunecard has no metric of that name.
    space : Search or None
        What was searched, where the contract can express it.
    candidates : tuple of Candidate
    best : int
        Index of the candidate that was chosen.
    folds : tuple of (int, int) or None
        Rows of each fold, where they are known.
    best_params : dict
    """

    strategy: str
    metric: str
    scored: MetricSpec | None
    space: Search | None
    candidates: tuple[Candidate, ...]
    best: int
    folds: tuple[tuple[int, int] | None, ...]
    best_params: Params = field(default_factory=dict)
