"""What a row adds to the means that scikit-learn's functions of values are."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics.confusion import Values
from tunecard.runner.metrics.value import Outputs

RowLosses = Callable[[NDArray[Any], Outputs], Values]

_LOSS, _SCORE = (0.0, math.inf), (-math.inf, 1.0)
#: By the name of scikit-learn's function.
RANGES_OF_VALUES: Mapping[str, tuple[float, float]] = {
    "explained_variance_score": _SCORE,
    "d2_absolute_error_score": _SCORE,
    "d2_pinball_score": _SCORE,
    "d2_tweedie_score": _SCORE,
    "max_error": _LOSS,
    "mean_absolute_error": _LOSS,
    "mean_absolute_percentage_error": _LOSS,
    "mean_gamma_deviance": _LOSS,
    "mean_pinball_loss": _LOSS,
    "mean_poisson_deviance": _LOSS,
    "mean_squared_error": _LOSS,
    "mean_squared_log_error": _LOSS,
    "mean_tweedie_deviance": _LOSS,
    "median_absolute_error": _LOSS,
    "r2_score": _SCORE,
    "root_mean_squared_error": _LOSS,
    "root_mean_squared_log_error": _LOSS,
}
#: The power of the target's unit that a function's values have.
POWERS: Mapping[str, int] = {
    "max_error": 1,
    "mean_absolute_error": 1,
    "mean_pinball_loss": 1,
    "mean_squared_error": 2,
    "median_absolute_error": 1,
    "root_mean_squared_error": 1,
}


def row_losses_of(function: str, arguments: Mapping[str, Any]) -> RowLosses | None:
    """Return what each row adds to a function of scikit-learn's.

    Parameters
    ----------
    function : str
        Its name.
    arguments : mapping
        Those that differ from its defaults.

    Returns
    -------
    callable or None
        ``f(y, outputs)``, of shape (n_samples,), whose mean is the function's value;
        infinite where a loss is not defined. None of a function that is not such a mean.
    """
    if set(arguments) - {"alpha", "power"}:
        return None
    if function == "mean_pinball_loss":
        return _RowLosses(_pinball, float(arguments.get("alpha", 0.5)))
    if function == "mean_squared_log_error":
        return _RowLosses(_log_squares, 0.0)
    powers = {"mean_poisson_deviance": 1.0, "mean_gamma_deviance": 2.0}
    if function == "mean_tweedie_deviance":
        return _RowLosses(_tweedie, float(arguments.get("power", 0)))
    return _RowLosses(_tweedie, powers[function]) if function in powers else None


class _RowLosses:
    """Row losses with their parameter, as a value that can be pickled."""

    def __init__(self, losses: Callable[..., Values], parameter: float) -> None:
        self._losses, self._parameter = losses, parameter

    def __call__(self, y: NDArray[Any], outputs: Outputs) -> Values:
        """Return the loss of each row."""
        assert outputs.values is not None  # what the metric needs
        predicted = outputs.values.astype(np.float64)
        with np.errstate(all="ignore"):
            losses = self._losses(np.asarray(y, dtype=float), predicted, self._parameter)
        return np.where(np.isfinite(losses), losses, np.inf)


def _pinball(y: Values, predicted: Values, alpha: float) -> Values:
    gap = y - predicted
    losses: Values = np.where(gap >= 0, alpha * gap, (alpha - 1) * gap)
    return losses


def _log_squares(y: Values, predicted: Values, _: float) -> Values:
    squares: Values = (np.log1p(y) - np.log1p(predicted)) ** 2
    return squares


def _tweedie(y: Values, predicted: Values, power: float) -> Values:
    """Return unit deviances (B. Jorgensen 1997, "The Theory of Dispersion Models")."""
    from scipy.special import xlogy

    deviance: Values
    if power == 0:
        deviance = (y - predicted) ** 2
    elif power == 1:
        deviance = 2 * (xlogy(y, y / predicted) - y + predicted)
    elif power == 2:
        deviance = 2 * (np.log(predicted / y) + y / predicted - 1)
    else:
        deviance = 2 * (
            np.maximum(y, 0) ** (2 - power) / ((1 - power) * (2 - power))
            - y * predicted ** (1 - power) / (1 - power)
            + predicted ** (2 - power) / (2 - power)
        )
    return deviance
