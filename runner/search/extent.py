"""How much a search will do, and whether the rows are enough for it."""

from collections.abc import Callable, Sequence
from typing import Any

from tunecard.runner.metrics import DEFAULT, Labels, Scorer, scorer
from tunecard.runner.models.fitting import captured
from tunecard.runner.resampling import STRATIFIED, Resampling
from tunecard.runner.schema import Strategy
from tunecard.runner.search import neighbors


def n_steps(
    estimator: Any,
    search: Strategy,
    seed: int,
    y: Labels,
    n_features: int = 0,
    metric: str = DEFAULT,
    rename: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    *,
    weighted: bool = False,
) -> int:
    """Return how many times `tune` will call its progress."""
    drawn = [rename(params) for params in search.candidates(y, seed)]
    if not weighted and shares(estimator, search, drawn, n_features, scorer(metric)):
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
    """Return whether all candidates share a fold's neighbors, whose votes are labels.

    Parameters
    ----------
    settings : sequence of dict
        The candidates' parameters, as ``set_params`` of the estimator takes them.
    """
    return (
        search.is_static
        and score.metric.needs == "labels"
        and neighbors.applies(estimator, settings, n_features)
    )


def check_folds(
    y: Labels, search: Strategy, seed: int, resampling: Resampling = STRATIFIED
) -> None:
    """Check that the rows can be split into a search's folds, and are enough for it.

    Raises
    ------
    StudyError
        If they cannot, or are not.
    """
    with captured():
        resampling.inner(y, search.folds, seed)
    search.check(y)
