"""The weights of linear models, in the units of the columns that they get."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Transformers of scikit-learn's that divide each column by ``scale_``, or multiply it.
_DIVIDE, _MULTIPLY = ("StandardScaler", "RobustScaler", "MaxAbsScaler"), ("MinMaxScaler",)


def weights_of(
    model: Any, n_features: int, *, through_scalers: bool
) -> NDArray[np.float32] | None:
    """Return what one unit more of each column adds to a linear model's output.

    Parameters
    ----------
    model : estimator
        Fitted.
    n_features : int
        Columns that it gets.
    through_scalers : bool
        Whether the weights of a Pipeline are wanted too, whose other steps only scale
        each column; its final step weighs scaled columns.

    Returns
    -------
    ndarray of float32, shape (n_outputs, n_features), or None
        None of a model without weights, or whose features are others.
    """
    steps = [step for _, step in getattr(model, "steps", ())]
    weights = getattr(steps[-1] if steps else model, "coef_", None)
    if (
        not isinstance(weights, np.ndarray)
        or weights.ndim not in (1, 2)  # of a regression with one target it has one
        or weights.shape[-1] != n_features
        or (steps and not through_scalers)
    ):
        return None
    factor: Any = 1.0
    for step in steps[:-1]:
        scale = getattr(step, "scale_", None)
        name = type(step).__name__
        if name not in (*_DIVIDE, *_MULTIPLY):
            return None
        if scale is not None:
            factor = factor / scale if name in _DIVIDE else factor * scale
    return np.atleast_2d(weights * factor).astype(np.float32)
