"""The shared-neighbor path: each fold's neighbors are found once for all k.

A k-nearest-neighbors model with k = 3 looks at the first three of the
neighbors that one with k = 10 looks at. So the neighbors of a fold's
validation rows are found once, for the largest k, and every candidate votes on
its part of that table, or averages it (:mod:`tunecard.runner.neighbors.table`). Voting,
averaging and scoring are scikit-learn's own code.

So do candidates behind transformers that none of them changes, which are fitted once a
fold (:mod:`tunecard.runner.search.fixed_steps`).

An engine's neighbors are shared as well (`neighbors.votes`). Its vote is its own
code, so a candidate with a row that a tie could decide queries the engine, for all rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.runner import internals
from tunecard.runner.host.clocks import process_time
from tunecard.runner.metrics import Scorer
from tunecard.runner.models import engines, fallbacks
from tunecard.runner.models.fitting import captured, describe
from tunecard.runner.neighbors import votes
from tunecard.runner.neighbors.table import NeighborTable
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows, Matrix, Rows
from tunecard.runner.schema import Frozen
from tunecard.runner.search import fixed_steps
from tunecard.runner.search.answers import NOTHING, Storage, pack_predicted
from tunecard.runner.search.scoring import FoldScore, folded
from tunecard.runner.task import Labels

SHARED_PARAMS = frozenset({"n_neighbors", "weights"})


class Shared(Frozen):
    """A fold's scores, a candidate each, and what the shared part cost."""

    scores: tuple[FoldScore, ...]
    cpu_seconds: float
    n_requeried: int


def applies(
    estimator: Any, candidates: Sequence[dict[str, Any]], n_features: int = 0
) -> bool:
    """Return whether the candidates of a search can share their neighbors.

    True for scikit-learn's own KNeighborsClassifier or KNeighborsRegressor (no
    subclass) whose candidates differ in ``n_neighbors`` and ``weights`` alone, with the
    two weightings that scikit-learn names; for an engine's, where
    :func:`tunecard.runner.neighbors.votes.can_share` allows it; and for either at the end
    of a pipeline of scikit-learn's transformers that no candidate changes.
    """
    alone = fixed_steps.final_alone(estimator, candidates)
    return alone is not None and all(
        _can_share(*alone, width) for width in fixed_steps.widths(estimator, n_features)
    )


def _can_share(
    estimator: Any, candidates: Sequence[dict[str, Any]], n_features: int
) -> bool:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    own = type(estimator) in (KNeighborsClassifier, KNeighborsRegressor)
    if not own and not votes.can_share(estimator, n_features):
        return False
    if type(estimator) is KNeighborsClassifier and _counts_by_itself(estimator, n_features):
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
    data: LabeledRows,
    fold: Fold,
    score: Scorer,
    storage: Storage = NOTHING,
) -> Shared:
    """Score every candidate on one fold from one table of neighbors.

    Parameters
    ----------
    estimator : KNeighborsClassifier, KNeighborsRegressor or Pipeline
        Not fitted.
    candidates : sequence of dict
        For which `applies` is true.
    data, fold, score, storage
        As in :func:`tunecard.runner.search.scoring.score_fold`.

    Returns
    -------
    Shared
        The scores equal those of GridSearchCV to the bit, on the same dtype,
        number of threads, versions and engine.
    """
    alone = fixed_steps.final_alone(estimator, candidates)
    assert alone is not None  # `applies` has seen to it
    final, settings = alone
    y, (train, valid) = data[1], fold
    y_train, y_valid, classes = y[train], y[valid], score.classes_of(y)
    start = process_time()
    try:
        rows = fixed_steps.transform(estimator, _n_before(estimator), data, fold)
    except Exception as error:  # noqa: BLE001 # as scikit-learn's error_score=nan
        failed = folded(None, 0.0, describe(error), None, {})
        seconds = process_time() - start
        return Shared(
            scores=(failed,) * len(candidates), cpu_seconds=seconds, n_requeried=0
        )
    X_train, X_valid = _numbers(rows.X_train), _numbers(rows.X_valid)
    table = NeighborTable.build(final, settings, X_train, y_train, X_valid)
    shared = process_time() - start
    scores = []
    for params in settings:
        with captured() as counts:
            counts.update(rows.warnings)
            start = process_time()
            model, value, reason, predicted = None, None, None, None
            try:
                with fallbacks.raise_on_fallback(final):
                    predicted = _voted(final, params, table)
                    if predicted is None:
                        model = _candidate(final, params, X_train, y_train, table)
                        predicted = model.predict(X_valid)
                value = score.of_predictions(y_valid, predicted, classes)
            except Exception as error:  # noqa: BLE001 # as scikit-learn's error_score=nan
                reason = describe(error)
            seconds = process_time() - start
        scored = folded(value, seconds, reason, model, counts)
        if predicted is not None and scored.score is not None:
            outputs = pack_predicted(predicted, storage, classes)
            scored = scored.model_copy(update={"outputs": outputs})
        scores.append(scored)
    return Shared(
        scores=tuple(scores),
        cpu_seconds=shared,
        n_requeried=table.n_requeried if table else 0,
    )


def _n_before(estimator: Any) -> int:
    """Count the transformers before a classifier; none where it is not a pipeline."""
    return max(len(getattr(estimator, "steps", ())) - 1, 0)


def _numbers(X: Rows) -> Rows:
    """Return the array that scikit-learn makes of a data frame; else X itself.

    Of a frame that it refuses, each candidate reports the reason by itself.
    """
    from sklearn.utils import check_array

    if isinstance(X, np.ndarray) and X.dtype != object:
        return X
    try:
        return check_array(X)
    except (TypeError, ValueError):
        return X


def _counts_by_itself(estimator: Any, n_features: int) -> bool:
    """Return whether scikit-learn counts equal votes without querying neighbors.

    It does by brute force, with the metrics that ``predict`` asks this class of its own
    about; Euclidean distances it takes for such where they go by the name of "l2".
    """
    metric, p = estimator.metric, estimator.p
    euclidean = metric == "minkowski" and p == 2
    brute = estimator.algorithm == "brute" or (
        estimator.algorithm == "auto" and n_features > votes.TREE_FEATURES
    )
    return brute and not euclidean and internals.counts_votes(metric)


def _voted(
    estimator: Any, params: dict[str, Any], table: NeighborTable | None
) -> Labels | None:
    """Return what an engine would predict, where the table of neighbors decides it.

    Such a candidate is not fitted: that takes an engine as long as finding a tenth of
    the neighbors, and refuses nothing that the table's own fit did not.
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
    table: NeighborTable | None,
) -> Any:
    """Make a fitted candidate that looks its neighbors up in the table.

    Its state is that of the table's model, whose fit did not depend on k. One that the
    table has no neighbors for is fitted: scikit-learn refuses parameters there that are
    out of range.
    """
    from sklearn.base import clone

    k = params.get("n_neighbors", estimator.n_neighbors)
    if table is not None and engines.of(estimator) is None and table.holds(k):
        model = table.fitted().set_params(**{**params, "n_neighbors": k})
        model.kneighbors = table.lookup(k)
        return model
    return clone(estimator).set_params(**params).fit(X_train, y_train)
