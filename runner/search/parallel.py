"""The general path: candidates x folds in parallel processes, one thread each."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from runner.metrics import Labels, label_metric
from runner.search.scoring import Fold, FoldScore, Matrix, score_fold


class Scored(NamedTuple):
    """A finished piece of work: which candidate, which fold, and its score."""

    candidate: int
    fold: int
    score: FoldScore


def score_all(
    estimator: Any,
    candidates: Sequence[dict[str, Any]],
    data: tuple[Matrix, Labels],
    folds: Sequence[Fold],
    todo: Sequence[tuple[int, int]],
    *,
    metric: str,
    n_jobs: int,
) -> Iterator[Scored]:
    """Score candidates on folds, in the order the work finishes.

    Parameters
    ----------
    estimator : estimator
        Not fitted.
    candidates : sequence of dict
        Parameters to set.
    data : (ndarray of shape (n_samples, n_features), ndarray of shape (n_samples,))
        Memory-mapped arrays are shared by the processes, not copied.
    folds : sequence of (ndarray, ndarray)
        Rows to fit on and to score on.
    todo : sequence of (int, int)
        Positions of the candidate and the fold of each piece of work.
    metric : str
        A label metric's name.
    n_jobs : int
        Processes; each has one BLAS and OpenMP thread.

    Yields
    ------
    Scored
    """
    import joblib
    from joblib.externals.loky import get_reusable_executor

    if not todo:
        return
    tasks = (
        joblib.delayed(_score)(c, f, estimator, candidates[c], data, folds[f], metric)
        for c, f in todo
    )
    try:
        with joblib.parallel_config(
            backend="loky", n_jobs=n_jobs, inner_max_num_threads=1, max_nbytes=None
        ):
            yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)
    finally:
        # Idle processes would still hold memory and wake up while a clock runs.
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _score(
    candidate: int,
    number: int,
    estimator: Any,
    params: dict[str, Any],
    data: tuple[Matrix, Labels],
    fold: Fold,
    metric: str,
) -> Scored:
    return Scored(
        candidate, number, score_fold(estimator, params, data, fold, label_metric(metric))
    )
