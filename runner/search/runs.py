"""What a search scored: its candidates, batch by batch as its strategy requests them."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Scorer
from tunecard.runner.resampling import Fold, subsample
from tunecard.runner.schema.strategies import Batch, Trials
from tunecard.runner.search.backends import Scorers
from tunecard.runner.search.scoring import FoldScore
from tunecard.runner.search.spread import spread
from tunecard.runner.store.journal import Checkpoint


class ScoredCandidate(NamedTuple):
    """A candidate's scores, fold by fold, and in which iteration with what."""

    params: dict[str, Any]
    cells: Sequence[FoldScore]
    folds: Sequence[Fold]
    iteration: int | None = None
    resources: int | None = None


def as_runs(
    drawn: Sequence[dict[str, Any]],
    table: Sequence[Sequence[FoldScore]],
    folds: Sequence[Fold],
) -> list[ScoredCandidate]:
    """Join the baseline and the candidates with their scores on some folds."""
    pairs = zip(({}, *drawn), table, strict=True)
    return [ScoredCandidate(params, cells, folds) for params, cells in pairs]


def run_trials(
    trials: Trials,
    pool: Scorers,
    folds: tuple[Fold, ...],
    rows: tuple[NDArray[Any], int],
    rename: Callable[[dict[str, Any]], dict[str, Any]],
    memory: Checkpoint,
    progress: Callable[[str], None],
    score: Scorer,
) -> tuple[list[ScoredCandidate], tuple[Fold, ...]]:
    """Score what a strategy requests until it stops, and the baseline once.

    Parameters
    ----------
    trials : Trials
        The search in progress.
    pool : Scorers
        What scores them.
    folds : tuple of (ndarray, ndarray)
        Of all rows.
    rows : (ndarray of shape (n_samples,), int)
        Classes of the search's rows, and the seed of what is drawn from them.
    rename : callable
        Turns a candidate's parameters into those of the estimator.
    memory, progress
        As :func:`tunecard.runner.search.spread.spread` has them.
    score : Scorer
        The metric; its direction decides which candidates go on.

    Returns
    -------
    list of ScoredCandidate, tuple of (ndarray, ndarray)
        The baseline, then the candidates in their order; and the baseline's folds.
    """
    y, seed = rows
    runs: list[ScoredCandidate] = []
    baseline: ScoredCandidate | None = None
    of_baseline = folds
    numbers: Counter[str] = Counter()
    while (batch := trials.ask()) is not None:
        part = folds
        if batch.n_rows is not None:
            part = subsample(folds, batch.n_rows, len(y), seed)
        first = baseline is None and batch.with_baseline
        settings = [rename(params) for params in batch.candidates]
        table = spread(
            pool,
            [{}, *settings] if first else settings,
            part,
            memory,
            progress,
            iteration=batch.name,
            first=0 if first else 1 + numbers[batch.name],
        )
        if first:
            cells = table.pop(0)
            baseline = ScoredCandidate({}, cells, part, batch.iteration, batch.n_rows)
            of_baseline = part
        runs += _join_batch(batch, table, part)
        numbers[batch.name] += len(batch.candidates)
        sign = 1.0 if score.metric.greater_is_better else -1.0
        trials.tell([sign * _mean(cells) for cells in table])
    if baseline is None:
        raise ValueError("the strategy requested no batch for the baseline")
    return [baseline, *runs], of_baseline


def _join_batch(
    batch: Batch, table: Sequence[Sequence[FoldScore]], folds: Sequence[Fold]
) -> list[ScoredCandidate]:
    return [
        ScoredCandidate(params, cells, folds, batch.iteration, batch.resources)
        for params, cells in zip(batch.candidates, table, strict=True)
    ]


def _mean(cells: Sequence[FoldScore]) -> float:
    scores = [cell.score for cell in cells]
    return float(np.average([math.nan if score is None else score for score in scores]))
