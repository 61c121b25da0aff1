"""The record of a fitted search: cv_results_ as the contract has it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from tunecard.runner import metrics
from tunecard.runner.errors import InputError, StudyError
from tunecard.runner.judge.values import ImportedSearch
from tunecard.runner.models.spaces import plain_space
from tunecard.runner.schema import (
    Candidate,
    MetricSpec,
    Params,
    ParamValue,
    Search,
)
from tunecard.runner.schema.search import READING

#: scikit-learn's searches, and what the contract calls them.
_STRATEGIES = {
    "GridSearchCV": "grid",
    "RandomizedSearchCV": "random",
    "HalvingRandomSearchCV": "halving-random",
    "HalvingGridSearchCV": "halving-grid",
    "OptunaSearchCV": "optuna",
}
_SEARCH: TypeAdapter[Search] = TypeAdapter(Search)
_SPACES = ("param_grid", "param_distributions", "search_spaces")


def is_study(value: Any) -> bool:
    """Return whether a value is an Optuna study, without importing Optuna."""
    # Checked on its class: an attribute of a study without trials raises.
    needed = ("trials", "best_trial", "directions", "optimize")
    return all(hasattr(type(value), name) for name in needed)


def is_search(value: Any) -> bool:
    """Return whether a value is a search over parameters, fitted or not."""
    if isinstance(value, type) or is_study(value):
        return False
    return hasattr(value, "cv_results_") or (
        hasattr(value, "estimator")
        and hasattr(value, "fit")
        and any(hasattr(value, name) for name in _SPACES)
    )


def refuse_unusable(search: Any, place: str) -> None:
    """Refuse a search that holds no fitted winner.

    Raises
    ------
    StudyError
        If it is not fitted, or was not refitted.
    """
    name = type(search).__name__
    if hasattr(search, "best_estimator_"):
        return
    if not any(hasattr(search, name) for name in ("cv_results_", "study_")):
        raise StudyError(
            f"{place}: {name} is not fitted; call fit(X_train, y_train) before judging it."
        )
    if getattr(search, "multimetric_", False):
        raise StudyError(
            f"{place}: {name} scored several metrics and was fitted with refit=False, so "
            "it chose no configuration. Fit it with refit='<the metric that decides>'."
        )
    raise StudyError(
        f"{place}: {name} was fitted with refit=False, so it holds no fitted winner. Fit "
        "it with refit=True, or fit the winner and call judge(before, after, X_test, "
        "y_test)."
    )


def record_of(search: Any, folds: Sequence[tuple[int, int]] | None) -> ImportedSearch:
    """Read the record of a fitted search.

    Parameters
    ----------
    search : object
        With ``cv_results_`` as scikit-learn's searches have it.
    folds : sequence of (int, int) or None
        Rows of each fold, where the training rows are known.

    Raises
    ------
    StudyError
        If ``cv_results_`` has no scores of single folds.
    """
    table = search.cv_results_
    scorer, column = metric_of(search)
    own_metric = metrics.find(scorer)
    metric, sign = scorer, 1.0
    if own_metric is not None:  # a scorer is higher for better, a loss the other way
        metric, sign = own_metric.name, 1.0 if own_metric.greater_is_better else -1.0
    n_folds = sum(f"split{i}_test_{column}" in table for i in range(len(table)))
    if n_folds == 0:
        raise StudyError(
            f"search: the cv_results_ of {type(search).__name__} hold no scores of single "
            f"folds (split0_test_{column}); hand over the fitted models instead, as "
            "judge(before, after, X_test, y_test)."
        )
    settings = [plain_params(params) for params in table["params"]]
    candidates = tuple(
        _candidate(table, row, (column, sign), n_folds, settings[row])
        for row in range(len(settings))
    )
    sizes = tuple(folds) if folds is not None and len(folds) == n_folds else ()
    best = int(search.best_index_)
    return ImportedSearch(
        strategy=_STRATEGIES.get(type(search).__name__, type(search).__name__),
        metric=metric,
        scored=spec_of_scorer(metric)
        if own_metric is None or own_metric.of_positive
        else None,
        space=space_of(search, len(settings), n_folds),
        candidates=candidates,
        best=best + 1,
        folds=sizes or (None,) * n_folds,
        best_params=settings[best],
    )


def metric_of(search: Any) -> tuple[str, str]:
    """Return the scorer's name, and what its columns in cv_results_ end in."""
    from sklearn.base import is_regressor

    refit = getattr(search, "refit", True)
    scoring, column = getattr(search, "scoring", None), "score"
    if getattr(search, "multimetric_", False):
        column = refit if isinstance(refit, str) else next(iter(search.scorer_))
        scoring = scoring.get(column) if isinstance(scoring, Mapping) else column
    if scoring is None:
        # What the estimator's own score method returns.
        return metrics.default_of(
            "regression" if is_regressor(search) else "classification"
        ), column
    try:
        return str(metrics.name_of(scoring)), column
    except InputError:  # neither a scorer nor a function of true and predicted labels
        return str(getattr(scoring, "__name__", type(scoring).__name__)), column


def spec_of_scorer(name: str, *, greater: bool = True) -> MetricSpec:
    """Describe a scorer that Tunecard has no metric for.

    Parameters
    ----------
    name : str
        As its library calls it.
    greater : bool
        Its direction; scikit-learn's scorers are always higher for better.
    """
    return MetricSpec(
        name=name,
        label=name.replace("_", " "),
        unit="",
        greater_is_better=greater,
        headline=False,
        range=(None, None),
        needs="labels",
        inference="none",
    )


def _candidate(
    table: Mapping[str, Any],
    row: int,
    scored: tuple[str, float],
    n_folds: int,
    params: Params,
) -> Candidate:
    column, sign = scored
    numbers = [_finite(table[f"split{i}_test_{column}"][row]) for i in range(n_folds)]
    scores = tuple(None if score is None else sign * score for score in numbers)
    ok = all(score is not None for score in scores)
    seconds = [
        _finite(table[name][row])
        for name in ("mean_fit_time", "mean_score_time")
        if name in table
    ]
    durations = [second for second in seconds if second is not None]
    return Candidate(
        index=row + 1,
        eligible=True,
        params=params,
        scores=scores,
        cpu_seconds=(None,) * n_folds,
        status="ok" if ok else "failed",
        reason=None if ok else "a fit or its scoring failed on a fold",
        iteration=int(table["iter"][row]) if "iter" in table else None,
        resources=int(table["n_resources"][row]) if "n_resources" in table else None,
        fold_seconds=sum(durations) if durations else None,
    )


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def plain_params(params: Mapping[str, Any]) -> Params:
    """Write a candidate's parameters as the contract can hold them."""
    return {str(name): plain(value) for name, value in sorted(params.items())}


def plain(value: Any) -> ParamValue:
    """Write a parameter's value: plain as it is, anything else by its repr.

    Examples
    --------
    >>> plain(np.int64(3)), plain((1, 2)), plain(float("nan"))
    (3, (1, 2), 'nan')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        inner = [plain(item) for item in value]
        if all(
            item is None or isinstance(item, bool | int | float | str) for item in inner
        ):
            return tuple(inner)  # type: ignore[arg-type] # each is a scalar
    return " ".join(repr(value).split())[:200]


def space_of(search: Any, n_candidates: int, n_folds: int) -> Search | None:
    """Return what a search drew from, where a study can express it."""
    space = next((v for n in _SPACES if (v := getattr(search, n, None)) is not None), None)
    strategy = _STRATEGIES.get(type(search).__name__, type(search).__name__)
    fields: dict[str, Any] = {"strategy": strategy, "folds": max(n_folds, 2)}
    if strategy == "random":
        fields["n_iter"] = max(n_candidates, 1)
    if strategy == "halving-random":
        names = ("n_candidates", "factor", "resource", "min_resources", "max_resources")
        fields |= {name: getattr(search, name) for name in names}
    return checked_space(fields, space)


def checked_space(fields: Mapping[str, Any], space: Any) -> Search | None:
    """Make a search of the contract, to be read alone; None where it has no such space."""
    tables = space if isinstance(space, list | tuple) else [space]
    if not all(isinstance(table, Mapping) for table in tables):
        return None
    plain_tables = [plain_space(table, plain) for table in tables]
    if not plain_tables or any(plain_table is None for plain_table in plain_tables):
        return None
    made = plain_tables[0] if len(plain_tables) == 1 else plain_tables
    try:
        made_search: Search = _SEARCH.validate_python(
            {**fields, "space": made}, context=READING
        )
    except ValidationError:
        return None
    return made_search
