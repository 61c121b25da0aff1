"""Votes on a table of an engine's neighbors: their labels, where no tie can change them.

An engine has a vote of its own, which is not scikit-learn's code, and breaks ties in an
order that depends on k and on the rows beside. A table for the largest k therefore shows
what the engine would return for a smaller one only where no tie is in the way; else the
engine is queried.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Labels
from tunecard.runner.models import engines

#: Two sums of float32 weights that differ by less may come in the other order.
_CLOSE = 1e-5
#: A distance below this share of another may be 0: it is the root of a difference of
#: float32 products.
_ROUNDING = 1e-2
#: Up to so many features an engine takes a tree, as scikit-learn does, unless set
#: otherwise. The distances of a tree are not the same for every k.
TREE_FEATURES = 15


def can_share(estimator: Any, n_features: int) -> bool:
    """Return whether an estimator is an engine's, with neighbors that can be shared.

    Parameters
    ----------
    estimator : estimator
        Of any engine or none.
    n_features : int
        Of the data.

    Returns
    -------
    bool
        True for an engine's KNeighborsClassifier that finds Euclidean neighbors by
        brute force.
    """
    if engines.of(estimator) is None or type(estimator).__name__ != "KNeighborsClassifier":
        return False
    euclidean = estimator.metric == "euclidean" or (
        estimator.metric == "minkowski" and estimator.p == 2
    )
    automatic = estimator.algorithm == "auto" and n_features > TREE_FEATURES
    plain = euclidean and not estimator.metric_params
    return plain and (automatic or estimator.algorithm == "brute")


def labels(
    distances: NDArray[np.floating], classes: Labels, k: int, *, weighted: bool
) -> Labels | None:
    """Return what the first k neighbors of each row vote for.

    Parameters
    ----------
    distances : ndarray of float, shape (n_rows, n_neighbors)
        Ascending.
    classes : ndarray of int, shape (n_rows, n_neighbors)
        The neighbors' class codes.
    k : int
        At most ``n_neighbors``.
    weighted : bool
        Whether a vote weighs one over its distance.

    Returns
    -------
    ndarray of int, shape (n_rows,), or None
        The lowest class where several have as many votes. None where a tie between
        distances, or between weighted votes, may be broken in another way for this k.
    """
    first = classes[:, :k]
    rows = np.flatnonzero((first != first[:, :1]).any(axis=1))  # the others agree
    if _cut(distances, classes, k).any():
        return None
    near = distances[rows, :k]
    if weighted and (near[:, 0] <= _ROUNDING * near[:, -1]).any():
        return None  # a copy of the row itself: its distance is what rounding left of 0
    votes = np.zeros((len(rows), max(int(classes.max()) + 1, 2)))
    for column in range(k):
        weights = 1 / near[:, column] if weighted else 1
        votes[np.arange(len(rows)), first[rows, column]] += weights
    if weighted:
        second, most = np.partition(votes, -2, axis=1)[:, -2:].T
        if (most - second <= _CLOSE * most).any():
            return None
    winners = first[:, 0].copy()
    winners[rows] = votes.argmax(axis=1)
    return winners


def _cut(distances: NDArray[np.floating], classes: Labels, k: int) -> NDArray[np.bool_]:
    """Find the rows where the k-th place cuts through rows as far away as one another.

    Where all of these are of one class it does not matter which of them are taken,
    unless the table's end cuts through them, too.
    """
    if k >= distances.shape[1]:
        return np.zeros(len(distances), dtype=bool)
    edge = distances[:, k - 1 : k]
    tied = distances == edge
    highest = np.where(tied, classes, classes.min()).max(axis=1)
    lowest = np.where(tied, classes, classes.max()).min(axis=1)
    open_ended = tied[:, -1] | (highest != lowest)
    cut = (distances[:, k] == edge[:, 0]) & open_ended
    return np.asarray(cut | np.isnan(edge[:, 0]))
