"""What each case predicted for each test row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.grouped import LEAST_GROUPS
from tunecard.report.stats.in_time import LEAST_ROWS
from tunecard.runner.metrics import Outputs
from tunecard.runner.schema import ClassInfo

#: Values that differ by less than this share of themselves are the same.
_DIGITS = 1e-9


@dataclass(frozen=True)
class StoredColumns:
    """Columns of numbers of some test rows.

    Attributes
    ----------
    row : ndarray of int64, shape (n_kept,)
        Positions among the test rows, ascending.
    values : dict of ndarray of float32, shape (n_kept,)
        By column, in the order of the results' ranges; NaN where a cell has no value.
    """

    row: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Predictions:
    """What each case predicted for each test row.

    Attributes
    ----------
    index : ndarray of int64, shape (n_test,)
        Row in the original test part.
    y_true : ndarray of int32 or float64, shape (n_test,)
        Class codes: positions in ``results.dataset.classes``; or values of a regression.
    predicted : dict of ndarray of int32 or float64, shape (n_test,)
        The same by case key (``knn/tuned``); failed cases are missing.
    probability : dict of ndarray of float32, shape (n_test, n_classes)
        By case key, where the estimator has probabilities.
    score : dict of ndarray of float32, shape (n_test,) or (n_test, n_classes)
        Of ``decision_function`` by case key, where a metric needs it or the estimator has
        that alone; of two classes those of the second.
    unit : ndarray of int, shape (n_test,), or None
        The group of each row, or its block of consecutive rows in time; None where rows
        are exchangeable.
    in_time : bool
        Whether `unit` has blocks of time.
    images : dict of ndarray of uint8, shape (height, width)
        By position in these arrays: test rows that a model's two cases label
        differently. Empty where the run kept none.
    classes : tuple of ClassInfo
        The classes, by code.
    positive : int or None
        Code of the positive class.
    of_values : bool
        Whether they are of a regression.
    kept : StoredColumns or None
        Columns of numbers of some of the rows; None where the run kept none.
    """

    index: NDArray[np.int64]
    y_true: NDArray[Any]
    predicted: Mapping[str, NDArray[Any]]
    probability: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    images: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    score: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    classes: tuple[ClassInfo, ...] = ()
    positive: int | None = None
    unit: NDArray[np.intp] | None = None
    in_time: bool = False
    of_values: bool = False
    kept: StoredColumns | None = None

    def __post_init__(self) -> None:
        """Take predicted values that rounding alone distinguishes for the same."""
        if self.of_values:
            object.__setattr__(self, "predicted", _without_rounding(self.predicted))

    @property
    def n_units(self) -> int:
        """What a test adds up: groups, blocks of consecutive rows, or rows."""
        return len(self.y_true) if self.unit is None else len(np.unique(self.unit))

    @property
    def least_units(self) -> int:
        """How many of them a decision needs at least."""
        return LEAST_ROWS if self.in_time else LEAST_GROUPS

    def outputs(self, key: str) -> Outputs:
        """Return what a case answered, as metrics take it."""
        if self.of_values:
            return Outputs(values=self.predicted[key])
        labels = np.array([entry.own_label for entry in self.classes])
        return Outputs(
            self.predicted[key],
            probabilities=self.probability.get(key),
            scores=self.score.get(key),
            n_classes=len(labels),
            positive=self.positive,
            classes=labels if len(labels) else None,
        )


def _without_rounding(predicted: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Give a case the value of the case before it where both agree to 9 digits.

    Equal models differ in the last digits where sums were added in another order. Tests
    on differences would take that for an effect.
    """
    made: dict[str, NDArray[Any]] = {}
    before = None
    for key, values in predicted.items():
        if before is not None and len(before) == len(values) and len(values):
            zero = 1e-14 * float(np.abs(before).max())
            same = np.isclose(values, before, rtol=_DIGITS, atol=zero)
            made[key] = np.where(same, before, values)
        before = made.setdefault(key, values)
    return made
