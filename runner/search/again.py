"""Which rows of a shared table are asked for again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.metrics import Labels


def close_votes(distances: NDArray[np.floating[Any]], labels: Labels) -> NDArray[np.intp]:
    """Rows with tied neighbours where the order of a sum could decide the vote.

    A neighbour's weight is one over its distance. At distance 0 the votes are
    counted instead, and a sum of counts is exact.

    Parameters
    ----------
    distances : ndarray of float, shape (n_rows, k)
        Ascending.
    labels : ndarray of int, shape (n_rows, k)
        The neighbours' class codes.
    """
    n_classes = int(labels.max()) + 1
    rows = np.flatnonzero((np.diff(distances, axis=1) == 0).any(axis=1))
    rows = rows[distances[rows, 0] > 0]
    votes = np.zeros((len(rows), max(n_classes, 2)))
    for column in range(distances.shape[1]):
        votes[np.arange(len(rows)), labels[rows, column]] += 1 / distances[rows, column]
    second, first = np.partition(votes, -2, axis=1)[:, -2:].T
    return np.asarray(rows[first - second <= 1e-6 * first])
