"""Test rows whose features a training row has too, and whether chance explains them."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.schema import Twins

#: Positions that are recorded; of more of them only the number is.
MOST_ROWS = 10_000
#: Training and test rows, and columns, among which near pairs are counted.
_SAMPLE, _MOST_COLUMNS = (20_000, 5_000), 200

Rows = NDArray[Any]
_Keys = NDArray[np.uint64]


def find_twins(test: Rows, train: Rows) -> tuple[int, Twins | None]:
    """Find the test rows that a training row equals in every column.

    Parameters
    ----------
    test, train : ndarray, shape (n_rows, n_features)
        Features.

    Returns
    -------
    n_rows : int
        Test rows with a twin.
    Twins or None
        Which they are, and what distinguishes copies from coincidences; None without any.
    """
    # Hashes stand for the rows: a set of MNIST's rows themselves would double the memory.
    digests = {hashlib.sha256(row).digest() for row in train}
    positions = [i for i, row in enumerate(test) if hashlib.sha256(row).digest() in digests]
    if not positions:
        return 0, None
    pairs, near, expected = _count_pairs(test, train)
    rows = tuple(positions) if len(positions) <= MOST_ROWS else ()
    return len(positions), Twins(
        rows=rows, pairs=pairs, near_pairs=near, near_pairs_by_chance=expected
    )


def _count_pairs(test: Rows, train: Rows) -> tuple[int, int, float]:
    """Count equal pairs, near pairs, and the near pairs that coincidence would bring.

    Two rows that are equal by chance in a column whose values collide with probability
    ``c`` differ in it ``(1 - c) / c`` times as often. So chance brings that many near
    pairs an equal one, summed over the columns; copies bring none.
    """
    if train.shape[1] > _MOST_COLUMNS:
        return 0, 0, 0.0
    rng = np.random.default_rng(0)
    some = [
        rows if len(rows) <= most else rows[rng.choice(len(rows), most, replace=False)]
        for rows, most in zip((train, test), _SAMPLE, strict=True)
    ]
    n_train = len(some[0])
    whole = np.concatenate(some)
    columns: list[_Keys] = []
    odds = 0.0
    for values in whole.T:
        codes = np.unique(values, return_inverse=True)[1].reshape(-1)
        shares = np.bincount(codes[:n_train]) / n_train
        collision = float((shares**2).sum())
        odds += (1 - collision) / collision
        # A random number a value: the sum over columns stands for the row.
        numbers = rng.integers(2**64, size=int(codes.max()) + 1, dtype=np.uint64)
        columns.append(numbers[codes])
    keys: _Keys = np.asarray(np.sum(columns, axis=0, dtype=np.uint64))
    equal = _count_equal(keys, n_train)
    rest = (np.subtract(keys, column) for column in columns)
    near = sum(_count_equal(reduced, n_train) - equal for reduced in rest)
    return equal, near, equal * odds


def _count_equal(keys: _Keys, n_train: int) -> int:
    """Count the pairs of a test and a training row with the same key."""
    values, counts = np.unique(keys[:n_train], return_counts=True)
    places = np.minimum(np.searchsorted(values, keys[n_train:]), len(values) - 1)
    return int(counts[places][values[places] == keys[n_train:]].sum())
