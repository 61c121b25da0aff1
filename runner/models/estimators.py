"""ModelSpec -> estimator: its classifier, what comes before it, and how to write it."""

import base64
import difflib
import importlib
import pickle
from typing import Any

from tunecard.runner.errors import StudyError
from tunecard.runner.models import engines
from tunecard.runner.models.encoding import encoder, imports
from tunecard.runner.schema import SCIKIT_LEARN, Encoding, ModelSpec, Params, ParamValue
from tunecard.runner.schema.params import plain

FINAL_STEP = "model"
_COLUMNS_STEP = "columns"
# Parameters whose value is an estimator, in scikit-learn and in what follows it.
_ESTIMATOR_PARAMS = ("estimator", "base_estimator", "final_estimator")
_ESTIMATOR_LISTS = ("estimators",)


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
    direct = {key: value for key, value in spec.params.items() if "__" not in key}
    nested = {key: value for key, value in spec.params.items() if "__" in key}
    estimator = _make_classifier(spec, direct, seed)
    names = step_names(spec, encoding)
    if names:
        from sklearn.pipeline import Pipeline

        made = [encoder(encoding)] if encoding is not None else []
        made += [_make(*path_and_params(step), seed) for step in spec.preprocess]
        steps = [*zip(names, made, strict=True), (FINAL_STEP, estimator)]
        estimator = Pipeline(steps)
    settings = prefixed(spec, {**nested, **params}, encoding, seed=seed)
    return estimator.set_params(**settings) if settings else estimator


def prefixed(
    spec: ModelSpec,
    params: dict[str, Any],
    encoding: Encoding | None = None,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Write a study's parameters as what ``set_params`` of the built estimator takes.

    A name that begins with a step's, as in ``pca__n_components``, is that
    step's; every other is the classifier's. An estimator's import path becomes
    the estimator.
    """
    names = step_names(spec, encoding)
    settings = {}
    for name, value in params.items():
        of_step = "__" in name and name.partition("__")[0] in names
        key = name if of_step or not names else f"{FINAL_STEP}__{name}"
        settings[key] = _make_value(name, value, seed)
    return settings


def step_names(spec: ModelSpec, encoding: Encoding | None = None) -> tuple[str, ...]:
    """Name the steps before the classifier; none where it stands alone."""
    names = [_COLUMNS_STEP] if encoding is not None else []
    for step in spec.preprocess:
        name = path_and_params(step)[0].rpartition(".")[2].lower()
        number = 1 + sum(earlier.partition("-")[0] == name for earlier in names)
        names.append(name if number == 1 and name != FINAL_STEP else f"{name}-{number}")
    return tuple(names)


def path_and_params(step: Any) -> tuple[str, Params]:
    """Return the import path and the parameters of a step of `preprocess`."""
    return (step, {}) if isinstance(step, str) else (step.transformer, step.params)


def final_step(estimator: Any) -> Any:
    """Return the classifier itself, without the preprocessing before it."""
    steps = getattr(estimator, "steps", None)
    return steps[-1][1] if isinstance(steps, list) and steps else estimator


def python_lines(
    spec: ModelSpec, params: Params, seed: int, encoding: Encoding | None = None
) -> tuple[str, ...]:
    """Return Python lines that build the same estimator, to copy."""
    estimator = build(spec, params, seed, encoding)
    paths = [path_and_params(step)[0] for step in spec.preprocess]
    values = [*spec.params.items(), *params.items()]
    paths += [path for name, value in values for path in _estimator_paths(name, value)]
    lines = [_import_line(path) for path in (*paths, engines.path_of(spec))]
    if spec.object is not None:
        lines = [_import_line(path) for path in (*paths, *_class_paths(estimator))]
    if encoding is not None:
        lines = [*imports(encoding), *lines]
    if step_names(spec, encoding):
        where = len(imports(encoding)) if encoding is not None else 0
        lines.insert(where, "from sklearn.pipeline import Pipeline")
    return (*dict.fromkeys(lines), f"model = {_whole_repr(estimator)}")


def lines_of(estimator: Any) -> tuple[str, ...]:
    """Return Python lines that build an estimator that was given as an object."""
    lines = [_import_line(path) for path in _class_paths(estimator)]
    return (*dict.fromkeys(lines), f"model = {_whole_repr(estimator)}")


def _class_paths(estimator: Any) -> list[str]:
    kinds = [type(part) for part in within(estimator)]
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in kinds]


def import_object(path: str) -> Any:
    """Import ``package.module.Name``.

    Raises
    ------
    StudyError
        If the module or name does not exist, or importing the module fails.
    """
    module_name, _, name = path.rpartition(".")
    if not module_name:
        raise StudyError(
            f"{path!r} is not an import path; write the module too, as in "
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
            f"{one_line(error)}. Correct that module."
        ) from error
    try:
        return getattr(module, name)
    except AttributeError as error:
        close = _find_closest(name, module)
        hint = f" Did you mean {module_name}.{close}?" if close else ""
        raise StudyError(f"module {module_name!r} has no {name!r}.{hint}") from error


def _find_closest(name: str, module: Any) -> str | None:
    """Return the public name that is meant; of two that are alike, the classifier."""
    from sklearn.base import ClassifierMixin

    public = [entry for entry in dir(module) if not entry.startswith("_")]
    close = difflib.get_close_matches(name, public, n=5)

    def likeness(entry: str) -> float:
        candidate = getattr(module, entry)
        classifies = isinstance(candidate, type) and issubclass(candidate, ClassifierMixin)
        return difflib.SequenceMatcher(None, entry, name).ratio() + 0.1 * classifies

    return max(close, key=likeness, default=None)


def one_line(error: BaseException) -> str:
    """Write an exception in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def _make_classifier(spec: ModelSpec, direct: Params, seed: int) -> Any:
    """Make the classifier from its import path, or from the object it was given as."""
    if spec.object is None:
        return _make(engines.path_of(spec), direct, seed)
    estimator = given_object(spec)
    if spec.engine != SCIKIT_LEARN:
        kind = import_object(engines.path_of(spec))
        estimator = kind(**estimator.get_params(deep=False))
    settings = {
        name: seed
        for name, value in estimator.get_params().items()
        if value is None and name.rpartition("__")[2] == "random_state"
    }
    settings |= {name: _make_value(name, value, seed) for name, value in direct.items()}
    return estimator.set_params(**settings) if settings else estimator


def given_object(spec: ModelSpec) -> Any:
    """Return the object that a model was given as, as it was pickled.

    Raises
    ------
    StudyError
        If it is not there: results hold no pickle.
    """
    if spec.object is None or spec.object.content is None:
        raise StudyError(
            f"models {spec.name!r}: was given as an object in Python, and results keep no "
            "object. Give it to tunecard.run again, as models=[...]."
        )
    content = base64.b64decode(spec.object.content)
    return pickle.loads(content)  # noqa: S301 # the caller's own object


def _make(path: str, values: Params, seed: int) -> Any:
    """Make an estimator; ``random_state`` is the seed unless `values` set it."""
    factory = import_object(path)
    arguments = {key: _make_value(key, value, seed) for key, value in values.items()}
    made = factory(**arguments)
    if "random_state" not in values and "random_state" in made.get_params(deep=False):
        made.set_params(random_state=seed)
    return made


def _make_value(name: str, value: ParamValue, seed: int) -> Any:
    """Return a parameter's value as Python has it, an estimator for its path."""
    paths = _estimator_paths(name, value)
    if not paths:
        return plain(value)
    if isinstance(value, str):
        return _make(value, {}, seed)
    made: dict[str, Any] = {}
    for path in paths:
        key = path.rpartition(".")[2].lower()
        number = 1 + sum(earlier.partition("-")[0] == key for earlier in made)
        made[key if number == 1 else f"{key}-{number}"] = _make(path, {}, seed)
    return list(made.items())


def _estimator_paths(name: str, value: ParamValue) -> tuple[str, ...]:
    """Return the import paths that a parameter's value names; most name none."""
    last = name.rpartition("__")[2]
    if last in _ESTIMATOR_PARAMS and isinstance(value, str) and "." in value:
        return (value,)
    if last in _ESTIMATOR_LISTS and isinstance(value, tuple | list):
        return tuple(str(path) for path in value)
    return ()


def within(estimator: Any) -> list[Any]:
    """Return an estimator and the estimators inside it."""
    inside = estimator.get_params(deep=True).values()
    return [estimator, *(value for value in inside if hasattr(value, "get_params"))]


def has_transformer(estimator: Any) -> bool:
    """Return whether an estimator brings preprocessing of its own."""
    return any(hasattr(part, "transform") for part in within(estimator)[1:])


def takes_codes_alone(spec: ModelSpec, seed: int) -> bool:
    """Return whether a model takes no labels but 0 to k - 1, as XGBoost's does."""
    kinds = [type(part).__module__ for part in within(build(spec, {}, seed))]
    return any(module.partition(".")[0] == "xgboost" for module in kinds)


def _whole_repr(estimator: Any) -> str:
    """Write an estimator without the "..." that scikit-learn shortens a repr with."""
    from sklearn.base import BaseEstimator

    if isinstance(estimator, BaseEstimator):
        return str(BaseEstimator.__repr__(estimator, N_CHAR_MAX=10**6))
    return repr(estimator)


def _import_line(path: str) -> str:
    module, _, name = path.rpartition(".")
    if module == "__main__":
        return f"# {name} is defined in the script or notebook that started the run"
    return f"from {public_module(module)} import {name}"


def public_module(module: str) -> str:
    """Drop a private tail: ``sklearn.svm._classes`` -> ``sklearn.svm``."""
    parts = module.split(".")
    while len(parts) > 1 and parts[-1].startswith("_"):
        parts.pop()
    return ".".join(parts)
