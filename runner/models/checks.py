"""Checks of a study's models before anything long: importable, a classifier, parameters."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import TaskName
from tunecard.runner.models import engines, estimators, fallbacks
from tunecard.runner.models.parameters import (
    check_class,
    check_space,
    check_space_names,
    class_name,
    describe_missing,
    unknown_of_object,
)
from tunecard.runner.models.unpacking import is_search
from tunecard.runner.rows import Rows, take
from tunecard.runner.schema import (
    SCIKIT_LEARN,
    Encoding,
    ModelSpec,
    Study,
)

_TRIAL_ROWS = 500  # that show whether an engine takes a model's parameters
_OTHER_KINDS = {
    "classifier": "a classifier",
    "regressor": "a regressor",
    "clusterer": "a clusterer",
    "outlier_detector": "an outlier detector",
    "density_estimator": "a density estimator",
}


_TASKS: Mapping[str, TaskName] = {
    "classifier": "classification",
    "regressor": "regression",
}
_KINDS = {task: kind for kind, task in _TASKS.items()}
_MIXINS = {"classification": "ClassifierMixin", "regression": "RegressorMixin"}


def check(study: Study) -> None:
    """Check every model of a study.

    On an engine that is there and has it; importable, a classifier of one label a
    row, or a regressor where the task is regression, clonable, with ``fit`` and
    ``predict``, and with every parameter that ``params``, ``preprocess`` and the search
    name.

    Raises
    ------
    StudyError
        With all that is wrong, reported at once.
    """
    _raise_if_any(
        f"  models[{index}] ({spec.name!r}): {problem}"
        for index, spec in enumerate(study.models)
        for estimator_spec in spec.estimators
        for problem in _find_problems(estimator_spec, study.seed, study.task)
    )


def check_classes(study: Study, n_classes: int) -> None:
    """Check that every model supports as many classes as the data has.

    Raises
    ------
    StudyError
        If one is for two classes only, and the data has more.
    """
    if n_classes <= 2:
        return
    _raise_if_any(
        f"  models[{index}] ({spec.name!r}): estimator: {class_name(spec)} supports "
        f"binary targets only, but the data has {n_classes} classes. Wrap it, as in "
        'estimator = "sklearn.multiclass.OneVsRestClassifier", or take another.'
        for index, spec in enumerate(study.models)
        if _is_binary_only(spec, study.seed)
    )


def check_engines(
    study: Study,
    data: Callable[[ModelSpec], tuple[Rows, NDArray[Any], Encoding | None]],
) -> None:
    """Check on a few rows that each model's engine takes its parameters and the data.

    Parameters
    ----------
    study : Study
        Models on scikit-learn are left alone.
    data : callable
        A model's training rows, their labels, and what is encoded before it.

    Raises
    ------
    StudyError
        If a baseline's fit or predict is handed to scikit-learn.
    """
    _raise_if_any(
        f"  models[{index}] ({spec.name!r}): engine: {problem}"
        for index, spec in enumerate(study.models)
        if spec.engine != SCIKIT_LEARN
        and (problem := _find_fallback(spec, study.seed, *data(spec)))
    )


def _find_fallback(
    spec: ModelSpec, seed: int, X: Rows, y: NDArray[Any], encoding: Encoding | None
) -> str | None:
    """Report what falls back in a fit and a predict; a failure shows in its own case."""
    model = estimators.build(spec, {}, seed, encoding)
    rows = np.unique(np.linspace(0, len(y) - 1, _TRIAL_ROWS).astype(np.intp))
    few = take(X, rows)
    try:
        with fallbacks.raise_on_fallback(model):
            model.fit(few, y[rows]).predict(few)
    except fallbacks.EngineFallback as error:
        return f"{error}. Change the parameters, or leave this model on scikit-learn."
    except Exception:  # noqa: BLE001 # whatever it is, it is reported where it is measured
        return None
    return None


def _raise_if_any(problems: Iterable[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as of a class that will go
        lines = list(problems)
    if lines:
        raise StudyError("The study cannot be run:\n" + "\n".join(lines))


def _find_problems(spec: ModelSpec, seed: int, task: TaskName) -> list[str]:
    """Everything that is wrong with one model, a sentence each."""
    if spec.origin == "imported":
        return [
            "origin: its cases were handed over to judge; give estimators to measure them."
        ]
    if (engine_problem := engines.problem(spec)) is not None:
        return [f"engine: {engine_problem}"]
    problems: list[str] = []
    for position, step in enumerate(spec.preprocess):
        path, params = estimators.path_and_params(step)
        needed = ("fit", "transform")
        problems += check_class(path, params, f"preprocess[{position}]", needed)
    if spec.object is None:
        path = engines.path_of(spec)
        problems += check_class(
            path, spec.params, "estimator", ("fit", "predict"), own="params"
        )
    if problems:
        is_class = not any(line.startswith("estimator:") for line in problems)
        of_kind = _check_default_kind(spec, task) if is_class else []
        return of_kind or problems + check_space_names(spec)
    try:
        whole = estimators.build(spec, {}, seed)
    except StudyError as error:
        return [f"params: {error}"]
    except Exception as error:  # noqa: BLE001 # a user's class may raise anything
        if spec.object is not None:
            problems = unknown_of_object(spec)
        problem = (
            f"params: {spec.estimator!r} cannot be made ({estimators.one_line(error)})."
        )
        return problems or [problem]
    return _check_kind(spec, whole, task) or check_space(spec, whole)


def _check_default_kind(spec: ModelSpec, task: TaskName) -> list[str]:
    """Report an estimator's type where its parameters are wrong: it outweighs these."""
    bare = spec.model_copy(update={"params": {}, "preprocess": (), "search": None})
    try:
        return _check_kind(bare, estimators.build(bare, {}, 0), task)
    except Exception:  # noqa: BLE001 # it cannot be made, which is reported of the whole
        return []


def _check_kind(spec: ModelSpec, whole: Any, task: TaskName) -> list[str]:
    """Report what is built where it does not predict one target per row, of the task."""
    from sklearn.base import clone, is_classifier, is_regressor
    from sklearn.utils import get_tags

    shown = repr(spec.estimator)
    try:
        tags = get_tags(whole)
        suits = is_classifier(whole) if task == "classification" else is_regressor(whole)
    except (AttributeError, TypeError, ValueError) as error:
        own = whole.get_params(deep=False)
        missing = [name for name in ("estimator",) if name in own and own[name] is None]
        if missing:
            return [f"params: {describe_missing(class_name(spec), missing)}"]
        problem = (
            f"estimator: {shown} does not declare its type to scikit-learn "
            f"({estimators.one_line(error)}). Derive it from "
            f"sklearn.base.{_MIXINS[task]} and sklearn.base.BaseEstimator, in this order."
        )
        return [problem]
    if not suits:
        return [_describe_kind(shown, str(tags.estimator_type), task)]
    if is_search(whole):
        problem = (
            f"estimator: {shown} is a search, which would be timed as a part of each fit; "
            "name its estimator, and its space in [models.search]."
        )
        return [problem]
    if not tags.target_tags.single_output:
        problem = (
            f"estimator: {shown} is for several labels a row (multilabel), which Tunecard "
            f"does not compare; name a {_KINDS[task]} of one label a row."
        )
        return [problem]
    try:
        clone(whole)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        problem = (
            f"estimator: {shown} cannot be cloned ({estimators.one_line(error)}). Its "
            "__init__ must only store its arguments, each under its own name."
        )
        return [problem]
    return []


def _describe_kind(shown: str, kind: str, task: TaskName) -> str:
    """Return that an estimator is of another kind than its study's task needs."""
    wanted = _KINDS[task]
    is_what = _OTHER_KINDS.get(kind)
    note = f" It is {is_what}." if is_what else ""
    advice = f"name a {wanted}"
    if kind in _TASKS:
        advice += f', or set task = "{_TASKS[kind]}"'
    return (
        f"estimator: {shown} is not a {wanted}.{note} The task of this study is {task}: "
        f"{advice}."
    )


def _is_binary_only(spec: ModelSpec, seed: int) -> bool:
    from sklearn.utils import get_tags

    tags = get_tags(estimators.build(spec, {}, seed))
    return tags.classifier_tags is not None and not tags.classifier_tags.multi_class
