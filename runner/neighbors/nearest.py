"""Nearest neighbors from a float32 product of the rows, with bounds on its rounding.

scikit-learn finds Euclidean neighbors from a float64 product of all pairs of rows.
The same product in float32 takes half the time, and its error has a bound: so it shows
which few training rows can be among the nearest of a row, and their distances are then
summed in float64. What is left open is what float64 rounding leaves open; how much that
is comes with the answer (`Nearest.slack`), so that scikit-learn can be asked there.

The bounds are those of a sum of products in any order: N. J. Higham, Accuracy and
Stability of Numerical Algorithms, 2nd edition (2002), section 3.1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import internals
from tunecard.runner.rows import Matrix

Values = NDArray[np.float64]
Places = NDArray[np.int64]

#: Pairs of rows x features from which on it is worth its while.
LEAST_WORK = 1e9
_TILE, _CHUNK = 8_192, 1_024  # training rows, and rows, of one product
_SAMPLE = 2_048  # training rows of the first tile that the first limit is taken from
_MOST_NUMBERS = 2**24  # of a tile
#: Rows that may still be among the nearest of a row, on average; more are many ties.
_MOST_LEFT = 400
_SMALLEST, _LARGEST = 1e-15, 1e15  # lengths whose squares are far from float32's limits
_SINGLE, _DOUBLE = 2.0**-24, 2.0**-53  # unit roundoffs
_OPERATIONS = 8  # per product, besides one for each feature
_MOST_TERMS = 2**20  # from which on float32 has no digit left to vouch for


@dataclass(frozen=True)
class Nearest:
    """The nearest training rows of each row.

    Attributes
    ----------
    squares : ndarray of float64, shape (n_rows, n_neighbors)
        Squared distances, ascending.
    indices : ndarray of int64, shape (n_rows, n_neighbors)
        Positions among the training rows.
    slack : ndarray of float64, shape (n_rows,)
        Two squared distances that differ by more come in this order in scikit-learn's
        answer as well.
    """

    squares: Values
    indices: Places
    slack: Values


def applies(model: Any, X_train: Matrix, X: Matrix) -> bool:
    """Return whether a fitted KNeighborsClassifier of scikit-learn's has such neighbors.

    Parameters
    ----------
    model : KNeighborsClassifier
        Fitted on `X_train`.
    X_train, X : ndarray of shape (n_train, n_features), (n_rows, n_features)
        The rows it looks among, and those it is asked for.
    """
    return (
        model.effective_metric_ == "euclidean"
        and not model.effective_metric_params_
        # Its other way to these distances rounds otherwise.
        and internals.finds_in_blocks(model, X_train, X)
        and float(len(X_train)) * X.size >= LEAST_WORK
    )


def nearest(X_train: Matrix, X: Matrix, k: int) -> Nearest | None:
    """Find the k nearest training rows of each row.

    Parameters
    ----------
    X_train : ndarray of float, shape (n_train, n_features)
        The rows to look among.
    X : ndarray of float, shape (n_rows, n_features)
        The rows to find neighbors of.
    k : int
        Neighbors of each.

    Returns
    -------
    Nearest or None
        None where float32 cannot separate rows: too many are about as near as the
        k-th, or values are too large, too small or no numbers; and where there is not
        the memory for it.
    """
    if k > min(len(X_train), _MOST_LEFT // 2) or X.shape[1] > _MOST_TERMS:
        return None
    try:
        with np.errstate(all="ignore"):  # what is out of range is refused
            return _search_tiles(X_train, X, k)
    except MemoryError:
        return None


def _search_tiles(X_train: Matrix, X: Matrix, k: int) -> Nearest | None:
    """Look at the training rows, a tile at a time."""
    search = _Search(X_train, X, k)
    n_tiles = -(-len(X_train) // _at_once(X.shape[1]))
    for number in range(n_tiles):
        # Every n-th row: whatever the rows are sorted by, a tile has some of each.
        rows = np.arange(number, len(X_train), n_tiles)
        if not search.scan_tile(rows):
            return None
    return search.result()


class _Search:
    """What is left of the training rows for each row, tile by tile."""

    def __init__(self, X_train: Matrix, X: Matrix, k: int) -> None:
        self._X_train, self._X, self._k = X_train, X, k
        self._mean = X_train.mean(axis=0, dtype=np.float64)
        # What all training rows have in common is as far from each of them.
        self._varying_columns = np.flatnonzero(X_train.min(axis=0) < X_train.max(axis=0))
        self._n_terms = X.shape[1] + _OPERATIONS
        self._rounding = _gamma(self._n_terms, _SINGLE)
        # The square of a training row is one more term of each product.
        self._left = np.ones((len(X), len(self._varying_columns) + 1), dtype=np.float32)
        self._norms = np.empty(len(X))
        for begin in range(0, len(X), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            left, self._norms[part] = self._center(X[part])
            self._left[part, :-1] = -2 * left
        self._longest = float(self._norms.max())
        self._reach = 0.0  # the longest training row that was looked at
        # What a row can have, truly, that is among the k nearest.
        self._limits = np.full(len(X), np.inf)
        self._kept: list[list[tuple[Places, Places, NDArray[np.float32]]]] = [
            [] for _ in range(0, len(X), _CHUNK)
        ]

    def scan_tile(self, rows: Places) -> bool:
        """Look at a tile of training rows; False where too many stay in question."""
        right, norms = self._center(self._X_train[rows])
        tile = np.column_stack([right, (norms**2).astype(np.float32)]).T
        self._reach = max(self._reach, float(norms.max()))
        # A product of small rows underflows however long others are.
        if not _SMALLEST < self._reach <= self._reach + self._longest < _LARGEST:
            return False  # also where it is NaN
        for number, kept in enumerate(self._kept):
            part = slice(number * _CHUNK, (number + 1) * _CHUNK)
            values = self._left[part] @ tile
            if not kept:  # the first tile; a sample of it will do
                step = -(-values.shape[1] // _SAMPLE)
                self._limits[part] = self._bound_neighbors(values[:, ::step], part)
            row, column = np.divmod(
                np.flatnonzero(values <= self._bound_products(part)[:, None]),
                values.shape[1],
            )
            kept.append((row, rows[column], values[row, column]))
            n_kept = sum(len(each[0]) for each in kept)
            if n_kept > _MOST_LEFT * len(values):
                self._tighten(number)
                if len(kept[0][0]) > _MOST_LEFT * len(values) / 2:
                    return False
        return True

    def _center(self, rows: Matrix) -> tuple[NDArray[np.float32], Values]:
        """Return the varying columns, minus the mean, and their lengths."""
        varying = self._varying_columns
        centered = np.subtract(rows[:, varying], self._mean[varying], dtype=np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", centered, centered))
        return centered.astype(np.float32), lengths

    def _bound_error(self, part: slice) -> Values:
        """Bound the difference between what is computed and what is true."""
        bound: Values = self._rounding * (self._norms[part] + self._reach) ** 2
        return bound

    def _bound_neighbors(self, values: NDArray[np.float32], part: slice) -> Values:
        """Bound what a row can have, truly, that is among the k nearest."""
        if values.shape[1] < self._k:
            return np.full(len(values), np.inf)
        edge = np.partition(values, self._k - 1, axis=1)[:, self._k - 1]
        return edge + self._bound_error(part)

    def _bound_products(self, part: slice) -> NDArray[np.float32]:
        """Bound what is computed of such a row."""
        bound = (self._limits[part] + self._bound_error(part)).astype(np.float32)
        above: NDArray[np.float32] = np.nextafter(bound, np.float32(np.inf))
        return above

    def _tighten(self, number: int) -> None:
        """Drop rows of a chunk that cannot be among the nearest any more."""
        kept = self._kept[number]
        row, column, value = (np.concatenate(each) for each in zip(*kept, strict=True))
        part = slice(number * _CHUNK, (number + 1) * _CHUNK)
        limits = self._limits[part]
        table, _ = _side_by_side(row, value, np.float32(np.inf), len(limits))
        limits[:] = np.minimum(limits, self._bound_neighbors(table, part))
        near = value <= self._bound_products(part)[row]
        kept[:] = [(row[near], column[near], value[near])]

    def result(self) -> Nearest | None:
        """Order what is left by its true distance; None where that has no bound."""
        # scikit-learn's rows are whole and not centered.
        own = np.sqrt(np.einsum("ij,ij->i", self._X, self._X, dtype=np.float64))
        length = own + self._reach + np.linalg.norm(self._mean)
        if not (length < _LARGEST).all():
            return None  # also where a constant column holds NaN
        squares = np.empty((len(self._X), self._k))
        indices = np.empty((len(self._X), self._k), dtype=np.int64)
        for number, kept in enumerate(self._kept):
            self._tighten(number)
            part = slice(number * _CHUNK, (number + 1) * _CHUNK)
            ((row, column, _),) = kept
            square = _squares(self._X[part], row, self._X_train, column)
            far, order = _side_by_side(row, square, np.inf, len(self._limits[part]))
            first = np.argsort(far, axis=1, kind="stable")[:, : self._k]
            squares[part] = np.take_along_axis(far, first, axis=1)
            indices[part] = column[np.take_along_axis(order, first, axis=1)]
            kept.clear()
        # Of two distances the error of scikit-learn's and of ours.
        slack = 4 * _gamma(self._n_terms, _DOUBLE) * length**2
        return Nearest(squares, indices, slack)


def _at_once(n_features: int) -> int:
    """Return how many rows are worked on at a time: at most about 128 MB of them."""
    return max(1, min(_TILE, _MOST_NUMBERS // max(n_features, 1)))


def _gamma(n_terms: int, roundoff: float) -> float:
    """Bound the relative error of a sum of so many products (Higham, equation 3.4)."""
    return n_terms * roundoff / (1 - n_terms * roundoff)


def _side_by_side(
    row: Places, value: NDArray[Any], fill: Any, n_rows: int
) -> tuple[NDArray[Any], Places]:
    """Arrange values by their row; also where each stood, both of shape (n_rows, most)."""
    order = np.argsort(row, kind="stable")
    counts = np.bincount(row, minlength=n_rows)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = row[order], np.arange(len(row)) - starts
    table = np.full((n_rows, int(counts.max())), fill, dtype=value.dtype)
    table[place] = value[order]
    where = np.zeros(table.shape, dtype=np.int64)
    where[place] = order
    return table, where


def _squares(X: Matrix, row: Places, X_train: Matrix, column: Places) -> Values:
    """Return the squared distances of pairs of rows, summed in float64."""
    squares = np.empty(len(row))
    step = _at_once(X.shape[1])
    for begin in range(0, len(row), step):
        part = slice(begin, begin + step)
        difference = np.subtract(X[row[part]], X_train[column[part]], dtype=np.float64)
        squares[part] = np.einsum("ij,ij->i", difference, difference)
    return squares
