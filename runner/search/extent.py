"""How much a search will do, and whether the rows are enough for it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tunecard.runner.metrics import DEFAULT, Labels, Scorer, TaskName, scorer
from tunecard.runner.models.fitting import captured
from tunecard.runner.resampling import STRATIFIED, Resampling
from tunecard.runner.schema import Strategy
from tunecard.runner.search import neighbors


def strata_of(y: Labels, task: TaskName) -> Labels:
    """Return the classes of a search's rows; of a regression all are of one.

    A strategy that takes rows by class, as halving does, then takes what scikit-learn
    takes for a regressor.
    """
    return np.zeros(len(y), dtype=np.int64) if task == "regression" else y


def n_steps(
    estimator: Any,
    search: Strategy,
    seed: int,
    y: Labels,
    n_features: int = 0,
    metric: str = DEFAULT,
    rename: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    task: TaskName = "classification",
    *,
    weighted: bool = False,
) -> int:
    """Return how many times `tune` will call its progress."""
    y = strata_of(y, task)
    drawn = [rename(params) for params in search.candidates(y, seed)]
    score = scorer(metric, task=task)
    if not weighted and shares(estimator, search, drawn, n_features, score):
        return search.folds
    n_scored = sum(stage.n_candidates for stage in search.stages(y))
    return (n_scored + 1) * search.folds


def shares(
    estimator: Any,
    search: Strategy,
    settings: Sequence[dict[str, Any]],
    n_features: int,
    score: Scorer,
) -> bool:
    """Return whether all candidates share a fold's neighbors.

    Parameters
    ----------
    settings : sequence of dict
        The candidates' parameters, as ``set_params`` of the estimator takes them.
    """
    return (
        search.is_static
        and score.metric.needs in ("labels", "values")
        and neighbors.applies(estimator, settings, n_features)
    )


def check_folds(
    y: Labels,
    search: Strategy,
    seed: int,
    resampling: Resampling = STRATIFIED,
    task: TaskName = "classification",
) -> None:
    """Check that the rows can be split into a search's folds, and are enough for it.

    Raises
    ------
    StudyError
        If they cannot, or are not.
    """
    with captured():
        resampling.inner(y, search.folds, seed)
    search.check(strata_of(y, task))
