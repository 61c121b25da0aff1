"""The errors of a regression's predictions, row by row and in groups of rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.ranks import RankCorrelation
from tunecard.runner.schema import ColumnRange, Variant

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorGroup:
    """Test rows with neighboring true values, and how wrong each case is on them.

    Attributes
    ----------
    low, high : float
        Smallest and largest true value.
    n_rows : int
    baseline, tuned : float
        Mean absolute errors.
    change : float
        Tuned minus baseline; below 0 where the tuned case is nearer.
    interval : Interval or None
        Of `change`, 95 %; None where the rows are too few.
    rise : Interval or None
        Of `change`, adjusted for all groups (Bonferroni), where it lies above 0.
    """

    low: float
    high: float
    n_rows: int
    baseline: float
    tuned: float
    change: float
    interval: Interval | None
    rise: Interval | None


@dataclass(frozen=True)
class MovedRow:
    """A test row whose absolute error changed: its index, true and predicted values."""

    index: int
    true: float
    baseline: float
    tuned: float

    @property
    def change(self) -> float:
        """Absolute error of the tuned case minus that of the baseline."""
        return abs(self.tuned - self.true) - abs(self.baseline - self.true)


@dataclass(frozen=True)
class ColumnErrors:
    """The errors of a model's cases by a column of numbers, of the rows that were kept.

    Attributes
    ----------
    name : str
        The column's.
    values : ndarray of float32, shape (n_rows,)
        Of the rows with a value, sorted.
    residuals : dict of ndarray of float64, shape (n_rows,)
        By variant, true minus predicted.
    group : ndarray of int, shape (n_rows,)
        Groups of rows with neighboring values, at most 10, equal values in one.
    trend, size : dict of float
        By variant: the share of the variance of ranks that the groups explain, of the
        residuals and of their size; a case without any is missing.
    n_missing : int
        Kept rows without a value.
    low, high : float
        Ends of the column in training.
    """

    name: str
    values: NDArray[np.float32]
    residuals: Mapping[Variant, Floats]
    group: NDArray[np.intp]
    trend: Mapping[Variant, float]
    size: Mapping[Variant, float]
    n_missing: int
    low: float
    high: float

    @property
    def strength(self) -> float:
        """The largest of all shares: what the figure's columns are chosen by."""
        return max((*self.trend.values(), *self.size.values()), default=0.0)

    @property
    def outside(self) -> bool:
        """Whether a kept row lies beyond the ends of training."""
        return bool(self.values[0] < self.low or self.values[-1] > self.high)


@dataclass(frozen=True)
class QuantileShare:
    """A predicted quantile: the share of test rows at or below it.

    Attributes
    ----------
    quantile : float
        Which one the estimator is made for.
    n_below : int
        Test rows whose true value is at most the predicted one.
    share : float
        Of all test rows.
    interval : Interval
        Of `share`, 95 %.
    """

    quantile: float
    n_below: int
    share: float
    interval: Interval


@dataclass(frozen=True)
class AgainstConstant:
    """A case against predicting the same value for every row.

    Attributes
    ----------
    name : str
        Which value: ``mean`` or ``median`` of the training rows.
    constant : float
        That value.
    loss : str
        The mean of row losses that is compared.
    own, reached : float
        Mean loss of the case, and of the constant.
    interval : Interval
        95 % of `own` minus `reached`; wholly below 0 where the case is better.
    """

    name: str
    constant: float
    loss: str
    own: float
    reached: float
    interval: Interval


@dataclass(frozen=True)
class ErrorAnalysis:
    """The errors of a model's cases on the same test rows.

    Attributes
    ----------
    true : ndarray of float64, shape (n_test,)
        True values.
    predicted : dict of ndarray of float64, shape (n_test,)
        By variant; a case that failed is missing.
    unit : str
        Of the target; empty for a pure number.
    groups : tuple of ErrorGroup
        By the true value, ascending; empty where the two cases do not compare.
    moved : tuple of MovedRow
        Those whose absolute error changed most; empty where none did.
    spread : dict of RankCorrelation
        By variant: the absolute error with the predicted value.
    constant : dict of AgainstConstant
        By variant.
    weights : dict of ndarray of float32, shape (n_features,)
        By variant: coefficients of a linear model.
    columns : tuple of ColumnErrors
        Columns by which the errors differ most, at most 4; empty where none was kept.
    quantiles : dict of QuantileShare
        By variant; empty unless both cases predict a quantile.
    """

    true: Floats
    predicted: Mapping[Variant, Floats]
    unit: str
    groups: tuple[ErrorGroup, ...] = ()
    moved: tuple[MovedRow, ...] = ()
    spread: Mapping[Variant, RankCorrelation] = field(default_factory=dict)
    constant: Mapping[Variant, AgainstConstant] = field(default_factory=dict)
    weights: Mapping[Variant, NDArray[np.float32]] = field(default_factory=dict)
    columns: tuple[ColumnErrors, ...] = ()
    quantiles: Mapping[Variant, QuantileShare] = field(default_factory=dict)

    def absolute(self, variant: Variant) -> Floats:
        """Return the absolute error of each row."""
        errors: Floats = np.abs(self.predicted[variant] - self.true)
        return errors

    @property
    def compares(self) -> bool:
        """Whether there are both cases."""
        return len(self.predicted) == 2


@dataclass(frozen=True)
class ColumnBeyond:
    """A column with test rows outside its range in training, more than chance brings.

    Attributes
    ----------
    range : ColumnRange
        The ends, and the numbers of test rows beyond them.
    p : float
        Of at least as many on one side, were test and training rows drawn alike; the
        smaller of both sides, times 2, times the number of columns (Bonferroni).
    errors : dict of (float, float)
        By model: mean absolute error of its last case on the kept rows beyond, and on the
        other kept rows; a model is missing where one of them is empty.
    """

    range: ColumnRange
    p: float
    errors: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class OutOfRange:
    """Test rows whose true value lies outside those of the training rows.

    Attributes
    ----------
    below, above : int
        Their numbers.
    p : float
        Of at least as many on one side, were test and training rows drawn alike; the
        smaller of both sides, times 2.
    errors : dict of (float, float)
        By model: mean absolute error of its last case on them, and on the other rows.
    """

    below: int
    above: int
    p: float
    errors: Mapping[str, tuple[float, float]]
