"""The winner of a search, as scikit-learn chooses it, and the baseline's own values."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np


def winner(scores: Sequence[Sequence[float | None]], *, greater: bool = True) -> int | None:
    """Return the position of the best mean score, the first of equals.

    The best is the highest; the lowest, where less is better.

    A candidate that failed on any fold cannot win; None if all failed. The mean
    is scikit-learn's (``numpy.average`` over the folds), to the bit.
    """
    sign = 1.0 if greater else -1.0
    means = [
        sign * float(np.average(row)) if None not in row else -np.inf  # type: ignore[arg-type] # None is excluded
        for row in scores
    ]
    best = int(np.argmax(means)) if means else 0
    return best if means and means[best] > -np.inf else None


def own_values(
    estimator: Any,
    names: Iterable[str],
    rename: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> dict[str, Any]:
    """Return the baseline's own values of the searched parameters, where plain.

    Parameters
    ----------
    estimator : estimator
        The baseline, not fitted.
    names : iterable of str
        Parameters, as a study names them.
    rename : callable
        Turns a candidate's parameters into those of `estimator`.
    """
    defaults = estimator.get_params()
    values = {name: defaults.get(next(iter(rename({name: None})))) for name in names}
    plain = bool | int | float | str | None
    return {name: value for name, value in values.items() if isinstance(value, plain)}
