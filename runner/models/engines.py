"""Engines: which package does a model's arithmetic, and whether it really did.

An engine has estimators of the same names and parameters as scikit-learn's, in modules
of the same names. What it cannot do it hands to scikit-learn, and reports that only in
its log; here that is read, so that no time or score is booked to the wrong engine.
"""

import importlib
import importlib.util
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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


class EngineFallback(RuntimeError):
    """An engine handed its work to scikit-learn."""


class EngineFallbackWarning(UserWarning):
    """The same, where nothing is timed or scored by it."""


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


@contextmanager
def raise_on_fallback(estimator: Any, registry: Registry = ENGINES) -> Iterator[None]:
    """Hold an estimator to its engine: what falls back to scikit-learn inside is an error.

    Parameters
    ----------
    estimator : estimator
        One of no engine may do what it likes.
    registry : mapping
        The engines that there are.

    Raises
    ------
    EngineFallback
        At the end, with what fell back and why.
    """
    with _listen(estimator, registry) as fallbacks:
        yield
    if fallbacks:
        raise EngineFallback(_describe_fallbacks(estimator, fallbacks, registry))


@contextmanager
def warn_on_fallback(estimator: Any, registry: Registry = ENGINES) -> Iterator[None]:
    """Warn where an estimator falls back inside: for what is neither timed nor scored."""
    with _listen(estimator, registry) as fallbacks:
        yield
    if fallbacks:
        sentence = _describe_fallbacks(estimator, fallbacks, registry)
        warnings.warn(sentence, EngineFallbackWarning, stacklevel=3)


def _describe_fallbacks(
    estimator: Any, fallbacks: Mapping[str, str], registry: Registry
) -> str:
    engine = of(estimator, registry)
    assert engine is not None  # nothing else reports fallbacks
    methods = " and ".join(fallbacks)
    causes = "; ".join(dict.fromkeys(cause for cause in fallbacks.values() if cause))
    why = f": {causes.rstrip('.')}" if causes else ""
    return f"{methods} fell back from {engine.name} to scikit-learn{why}"


@contextmanager
def _listen(estimator: Any, registry: Registry) -> Iterator[dict[str, str]]:
    """Collect from an engine's log what fell back, each method with the causes."""
    fallbacks: dict[str, str] = {}
    engine = of(estimator, registry)
    if engine is None:
        yield fallbacks
        return
    logger = logging.getLogger(engine.logger)
    listener = _Listener(fallbacks)
    level = logger.level
    logger.addFilter(listener)
    logger.setLevel(logging.DEBUG)  # the causes are reported there
    try:
        yield fallbacks
    finally:
        logger.setLevel(level)
        logger.removeFilter(listener)


class _Listener(logging.Filter):
    """Reads what an engine logs, and lets none of it be printed.

    What it looks for is scikit-learn-intelex's verbose mode, see
    https://uxlfoundation.github.io/scikit-learn-intelex/latest/verbose.html
    """

    _FELL_BACK = "fallback to original Scikit-learn"
    _CAUSE = "patching failed with cause - "

    def __init__(self, fallbacks: dict[str, str]) -> None:
        super().__init__()
        self._fallbacks = fallbacks
        self._causes: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Record a fallback: ``sklearn.svm.SVC.fit: fallback to original Scikit-learn``."""
        scope, _, event = record.getMessage().partition(": ")
        if self._CAUSE in event:
            self._causes.append(event.partition(self._CAUSE)[2])
        elif self._FELL_BACK in event:
            self._fallbacks[scope.rpartition(".")[2]] = "; ".join(
                dict.fromkeys(self._causes)
            )
            self._causes.clear()
        return False
