"""ModelSpec -> estimator, checked before anything long."""

import difflib
import importlib
from typing import Any

from runner.errors import StudyError
from runner.schema import ModelSpec, Params, ParamValue, Study

FINAL_STEP = "model"


def build(spec: ModelSpec, params: Params, seed: int) -> Any:
    """Make an unfitted estimator: the model's own parameters, then `params`.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    params : dict
        What to set on top of the baseline's parameters; {} for the baseline.
    seed : int
        For ``random_state``, where the estimator has one that the study does
        not set.

    Returns
    -------
    estimator
        The classifier, or a Pipeline that ends in it where the model has
        preprocessing.
    """
    factory = import_object(spec.estimator)
    values = {**spec.params, **params}
    if "random_state" not in values and "random_state" in factory().get_params():
        values["random_state"] = seed
    estimator = factory(**{key: _plain(value) for key, value in values.items()})
    if not spec.preprocess:
        return estimator
    from sklearn.pipeline import Pipeline

    transformers = [
        (path.rpartition(".")[2].lower(), import_object(path)()) for path in spec.preprocess
    ]
    return Pipeline([*transformers, (FINAL_STEP, estimator)])


def prefixed(spec: ModelSpec, params: dict[str, Any]) -> dict[str, Any]:
    """Write parameters of the classifier as parameters of what `build` makes."""
    if not spec.preprocess:
        return params
    return {f"{FINAL_STEP}__{key}": value for key, value in params.items()}


def final_step(estimator: Any) -> Any:
    """Return the classifier itself, without the preprocessing before it."""
    steps = getattr(estimator, "steps", None)
    return steps[-1][1] if steps else estimator


def python_lines(spec: ModelSpec, params: Params, seed: int) -> tuple[str, ...]:
    """Return Python lines that build the same estimator, to copy."""
    estimator = build(spec, params, seed)
    lines = {_import_line(spec.estimator): None}
    if spec.preprocess:
        lines = dict.fromkeys(
            ["from sklearn.pipeline import Pipeline"]
            + [_import_line(path) for path in (*spec.preprocess, spec.estimator)]
        )
    # scikit-learn shortens a repr by inserting "..."; a line to copy must be whole.
    return (*lines, f"model = {estimator.__repr__(N_CHAR_MAX=10**6)}")


def check(study: Study) -> None:
    """Check every model of a study: importable, a classifier, parameters it has.

    Raises
    ------
    StudyError
        With all that is wrong, told at once.
    """
    problems = [
        f"  models[{index}] ({spec.name!r}): {problem}"
        for index, spec in enumerate(study.models)
        for problem in _problems(spec, study.seed)
    ]
    if problems:
        raise StudyError("The study cannot be run:\n" + "\n".join(problems))


def import_object(path: str) -> Any:
    """Import ``package.module.Name``.

    Raises
    ------
    StudyError
        If there is no such module or name.
    """
    module_name, _, name = path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise StudyError(
            f"{path!r} cannot be imported ({error}). Check the spelling, and that the "
            "package is installed in the environment of Tunecard."
        ) from error
    try:
        return getattr(module, name)
    except AttributeError as error:
        close = difflib.get_close_matches(name, dir(module), n=1)
        hint = f" Did you mean {module_name}.{close[0]!s}?" if close else ""
        raise StudyError(f"module {module_name!r} has no {name!r}.{hint}") from error


def _problems(spec: ModelSpec, seed: int) -> list[str]:
    """Everything that is wrong with one model, a sentence each."""
    from sklearn.base import is_classifier

    try:
        factory = import_object(spec.estimator)
        for path in spec.preprocess:
            import_object(path)
    except StudyError as error:
        return [f"estimator: {error}"]
    if not (isinstance(factory, type) and hasattr(factory, "get_params")):
        sentence = (
            f"estimator: {spec.estimator!r} is no scikit-learn estimator class; "
            "name a class with fit, predict and get_params."
        )
        return [sentence]
    try:
        known = set(factory().get_params())
    except TypeError as error:
        return [
            f"estimator: {spec.estimator!r} cannot be made without arguments ({error})."
        ]
    problems = _unknown(spec, known)
    if problems:
        return problems
    if not is_classifier(build(spec, {}, seed)):
        sentence = (
            f"estimator: {spec.estimator!r} is not a classifier. Tunecard compares "
            "classifiers; regressors and transformers are not supported."
        )
        return [sentence]
    return []


def _unknown(spec: ModelSpec, known: set[str]) -> list[str]:
    """Parameters of the baseline, the space and `simpler` that do not exist."""
    problems = []
    space = set(spec.search.space) if spec.search else set()
    for field, names in (("params", set(spec.params)), ("search.space", space)):
        for name in sorted(names - known):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else ""
            allowed = ", ".join(sorted(known))
            problems.append(
                f"{field}: {spec.estimator.rpartition('.')[2]} has no parameter {name!r}. "
                f"{hint or f'It has: {allowed}.'}"
            )
    return problems


def _import_line(path: str) -> str:
    module, _, name = path.rpartition(".")
    return f"from {_public(module)} import {name}"


def _public(module: str) -> str:
    """Drop a private tail: ``sklearn.svm._classes`` -> ``sklearn.svm``."""
    parts = module.split(".")
    while parts[-1].startswith("_"):
        parts.pop()
    return ".".join(parts)


def _plain(value: ParamValue) -> Any:
    return list(value) if isinstance(value, tuple) else value
