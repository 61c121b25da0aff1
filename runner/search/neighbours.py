"""The shared-neighbour path: each fold's neighbours are found once for all k.

A k-nearest-neighbours classifier with k = 3 looks at the first three of the
neighbours that one with k = 10 looks at. So the neighbours of a fold's
validation rows are found once, for the largest k, and every candidate votes on
its part of that table. Voting and scoring are scikit-learn's own code.

Where the k-th and the (k+1)-th distance are equal, which of the two rows is
taken depends on how scikit-learn's search broke the tie for that very k, so the
first k columns of the table may differ from its answer. Those rows are asked
for again with that k, unless all the tied rows are of one class, when the
answer cannot matter. A vote weighted by distance also depends, in the last bit,
on the order of tied neighbours before the k-th: rows where that bit could decide
are asked for again, too.

Of many rows :mod:`runner.search.nearest` finds the neighbours in half the time. What
it takes for a tie is whatever lies within the rounding of scikit-learn's distances.

An engine's neighbours are shared as well (:mod:`runner.search.votes`). Its vote is its
own code, so a candidate with a row that a tie could decide asks the engine, for all rows.
"""

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.metrics import Labels
from runner.models import engines
from runner.models.fitting import captured, describe
from runner.schema import Frozen
from runner.search import again, blocks, nearest, votes
from runner.search.scoring import Fold, FoldScore, Matrix, Score, folded

SHARED_PARAMS = frozenset({"n_neighbors", "weights"})
# Distances that scikit-learn computes block by block; those of any other metric
# come from one product over all rows, whose rounding depends on their number.
BLOCK_METRICS = frozenset({"euclidean", "manhattan", "chebyshev", "minkowski"})
# NumPy adds fewer than 8 numbers one after the other, and more in eight strands.
STRANDS = 8
_PRODUCTS = frozenset({"euclidean", "l2", "sqeuclidean", "cosine", "correlation"})
#: Of the work for all rows, what asking scikit-learn again may take; else it does it all.
_MOST_AGAIN = 0.25


class Shared(Frozen):
    """A fold's scores, a candidate each, and what the shared part cost."""

    scores: tuple[FoldScore, ...]
    cpu_seconds: float
    n_asked_again: int


def applies(
    estimator: Any, candidates: Sequence[dict[str, Any]], n_features: int = 0
) -> bool:
    """Tell whether the candidates of a search can share their neighbours.

    True for scikit-learn's own KNeighborsClassifier (no subclass, no pipeline)
    whose candidates differ in ``n_neighbors`` and ``weights`` alone, with the
    two weightings that scikit-learn names; and for an engine's, where
    :func:`runner.search.votes.can_share` says so.
    """
    from sklearn.neighbors import KNeighborsClassifier

    own = type(estimator) is KNeighborsClassifier
    if not own and not votes.can_share(estimator, n_features):
        return False
    if own and _counts_by_itself(estimator, n_features):
        weights = {params.get("weights", estimator.weights) for params in candidates}
        if "uniform" in weights:
            return False
    return all(
        set(params) <= SHARED_PARAMS
        and params.get("weights", estimator.weights) in ("uniform", "distance")
        for params in candidates
    )


def score_candidates(
    estimator: Any,
    candidates: Sequence[dict[str, Any]],
    data: tuple[Matrix, Labels],
    fold: Fold,
    score: Score,
) -> Shared:
    """Score every candidate on one fold from one table of neighbours.

    Parameters
    ----------
    estimator : KNeighborsClassifier
        Not fitted.
    candidates : sequence of dict
        For which `applies` is true.
    data, fold, score
        As in :func:`runner.search.scoring.score_fold`.

    Returns
    -------
    Shared
        The scores equal those of GridSearchCV to the bit, on the same dtype,
        number of threads, versions and engine.
    """
    X, y = data
    train, valid = fold
    X_train, y_train, X_valid, y_valid = X[train], y[train], X[valid], y[valid]
    start = time.process_time()
    table = _Table.build(estimator, candidates, X_train, y_train, X_valid)
    shared = time.process_time() - start
    scores = []
    for params in candidates:
        with captured() as counts:
            start = time.process_time()
            model, value, reason = None, None, None
            try:
                with engines.held(estimator):
                    predicted = _voted(estimator, params, table)
                    if predicted is None:
                        model = _candidate(estimator, params, X_train, y_train, table)
                        predicted = model.predict(X_valid)
                value = float(score(y_valid, predicted))
            except Exception as error:  # noqa: BLE001 # as scikit-learn's error_score=nan
                reason = describe(error)
            seconds = time.process_time() - start
        scores.append(folded(value, seconds, reason, model, counts))
    return Shared(
        scores=tuple(scores),
        cpu_seconds=shared,
        n_asked_again=table.n_asked_again if table else 0,
    )


def _counts_by_itself(estimator: Any, n_features: int) -> bool:
    """Tell whether scikit-learn counts equal votes without asking for neighbours.

    It does by brute force with a metric that is no product of the rows.
    """
    metric, p = estimator.metric, estimator.p
    product = metric in _PRODUCTS or (metric == "minkowski" and p == 2)
    brute = estimator.algorithm == "brute" or (
        estimator.algorithm == "auto" and n_features > votes.TREE_FEATURES
    )
    return brute and not product


def _voted(estimator: Any, params: dict[str, Any], table: "_Table | None") -> Labels | None:
    """Return what an engine would predict, where the table of neighbours decides it.

    Such a candidate is not fitted: that takes an engine as long as finding a tenth of
    the neighbours, and refuses nothing that the table's own fit did not.
    """
    k = params.get("n_neighbors", estimator.n_neighbors)
    if table is None or engines.of(estimator) is None or not table.holds(k):
        return None
    weighted = params.get("weights", estimator.weights) == "distance"
    return table.vote(k, weighted=weighted)


def _candidate(
    estimator: Any,
    params: dict[str, Any],
    X_train: Matrix,
    y_train: Labels,
    table: "_Table | None",
) -> Any:
    """Fit a candidate and let it look its neighbours up in the table.

    Fitting is kept although brute force has nothing to learn: it is where
    scikit-learn refuses parameters that are out of range.
    """
    from sklearn.base import clone

    model = clone(estimator).set_params(**params)
    model.fit(X_train, y_train)
    of_scikit_learn = engines.of(model) is None
    if table is not None and of_scikit_learn and model.n_neighbors <= table.largest:
        weighted = model.weights == "distance"
        model.kneighbors = table.lookup(model.n_neighbors, weighted=weighted)
    return model


class _Table:
    """The neighbours of the validation rows, up to the largest k of the search.

    Parameters
    ----------
    model : KNeighborsClassifier
        Fitted, with the largest k.
    X_train, X_valid : ndarray
        The rows it was fitted on, and those it is asked for.
    y_train : ndarray of int
        Class codes.
    asked : collection of (int, bool)
        Each k that will be looked up, and whether votes are weighted by distance.
    """

    def __init__(
        self,
        model: Any,
        X_train: Matrix,
        X_valid: Matrix,
        y_train: Labels,
        asked: Collection[tuple[int, bool]],
    ) -> None:
        self.largest = model.n_neighbors
        self.n_asked_again = 0
        self._ask, self._X, self._y = model.kneighbors, X_valid, y_train
        self._parts: dict[tuple[int, bool], tuple[NDArray[Any], NDArray[Any]]] = {}
        own = engines.of(model) is None
        floats = X_valid.dtype in (np.float32, np.float64)
        self._in_blocks = own and floats and model.effective_metric_ in BLOCK_METRICS
        # Distances that tell which neighbour is nearer, and from what difference on.
        self._order: NDArray[Any]
        self._slack: NDArray[np.float64] | None = None
        if own and nearest.applies(model, X_train, X_valid):
            found = nearest.nearest(X_train, X_valid, self.largest + 1)
            if found is not None and self._take(found, asked):
                return
        first = blocks.in_parts if self._in_blocks else blocks.at_once
        self._distances, self._indices = first(self._ask, X_valid, self.largest)
        self._order = self._distances

    def _take(self, found: nearest.Nearest, asked: Collection[tuple[int, bool]]) -> bool:
        """Take neighbours, unless scikit-learn would be asked about too many rows."""
        self._order, self._slack = found.squares, found.slack
        self._distances, self._indices = np.sqrt(found.squares), found.indices
        open_rows = [len(self._open(k, weighted=each)) for k, each in asked]
        if blocks.cost(open_rows) <= _MOST_AGAIN * len(self._X):
            return True
        self._slack = None
        return False

    @classmethod
    def build(
        cls,
        estimator: Any,
        candidates: Sequence[dict[str, Any]],
        X_train: Matrix,
        y_train: Labels,
        X_valid: Matrix,
    ) -> "_Table | None":
        """Make the table for the largest k that is below half of the fold's rows.

        None when no k is valid: each candidate then fails by itself, with
        scikit-learn's own reason.
        """
        from sklearn.base import clone

        own = estimator.get_params()
        asked = [({**own, **each}["n_neighbors"], each) for each in candidates]
        valid = [int(k) for k, _ in asked if _is_count(k) and 1 <= k <= len(X_train)]
        if not valid:
            return None
        # scikit-learn may take another algorithm, with its own rounding, from half
        # of the rows on; those k then find their neighbours by themselves.
        largest = max([k for k in valid if k < len(X_train) // 2] or valid)
        model = clone(estimator).set_params(n_neighbors=largest)
        try:
            with engines.held(model):
                model.fit(X_train, y_train)
                looked_up = {
                    (int(k), {**own, **each}["weights"] == "distance")
                    for k, each in asked
                    if _is_count(k) and 1 <= k <= largest
                }
                made = cls(model, X_train, X_valid, y_train, looked_up)
        except Exception:  # noqa: BLE001 # each candidate meets and tells it by itself
            return None
        return made

    def holds(self, k: Any) -> bool:
        """Tell whether k is a number of neighbours, and no more than the table has."""
        return _is_count(k) and 1 <= k <= self.largest

    def lookup(self, k: int, *, weighted: bool) -> Callable[..., Any]:
        """Return a stand-in for a fitted model's ``kneighbors`` method."""
        distances, indices = self._first(k, weighted=weighted)

        def kneighbors(
            X: Any = None,  # noqa: ARG001 # scikit-learn's signature, here and below
            n_neighbors: Any = None,  # noqa: ARG001
            return_distance: bool = True,  # noqa: FBT001, FBT002
        ) -> Any:
            return (distances, indices) if return_distance else indices

        return kneighbors

    def vote(self, k: int, *, weighted: bool) -> Labels | None:
        """Return an engine's labels for k; None where it has to be asked again."""
        voted = votes.labels(self._distances, self._y[self._indices], k, weighted=weighted)
        if voted is None:
            self.n_asked_again += len(self._X)
        return voted

    def _first(self, k: int, *, weighted: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the neighbours for k, with tied rows asked for again."""
        key = (k, weighted)
        if key not in self._parts:
            distances = np.ascontiguousarray(self._distances[:, :k])
            indices = np.ascontiguousarray(self._indices[:, :k])
            rows = self._open(k, weighted=weighted)
            if len(rows):
                self.n_asked_again += len(rows)
                distances[rows], indices[rows] = self._again(rows, k)
            self._parts[key] = distances, indices
        return self._parts[key]

    def _again(self, rows: NDArray[np.intp], k: int) -> tuple[NDArray[Any], NDArray[Any]]:
        if self._in_blocks:
            return blocks.again(self._ask, self._X, rows, k)
        distances, indices = self._ask(self._X, k)
        return distances[rows], indices[rows]

    def _open(self, k: int, *, weighted: bool) -> NDArray[np.intp]:
        """Rows whose label for k the table does not decide."""
        rows = self._undecided(k)
        return np.union1d(rows, self._close(k)) if weighted else rows

    def _close(self, k: int) -> NDArray[np.intp]:
        """Rows where rounding could change a vote that is weighted by distance."""
        labels = self._y[self._indices[:, :k]]
        if self._slack is not None:
            return again.open_votes(self._order[:, :k], labels, self._slack)
        if not STRANDS <= k < self.largest:
            return np.empty(0, dtype=np.intp)
        return again.close_votes(self._distances[:, :k], labels)

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
        # A tie that reaches the table's end goes on with rows it does not hold.
        rows = rows[(lowest != highest) | tied[:, -1]]
        # Distances that are no number (correlation, of a constant row) come last,
        # in no order.
        return np.union1d(rows, np.flatnonzero(np.isnan(edge)))


def _is_count(k: Any) -> bool:
    return isinstance(k, int | np.integer) and not isinstance(k, bool)
