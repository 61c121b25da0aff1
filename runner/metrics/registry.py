"""The registered metrics by name; `register` adds one."""

import difflib
from collections.abc import Iterable

from tunecard.runner.errors import InputError
from tunecard.runner.metrics.labels import AVERAGES, POSITIVE
from tunecard.runner.metrics.probabilities import PROBABILITIES
from tunecard.runner.metrics.value import Metric

_BUILTIN = {metric.name: metric for metric in (*AVERAGES, *PROBABILITIES, *POSITIVE)}
_METRICS = dict(_BUILTIN)


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


def unregister(name: str) -> None:
    """Remove a metric that was added; one of Tunecard's own stays."""
    if name not in _BUILTIN:
        _METRICS.pop(name, None)


def find(name: str) -> Metric | None:
    """Return a metric by its name; None where there is none."""
    return _METRICS.get(name)


def get(name: str) -> Metric:
    """Return a metric by its name.

    Raises
    ------
    InputError
        If there is none, with the nearest name.
    """
    metric = find(name)
    if metric is None:
        raise InputError(f"metric {name!r}: {allowed(name)}.")
    return metric


def registered() -> tuple[Metric, ...]:
    """Return every metric, in the order of the page: Tunecard's own come first."""
    return tuple(_METRICS.values())


def allowed(name: str, names: Iterable[str] | None = None) -> str:
    """Write what a metric's name must be, with the nearest, and without a full stop.

    Parameters
    ----------
    name : str
        What stands there.
    names : iterable of str, optional
        The names to choose from; every registered one by default.

    Examples
    --------
    >>> allowed("recal_macro", ["recall_macro", "f1_macro"])
    "must be 'recall_macro' or 'f1_macro' (did you mean 'recall_macro'?)"
    """
    choices = list(_METRICS if names is None else names)
    quoted = [repr(choice) for choice in choices]
    text = " or ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[:-1] else quoted)
    close = difflib.get_close_matches(name, choices, n=1)
    return f"must be {text}" + (f" (did you mean {close[0]!r}?)" if close else "")
