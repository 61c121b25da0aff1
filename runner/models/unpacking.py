"""A search object of scikit-learn's, given as a model: its estimator and its search."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunecard.runner.errors import InputError, StudyError
from tunecard.runner.metrics import TaskName, allowed, default_of, find, name_of
from tunecard.runner.models.estimators import within
from tunecard.runner.splitters import as_splitter

_FOLDS = 5  # of scikit-learn's cv=None
_INSTEAD = 'give ("name", estimator, space), with the fields of [models.search]'
_BASE = "BaseSearchCV"  # of scikit-learn's searches, and of many others
_HALVING = (
    "factor",
    "resource",
    "min_resources",
    "max_resources",
    "aggressive_elimination",
)


@dataclass(frozen=True)
class Unpacked:
    """The settings of a search object.

    Attributes
    ----------
    estimator : estimator
        The baseline.
    search : dict
        The search, as a study file's ``[models.search]`` has it.
    metric : str
        What it maximizes.
    seed : int or None
        Its ``random_state``, and that of its folds; None where neither is set.
    splitter : splitter, tuple of (ndarray, ndarray), or None
        Of its folds; None where their number alone is given.
    """

    estimator: Any
    search: Mapping[str, Any]
    metric: str
    seed: int | None
    splitter: Any = None


def is_search(estimator: Any) -> bool:
    """Return whether an estimator searches for its parameters, in any package.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> is_search(GridSearchCV(LogisticRegression(), {"C": [1, 2]}))
    True
    >>> is_search(LogisticRegression())
    False
    """
    names = [kind.__name__ for kind in type(estimator).__mro__]
    named = names[0].endswith("SearchCV") and hasattr(estimator, "estimator")
    return _BASE in names or named


def refuse_inner(estimator: Any, place: str) -> None:
    """Refuse a model with a search inside, which would be timed as a part of each fit.

    Raises
    ------
    StudyError
    """
    for part in within(estimator):
        if is_search(part):
            raise StudyError(
                f"{place}: {type(part).__name__} stands inside {type(estimator).__name__}, "
                "and would be timed as a part of each fit; put the search outside, around "
                f"all of it, or {_INSTEAD}."
            )


def unpack(search_object: Any, place: str) -> Unpacked:
    """Take a search object apart.

    Parameters
    ----------
    search_object : estimator
        A GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV or HalvingRandomSearchCV,
        fitted or not; its fitted state is dropped.
    place : str
        How an error calls it.

    Raises
    ------
    StudyError
        If something of it cannot be taken over: several scorers, a scorer of another
        target, a splitter that splits differently each time.
    """
    kind = type(search_object).__name__
    of = {
        "GridSearchCV": _unpack_grid,
        "RandomizedSearchCV": _unpack_random,
        "HalvingGridSearchCV": _unpack_halving_grid,
        "HalvingRandomSearchCV": _unpack_halving_random,
    }.get(kind)
    if of is None or not type(search_object).__module__.startswith("sklearn."):
        raise StudyError(f"{place}: {kind} cannot be taken over; {_INSTEAD}.")
    if callable(search_object.refit):
        raise StudyError(
            f"{place}: {kind} chooses by a function of its own (refit), which Tunecard "
            "does not; it takes the best mean score. Leave refit out."
        )
    folds, of_folds, splitter = _unpack_folds(
        search_object.cv, search_object.estimator, f"{place}: {kind}"
    )
    metric = _unpack_metric(
        _deciding(search_object), search_object.estimator, f"{place}: {kind}"
    )
    states = (getattr(search_object, "random_state", None), of_folds)
    all_seeds = [_unpack_seed(state, f"{place}: {kind}") for state in states]
    seeds = {seed for seed in all_seeds if seed is not None}
    if len(seeds) > 1:
        raise StudyError(
            f"{place}: {kind} and its folds have different seeds, {min(seeds)} and "
            f"{max(seeds)}; a study has one for both. Give them the same random_state."
        )
    search = {**of(search_object, f"{place}: {kind}"), "folds": folds}
    seed = next(iter(seeds), None)
    return Unpacked(search_object.estimator, search, metric, seed, splitter)


def _unpack_space(space: Any, place: str) -> Mapping[str, Any]:
    if isinstance(space, list | tuple) and len(space) == 1:
        space = space[0]
    if not isinstance(space, Mapping):
        raise StudyError(
            f"{place} has a list of {len(space)} spaces, and halving takes one; give one "
            "space, or the estimator once for each of them."
        )
    return space


def _unpack_grid(search: Any, _place: str) -> dict[str, Any]:
    return {"strategy": "grid", "space": search.param_grid}


def _unpack_random(search: Any, _place: str) -> dict[str, Any]:
    space = search.param_distributions
    return {"strategy": "random", "space": space, "n_iter": search.n_iter}


def _unpack_halving_random(search: Any, place: str) -> dict[str, Any]:
    space = _unpack_space(search.param_distributions, place)
    more = {name: getattr(search, name) for name in (*_HALVING, "n_candidates")}
    return {"strategy": "halving-random", "space": space, **more}


def _unpack_halving_grid(search: Any, place: str) -> dict[str, Any]:
    """Draw as many candidates as the grid has points: lists give each of them once."""
    from sklearn.model_selection import ParameterGrid

    space = _unpack_space(search.param_grid, place)
    more = {name: getattr(search, name) for name in _HALVING}
    n_candidates = len(ParameterGrid(dict(space)))
    return {
        "strategy": "halving-random",
        "space": space,
        "n_candidates": n_candidates,
        **more,
    }


def _unpack_folds(cv: Any, estimator: Any, place: str) -> tuple[int, Any, Any]:
    """Return the number of folds, the random state of their shuffling, their splitter.

    A number of folds, and shuffled ones (stratified by class), are Tunecard's own folds,
    which keep groups together and follow an order where the study names one.
    """
    from sklearn.base import is_regressor
    from sklearn.model_selection import KFold, StratifiedKFold

    is_own = type(cv) is (KFold if is_regressor(estimator) else StratifiedKFold)

    if cv is None:
        return _FOLDS, None, None
    if isinstance(cv, int):
        return cv, None, None
    if is_own and cv.shuffle and cv.random_state is not None:
        return cv.n_splits, cv.random_state, None
    # How many folds it makes may depend on the groups, which are not known here.
    return _FOLDS, None, as_splitter(cv, f"{place}: cv")


def _deciding(search_object: Any) -> Any:
    """Return the scorer that chooses: of several, the one that refit names."""
    scoring, refit = search_object.scoring, search_object.refit
    if not isinstance(refit, str) or not isinstance(scoring, list | tuple | set | dict):
        return scoring
    if refit not in scoring:
        return scoring
    return scoring[refit] if isinstance(scoring, dict) else refit


def _unpack_metric(scoring: Any, estimator: Any, place: str) -> str:
    """Return the metric of a scorer; scikit-learn negates what is a loss."""
    from sklearn.base import is_regressor

    task: TaskName = "regression" if is_regressor(estimator) else "classification"
    if scoring is None:
        return default_of(task)
    if isinstance(scoring, list | tuple | set | dict):
        raise StudyError(
            f"{place} has several scorers; give the one that decides, or name it as refit."
        )
    try:
        name = name_of(scoring)
    except InputError as error:
        raise StudyError(f"{place}: scoring: {error}") from error
    metric = find(name) if isinstance(name, str) else None
    if metric is None or not metric.suits(task):
        raise StudyError(f"{place}: scoring={scoring!r} {allowed(str(scoring), task)}.")
    return metric.name


def _unpack_seed(state: Any, place: str) -> int | None:
    if state is None or (isinstance(state, int) and not isinstance(state, bool)):
        return state
    raise StudyError(
        f"{place} has a random_state that is {type(state).__name__}, which cannot be "
        "repeated; give an integer."
    )
