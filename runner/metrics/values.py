"""Metrics of predicted values, as scikit-learn's: means of errors, R2 and others."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics.confusion import Values
from tunecard.runner.metrics.value import Metric, Outputs, ScorerCall

#: The metric of a regression that names none.
DEFAULT_OF_VALUES = "r2"
#: Short names that people write, and scikit-learn's.
SHORT_NAMES = {
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "medae": "median_absolute_error",
    "mse": "mean_squared_error",
    "rmse": "root_mean_squared_error",
}

Target = NDArray[Any]


def _errors(y: Target, outputs: Outputs) -> Values:
    """Return predicted minus true, of shape (n_samples,)."""
    assert outputs.values is not None  # what the metric needs
    errors: Values = outputs.values.astype(np.float64) - y
    return errors


def _absolute(y: Target, outputs: Outputs) -> Values:
    errors: Values = np.abs(_errors(y, outputs))
    return errors


def _squared(y: Target, outputs: Outputs) -> Values:
    squares: Values = _errors(y, outputs) ** 2
    return squares


def _relative(y: Target, outputs: Outputs) -> Values:
    """Return errors as shares of the true values; infinite where one is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: Values = np.abs(_errors(y, outputs)) / np.abs(y)
    shares[y == 0] = np.inf
    return shares


def _r2(y: Target, outputs: Outputs) -> float | None:
    """Return scikit-learn's R2; None where the true values do not differ."""
    if len(y) < 2 or np.ptp(y) == 0:
        return None
    from sklearn.metrics import r2_score

    return float(r2_score(y, outputs.values))


def _r2_influence(y: Target, outputs: Outputs) -> Values:
    """Return what each row moves R2 by: the derivative of a ratio of two means."""
    squares, centered = _squared(y, outputs), y - y.mean()
    variance = float((centered**2).mean())
    share = float(squares.mean()) / variance
    influence: Values = (share * centered**2 - squares) / variance
    return influence


def _root_influence(y: Target, outputs: Outputs) -> Values:
    """Return what each row moves the root by: that of its square over twice the root."""
    squares = _squared(y, outputs)
    mean = float(squares.mean())
    influence: Values = (squares - mean) / (2 * math.sqrt(mean) if mean > 0 else 1.0)
    return influence


class _Function:
    """A function of scikit-learn's, by its name: the same sum in the same order."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, y: Target, outputs: Outputs) -> float:
        """Return its value."""
        import sklearn.metrics

        return float(getattr(sklearn.metrics, self.name)(y, outputs.values))


class _Named:
    """The scorer that scikit-learn has by a name, whatever the data."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, _classes: Any, _positive: Any) -> ScorerCall:
        """Return it."""
        from sklearn.metrics import get_scorer

        scorer: ScorerCall = get_scorer(self.name)
        return scorer


def _mean(
    name: str, label: str, losses: Callable[[Target, Outputs], Values], **fields: Any
) -> Metric:
    """Make the metric of a mean of losses, of which lower is better."""
    return Metric(
        name=name,
        label=label,
        range=(0.0, math.inf),
        greater_is_better=False,
        needs="values",
        row_losses=losses,
        function=_Function(name),
        scorer=_Named(f"neg_{name}"),
        **fields,
    )


VALUES = (
    Metric(
        name=DEFAULT_OF_VALUES,
        label="R²",
        range=(-math.inf, 1.0),
        headline=True,
        needs="values",
        function=_r2,
        influence=_r2_influence,
        scorer=_Named("r2"),
    ),
    _mean("mean_absolute_error", "MAE", _absolute, power=1, headline=True),
    Metric(
        name="root_mean_squared_error",
        label="RMSE",
        power=1,
        range=(0.0, math.inf),
        greater_is_better=False,
        headline=True,
        needs="values",
        function=_Function("root_mean_squared_error"),
        influence=_root_influence,
        scorer=_Named("neg_root_mean_squared_error"),
    ),
    Metric(
        name="median_absolute_error",
        label="median absolute error",
        power=1,
        range=(0.0, math.inf),
        greater_is_better=False,
        needs="values",
        function=_Function("median_absolute_error"),
        scorer=_Named("neg_median_absolute_error"),
    ),
)
#: Measured where a study names them.
NAMED_VALUES = (
    _mean("mean_squared_error", "MSE", _squared, power=2),
    _mean("mean_absolute_percentage_error", "MAPE", _relative),
)
