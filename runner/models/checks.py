"""Checks of a study's models before anything long: importable, a classifier, parameters."""

import difflib
import inspect
import warnings
from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import StudyError
from tunecard.runner.models import engines, estimators
from tunecard.runner.models.unpacking import is_search
from tunecard.runner.rows import Rows, take
from tunecard.runner.schema import (
    SCIKIT_LEARN,
    Encoding,
    ModelSpec,
    Params,
    Study,
)

_TRIAL_ROWS = 500  # that show whether an engine takes a model's parameters
_OTHER_KINDS = {
    "regressor": "a regressor",
    "clusterer": "a clusterer",
    "outlier_detector": "an outlier detector",
    "density_estimator": "a density estimator",
}


def check(study: Study) -> None:
    """Check every model of a study.

    On an engine that is there and has it; importable, a classifier of one label a
    row, clonable, with ``fit`` and ``predict``, and with every parameter that
    ``params``, ``preprocess`` and the search name.

    Raises
    ------
    StudyError
        With all that is wrong, reported at once.
    """
    _raise_if_any(
        f"  models[{index}] ({spec.name!r}): {problem}"
        for index, spec in enumerate(study.models)
        for estimator_spec in spec.estimators
        for problem in _find_problems(estimator_spec, study.seed)
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
        f"  models[{index}] ({spec.name!r}): estimator: {_name(spec)} supports "
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
        with engines.raise_on_fallback(model):
            model.fit(few, y[rows]).predict(few)
    except engines.EngineFallback as error:
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


def _find_problems(spec: ModelSpec, seed: int) -> list[str]:
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
        problems += _check_class(path, params, f"preprocess[{position}]", needed)
    if spec.object is None:
        path = engines.path_of(spec)
        problems += _check_class(
            path, spec.params, "estimator", ("fit", "predict"), own="params"
        )
    if problems:
        is_class = not any(line.startswith("estimator:") for line in problems)
        of_kind = _check_default_kind(spec) if is_class else []
        return of_kind or problems + _check_space_names(spec)
    try:
        whole = estimators.build(spec, {}, seed)
    except StudyError as error:
        return [f"params: {error}"]
    except Exception as error:  # noqa: BLE001 # a user's class may raise anything
        if spec.object is not None:
            problems = _unknown_of_object(spec)
        problem = (
            f"params: {spec.estimator!r} cannot be made ({estimators.one_line(error)})."
        )
        return problems or [problem]
    return _check_kind(spec, whole) or _check_space(spec, whole)


def _check_class(
    path: str, params: Params, field: str, methods: tuple[str, ...], own: str = ""
) -> list[str]:
    """Report what is wrong with a class that a study names, and with its parameters."""
    try:
        factory = estimators.import_object(path)
    except StudyError as error:
        return [f"{field}: {error}"]
    needed = (*methods, "get_params", "set_params")
    if not isinstance(factory, type) or not all(hasattr(factory, m) for m in needed):
        kind = "transformer" if "transform" in methods else "estimator"
        problem = (
            f"{field}: {path!r} is not a scikit-learn {kind} class; "
            f"name a class with {', '.join(needed[:-1])} and {needed[-1]}."
        )
        return [problem]
    accepted, required, anything = _signature(factory)
    place = own or f"{field}.params"
    problems = (
        [] if anything else _describe_unknown(factory.__name__, place, params, accepted)
    )
    missing = [name for name in required if name not in params]
    if missing and not problems:
        problems.append(f"{place}: {_describe_missing(factory.__name__, missing)}")
    return problems


def _signature(factory: type) -> tuple[set[str], list[str], bool]:
    """Return a class's parameters, those it must be given, and whether it takes any."""
    try:
        parameters = list(inspect.signature(factory).parameters.values())
    except (TypeError, ValueError):  # a class written in C may have no signature
        return set(), [], True
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    anything = any(p.kind is p.VAR_KEYWORD for p in parameters)
    required = [p.name for p in named if p.default is p.empty]
    return {p.name for p in named}, required, anything


def _describe_missing(name: str, missing: list[str]) -> str:
    examples = {
        "estimator": '"sklearn.linear_model.LogisticRegression"',
        "estimators": '["sklearn.naive_bayes.GaussianNB", "sklearn.svm.SVC"]',
    }
    listed = ", ".join(repr(param) for param in missing)
    values = ", ".join(f"{param} = {examples.get(param, '...')}" for param in missing)
    return f"{name} needs {listed}; give it, as in params = {{ {values} }}."


def _describe_unknown(
    name: str, field: str, params: Collection[str], accepted: Collection[str]
) -> list[str]:
    """Name the parameters that do not exist; nested ones are checked later."""
    problems = []
    for param in sorted(params):
        if param.partition("__")[0] in accepted or param in accepted:
            continue
        close = _find_closest(param, accepted)
        allowed = ", ".join(sorted(accepted)) or "none"
        hint = f"Did you mean {close!r}?" if close else f"It has: {allowed}."
        problems.append(f"{field}: {name} has no parameter {param!r}. {hint}")
    return problems


def _find_closest(wanted: str, names: Collection[str]) -> str | None:
    """Return the name that somebody may have meant; letters' case does not count."""
    folded = {name.lower(): name for name in sorted(names)}
    close = difflib.get_close_matches(wanted.lower(), folded, n=1)
    return folded[close[0]] if close else None


def _unknown_of_object(spec: ModelSpec) -> list[str]:
    bare = estimators.build(spec.model_copy(update={"params": {}}), {}, 0)
    return _describe_unknown(_name(spec), "params", spec.params, set(bare.get_params()))


def _searched(spec: ModelSpec) -> list[tuple[str, str]]:
    """Return the parameters that a case sets, each with the field that names it."""
    fixed = [(v, name) for v in ("baseline", "tuned") for name in getattr(spec, v) or ()]
    return fixed if spec.search is None else list(spec.search.searched)


def _check_space_names(spec: ModelSpec) -> list[str]:
    """Check the space against a class whose `params` are wrong already."""
    try:
        factory = estimators.import_object(engines.path_of(spec))
        accepted, _, anything = _signature(factory)
    except StudyError:
        return []
    steps = estimators.step_names(spec)
    return [
        line
        for field, name in _searched(spec)
        if not anything and name.partition("__")[0] not in steps
        for line in _describe_unknown(_name(spec), field, [name], accepted)
    ]


def _check_space(spec: ModelSpec, whole: Any) -> list[str]:
    """Check that every parameter of the search exists, through the Pipeline too."""
    steps = estimators.step_names(spec)
    parameters = set(whole.get_params(deep=True))
    classifier = estimators.final_step(whole) if steps else whole
    anything = spec.object is None and _signature(type(classifier))[2]
    space = set(spec.search.space) if spec.search else set()
    problems = []
    for field, name in _searched(spec):
        (full,) = estimators.prefixed(spec, {name: None})
        head = name.partition("__")[0]
        # A nested parameter of what the search itself puts in is known only then.
        if full in parameters or ("__" in name and head in space - {name}):
            continue
        if anything and "__" not in name:
            continue
        if "__" in name and head in steps:
            step = dict(whole.steps)[head]
            inner = sorted(step.get_params())
            rest = name.partition("__")[2]
            lines = _describe_unknown(f"the step {head!r}", field, [rest], inner)
            problems += lines or [f"{field}: {head!r} has no parameter {rest!r}."]
            continue
        names = set(classifier.get_params(deep="__" in name))
        names |= {f"{step}__..." for step in steps}
        lines = _describe_unknown(_name(spec), field, [name], names - {head})
        problems += lines or [f"{field}: {_name(spec)} has no parameter {name!r}."]
    return problems


def _check_default_kind(spec: ModelSpec) -> list[str]:
    """Report an estimator's type where its parameters are wrong: it outweighs these."""
    bare = spec.model_copy(update={"params": {}, "preprocess": (), "search": None})
    try:
        return _check_kind(bare, estimators.build(bare, {}, 0))
    except Exception:  # noqa: BLE001 # it cannot be made, which is reported of the whole
        return []


def _check_kind(spec: ModelSpec, whole: Any) -> list[str]:
    """Report what is built where it is not a classifier of one label per row."""
    from sklearn.base import clone, is_classifier
    from sklearn.utils import get_tags

    shown = repr(spec.estimator)
    try:
        tags = get_tags(whole)
        classifies = is_classifier(whole)
    except (AttributeError, TypeError, ValueError) as error:
        own = whole.get_params(deep=False)
        missing = [name for name in ("estimator",) if name in own and own[name] is None]
        if missing:
            return [f"params: {_describe_missing(_name(spec), missing)}"]
        problem = (
            f"estimator: {shown} does not declare its type to scikit-learn "
            f"({estimators.one_line(error)}). Derive it from "
            "sklearn.base.ClassifierMixin and sklearn.base.BaseEstimator, in this order."
        )
        return [problem]
    if not classifies:
        is_what = _OTHER_KINDS.get(str(tags.estimator_type))
        note = f" It is {is_what}." if is_what else ""
        problem = (
            f"estimator: {shown} is not a classifier.{note} Tunecard compares "
            "classifiers; regressors and transformers are not supported."
        )
        return [problem]
    if is_search(whole):
        problem = (
            f"estimator: {shown} is a search, which would be timed as a part of each fit; "
            "name its estimator, and its space in [models.search]."
        )
        return [problem]
    if not tags.target_tags.single_output:
        problem = (
            f"estimator: {shown} is for several labels a row (multilabel), which Tunecard "
            "does not compare; name a classifier of one label a row."
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


def _is_binary_only(spec: ModelSpec, seed: int) -> bool:
    from sklearn.utils import get_tags

    tags = get_tags(estimators.build(spec, {}, seed))
    return tags.classifier_tags is not None and not tags.classifier_tags.multi_class


def _name(spec: ModelSpec) -> str:
    return spec.estimator.rpartition(".")[2]
