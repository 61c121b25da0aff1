"""tune(): score every candidate on every fold and choose one."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runner.errors import SearchFailed, StudyError
from runner.fitting import WarningCount, as_list, captured
from runner.journal import Forgetful, Memory
from runner.metrics import Labels, label_metric
from runner.schema import Candidate, GridSearch, Params, RandomSearch
from runner.search import neighbours, parallel
from runner.search.candidates import candidates, folds, winner
from runner.search.scoring import Fold, FoldScore, Matrix


@dataclass(frozen=True)
class Tuned:
    """What a search found and what it cost.

    Attributes
    ----------
    params : dict
        The winner's parameters.
    best : int
        The winner's index in `candidates`.
    candidates : tuple of Candidate
        Number 0 is the baseline with its own values, not eligible; then
        scikit-learn's order.
    method : str
        ``shared-neighbours`` or ``parallel``.
    folds : tuple of (int, int)
        Rows to fit on and to score on, a fold each.
    cpu_seconds, wall_seconds : float
        All of the search; CPU over all its processes.
    shared_cpu_seconds : tuple of float
        CPU seconds of each fold's neighbour table.
    warnings : tuple of WarningCount
        Each warning once.
    peak_memory : int
        Highest resident set of a process that scored, in bytes.
    """

    params: Params
    best: int
    candidates: tuple[Candidate, ...]
    method: str
    folds: tuple[tuple[int, int], ...]
    cpu_seconds: float
    wall_seconds: float
    shared_cpu_seconds: tuple[float, ...]
    n_rows_asked_again: int
    warnings: tuple[WarningCount, ...]
    peak_memory: int


def tune(
    estimator: Any,
    search: GridSearch | RandomSearch,
    X: Matrix,
    y: Labels,
    *,
    seed: int,
    n_jobs: int,
    progress: Callable[[str], None],
    metric: str = "accuracy",
    rename: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    memory: Memory | None = None,
) -> Tuned:
    """Search the space with scikit-learn's semantics.

    Parameters
    ----------
    estimator : estimator
        The baseline, not fitted.
    search : GridSearch or RandomSearch
        Strategy, folds and space.
    X : ndarray of shape (n_samples, n_features)
        Training rows alone; the test rows never come here.
    y : ndarray of int, shape (n_samples,)
        Class codes.
    seed : int
        For the folds (``StratifiedKFold(shuffle=True, random_state=seed)``)
        and the draws.
    n_jobs : int
        Parallel processes.
    progress : callable
        Told a text after every candidate x fold, or every shared fold.
    metric : str
        The label metric to maximise.
    rename : callable
        Turns a candidate's parameters into those of `estimator`, where that
        is a pipeline.
    memory : Memory or None
        What an earlier, unfinished search has done already.

    Returns
    -------
    Tuned
        The fold scores and the winner are those of GridSearchCV or
        RandomizedSearchCV with the same folds and seed.

    Raises
    ------
    SearchFailed
        If every candidate failed on some fold.
    StudyError
        If the rows cannot be split into that many folds.
    """
    start = time.perf_counter()
    drawn = candidates(search, seed)
    with captured() as of_split:  # of a class with fewer rows than folds
        split = _split(y, search.folds, seed)
    settings = [{}, *(rename(params) for params in drawn)]
    shared: tuple[float, ...] = ()
    asked = 0
    if neighbours.applies(estimator, settings):
        method = "shared-neighbours"
        table, shared, asked = _share(
            estimator, settings, (X, y), split, metric, progress, memory or Forgetful()
        )
    else:
        method = "parallel"
        table = _spread(
            estimator,
            settings,
            (X, y),
            split,
            metric,
            n_jobs,
            progress,
            memory or Forgetful(),
        )
    own = _own_params(estimator, drawn, rename)
    rows = [_candidate(i, params, table[i]) for i, params in enumerate((own, *drawn))]
    best = winner([row.scores for row in rows[1:]])
    if best is None:
        raise SearchFailed(
            f"every one of the {len(drawn)} candidates failed; the first: {rows[1].reason}"
        )
    counts = Counter(of_split)
    for warning in (w for row in table for cell in row for w in cell.warnings):
        counts[warning.category, warning.message] += warning.count
    return Tuned(
        params=rows[best + 1].params,
        best=best + 1,
        candidates=tuple(rows),
        method=method,
        folds=tuple((len(train), len(valid)) for train, valid in split),
        cpu_seconds=sum(cell.cpu_seconds for row in table for cell in row) + sum(shared),
        wall_seconds=time.perf_counter() - start,
        shared_cpu_seconds=shared,
        n_rows_asked_again=asked,
        warnings=as_list(counts, "search"),
        peak_memory=max(cell.peak_memory for row in table for cell in row),
    )


def n_steps(estimator: Any, search: GridSearch | RandomSearch, seed: int) -> int:
    """Return how many times `tune` will call its progress."""
    drawn = candidates(search, seed)
    if neighbours.applies(estimator, drawn):
        return search.folds
    return (len(drawn) + 1) * search.folds


def _own_params(
    estimator: Any,
    drawn: Sequence[dict[str, Any]],
    rename: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """Return the baseline's own values of the searched parameters, where plain."""
    names = dict.fromkeys(name for params in drawn for name in params)
    known = estimator.get_params()
    values = {name: known.get(next(iter(rename({name: None})))) for name in names}
    plain = bool | int | float | str | None
    return {name: value for name, value in values.items() if isinstance(value, plain)}


def check_folds(y: Labels, search: GridSearch | RandomSearch, seed: int) -> None:
    """Check that the rows can be split into a search's folds.

    Raises
    ------
    StudyError
        If they cannot.
    """
    with captured():
        _split(y, search.folds, seed)


def _split(y: Labels, n_folds: int, seed: int) -> tuple[Fold, ...]:
    try:
        return folds(y, n_folds, seed)
    except ValueError as error:
        raise StudyError(
            f"search.folds = {n_folds}: the training rows cannot be split ({error}). "
            "Use fewer folds or more rows."
        ) from error


def _share(
    estimator: Any,
    settings: Sequence[dict[str, Any]],
    data: tuple[Matrix, Labels],
    split: Sequence[Fold],
    metric: str,
    progress: Callable[[str], None],
    memory: Memory,
) -> tuple[list[list[FoldScore]], tuple[float, ...], int]:
    """Score fold by fold; returns scores[candidate][fold], costs, rows asked again."""
    parts = []
    for number, fold in enumerate(split):
        key = f"shared fold {number}"
        known = memory.recall(key)
        if known is None:
            part = neighbours.score_candidates(
                estimator, settings, data, fold, label_metric(metric)
            )
            memory.record(key, part.model_dump(mode="json"))
        else:
            part = neighbours.Shared.model_validate(known)
        parts.append(part)
        progress(f"fold {number + 1} of {len(split)}: {len(settings)} candidates at once")
    table = [[part.scores[i] for part in parts] for i in range(len(settings))]
    return table, tuple(p.cpu_seconds for p in parts), sum(p.n_asked_again for p in parts)


def _spread(
    estimator: Any,
    settings: Sequence[dict[str, Any]],
    data: tuple[Matrix, Labels],
    split: Sequence[Fold],
    metric: str,
    n_jobs: int,
    progress: Callable[[str], None],
    memory: Memory,
) -> list[list[FoldScore]]:
    """Score in parallel what is not done; returns scores[candidate][fold]."""
    cells = [(c, f) for c in range(len(settings)) for f in range(len(split))]
    done = {
        cell: FoldScore.model_validate(known)
        for cell in cells
        if (known := memory.recall("candidate {} fold {}".format(*cell))) is not None
    }

    def tell(candidate: int, fold: int) -> None:
        progress(
            f"candidate {candidate} of {len(settings) - 1}, fold {fold + 1} of {len(split)}"
        )

    for cell in done:
        tell(*cell)
    todo = [cell for cell in cells if cell not in done]
    for item in parallel.score_all(
        estimator, settings, data, split, todo, metric=metric, n_jobs=n_jobs
    ):
        key = f"candidate {item.candidate} fold {item.fold}"
        memory.record(key, item.score.model_dump(mode="json"))
        done[item.candidate, item.fold] = item.score
        tell(item.candidate, item.fold)
    return [[done[i, f] for f in range(len(split))] for i in range(len(settings))]


def _candidate(index: int, params: dict[str, Any], cells: Sequence[FoldScore]) -> Candidate:
    reasons = [cell.reason for cell in cells if cell.reason]
    ends = [cell.converged for cell in cells if cell.converged is not None]
    return Candidate(
        index=index,
        eligible=index > 0,
        params={key: tuple(v) if isinstance(v, list) else v for key, v in params.items()},
        scores=tuple(cell.score for cell in cells),
        cpu_seconds=tuple(cell.cpu_seconds for cell in cells),
        status="failed" if reasons else "ok",
        reason=reasons[0] if reasons else None,
        converged=all(ends) if ends else None,
    )
