"""ModelSpec -> estimator, checked before anything long."""

import difflib
import importlib
from typing import Any

from runner.encoding import encoder, imports
from runner.errors import StudyError
from runner.schema import Encoding, ModelSpec, Params, ParamValue, Study

FINAL_STEP = "model"


def build(
    spec: ModelSpec, params: Params, seed: int, encoding: Encoding | None = None
) -> Any:
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
    encoding : Encoding or None
        Which columns of the data are categories or have gaps, where any do.

    Returns
    -------
    estimator
        The classifier, or a Pipeline that ends in it where the data needs
        encoding or the model has preprocessing.
    """
    estimator = _make(spec.estimator, {**spec.params, **params}, seed)
    if not spec.preprocess and encoding is None:
        return estimator
    from sklearn.pipeline import Pipeline

    steps: dict[str, Any] = {}
    if encoding is not None:
        steps["columns"] = encoder(encoding)
    for path in spec.preprocess:
        name = path.rpartition(".")[2].lower()
        number = 1 + sum(key.partition("-")[0] == name for key in steps)
        steps[name if number == 1 and name != FINAL_STEP else f"{name}-{number}"] = _make(
            path, {}, seed
        )
    return Pipeline([*steps.items(), (FINAL_STEP, estimator)])


def prefixed(
    spec: ModelSpec, params: dict[str, Any], encoding: Encoding | None = None
) -> dict[str, Any]:
    """Write parameters of the classifier as parameters of what `build` makes."""
    if not spec.preprocess and encoding is None:
        return params
    return {f"{FINAL_STEP}__{key}": value for key, value in params.items()}


def final_step(estimator: Any) -> Any:
    """Return the classifier itself, without the preprocessing before it."""
    steps = getattr(estimator, "steps", None)
    return steps[-1][1] if steps else estimator


def python_lines(
    spec: ModelSpec, params: Params, seed: int, encoding: Encoding | None = None
) -> tuple[str, ...]:
    """Return Python lines that build the same estimator, to copy."""
    estimator = build(spec, params, seed, encoding)
    lines = {_import_line(spec.estimator): None}
    if final_step(estimator) is not estimator:
        lines = dict.fromkeys(
            [
                *(imports(encoding) if encoding is not None else ()),
                "from sklearn.pipeline import Pipeline",
                *(_import_line(path) for path in (*spec.preprocess, spec.estimator)),
            ]
        )
    return (*lines, f"model = {_whole_repr(estimator)}")


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
        If there is no such module or name, or importing the module fails.
    """
    module_name, _, name = path.rpartition(".")
    if not module_name:
        raise StudyError(
            f"{path!r} is no import path; write the module too, as in "
            "sklearn.preprocessing.StandardScaler."
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise StudyError(
            f"{path!r} cannot be imported ({error}). Check the spelling, and that the "
            "package is installed in the environment of Tunecard."
        ) from error
    except (Exception, SystemExit) as error:  # a user's own module
        raise StudyError(
            f"{path!r} cannot be imported: its module {module_name!r} raises "
            f"{_one_line(error)}. Correct that module."
        ) from error
    try:
        return getattr(module, name)
    except AttributeError as error:
        close = difflib.get_close_matches(name, dir(module), n=1)
        hint = f" Did you mean {module_name}.{close[0]!s}?" if close else ""
        raise StudyError(f"module {module_name!r} has no {name!r}.{hint}") from error


def _make(path: str, values: Params, seed: int) -> Any:
    """Make an estimator; ``random_state`` is the seed unless `values` set it."""
    factory = import_object(path)
    if "random_state" not in values and "random_state" in factory().get_params():
        values = {**values, "random_state": seed}
    return factory(**{key: _plain(value) for key, value in values.items()})


def _problems(spec: ModelSpec, seed: int) -> list[str]:
    """Everything that is wrong with one model, a sentence each."""
    problems: list[str] = []
    known = _known(spec.estimator, "estimator", ("fit", "predict"), problems)
    for position, path in enumerate(spec.preprocess):
        _known(path, f"preprocess[{position}]", ("fit", "transform"), problems)
    if known is not None:
        problems += _unknown(spec, known)
    return problems or _not_a_classifier(spec, seed)


def _known(
    path: str, field: str, methods: tuple[str, ...], problems: list[str]
) -> set[str] | None:
    """Return the parameters of an estimator class; None with a problem told."""
    try:
        factory = import_object(path)
    except StudyError as error:
        problems.append(f"{field}: {error}")
        return None
    needed = (*methods, "get_params")
    if not isinstance(factory, type) or not all(hasattr(factory, m) for m in needed):
        kind = "transformer" if "transform" in methods else "estimator"
        problems.append(
            f"{field}: {path!r} is no scikit-learn {kind} class; "
            f"name a class with {', '.join(methods)} and get_params."
        )
        return None
    try:
        return set(factory().get_params())
    except Exception as error:  # noqa: BLE001 # a user's class may raise anything
        problems.append(
            f"{field}: {path!r} cannot be made without arguments ({_one_line(error)})."
        )
        return None


def _not_a_classifier(spec: ModelSpec, seed: int) -> list[str]:
    """Say so where what is built is no classifier, or cannot be built."""
    from sklearn.base import is_classifier

    try:
        classifies = is_classifier(build(spec, {}, seed))
    except Exception as error:  # noqa: BLE001 # a user's class may raise anything
        return [f"params: {spec.estimator!r} cannot be made ({_one_line(error)})."]
    problem = (
        f"estimator: {spec.estimator!r} is not a classifier. Tunecard compares "
        "classifiers; regressors and transformers are not supported."
    )
    return [] if classifies else [problem]


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


def _whole_repr(estimator: Any) -> str:
    """Write an estimator without the "..." that scikit-learn shortens a repr with."""
    from sklearn.base import BaseEstimator

    if isinstance(estimator, BaseEstimator):
        return str(BaseEstimator.__repr__(estimator, N_CHAR_MAX=10**6))
    return repr(estimator)


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


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
