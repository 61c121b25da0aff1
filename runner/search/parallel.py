"""The general path: candidates x folds in parallel processes, one thread each."""

import re
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
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    if not todo:
        return
    work = estimator, candidates, data, folds, metric
    left = list(todo)
    try:
        for item in _scored(work, left.copy(), n_jobs):
            left.remove((item.candidate, item.fold))
            yield item
    except TerminatedWorkerError:
        # A process died, and nothing tells over which piece: each is done alone, so
        # that a failed candidate does not take the others with it.
        for candidate, fold in left:
            try:
                yield from _scored(work, [(candidate, fold)], n_jobs)
            except TerminatedWorkerError as error:
                yield Scored(candidate, fold, _died(str(error)))
    finally:
        # Idle processes would still hold memory and wake up while a clock runs.
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


_Work = tuple[Any, Sequence[dict[str, Any]], tuple[Matrix, Labels], Sequence[Fold], str]


def _scored(work: _Work, todo: Sequence[tuple[int, int]], n_jobs: int) -> Iterator[Scored]:
    """Score in joblib's pool; what is raised there is raised here."""
    import joblib

    estimator, candidates, data, folds, metric = work
    tasks = (
        joblib.delayed(_score)(c, f, estimator, candidates[c], data, folds[f], metric)
        for c, f in todo
    )
    with joblib.parallel_config(
        # With one job joblib would work in this process, which an estimator may
        # bring down; two processes take turns instead.
        backend="loky",
        n_jobs=max(n_jobs, 2),
        inner_max_num_threads=1,
        max_nbytes=None,
    ):
        yield from joblib.Parallel(
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch="2 * n_jobs" if n_jobs > 1 else 1,
        )(tasks)


def _died(message: str) -> FoldScore:
    """Make the score of a piece of work that ended its process."""
    codes = re.search(r"\{(.*?)\}", message)
    signal = f" ({codes[1]})" if codes else ""
    reason = f"the process died over it{signal}: a crash, or out of memory"
    return FoldScore(score=None, cpu_seconds=0.0, reason=reason)


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
