"""Metrics of predicted values, as scikit-learn's: means of errors, R2 and others."""

import math
from collections.abc import Callable, Sequence
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
_TINY = 1e-150  # below which a mean square has no root to divide by


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


def _r2_ratio(y: Target, cases: Sequence[Outputs]) -> tuple[Values, Values]:
    """Return squared errors saved over the squared distance from the mean."""
    squares = [_squared(y, outputs) for outputs in cases]
    centered: Values = (y - y.mean()) ** 2
    saved = centered - squares[0] if len(squares) == 1 else squares[0] - squares[1]
    return saved, centered


def _root_ratio(y: Target, cases: Sequence[Outputs]) -> tuple[Values, Values]:
    """Return squared errors over the roots of their means, to first order in each row.

    A difference of roots is that of the squares over the sum of the roots.
    """
    squares = [_squared(y, outputs) for outputs in cases]
    roots = [max(math.sqrt(float(each.mean())), _TINY) for each in squares]
    linear = [
        each / (2 * root) + root / 2 for each, root in zip(squares, roots, strict=True)
    ]
    gained = squares[0] if len(squares) == 1 else squares[1] - squares[0]
    return gained, np.sum(linear, axis=0)


def _median_influence(y: Target, outputs: Outputs) -> Values:
    """Return what each row moves the median by: half the sparsity, up or down.

    The sparsity, one over the density at the median, is estimated from two quantiles
    around it, at the distance of P. Hall and S. J. Sheather (1988, Journal of the Royal
    Statistical Society B 50, 381-391) for the median of a normal sample.
    """
    errors = _absolute(y, outputs)
    n = len(errors)
    # z**(2/3) (1.5 phi(0)**2)**(1/3) n**(-1/3), at 95 %.
    distance = min(0.9716 * n ** (-1 / 3), 0.45)
    low, middle, high = np.quantile(errors, [0.5 - distance, 0.5, 0.5 + distance])
    sparsity = (high - low) / (2 * distance)
    influence: Values = 0.5 * sparsity * np.sign(errors - middle)
    centered: Values = influence - influence.mean()
    return centered


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
        ratio=_r2_ratio,
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
        ratio=_root_ratio,
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
        influence=_median_influence,
        scorer=_Named("neg_median_absolute_error"),
    ),
)
#: Measured where a study names them.
NAMED_VALUES = (
    _mean("mean_squared_error", "MSE", _squared, power=2),
    _mean("mean_absolute_percentage_error", "MAPE", _relative),
)
