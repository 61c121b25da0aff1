"""Engines: which package does a model's arithmetic, and whether it really did.

An engine has estimators of the same names and parameters as scikit-learn's, in modules
of the same names. What it cannot do it hands to scikit-learn, and reports that only in
its log; here that is read, so that no time or score is booked to the wrong engine.
"""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tunecard.runner.errors import StudyError
from tunecard.runner.schema import SCIKIT_LEARN, ModelSpec, Study

_NAME_LENGTH = 60  # of a model's name, as the contract has it


@dataclass(frozen=True)
class Engine:
    """A package that takes scikit-learn's place for a model.

    Attributes
    ----------
    name : str
        As a study names it.
    package : str
        What stands in the place of ``sklearn`` in an import path.
    parts : tuple of str
        Packages that its estimators' code may live in.
    distributions : tuple of str
        What is installed for it; their versions go into the environment.
    extra : str
        Of Tunecard, that installs it.
    logger : str
        Where it reports what it does itself and what scikit-learn does.
    """

    name: str
    package: str
    parts: tuple[str, ...]
    distributions: tuple[str, ...]
    extra: str
    logger: str


#: Those that are not scikit-learn itself. A GPU's would be one more entry, and its name
#: one more in ``tunecard.runner.schema.EngineName``.
ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "intelex": Engine(
            name="intelex",
            package="sklearnex",
            parts=("sklearnex", "daal4py", "onedal"),
            distributions=("scikit-learn-intelex", "daal"),
            extra="accelerate",
            logger="sklearnex",
        )
    }
)
Registry = Mapping[str, Engine]


def expand(study: Study, names: Sequence[str], registry: Registry = ENGINES) -> Study:
    """Put every model of a study on an engine, or on each of several.

    Parameters
    ----------
    study : Study
        What its models say of engines is replaced.
    names : sequence of str
        Engines; empty leaves the study as it is.
    registry : mapping
        The engines that there are, beside scikit-learn.

    Returns
    -------
    Study
        With several engines, a model for each: ``knn``, ``knn-intelex``.

    Raises
    ------
    StudyError
        If an engine is not known, or a name is taken or too long.
    """
    allowed = (SCIKIT_LEARN, *registry)
    for name in names:
        if name not in allowed:
            raise StudyError(f"--engine {name}: is not known; use {' or '.join(allowed)}.")
    wanted = tuple(dict.fromkeys(names))
    if not wanted:
        return study
    models = [
        _on(spec, engine, named=len(wanted) > 1)
        for spec in study.models
        for engine in wanted
    ]
    taken: set[str] = set()
    for spec in models:
        if spec.name in taken or len(spec.name) > _NAME_LENGTH:
            why = "is in the study twice" if spec.name in taken else "is too long"
            raise StudyError(
                f"--engine {spec.engine}: the model's name {spec.name!r} {why}. Rename the "
                "model in the study, or give its engine there."
            )
        taken.add(spec.name)
    return study.model_copy(update={"models": tuple(models)})


def _on(spec: ModelSpec, engine: str, *, named: bool) -> ModelSpec:
    if engine == SCIKIT_LEARN:
        return spec.model_copy(update={"engine": engine})
    name = f"{spec.name}-{engine}" if named else spec.name
    label = f"{spec.label} on {engine}"
    return spec.model_copy(update={"name": name, "label": label, "engine": engine})


def path_of(spec: ModelSpec, registry: Registry = ENGINES) -> str:
    """Return the import path of a model's estimator, on its engine.

    Examples
    --------
    >>> spec = ModelSpec(name="knn", estimator="sklearn.neighbors.KNeighborsClassifier")
    >>> path_of(spec.model_copy(update={"engine": "intelex"}))
    'sklearnex.neighbors.KNeighborsClassifier'
    """
    package, _, rest = spec.estimator.partition(".")
    if spec.engine == SCIKIT_LEARN or package != "sklearn":
        return spec.estimator
    return f"{registry[spec.engine].package}.{rest}"


def problem(spec: ModelSpec, registry: Registry = ENGINES) -> str | None:
    """Return why a model cannot be on its engine; None where it can.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    registry : mapping
        The engines that there are.
    """
    if spec.engine == SCIKIT_LEARN:
        return None
    engine = registry[spec.engine]
    install = f'Install it: pip install "tunecard[{engine.extra}]"'
    try:
        installed = importlib.util.find_spec(engine.package) is not None
        if installed:
            importlib.import_module(engine.package)
    except (ImportError, OSError, ValueError) as error:
        return f"{engine.name} cannot be loaded ({error}). {install}"
    if not installed:
        return f"{engine.name} is not installed here. {install}"
    if _implements(engine, path_of(spec, registry)):
        return None
    return (
        f"{engine.name} does not implement {spec.estimator}. Leave this model on "
        f'scikit-learn, and write engine = "{engine.name}" in the [[models]] that it has.'
    )


def _implements(engine: Engine, path: str) -> bool:
    """Return whether an engine has an estimator of its own at an import path."""
    module_name, _, name = path.rpartition(".")
    if module_name.partition(".")[0] != engine.package:
        return False
    try:
        kind = getattr(importlib.import_module(module_name), name, None)
    except ImportError:
        return False
    # Some modules hand on scikit-learn's own classes, too.
    return isinstance(kind, type) and kind.__module__.partition(".")[0] in engine.parts


def of(estimator: Any, registry: Registry = ENGINES) -> Engine | None:
    """Return the engine of an estimator, or of the last step of a pipeline.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.
    registry : mapping
        The engines that there are.

    Returns
    -------
    Engine or None
        None for scikit-learn, and whatever is of no engine.
    """
    steps = getattr(estimator, "steps", None)
    package = type(steps[-1][1] if steps else estimator).__module__.partition(".")[0]
    return next((engine for engine in registry.values() if package in engine.parts), None)


def distributions(study: Study, registry: Registry = ENGINES) -> tuple[str, ...]:
    """Name what is installed for a study's engines."""
    used = {spec.engine for spec in study.models}
    return tuple(
        name
        for engine in registry.values()
        if engine.name in used
        for name in engine.distributions
    )
