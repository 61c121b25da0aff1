"""One table of a fold's neighbors, from which each candidate takes its part.

Where the k-th and the (k+1)-th distance are equal, which of the two rows is
taken depends on how scikit-learn's search broke the tie for that very k, so the
first k columns of the table may differ from its answer. Those rows are asked
for again with that k, unless all the tied rows are of one class, when the
answer cannot matter. A vote weighted by distance also depends, in the last bit,
on the order of tied neighbors before the k-th: rows where that bit could decide
are asked for again, too. An average of values depends on that order in any case.

Of many rows `neighbors.nearest` finds the neighbors in half the time. What
it takes for a tie is whatever lies within the rounding of scikit-learn's distances.
"""

import copy
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.models import engines, fallbacks
from tunecard.runner.neighbors import ambiguous_rows, blocks, nearest, votes
from tunecard.runner.rows import Matrix
from tunecard.runner.task import Labels

# Distances that scikit-learn computes block by block; those of any other metric
# come from one product over all rows, whose rounding depends on their number.
BLOCK_METRICS = frozenset({"euclidean", "manhattan", "chebyshev", "minkowski"})
# NumPy adds fewer than 8 numbers one after the other, and more in eight strands.
STRANDS = 8
#: Of the work for all rows, what asking scikit-learn again may take; else it does it all.
_MOST_AGAIN = 0.25


class NeighborTable:
    """The neighbors of the validation rows, up to the largest k of the search.

    Parameters
    ----------
    model : KNeighborsClassifier or KNeighborsRegressor
        Fitted, with the largest k.
    X_train, X_valid : ndarray or sparse matrix
        The rows it was fitted on, and those it is asked for.
    y_train : ndarray of shape (n_train,)
        Labels, or values.
    """

    def __init__(
        self, model: Any, X_train: Matrix, X_valid: Matrix, y_train: Labels
    ) -> None:
        self.largest = model.n_neighbors
        self.n_requeried = 0
        self._model = model
        self._classes, self._y = np.unique(y_train, return_inverse=True)  # codes to vote by
        self._X_train, self._X = X_train, X_valid
        # What is looked up: numbers of neighbors, weighted by distance or not.
        self._lookups: Collection[tuple[int, bool]] = ()
        self._parts: dict[int, tuple[NDArray[Any], NDArray[Any]]] = {}
        self._own = engines.of(model) is None
        self._averages = type(model).__name__ == "KNeighborsRegressor"
        # Neither a sparse matrix nor a frame that scikit-learn refuses as an array.
        self._is_dense = isinstance(X_train, np.ndarray) and isinstance(X_valid, np.ndarray)
        floats = self._is_dense and X_valid.dtype in (np.float32, np.float64)
        self._in_blocks = self._own and floats and model.effective_metric_ in BLOCK_METRICS
        self._distances: NDArray[Any]
        self._indices: NDArray[Any]
        # Distances that decide which neighbor is nearer, and from what difference on.
        self._order: NDArray[Any]
        self._slack: NDArray[np.float64] | None = None

    @classmethod
    def build(
        cls,
        estimator: Any,
        candidates: Sequence[dict[str, Any]],
        X_train: Matrix,
        y_train: Labels,
        X_valid: Matrix,
    ) -> "NeighborTable | None":
        """Make the table for the largest k that is below half of the fold's rows.

        None when no k is valid, or the estimator refuses: each candidate then fails by
        itself, with scikit-learn's own reason.
        """
        from sklearn.base import clone

        own = estimator.get_params()
        requests = [({**own, **each}["n_neighbors"], each) for each in candidates]
        n_train = X_train.shape[0]
        valid = [int(k) for k, _ in requests if _is_count(k) and 1 <= k <= n_train]
        if not valid:
            return None
        # scikit-learn may take another algorithm, with its own rounding, from half
        # of the rows on; those k then find their neighbors by themselves.
        largest = max([k for k in valid if k < n_train // 2] or valid)
        model = clone(estimator).set_params(n_neighbors=largest)
        try:
            with fallbacks.raise_on_fallback(model):
                model.fit(X_train, y_train)
        except Exception:  # noqa: BLE001 # each candidate meets and reports it by itself
            return None
        table = cls(model, X_train, X_valid, y_train)
        table._lookups = {
            (int(k), {**own, **each}["weights"] == "distance")
            for k, each in requests
            if _is_count(k) and 1 <= k <= largest
        }
        if table._find():
            return table
        try:
            with fallbacks.raise_on_fallback(model):
                table._ask_for_all()
        except Exception:  # noqa: BLE001 # as above
            return None
        return table

    @classmethod
    def of_fitted(
        cls, model: Any, X_train: Matrix, y_train: Labels, X: Matrix
    ) -> "NeighborTable | None":
        """Make the table of a fitted model of scikit-learn's, where that is quicker.

        Parameters
        ----------
        model : KNeighborsClassifier
            Fitted on `X_train`.
        X_train, X : ndarray
            The rows it was fitted on, and those it is asked for.
        y_train : ndarray of shape (n_train,)
            Their labels.

        Returns
        -------
        NeighborTable or None
            None where the model would have to be asked for many of the rows.
        """
        k = model.n_neighbors
        if not (_is_count(k) and model.weights in ("uniform", "distance")):
            return None
        table = cls(model, X_train, X, y_train)
        table._lookups = {(int(k), model.weights == "distance")}
        return table if table._find() else None

    def _find(self) -> bool:
        """Find the neighbors, unless scikit-learn would still have to search many rows."""
        if not (self._own and self._is_dense):
            return False
        # Its distances are not rounded as scikit-learn's, of which averages are made.
        if self._averages and any(weighted for _, weighted in self._lookups):
            return False
        if not nearest.applies(self._model, self._X_train, self._X):
            return False
        result = nearest.nearest(self._X_train, self._X, self.largest + 1)
        if result is None:
            return False
        self._order, self._slack = result.squares, result.slack
        self._distances, self._indices = np.sqrt(result.squares), result.indices
        open_rows = [len(self._open(k)) for k in {k for k, _ in self._lookups}]
        if blocks.cost(open_rows, len(self._X)) <= _MOST_AGAIN * len(self._X):
            return True
        self._slack = None
        return False

    def _ask_for_all(self) -> None:
        """Have the model find the neighbors."""
        first = blocks.in_parts if self._in_blocks else blocks.at_once
        self._distances, self._indices = first(
            self._model.kneighbors, self._X, self.largest
        )
        self._order = self._distances

    def holds(self, k: Any) -> bool:
        """Return whether k is a number of neighbors, and at most that of the table."""
        return _is_count(k) and 1 <= k <= self.largest

    def fitted(self) -> Any:
        """Return a copy of the model that found the neighbors."""
        return copy.copy(self._model)

    def lookup(self, k: int) -> Callable[..., Any]:
        """Return a stand-in for a fitted model's ``kneighbors`` method."""
        distances, indices = self._first(k)

        def kneighbors(
            X: Any = None,  # noqa: ARG001 # scikit-learn's signature
            n_neighbors: Any = None,  # noqa: ARG001 # as above
            return_distance: bool = True,  # noqa: FBT001, FBT002 # as above
        ) -> Any:
            return (distances, indices) if return_distance else indices

        return kneighbors

    def vote(self, k: int, *, weighted: bool) -> Labels | None:
        """Return an engine's labels for k; None where it has to be queried again."""
        voted = votes.labels(self._distances, self._y[self._indices], k, weighted=weighted)
        if voted is None:
            self.n_requeried += self._X.shape[0]
            return None
        return self._classes[voted]

    def _first(self, k: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the neighbors for k, with tied rows searched again."""
        if k not in self._parts:
            distances = np.ascontiguousarray(self._distances[:, :k])
            indices = np.ascontiguousarray(self._indices[:, :k])
            rows = self._open(k)
            if len(rows):
                self.n_requeried += len(rows)
                distances[rows], indices[rows] = self._find_again(rows, k)
            self._parts[k] = distances, indices
        return self._parts[k]

    def _find_again(
        self, rows: NDArray[np.intp], k: int
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        if self._in_blocks:
            return blocks.again(self._model.kneighbors, self._X, rows, k)
        distances, indices = self._model.kneighbors(self._X, k)
        return distances[rows], indices[rows]

    def _open(self, k: int) -> NDArray[np.intp]:
        """Rows whose answers for k, as it is looked up, the table does not decide."""
        rows = self._undecided(k)
        if self._averages:
            return np.union1d(rows, self._out_of_order(k))
        return np.union1d(rows, self._close(k)) if (k, True) in self._lookups else rows

    def _close(self, k: int) -> NDArray[np.intp]:
        """Rows where rounding could change a vote that is weighted by distance."""
        labels = self._y[self._indices[:, :k]]
        if self._slack is not None:
            return ambiguous_rows.open_votes(self._order[:, :k], labels, self._slack)
        if not STRANDS <= k < self.largest:
            return np.empty(0, dtype=np.intp)
        return ambiguous_rows.close_votes(self._distances[:, :k], labels)

    def _out_of_order(self, k: int) -> NDArray[np.intp]:
        """Rows where neighbors before the k-th tie, so that their sum has no one order."""
        if self._slack is None and k >= self._order.shape[1]:
            return np.empty(0, dtype=np.intp)  # what scikit-learn returned for this k
        near = self._order[:, :k]
        slack = np.zeros(len(near)) if self._slack is None else self._slack
        codes = self._y[self._indices[:, :k]]
        tied = np.diff(near, axis=1) <= slack[:, None]
        return np.flatnonzero((tied & (np.diff(codes, axis=1) != 0)).any(axis=1))

    def _undecided(self, k: int) -> NDArray[np.intp]:
        """Rows where a tie at the k-th place could change the vote."""
        if k >= self._order.shape[1]:
            return np.empty(0, dtype=np.intp)
        slack = np.zeros(len(self._order)) if self._slack is None else self._slack
        edge = self._order[:, k - 1]
        rows = np.flatnonzero(self._order[:, k] <= edge + slack)
        order, least, most = self._order[rows], *(edge + sign * slack for sign in (-2, 2))
        tied = (order >= least[rows, None]) & (order <= most[rows, None])
        labels = self._y[self._indices[rows]]
        lowest = np.where(tied, labels, np.iinfo(labels.dtype).max).min(axis=1)
        highest = np.where(tied, labels, np.iinfo(labels.dtype).min).max(axis=1)
        # A tie that reaches the table's end continues with rows it does not hold.
        rows = rows[(lowest != highest) | tied[:, -1]]
        # Distances that are NaN (correlation, of a constant row) come last,
        # in no order.
        return np.union1d(rows, np.flatnonzero(np.isnan(edge)))


def _is_count(k: Any) -> bool:
    return isinstance(k, int | np.integer) and not isinstance(k, bool)
