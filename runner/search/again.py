"""Rows of a shared table that are asked for again: which, and as a search for all does."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.metrics import Labels
from runner.search.scoring import Matrix

# scikit-learn finds neighbours in blocks of 256 rows, and the rounding of a
# distance may depend on the block; see `in_blocks`.
BLOCK = 256


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


def in_blocks(
    ask: Callable[[Matrix, int], tuple[NDArray[Any], NDArray[Any]]],
    X: Matrix,
    rows: NDArray[np.intp],
    k: int,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Find the k neighbours of some rows as a search for all rows finds them.

    The answer must not depend on the other rows being left out, so whole
    blocks are asked for, where they were. scikit-learn gives each block of X to
    one thread when X has many blocks a thread; one thread alone then does the
    same work in the same order. When X has few blocks it splits the training
    rows between the threads, and all of X is asked for, as before.

    Parameters
    ----------
    ask : callable
        ``ask(X, k)`` gives distances and indices, as ``kneighbors`` does.
    X : ndarray of shape (n_samples, n_features)
        All rows.
    rows : ndarray of int, shape (n_rows,)
        Those that are wanted.
    k : int
        Neighbours of each.
    """
    import threadpoolctl

    threads = _openmp_threads()
    if len(X) <= 4 * BLOCK * threads:
        distances, indices = ask(X, k)
        return distances[rows], indices[rows]
    blocks = np.unique(rows // BLOCK)
    asked = np.concatenate(
        [np.arange(block * BLOCK, min((block + 1) * BLOCK, len(X))) for block in blocks]
    )
    with threadpoolctl.threadpool_limits(1, user_api="openmp"):
        distances, indices = ask(np.ascontiguousarray(X[asked]), k)
    place = np.searchsorted(asked, rows)
    return distances[place], indices[place]


def _openmp_threads() -> int:
    """Count the threads that scikit-learn's own loops use."""
    import threadpoolctl

    counts = [
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "openmp"
    ]
    return max(counts, default=1)
