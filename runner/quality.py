"""The quality of a case: every registered metric, and each class by itself."""

from collections.abc import Iterable

import numpy as np

from tunecard.runner.metrics import Labels, Metric, Outputs, Probabilities, registered
from tunecard.runner.schema import ClassQuality, MetricSpec, Quality, spec_of


def applicable(positive: str | None) -> tuple[Metric, ...]:
    """Return the metrics that a run measures, in the order of the page.

    Parameters
    ----------
    positive : str or None
        The positive class; without one its own metrics are left out.
    """
    return tuple(
        metric for metric in registered() if positive is not None or not metric.of_positive
    )


def specs(positive: str | None) -> tuple[MetricSpec, ...]:
    """Describe the metrics that a run measures; see :func:`applicable`."""
    return tuple(spec_of(metric, positive) for metric in applicable(positive))


def quality(
    y_true: Labels,
    y_pred: Labels,
    probabilities: Probabilities | None,
    class_names: tuple[str, ...],
    train: tuple[Labels, Labels] | None,
    positive: str | None = None,
) -> Quality:
    """Compute every quality number of a case from what is stored.

    Parameters
    ----------
    y_true, y_pred : ndarray of int, shape (n_test,)
        Class codes: positions in `class_names`.
    probabilities : ndarray of float32, shape (n_test, n_classes), or None
        Class probabilities, where the estimator has them.
    class_names : tuple of str
        The classes' names.
    train : pair of ndarray of int, shape (n_train_rows,), or None
        True and predicted codes of the training rows that were scored, if any were.
    positive : str or None
        The class whose own precision, recall and F1 are measured as well.

    Returns
    -------
    Quality
    """
    metrics = applicable(positive)
    code = None if positive is None else class_names.index(positive)
    n_classes = len(class_names)
    test = Outputs(y_pred, probabilities=probabilities, n_classes=n_classes, positive=code)
    of_train: dict[str, float | None] = {}
    if train is not None:
        train_outputs = Outputs(train[1], n_classes=n_classes, positive=code)
        possible = [metric for metric in metrics if metric.needs in train_outputs.kinds]
        of_train = _values(possible, train[0], train_outputs)
    values = _values(metrics, y_true, test)
    return Quality(
        test=values,
        train=of_train,
        n_train_rows=0 if train is None else len(train[0]),
        per_class=_per_class(y_true, y_pred, class_names),
        n_zero_probability=None
        if probabilities is None
        else int(np.count_nonzero(probabilities[np.arange(len(y_true)), y_true] == 0)),
        unmeasured={
            metric.name: _why_not(metric, test)
            for metric in metrics
            if values[metric.name] is None
        },
    )


def _values(
    metrics: Iterable[Metric], y: Labels, outputs: Outputs
) -> dict[str, float | None]:
    return {metric.name: metric.value(y, outputs) for metric in metrics}


def _why_not(metric: Metric, outputs: Outputs) -> str:
    if metric.needs not in outputs.kinds:
        return f"the estimator has no {metric.needs}"
    return "the metric is not defined on these test rows"


def _per_class(
    y_true: Labels, y_pred: Labels, names: tuple[str, ...]
) -> tuple[ClassQuality, ...]:
    from sklearn.metrics import precision_recall_fscore_support

    rows = precision_recall_fscore_support(
        y_true, y_pred, labels=np.arange(len(names)), zero_division=0
    )
    return tuple(
        ClassQuality(
            name=name,
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
            support=int(support),
        )
        for name, precision, recall, f1, support in zip(names, *rows, strict=True)
    )
