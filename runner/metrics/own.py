"""Metrics of the user's own: an import path, a scorer object, or a function."""

import hashlib
import importlib
import inspect
import re
from typing import Any

from tunecard.runner import internals
from tunecard.runner.errors import InputError
from tunecard.runner.metrics import registry, scikit
from tunecard.runner.metrics.functions import ScoreFunction
from tunecard.runner.metrics.value import Metric

_PATH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
#: Ends of the names of functions of which lower is better, as scikit-learn names them.
_LOSSES = ("_loss", "_error", "_deviance")
#: The method whose answer a function takes, by the name of its second argument, as
#: scikit-learn names them.
_METHODS = {
    "y_score": ("decision_function", "predict_proba"),
    "y_proba": ("predict_proba",),
    "y_prob": ("predict_proba",),
}
_WHAT = (
    "give the name of a scorer, a scorer of sklearn.metrics.make_scorer, or a function of "
    "(y_true, y_pred)"
)


def is_path(name: Any) -> bool:
    """Return whether a metric's name is an import path, ``module:name``."""
    return isinstance(name, str) and _PATH.fullmatch(name) is not None


def name_of(value: Any) -> Any:
    """Return the name that a study has for a metric that was given in Python.

    Parameters
    ----------
    value : str, Metric, scorer or callable
        An import path is imported.

    Returns
    -------
    str
        Under which :func:`tunecard.runner.metrics.find` has it from now on. A name stays
        as it is, whether it exists or not, and so does what cannot be a metric.

    Raises
    ------
    InputError
        If an import path leads nowhere, or a callable is neither a scorer nor a
        function of true and predicted labels.
    """
    if is_path(value):
        if registry.find(value) is None:
            registry.name(metric_of(_imported(value), value))
        return value
    if isinstance(value, Metric):
        return registry.name(value).name
    if not callable(value) or isinstance(value, type):
        return value
    shared_name = _named_by_scikit(value)
    if shared_name is not None:
        return shared_name
    metric = metric_of(value, _name(value))
    return registry.name(metric).name


def metric_of(value: Any, name: str) -> Metric:
    """Make a metric of a scorer, or of a function of true labels and answers.

    Parameters
    ----------
    value : Metric, scorer or callable
        A function ends in ``_loss``, ``_error`` or ``_deviance`` where lower is better;
        it takes labels, unless its second argument is named ``y_score`` or ``y_proba``,
        as scikit-learn has it. A callable of three arguments is a scorer:
        ``f(estimator, X, y_true)``, higher for better.
    name : str
        Of the metric.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(value, Metric):
        return value
    if internals.scorer_parts(value) is not None:
        return scikit.of_scorer(name, value)
    methods = scikit.methods_of(value)
    if methods is None:
        needed = _arguments(value, name)
        if len(needed) == 3:
            return scikit.of_scorer(name, value)
        if len(needed) != 2:
            raise InputError(
                f"metric {name!r}: takes {len(needed)} arguments ({', '.join(needed)}); "
                f"{_WHAT}."
            )
        methods = _METHODS.get(needed[1], ("predict",))
    called = str(getattr(value, "__name__", name))
    function = ScoreFunction(
        value,
        methods,
        not called.endswith(_LOSSES),
        of_values=scikit.is_of_values(value),
    )
    return scikit.of_function(name, function)


def _arguments(value: Any, name: str) -> list[str]:
    """Return the positional arguments that a callable must be given."""
    if not callable(value) or isinstance(value, type):
        raise InputError(f"metric {name!r}: is a {type(value).__name__}; {_WHAT}.")
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError) as error:
        raise InputError(
            f"metric {name!r}: its arguments cannot be read; wrap it in a function of "
            "(y_true, y_pred)."
        ) from error
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return [p.name for p in parameters if p.kind in positional and p.default is p.empty]


def _imported(path: str) -> Any:
    module_name, _, attribute = path.partition(":")
    try:
        target = importlib.import_module(module_name)
    except Exception as error:  # a user's module may raise anything
        raise InputError(
            f"metric {path!r}: {module_name!r} cannot be imported "
            f"({type(error).__name__}: {error})."
        ) from error
    for part in attribute.split("."):
        if not hasattr(target, part):
            own = tuple(name for name in vars(target) if callable(getattr(target, name)))
            hint = f"; did you mean {scikit.nearest(part, own)!r}?" if own else "."
            raise InputError(f"metric {path!r}: {module_name!r} has no {part!r}{hint}")
        target = getattr(target, part)
    return target


def _named_by_scikit(value: Any) -> str | None:
    """Return the name of a scorer that is the same as one of scikit-learn's."""
    parts = internals.scorer_parts(value)
    if parts is None or internals.requested_weights(value, "score") is False:
        return None  # scikit-learn's own takes sample weights
    from sklearn.metrics import get_scorer

    every = (*scikit.names(), *scikit.names("regression"))
    scorers = ((name, get_scorer(name)) for name in every)
    same = (name for name, scorer in scorers if internals.scorer_parts(scorer) == parts)
    return next(same, None)


def _name(value: Any) -> str:
    """Name a scorer or a function: by its import path where it has one."""
    parts = internals.scorer_parts(value)
    function = value if parts is None else parts.function
    called = str(getattr(function, "__qualname__", type(function).__name__))
    module = str(getattr(function, "__module__", None) or "")
    while "." in module and module.rpartition(".")[2].startswith("_"):
        module = module.rpartition(".")[0]  # where a library offers what is private
    path = f"{module}:{called}"
    if parts is None and module != "__main__" and is_path(path):
        try:
            if _imported(path) is function:
                return path
        except InputError:
            pass
    words = [called.rpartition(".")[2]]
    if parts is not None:
        words += [f"{key}_{item}" for key, item in parts.arguments.items()]
    slug = re.sub(r"[^a-z0-9]+", "_", "_".join(words).lower()).strip("_") or "metric"
    slug = slug if slug[0].isalpha() else f"metric_{slug}"
    if len(slug) > 60:
        slug = f"{slug[:50]}_{hashlib.sha256(slug.encode()).hexdigest()[:8]}"
    clash = slug in scikit.names() or slug in {m.name for m in registry.registered()}
    return f"own_{slug}"[:60] if clash else slug
