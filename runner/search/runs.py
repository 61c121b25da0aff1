"""What a search scored: candidates in one go, or halved iteration by iteration."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tunecard.runner.metrics import Labels, Scorer
from tunecard.runner.schema import HalvingRandomSearch
from tunecard.runner.search.backends import Scorers
from tunecard.runner.search.halving import ROWS, schedule, subsample, survivors
from tunecard.runner.search.scoring import Fold, FoldScore
from tunecard.runner.search.spread import spread
from tunecard.runner.store.journal import Memory


class Run(NamedTuple):
    """A candidate's scores, fold by fold, and in which iteration with what."""

    params: dict[str, Any]
    cells: Sequence[FoldScore]
    iteration: int | None = None
    resources: int | None = None


def as_runs(
    drawn: Sequence[dict[str, Any]], table: Sequence[Sequence[FoldScore]]
) -> list[Run]:
    """Join the baseline and the candidates with their scores."""
    pairs = zip(({}, *drawn), table, strict=True)
    return [Run(params, cells) for params, cells in pairs]


def halve(
    search: HalvingRandomSearch,
    pool: Scorers,
    drawn: Sequence[dict[str, Any]],
    folds: Sequence[Fold],
    rows: tuple[Labels, int],
    rename: Callable[[dict[str, Any]], dict[str, Any]],
    memory: Memory,
    progress: Callable[[str], None],
    score: Scorer,
) -> tuple[list[Run], Sequence[Fold]]:
    """Score iteration by iteration; the baseline on what the last one is scored on.

    Parameters
    ----------
    search : HalvingRandomSearch
        What the study says.
    pool : Scorers
        Who scores.
    drawn : sequence of dict
        The candidates of the first iteration.
    folds : sequence of (ndarray, ndarray)
        Of all rows.
    rows : (ndarray of int, int)
        Class codes of the search's rows, and the seed of what is drawn from them.
    rename : callable
        Turns a candidate's parameters into those of the estimator.
    memory, progress
        As :func:`tunecard.runner.search.spread.spread` has them.
    score : Scorer
        The metric; its direction decides which candidates go on.

    Returns
    -------
    list of Run, sequence of (ndarray, ndarray)
        The baseline, then each iteration's candidates; and the last one's folds.
    """
    y, seed = rows
    plan = schedule(search, y)
    runs: list[Run] = []
    left = list(drawn)
    last = len(plan.resources) - 1
    for iteration, resources in enumerate(plan.resources):
        part: Sequence[Fold] = folds
        if search.resource == ROWS:
            part = subsample(folds, resources, len(y), seed)
        else:
            left = [{**params, search.resource: resources} for params in left]
        settings = [rename(params) for params in left]
        table = spread(
            pool,
            [{}, *settings] if iteration == last else settings,
            part,
            memory,
            progress,
            iteration=f"iteration {iteration + 1} of {last + 1}",
            first=0 if iteration == last else 1,
        )
        if iteration == last:
            of_rows = resources if search.resource == ROWS else None
            runs.insert(0, Run({}, table.pop(0), last, of_rows))
        runs += [
            Run(params, cells, iteration, resources)
            for params, cells in zip(left, table, strict=True)
        ]
        sign = 1.0 if score.metric.greater_is_better else -1.0
        means = [sign * _mean(cells) for cells in table]
        n_kept = math.ceil(len(left) / search.factor)
        left = [left[position] for position in survivors(means, n_kept)]
    return runs, part


def _mean(cells: Sequence[FoldScore]) -> float:
    scores = [cell.score for cell in cells]
    return float(np.average([math.nan if one is None else one for one in scores]))
