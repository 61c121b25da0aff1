"""Products of the same rows with the coefficients of several fits, made as one.

Fits of linear models that go step by step need ``X @ W`` and ``G.T @ X`` at each step, with
the same rows X. One product with the columns of all of them reads the rows once. Its
columns may be rounded in another order than those of each product alone: how a matrix
product adds up depends on its shape, and on where in it a row or a column lies, not on the
numbers. So each shape is tried first, with random numbers, next to the separate products.
Rows of the result that differ are made separately from then on, where that gives equal
numbers; where too many differ, all are.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.rows import Matrix

#: Columns of zeros on either side: the tiles at the edges of a product add up otherwise.
_EDGE = 8
#: Rows of a result that may be made separately. With more of them little is gained.
_MOST_SEPARATE = 0.6
#: Rows of the smallest tile that a product is made of.
_TILE = 4
#: Short products that may be made beside a joint one.
_MOST_PIECES = 64
#: Numbers of each row of a result that are tried: one alone is often equal by chance.
_TRIED = 128
#: Rows of X that a product may add up at a time, by the library and the processor.
_BLOCKS = 320, 384, 256

Multiply = Callable[[Matrix, Matrix], Matrix]


def _direct(left: Matrix, right: Matrix) -> Matrix:
    return left @ right


def _transposed(left: Matrix, right: Matrix) -> Matrix:
    product: Matrix = (right.T @ left.T).T
    return product


_WAYS = _direct, _transposed
_Trial: TypeAlias = tuple[dict[int, Matrix], dict[int, Matrix]]


@dataclass(frozen=True)
class Layout:
    """How a joint product is made so that it equals the separate ones.

    Attributes
    ----------
    multiply : callable
        Makes the joint product.
    start : int
        First row of the result that the joint product makes; those before are made
        separately.
    block : int
        Columns of the left matrix that they are added up from at a time; all where it is
        their number. A block that fits into a core's cache is read from there for all
        matrices but the first.
    pieces : tuple of slice
        Further rows of the result that are made separately.
    """

    multiply: Multiply
    start: int
    block: int
    pieces: tuple[slice, ...] = ()

    @property
    def n_separate(self) -> int:
        """Rows of the result that are made separately."""
        of_pieces: int = sum(rows.stop - rows.start for rows in self.pieces)
        return self.start + of_pieces


class JointProduct:
    """Products of the rows of several fits with an array of each.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        C-contiguous.
    n_columns : int
        Columns of each array that the rows, or their transpose, are multiplied with.
    transposed : bool
        Whether a fit by itself makes ``(right.T @ X).T``, not ``X @ right``.
    """

    def __init__(self, X: Matrix, n_columns: int, *, transposed: bool) -> None:
        self._left = X.T if transposed else X
        self._shape, self._dtype = X.shape, X.dtype.str
        self._n_columns, self._transposed = n_columns, transposed
        self._alone: Multiply = _transposed if transposed else _direct
        self._rights: dict[int, Matrix] = {}

    def is_joint(self, n_rights: int, n_matrices: int) -> bool:
        """Return whether so many products are made as one, in so many places.

        Columns of zeros take as long as others.
        """
        return 2 * n_rights > max(n_matrices, 2) and self._layout(n_matrices) is not None

    def multiply(self, rights: Mapping[int, Matrix], n_matrices: int) -> dict[int, Matrix]:
        """Multiply with each of some arrays.

        Parameters
        ----------
        rights : dict of ndarray, shape (n_samples or n_features, n_columns)
            By their places, each below `n_matrices`.
        n_matrices : int
            Places; one without an array holds zeros.

        Returns
        -------
        dict of ndarray, shape (n_features or n_samples, n_columns)
            Equal to the bit to the products by themselves.
        """
        if not self.is_joint(len(rights), n_matrices):
            return {
                place: self._alone(self._left, right) for place, right in rights.items()
            }
        layout = self._layout(n_matrices)
        assert layout is not None  # else none is joint
        return self._multiply(layout, rights, n_matrices)

    def _layout(self, n_matrices: int) -> Layout | None:
        shape = self._shape, self._dtype, self._n_columns, n_matrices
        return choose_both(*shape)[self._transposed]

    def _multiply(
        self, layout: Layout, rights: Mapping[int, Matrix], n_matrices: int
    ) -> dict[int, Matrix]:
        joint = layout.multiply(self._left[layout.start :], self._join(rights, n_matrices))
        products = {place: joint[:, self._columns(place)] for place in rights}
        if layout.start:
            first = self._separately(slice(layout.start), rights, layout.block)
            products = {
                place: np.concatenate((first[place], product))
                for place, product in products.items()
            }
        for rows in layout.pieces:
            for place, right in rights.items():
                products[place][rows] = self._alone(self._left[rows], right)
        return products

    def _join(self, rights: Mapping[int, Matrix], n_matrices: int) -> Matrix:
        """Write the matrices side by side, into the same memory each time."""
        if n_matrices not in self._rights:
            width = n_matrices * self._n_columns + 2 * _EDGE
            joined = np.zeros((self._left.shape[1], width), self._left.dtype)
            self._rights = {n_matrices: joined}
        joined = self._rights[n_matrices]
        for place in range(n_matrices):
            joined[:, self._columns(place)] = rights.get(place, 0)
        return joined

    def _columns(self, place: int) -> slice:
        first = _EDGE + place * self._n_columns
        return slice(first, first + self._n_columns)

    def _separately(
        self, rows: slice, rights: Mapping[int, Matrix], block: int
    ) -> dict[int, Matrix]:
        """Make some rows of each product by itself, block by block of the left matrix."""
        left = self._left[rows]
        n_blocks = max(left.shape[1] // block, 1)  # the last one holds what is left over
        edges = [*range(0, n_blocks * block, block), left.shape[1]]
        products: dict[int, Matrix] = {}
        for inner in itertools.starmap(slice, itertools.pairwise(edges)):
            for place, right in rights.items():
                product = self._alone(left[:, inner], right[inner])
                if inner.start:
                    products[place] += product
                else:
                    products[place] = product
        return products

    def choose(self, n_matrices: int) -> Layout | None:
        """Choose the layout with the fewest separate rows; None where none is equal."""
        n_rows, n_inner = self._left.shape
        trials = self._trials(n_matrices)
        best: Layout | None = None
        for multiply in _WAYS:
            layout = Layout(multiply, 0, n_inner)
            differs = self._differing(layout, trials)
            start = _longest_run_start(~differs)
            if start > _MOST_SEPARATE * n_rows:
                continue
            if start:
                layout = Layout(multiply, start, n_inner)
                differs = self._differing(layout, trials)
            pieces = tuple(_pieces(differs))
            layout = replace(layout, pieces=pieces)
            is_less = best is None or layout.n_separate < best.n_separate
            if len(pieces) > _MOST_PIECES or not is_less:
                continue
            if not pieces or not self._differing(layout, trials).any():
                best = layout
                if not start:
                    break  # a few rows at most are made separately
        if best is None:
            return None
        for block in (size for size in _BLOCKS if best.start and size < n_inner):
            layout = replace(best, block=block)
            if not self._differing(layout, trials).any():
                return layout
        return best

    def _trials(self, n_matrices: int) -> list[_Trial]:
        """Draw arrays, and multiply with each by itself."""
        rng = np.random.default_rng(1)
        shape = self._left.shape[1], self._n_columns
        trials = []
        for _ in range(math.ceil(_TRIED / (n_matrices * self._n_columns))):
            rights = {
                place: rng.standard_normal(shape, self._left.dtype.type)
                for place in range(n_matrices)
            }
            alone = {p: self._alone(self._left, right) for p, right in rights.items()}
            trials.append((rights, alone))
        return trials

    def _differing(self, layout: Layout, trials: list[_Trial]) -> NDArray[np.bool_]:
        """Find the rows of the result in which a product differs from that by itself."""
        differs = np.zeros(len(self._left), dtype=bool)
        for rights, alone in trials:
            made = self._multiply(layout, rights, len(rights))
            for place, product in alone.items():
                differs |= (made[place] != product).any(axis=1)
        return differs


@lru_cache(maxsize=8)
def choose_both(
    shape: tuple[int, int], dtype: str, n_columns: int, n_matrices: int
) -> tuple[Layout | None, Layout | None]:
    """Choose how products with rows of a shape are made: with the rows, their transpose.

    They are tried on rows without zeros: where a column has few other values, most of its
    sums are the same in each order. That takes as much memory as the rows.

    Parameters
    ----------
    shape : (int, int)
        Rows and features.
    dtype : str
        As numpy writes it.
    n_columns, n_matrices : int
        Columns of each array that they are multiplied with, and the number of these.

    Returns
    -------
    (Layout or None, Layout or None)
        None where no joint product gives equal numbers.
    """
    scalar = np.dtype(dtype).type
    X = np.random.default_rng(0).standard_normal(shape, scalar)
    forward, backward = (
        JointProduct(X, n_columns, transposed=transposed).choose(n_matrices)
        for transposed in (False, True)
    )
    return forward, backward


def _longest_run_start(rows: NDArray[np.bool_]) -> int:
    """Return where the longest run of true values starts; their number without one."""
    edges = np.flatnonzero(np.diff(rows, prepend=False, append=False)).reshape(-1, 2)
    if not len(edges):
        return len(rows)
    return int(edges[np.argmax(edges[:, 1] - edges[:, 0]), 0])


def _pieces(rows: NDArray[np.bool_]) -> list[slice]:
    """Cut the runs of true values into pieces as small as a product's smallest tile."""
    edges = np.flatnonzero(np.diff(rows, prepend=False, append=False)).reshape(-1, 2)
    return [
        slice(int(first), int(min(first + _TILE, end)))
        for start, end in edges
        for first in range(start, end, _TILE)
    ]
