"""The metrics by name: Tunecard's own, registered ones, and what a study names itself."""

import difflib
from collections.abc import Iterable

from tunecard.runner.errors import InputError
from tunecard.runner.metrics import scikit
from tunecard.runner.metrics.labels import AVERAGES, DEFAULT, POSITIVE
from tunecard.runner.metrics.probabilities import PROBABILITIES
from tunecard.runner.metrics.value import Metric, TaskName
from tunecard.runner.metrics.values import (
    DEFAULT_OF_VALUES,
    NAMED_VALUES,
    SHORT_NAMES,
    VALUES,
)

_BUILTIN = {
    metric.name: metric for metric in (*AVERAGES, *PROBABILITIES, *POSITIVE, *VALUES)
}
#: Tunecard's own that a run measures where its study names them.
_ON_REQUEST = {metric.name: metric for metric in NAMED_VALUES}
_METRICS = dict(_BUILTIN)
#: What a study named by an import path or as an object; other studies do not measure it.
_NAMED: dict[str, Metric] = {}


def register(metric: Metric) -> Metric:
    """Add a metric: runs measure it, and studies and gates may name it.

    Parameters
    ----------
    metric : Metric
        One of the same name takes the place of an earlier one, as where a cell of a
        notebook is run again.

    Returns
    -------
    Metric
        The same.

    Raises
    ------
    InputError
        If the name is that of a metric that Tunecard has.
    """
    if metric.name in _BUILTIN and metric is not _BUILTIN[metric.name]:
        raise InputError(
            f"metric {metric.name!r}: is a metric of Tunecard's own; choose another name."
        )
    _METRICS[metric.name] = metric
    return metric


def name(metric: Metric) -> Metric:
    """Add a metric that a study names: that study measures it, and no other.

    Raises
    ------
    InputError
        As :func:`register`.
    """
    if metric.name in _BUILTIN:
        return register(metric)
    _NAMED[metric.name] = metric
    return metric


def unregister(metric_name: str) -> None:
    """Remove a metric that was added; one of Tunecard's own stays."""
    _NAMED.pop(metric_name, None)
    if metric_name not in _BUILTIN:
        _METRICS.pop(metric_name, None)


def find(metric_name: str, task: TaskName = "classification") -> Metric | None:
    """Return a metric by its name, as a study of a task has it; None if there is none.

    That is a registered one, one that a study of this process named, or a scorer of
    scikit-learn's. ``neg_log_loss`` gives the log loss, ``mae`` the mean absolute error.
    """
    own_name = scikit.NEGATED.get(metric_name, metric_name)
    own_name = SHORT_NAMES.get(own_name, own_name)
    if own_name.removeprefix("neg_") in SHORT_NAMES.values():
        own_name = own_name.removeprefix("neg_")
    registered = _METRICS.get(own_name) or _NAMED.get(own_name) or _ON_REQUEST.get(own_name)
    metric = registered or scikit.by_name(own_name)
    return metric.for_task(task) if metric is not None else None


def named() -> dict[str, Metric]:
    """Return what studies of this process named by a path or as an object, by its name."""
    return dict(_NAMED)


def get(metric_name: str) -> Metric:
    """Return a metric by its name.

    Raises
    ------
    InputError
        If there is none, with the nearest name.
    """
    metric = find(metric_name)
    if metric is None:
        raise InputError(f"metric {metric_name!r}: {allowed(metric_name)}.")
    return metric


def registered() -> tuple[Metric, ...]:
    """Return every metric, in the order of the page: Tunecard's own come first."""
    return tuple(_METRICS.values())


def measured(names: Iterable[str], task: TaskName = "classification") -> tuple[Metric, ...]:
    """Return the metrics that a run measures: every registered one, and those it names.

    Parameters
    ----------
    names : iterable of str
        What the study names.
    task : str
        Of the run; what is of another task is left out.
    """
    metrics = {metric.name: metric for metric in registered()}
    for metric in (find(metric_name) for metric_name in names):
        if metric is not None:
            metrics.setdefault(metric.name, metric)
    return tuple(metric.for_task(task) for metric in metrics.values() if metric.suits(task))


def default_of(task: TaskName) -> str:
    """Return the name of the metric of a study that names none."""
    return DEFAULT_OF_VALUES if task == "regression" else DEFAULT


def _names_of(task: TaskName) -> tuple[str, ...]:
    """List the names that a study of a task may have as its metric."""
    own = [each.name for each in _METRICS.values() if each.suits(task)]
    if task == "regression":
        own += [*_ON_REQUEST, *scikit.FUNCTIONS]
    theirs = [name.removeprefix("neg_") for name in scikit.names(task)]
    return tuple(dict.fromkeys((*own, *theirs)))


def allowed(metric_name: str, task: TaskName = "classification") -> str:
    """Write what a metric's name must be, with the nearest, and without a full stop.

    Parameters
    ----------
    metric_name : str
        That is not one, or is one of another task.
    task : str
        Of the study.

    Examples
    --------
    >>> allowed("recal_macro").partition(";")[0]
    "is not a metric (did you mean 'recall_macro'?)"
    >>> allowed("mse").partition(" (did")[0]
    'is of regressions, and the task of this study is classification'
    >>> allowed("roc_auc", "regression").partition(" (did")[0]
    'is of classifications, and the task of this study is regression'
    """
    choices = _names_of(task)
    target, metric = scikit.other_target(metric_name), find(metric_name)
    what = "is not a metric"
    if metric is not None and not metric.suits(task):
        target = "classifications" if task == "regression" else "regressions"
    nearest = difflib.get_close_matches(metric_name, choices, n=1)
    # A name that resembles none is answered with the default.
    close = nearest[0] if nearest else default_of(task)
    if target:
        what = f"is of {target}, and the task of this study is {task}"
    elif not nearest:
        other: TaskName = "classification" if task == "regression" else "regression"
        alike = difflib.get_close_matches(metric_name, _names_of(other), n=1, cutoff=0.8)
        if alike:
            what += f"; {alike[0]!r} is of {other}s, and the task of this study is {task}"
    return (
        f"{what} (did you mean {close!r}?); name a scorer of scikit-learn's for "
        f"{task}s, a registered metric, or your own function as module:name"
    )
