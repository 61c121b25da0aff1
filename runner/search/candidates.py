"""The candidates, the folds and the winner, as scikit-learn has them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from tunecard.runner.metrics import Labels
from tunecard.runner.schema import Distribution, GridSearch, ParamValue
from tunecard.runner.search.scoring import Fold

Space: TypeAlias = Mapping[str, Distribution | tuple[ParamValue, ...]]


def grid(search: GridSearch) -> tuple[dict[str, Any], ...]:
    """List a grid's candidates in the order of scikit-learn's ``ParameterGrid``."""
    from sklearn.model_selection import ParameterGrid

    space = {
        name: [_plain(value) for value in values] for name, values in search.space.items()
    }
    return tuple(ParameterGrid(space))


def draw(space: Space, n_candidates: int, seed: int) -> tuple[dict[str, Any], ...]:
    """Draw as scikit-learn's ``ParameterSampler(..., random_state=seed)`` does.

    Parameters
    ----------
    space : dict
        A list of values or a Distribution for each parameter.
    n_candidates : int
        Draws; a space of lists gives each of its points once at the most.
    seed : int
        For the draws.

    Returns
    -------
    tuple of dict
        Values are Python's own bool, int, float, str, None or list.
    """
    from sklearn.model_selection import ParameterSampler

    dimensions = {name: _dimension(values) for name, values in space.items()}
    size = n_points(space, n_candidates)
    drawn = ParameterSampler(dimensions, size, random_state=seed)
    return tuple(
        {name: _native(value) for name, value in candidate.items()} for candidate in drawn
    )


def n_points(space: Space, at_most: int) -> int:
    """Count the points of a space of lists; more draws than that cannot differ."""
    size = 1
    for values in space.values():
        if isinstance(values, Distribution):
            return at_most
        size *= len(values)
    return min(size, at_most)


def folds(y: Labels, n_folds: int, seed: int) -> tuple[Fold, ...]:
    """Split rows as ``StratifiedKFold(n_folds, shuffle=True, random_state=seed)``."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return tuple(splitter.split(np.zeros((len(y), 1)), y))


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


def _dimension(values: Distribution | tuple[ParamValue, ...]) -> Any:
    """Make a list, or one of SciPy's frozen distributions."""
    from scipy import stats

    if not isinstance(values, Distribution):
        return [_plain(value) for value in values]
    if values.distribution == "loguniform":
        return stats.loguniform(values.low, values.high)
    if values.distribution == "uniform":
        return stats.uniform(values.low, values.high - values.low)
    return stats.randint(int(values.low), int(values.high) + 1)


def _plain(value: ParamValue) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _native(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
