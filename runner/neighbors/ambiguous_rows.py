"""Which rows of a shared table are searched again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Labels

_ROUGH = 1e-3  # a weight that is off by more is not known
#: Above the rounding of a sum of weights, of distances that scikit-learn gives as float32
#: where the rows are: two such votes differ by up to 2e-7.
_SUMMED = 1e-6


def close_votes(distances: NDArray[np.floating[Any]], labels: Labels) -> NDArray[np.intp]:
    """Rows with tied neighbors where the order of a sum could decide the vote.

    A neighbor's weight is one over its distance. At distance 0 the votes are
    counted instead, and a sum of counts is exact.

    Parameters
    ----------
    distances : ndarray of float, shape (n_rows, k)
        Ascending.
    labels : ndarray of int, shape (n_rows, k)
        The neighbors' class codes.
    """
    n_classes = int(labels.max()) + 1
    rows = np.flatnonzero((np.diff(distances, axis=1) == 0).any(axis=1))
    rows = rows[distances[rows, 0] > 0]
    votes = np.zeros((len(rows), max(n_classes, 2)))
    for column in range(distances.shape[1]):
        votes[np.arange(len(rows)), labels[rows, column]] += 1 / distances[rows, column]
    second, first = np.partition(votes, -2, axis=1)[:, -2:].T
    return np.asarray(rows[first - second <= 1e-6 * first])


def open_votes(
    squares: NDArray[np.float64], labels: Labels, slack: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Rows where the rounding of distances could decide a vote weighted by them.

    Parameters
    ----------
    squares : ndarray of float, shape (n_rows, k)
        Squared distances, ascending.
    labels : ndarray of int, shape (n_rows, k)
        The neighbors' class codes.
    slack : ndarray of float, shape (n_rows,)
        What the difference of two squared distances may be off by.
    """
    rows = np.flatnonzero((labels != labels[:, :1]).any(axis=1))
    # A weight is off by at most half of this share, and by as much again where a
    # neighbor as near takes the place of another.
    share = np.full(len(rows), np.inf)
    np.divide(slack[rows], squares[rows, 0], out=share, where=squares[rows, 0] > 0)
    is_bounded = share < _ROUGH
    votes = np.zeros((len(rows), max(int(labels.max()) + 1, 2)))
    for column in range(squares.shape[1]):
        weights = 1 / np.sqrt(np.where(is_bounded, squares[rows, column], 1))
        votes[np.arange(len(rows)), labels[rows, column]] += weights
    second, first = np.partition(votes, -2, axis=1)[:, -2:].T
    near = first - second <= (2 * share + _SUMMED) * first
    others = rows[~is_bounded]
    near[~is_bounded] = ~_nearest_win(squares[others], labels[others], slack[others])
    return np.asarray(rows[near])


def _nearest_win(
    squares: NDArray[np.float64], labels: Labels, slack: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return for each row whether those neighbors outvote all others that may be at 0.

    They are of one class then, and their distances, off by as much as they may be, are so
    short that the others together weigh less; at 0 they are all that counts.
    """
    bound = 2 * slack[:, None]
    may_be_0 = squares <= bound
    own = labels == labels[:, :1]
    far = np.where(may_be_0, 1.0, squares - bound)
    others = np.where(own, 0.0, 1 / np.sqrt(far)).sum(axis=1)
    with np.errstate(divide="ignore"):  # of equal rows without a length
        least = np.where(may_be_0, 1 / np.sqrt(squares + bound), 0.0)
    of_one_class = (own | ~may_be_0).all(axis=1) & may_be_0[:, 0]
    wins: NDArray[np.bool_] = of_one_class & (least.sum(axis=1) > (1 + _SUMMED) * others)
    return wins
