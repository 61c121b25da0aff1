"""Neighbors of some rows from scikit-learn, as a call for all rows finds them.

It works through blocks of 256 rows, and the rounding of a distance may depend on the
block. What is asked for here is whole blocks, where they were.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.internals import openmp_threads
from tunecard.runner.rows import Matrix

BLOCK = 256
_FEWEST = 5  # blocks

Neighbors: TypeAlias = tuple[NDArray[Any], NDArray[Any]]  # distances and indices
Ask: TypeAlias = Callable[[Matrix, int], Neighbors]


def at_once(ask: Ask, X: Matrix, k: int) -> Neighbors:
    """Find the k neighbors of all rows in one call."""
    return ask(X, k)


def in_parts(ask: Ask, X: Matrix, k: int) -> Neighbors:
    """Find the k neighbors of all rows in several calls, between which Ctrl-C is handled.

    One call of 12,000 rows takes ten seconds, on a busy machine a minute, and handles no
    signal. A part has so many blocks that scikit-learn still gives each to one thread,
    and as many for each thread: the answer and the time are those of one call.
    """
    threads = openmp_threads()
    n_units = len(X) // (BLOCK * threads)
    n_parts = n_units // 5  # more than four blocks a thread
    if n_parts < 2:
        return ask(X, k)
    cuts = [part * n_units // n_parts * BLOCK * threads for part in range(n_parts)]
    parts = [ask(X[a:b], k) for a, b in itertools.pairwise([*cuts, len(X)])]
    distances, indices = zip(*parts, strict=True)
    return np.concatenate(distances), np.concatenate(indices)


def again(ask: Ask, X: Matrix, rows: NDArray[np.intp], k: int) -> Neighbors:
    """Find the k neighbors of some rows as a search for all rows finds them.

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
        Neighbors of each.
    """
    import threadpoolctl

    if not _has_many_blocks(len(X)):
        distances, indices = ask(X, k)
        return distances[rows], indices[rows]
    numbers = np.unique(rows // BLOCK)
    # Of fewer blocks, one thread too would go by parts of the training rows, which
    # leaves tied neighbors in another order.
    others = np.setdiff1d(np.arange(math.ceil(len(X) / BLOCK)), numbers)
    numbers = np.union1d(numbers, others[: max(_FEWEST - len(numbers), 0)])
    queried = np.concatenate(
        [np.arange(block * BLOCK, min((block + 1) * BLOCK, len(X))) for block in numbers]
    )
    with threadpoolctl.threadpool_limits(1, user_api="openmp"):
        distances, indices = ask(np.ascontiguousarray(X[queried]), k)
    place = np.searchsorted(queried, rows)
    return distances[place], indices[place]


def cost(n_rows: Sequence[int], n_all: int) -> int:
    """Bound the rows that `again` has scikit-learn work through, for so many at a time.

    Parameters
    ----------
    n_rows : sequence of int
        Those that are wanted, call by call.
    n_all : int
        All rows.
    """
    if not _has_many_blocks(n_all):
        return n_all * sum(number > 0 for number in n_rows)
    return BLOCK * sum(max(number, _FEWEST) for number in n_rows if number)


def _has_many_blocks(n_rows: int) -> bool:
    """Return whether scikit-learn gives each block of rows to one thread."""
    return n_rows > 4 * BLOCK * openmp_threads()
