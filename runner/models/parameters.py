"""Checks of the parameters that a study names: that the classes have them."""

import difflib
import inspect
from collections.abc import Collection
from typing import Any

from tunecard.runner.errors import StudyError
from tunecard.runner.models import engines, estimators
from tunecard.runner.schema import (
    ModelSpec,
    Params,
)


def check_class(
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
        problems.append(f"{place}: {describe_missing(factory.__name__, missing)}")
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


def describe_missing(name: str, missing: list[str]) -> str:
    """Name the parameters that a class needs, with examples of them."""
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


def unknown_of_object(spec: ModelSpec) -> list[str]:
    """Name the parameters that an estimator given in Python does not have."""
    bare = estimators.build(spec.model_copy(update={"params": {}}), {}, 0)
    return _describe_unknown(
        class_name(spec), "params", spec.params, set(bare.get_params())
    )


def _searched(spec: ModelSpec) -> list[tuple[str, str]]:
    """Return the parameters that a case sets, each with the field that names it."""
    fixed = [(v, name) for v in ("baseline", "tuned") for name in getattr(spec, v) or ()]
    return fixed if spec.search is None else list(spec.search.searched)


def check_space_names(spec: ModelSpec) -> list[str]:
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
        for line in _describe_unknown(class_name(spec), field, [name], accepted)
    ]


def check_space(spec: ModelSpec, whole: Any) -> list[str]:
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
        lines = _describe_unknown(class_name(spec), field, [name], names - {head})
        problems += lines or [f"{field}: {class_name(spec)} has no parameter {name!r}."]
    return problems


def class_name(spec: ModelSpec) -> str:
    """Return the name of a model's class, without its module."""
    return spec.estimator.rpartition(".")[2]
