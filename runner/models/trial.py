"""A fit on few rows: whether a model takes the data as it is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.models.fitting import captured, describe

_MOST_ROWS = 500
_OF_A_CLASS = 20  # enough for the folds of an estimator that has its own


def refusal(estimator: Any, X: Any, y: NDArray[Any]) -> str | None:
    """Fit an estimator and return what it raises, in one line; None where it fits.

    Parameters
    ----------
    estimator : estimator
        Not fitted, and not used again.
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Few rows.
    y : ndarray of shape (n_samples,)
        Their labels.
    """
    try:
        with captured():
            estimator.fit(X, y)
    except Exception as error:  # noqa: BLE001 # a user's estimator may raise anything
        return describe(error)
    return None


def few_rows(coded: NDArray[np.float32], y: NDArray[Any]) -> NDArray[np.intp]:
    """Choose rows that show what data is like: of each class, and with each gap.

    Parameters
    ----------
    coded : ndarray of float32, shape (n_samples, n_features)
        NaN where a cell has no value.
    y : ndarray of shape (n_samples,)
        Labels.
    """
    if len(y) <= _MOST_ROWS:
        return np.arange(len(y))
    gaps, labels = np.isnan(coded), np.unique(y)
    if len(labels) * _OF_A_CLASS > len(y):  # a quantity, or classes of few rows
        spread = np.linspace(0, len(y) - 1, _MOST_ROWS).astype(np.intp)
        chosen = [spread]
    else:
        chosen = [np.flatnonzero(y == label)[:_OF_A_CLASS] for label in labels]
    chosen.append(np.argmax(gaps, axis=0)[gaps.any(axis=0)])
    return np.unique(np.concatenate(chosen))
