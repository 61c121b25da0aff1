"""tune(): score every candidate on every fold and choose one."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import SearchFailed
from tunecard.runner.metrics import DEFAULT, Labels, TaskName, scorer
from tunecard.runner.models.fitting import WarningCount, as_list, captured
from tunecard.runner.processes.template import Fork
from tunecard.runner.resampling import STRATIFIED, Fold, Resampling
from tunecard.runner.rows import LabeledRows, Matrix
from tunecard.runner.schema import Candidate, ClusterUse, Limits, Params, Strategy
from tunecard.runner.search import backends, neighbors
from tunecard.runner.search.answers import Storage, gather, storage_for
from tunecard.runner.search.candidates import own_values, winner
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.search.extent import shares, strata_of
from tunecard.runner.search.runs import ScoredCandidate, as_runs, run_trials
from tunecard.runner.search.scoring import FoldScore
from tunecard.runner.store.journal import Checkpoint, Clocked, NullCheckpoint, recall_as
from tunecard.runner.store.out_of_fold import OutOfFold

_UNSEEN = "the metric does not use what the estimator returns for rows"


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
        ``shared-neighbors`` or ``parallel``.
    folds : tuple of (int, int)
        Rows to fit on and to score on, a fold each.
    cpu_seconds, wall_seconds : float
        All of the search; CPU over all its processes.
    shared_cpu_seconds : tuple of float
        CPU seconds of what the candidates of each fold share: transformers that none of
        them changes, the neighbor table. Empty where they share nothing.
    joint_products : bool
        Whether candidates made their matrix products as one.
    warnings : tuple of WarningCount
        Each warning once.
    peak_memory : int
        Highest resident set of a process that scored, in bytes.
    cluster : ClusterUse or None
        The cluster's part in it; None where all was done on this machine.
    outputs : OutOfFold or None
        What the candidates answered out of fold; None where that is not kept.
    outputs_reason : str
        Why it is not.
    """

    params: Params
    best: int
    candidates: tuple[Candidate, ...]
    method: str
    folds: tuple[tuple[int, int], ...]
    cpu_seconds: float
    wall_seconds: float
    shared_cpu_seconds: tuple[float, ...]
    joint_products: bool
    n_requeried_rows: int
    warnings: tuple[WarningCount, ...]
    peak_memory: int
    cluster: ClusterUse | None = None
    outputs: OutOfFold | None = None
    outputs_reason: str = ""


def tune(
    estimator: Any,
    search: Strategy,
    X: Matrix,
    y: Labels,
    *,
    seed: int,
    n_jobs: int,
    progress: Callable[[str], None],
    metric: str = DEFAULT,
    positive: Any = None,
    rename: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    memory: Checkpoint | None = None,
    limits: Limits | None = None,
    cluster: Cluster | None = None,
    work: Path | None = None,
    resampling: Resampling = STRATIFIED,
    fork: Fork | None = None,
    task: TaskName = "classification",
    weight: NDArray[np.float64] | None = None,
) -> Tuned:
    """Search the space with scikit-learn's semantics.

    Parameters
    ----------
    estimator : estimator
        The baseline, not fitted.
    search : Strategy
        Its folds and its space.
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Training rows alone; the test rows never come here.
    y : ndarray of shape (n_samples,)
        Labels or values, as the estimator gets them.
    seed : int
        For the folds and the draws.
    n_jobs : int
        Parallel processes.
    progress : callable
        Receives a text after every candidate x fold, or every shared fold.
    metric : str
        Name of the metric to optimize, in its own direction.
    positive : object
        The positive class as `y` has it, for a metric of it alone.
    rename : callable
        Turns a candidate's parameters into those of `estimator`, where that
        is a pipeline.
    memory : Checkpoint or None
        What an earlier, unfinished search has done already.
    limits : Limits or None
        Seconds of one fit with its scoring, and bytes of one process; a candidate
        that takes more fails with the reason. Candidates fitted in step have the sum of
        their seconds, and are tried alone where that is not enough. The shared-neighbor
        path, which runs nothing but scikit-learn's own code, is not limited. None: the
        defaults.
    cluster : Cluster or None
        Whose workers do the work, within their own limits; None for this machine.
    work : Path or None
        Where files are kept meanwhile; None for the system's temporary folder.
    resampling : Resampling
        Makes the folds.
    fork : callable or None
        Forks this machine's processes from a template; None to start each.
    task : str
        Whether `y` holds labels, or the values of a regression.
    weight : ndarray of shape (n_samples,), or None
        Sample weights: each fit gets them where it takes them, and so does the scorer.

    Returns
    -------
    Tuned
        The fold scores and the winner are those of the strategy's equivalent, such as
        GridSearchCV, with the same folds and seed.

    Raises
    ------
    SearchFailed
        If every candidate failed on some fold.
    StudyError
        If the rows cannot be split into that many folds.
    ClusterUnreachable
        If the cluster goes away; what is finished stands in `memory`.
    OutputError
        If a candidate found the disk full; what is finished stands in `memory`.
    """
    clocked, limits = Clocked(memory or NullCheckpoint()), limits or Limits()
    strata = strata_of(y, task)
    drawn = search.candidates(strata, seed)
    with captured() as of_split:  # of a class with fewer rows than folds
        split = resampling.inner(y, search.folds, seed)
    settings = [{}, *(rename(params) for params in drawn)]
    shared: tuple[float, ...] = ()
    n_requeried = 0
    score = scorer(metric, positive, task)
    sharing = weight is None and shares(estimator, search, settings, X.shape[1], score)
    data: LabeledRows = (X, y) if weight is None else (X, y, weight)
    n_answers = len(y) * (1 + sum(s.n_candidates * s.rows for s in search.stages(strata)))
    storage = storage_for(score.metric, len(np.unique(strata)), n_answers)
    whole = split
    with backends.scorers(
        estimator,
        data,
        score=score,
        n_jobs=n_jobs,
        limits=limits,
        cluster=cluster,
        work=work,
        storage=storage,
        fork=fork,
    ) as pool:
        if sharing:
            table, shared, n_requeried = _share(pool, settings, split, progress, clocked)
            runs = as_runs(drawn, table, split)
        else:
            trials = search.begin(strata, seed)
            runs, split = run_trials(
                trials, pool, split, (strata, seed), rename, clocked, progress, score
            )
    names = dict.fromkeys(name for run in runs for name in run.params)
    own = own_values(estimator, names, rename)
    rows = [_candidate(i, own if i == 0 else run.params, run) for i, run in enumerate(runs)]
    last = runs[-1].iteration
    final = [i for i, run in enumerate(runs) if i > 0 and run.iteration == last]
    best = winner([rows[i].scores for i in final], greater=score.metric.greater_is_better)
    if best is None:
        raise SearchFailed(
            f"every one of the {_count(runs)} candidates failed; the first: "
            f"{rows[1].reason}"
        )
    cells = [cell for run in runs for cell in run.cells]
    if not sharing:
        shared = _shared_seconds(runs, len(split))
    outputs = _outputs(storage, whole, runs)
    counts = Counter(of_split)
    for warning in (w for cell in cells for w in cell.warnings):
        counts[warning.category, warning.message] += warning.count
    return Tuned(
        params=rows[final[best]].params,
        best=final[best],
        candidates=tuple(rows),
        method="shared-neighbors" if sharing else "parallel",
        joint_products=any(cell.joint for cell in cells),
        folds=tuple((len(train), len(valid)) for train, valid in split),
        cpu_seconds=sum(cell.cpu_seconds for cell in cells) + sum(shared),
        wall_seconds=clocked.seconds,
        shared_cpu_seconds=shared,
        n_requeried_rows=n_requeried,
        warnings=as_list(counts, "search"),
        peak_memory=max(cell.peak_memory for cell in cells),
        cluster=_use(cells),
        outputs=outputs,
        outputs_reason="" if outputs is not None else storage.reason or _UNSEEN,
    )


def _outputs(
    storage: Storage, folds: Sequence[Fold], runs: Sequence[ScoredCandidate]
) -> OutOfFold | None:
    """Put what all candidates answered side by side; None where nothing is kept."""
    if storage.kind is None:
        return None
    packed = [(run.folds, [cell.outputs for cell in run.cells]) for run in runs]
    return gather(storage.kind, folds, packed)


def _count(runs: Sequence[ScoredCandidate]) -> int:
    """Count the candidates; those of later iterations were in the first."""
    return sum(not run.iteration for run in runs[1:])


def _use(cells: Sequence[FoldScore]) -> ClusterUse | None:
    """Return a cluster's part from the worker of each piece, also of an earlier sitting."""
    workers = [cell.worker for cell in cells if cell.worker is not None]
    if not workers:
        return None
    return ClusterUse(workers=len(set(workers)), share=len(workers) / len(cells))


def _shared_seconds(runs: Sequence[ScoredCandidate], n_folds: int) -> tuple[float, ...]:
    """Add up each fold's seconds of transformers that its candidates share."""
    of_fold = tuple(
        sum(run.cells[number].shared_seconds for run in runs) for number in range(n_folds)
    )
    return of_fold if any(of_fold) else ()


def _share(
    pool: backends.Scorers,
    settings: Sequence[dict[str, Any]],
    split: Sequence[Fold],
    progress: Callable[[str], None],
    memory: Checkpoint,
) -> tuple[list[list[FoldScore]], tuple[float, ...], int]:
    """Score fold by fold; returns scores[candidate][fold], costs, requeried rows."""
    done: dict[int, neighbors.Shared] = {}

    def tell(number: int) -> None:
        progress(f"fold {number + 1} of {len(split)}: {len(settings)} candidates at once")

    for number in range(len(split)):
        recorded = recall_as(memory, f"shared fold {number}", neighbors.Shared)
        if recorded is None:
            continue
        if len(recorded.scores) == len(settings):
            done[number] = recorded
            tell(number)
        else:
            memory.reject(f"shared fold {number}")
    todo = [number for number in range(len(split)) if number not in done]
    for number, part in pool.share(settings, split, todo):
        memory.record(f"shared fold {number}", part.model_dump(mode="json"))
        done[number] = part
        tell(number)
    parts = [done[number] for number in range(len(split))]
    table = [[part.scores[i] for part in parts] for i in range(len(settings))]
    return table, tuple(p.cpu_seconds for p in parts), sum(p.n_requeried for p in parts)


def _candidate(index: int, params: dict[str, Any], run: ScoredCandidate) -> Candidate:
    reasons = [cell.reason for cell in run.cells if cell.reason]
    ends = [cell.converged for cell in run.cells if cell.converged is not None]
    return Candidate(
        index=index,
        eligible=index > 0,
        params={key: tuple(v) if isinstance(v, list) else v for key, v in params.items()},
        scores=tuple(cell.score for cell in run.cells),
        cpu_seconds=tuple(cell.cpu_seconds for cell in run.cells),
        status="failed" if reasons else "ok",
        reason=reasons[0] if reasons else None,
        converged=all(ends) if ends else None,
        iteration=run.iteration,
        resources=run.resources,
    )
