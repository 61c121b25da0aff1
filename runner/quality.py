"""The quality of a case: every registered metric, and each class by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import (
    Confusion,
    Labels,
    Metric,
    Outputs,
    Probabilities,
    TaskName,
    get,
    measured,
)
from tunecard.runner.schema import (
    ClassQuality,
    DatasetInfo,
    MetricSpec,
    Quality,
    spec_of,
)


def applicable(
    positive: str | None,
    names: Iterable[str] = (),
    n_classes: int | None = None,
    task: TaskName = "classification",
) -> tuple[Metric, ...]:
    """Return the metrics that a run measures, in the order of the page.

    Parameters
    ----------
    positive : str or None
        The positive class; without one its own metrics are left out.
    names : iterable of str
        Metrics that the study names, besides those that every run measures.
    n_classes : int or None
        Number of classes; metrics of two classes are for two alone.
    task : str
        What the study predicts.
    """
    return tuple(
        metric
        for metric in measured(names, task)
        if (positive is not None or not metric.of_positive)
        and (n_classes == 2 or not metric.binary)
    )


def specs(
    positive: str | None, names: Iterable[str] = (), n_classes: int | None = None
) -> tuple[MetricSpec, ...]:
    """Describe the metrics that a run of classes measures; see :func:`applicable`."""
    return tuple(
        spec_of(metric, positive, n_classes)
        for metric in applicable(positive, names, n_classes)
    )


def specs_for(data: DatasetInfo, names: Iterable[str] = ()) -> tuple[MetricSpec, ...]:
    """Describe the metrics that a run on some data measures."""
    if data.values is None:
        return specs(data.positive, names, len(data.classes))
    return tuple(
        spec_of(metric, unit=data.values.unit)
        for metric in applicable(None, names, task="regression")
    )


def quality(
    y_true: Labels,
    y_pred: Labels,
    probabilities: Probabilities | None,
    class_names: tuple[str, ...],
    train: tuple[Labels, Labels] | None,
    positive: str | None = None,
    *,
    scores: NDArray[np.floating[Any]] | None = None,
    classes: NDArray[Any] | None = None,
    names: Iterable[str] = (),
    scored: Mapping[str, float | str] = MappingProxyType({}),
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
    scores : ndarray of float32, shape (n_test,) or (n_test, n_classes), or None
        Decision scores, where they are stored.
    classes : ndarray of shape (n_classes,) or None
        The label of each code, as estimators get it.
    names : iterable of str
        Metrics that the study names.
    scored : dict
        Values of metrics that need the estimator itself, on the test rows, or why
        there is none.

    Returns
    -------
    Quality
    """
    metrics = applicable(positive, names, len(class_names))
    code = None if positive is None else class_names.index(positive)

    def outputs(labels: Labels) -> Outputs:
        return Outputs(labels, n_classes=len(class_names), positive=code, classes=classes)

    of_train: dict[str, float | None] = {}
    if train is not None:
        train_outputs = outputs(train[1])
        possible = [metric for metric in metrics if train_outputs.have(metric.needs)]
        of_train = values_of(possible, train[0], train_outputs)[0]
    test = replace(outputs(y_pred), probabilities=probabilities, scores=scores)
    values, reasons = values_of(metrics, y_true, test)
    for name, value in scored.items():
        values[name] = None if isinstance(value, str) else value
        reasons |= {name: value} if isinstance(value, str) else {}
    return Quality(
        test=values,
        train=of_train,
        n_train_rows=0 if train is None else len(train[0]),
        per_class=_per_class(y_true, y_pred, class_names),
        n_zero_probability=None
        if probabilities is None
        else int(np.count_nonzero(probabilities[np.arange(len(y_true)), y_true] == 0)),
        unmeasured={
            metric.name: reasons.get(metric.name, _why_not(metric, test))
            for metric in metrics
            if values[metric.name] is None
        },
    )


def quality_of_values(
    y_true: NDArray[Any],
    predicted: NDArray[Any],
    train: tuple[NDArray[Any], NDArray[Any]] | None,
    *,
    names: Iterable[str] = (),
    scored: Mapping[str, float | str] = MappingProxyType({}),
) -> Quality:
    """Compute every quality number of a case of a regression from what is stored.

    Parameters
    ----------
    y_true, predicted : ndarray of float, shape (n_test,)
    train : pair of ndarray of float, shape (n_train_rows,), or None
        True and predicted values of the training rows that were scored, if any were.
    names, scored
        As of :func:`quality`.
    """
    metrics = applicable(None, names, task="regression")
    of_train: dict[str, float | None] = {}
    if train is not None:
        possible = [metric for metric in metrics if metric.needs == "values"]
        of_train = values_of(possible, train[0], Outputs(values=train[1]))[0]
    test = Outputs(values=predicted)
    values, reasons = values_of(metrics, y_true, test)
    for name, value in scored.items():
        values[name] = None if isinstance(value, str) else value
        reasons |= {name: value} if isinstance(value, str) else {}
    return Quality(
        test=values,
        train=of_train,
        n_train_rows=0 if train is None else len(train[0]),
        unmeasured={
            metric.name: reasons.get(metric.name, _why_not(metric, test))
            for metric in metrics
            if values[metric.name] is None
        },
    )


def check_metrics_of_values(names: Iterable[str], y: NDArray[Any]) -> None:
    """Check that the metrics which a study names can be computed on its target.

    Each is computed of values that are all right, and where that fails of their mean: a
    Poisson deviance has no value for a count of 0 that is predicted as 0.

    Parameters
    ----------
    names : iterable of str
    y : ndarray of float, shape (n_samples,)
        Of all rows: folds and other splits may hold any of them.

    Raises
    ------
    StudyError
        If the function of one fails, or its value is not finite.
    """
    n_zeros = int(np.count_nonzero(y == 0))
    for name in names:
        metric = get(name).for_task("regression")
        if metric.needs == "estimator":
            continue
        if name == "mean_absolute_percentage_error" and n_zeros:
            raise StudyError(
                f"metric: {name!r}: divides by the target, which is 0 in {n_zeros:,} of "
                f"{len(y):,} rows; name another metric, such as 'mean_absolute_error'."
            )
        values, reasons = values_of([metric], y, Outputs(values=y))
        if values[name] is None:
            of_mean, _ = values_of([metric], y, Outputs(values=np.full(len(y), y.mean())))
            if of_mean[name] is not None:
                continue
            why = reasons.get(name, "is not defined on these rows")
            raise StudyError(
                f"metric: {name!r}: {why} where every value is right; name a metric that "
                "this target has, or correct the function."
            )


def check_metrics(
    names: Iterable[str], y: Labels, classes: NDArray[Any], positive: int | None
) -> None:
    """Check that the metrics which a study names can be computed on its classes.

    Each is computed of answers that are all right.

    Parameters
    ----------
    names : iterable of str
    y : ndarray of int, shape (n_samples,)
        Class codes of the test rows.
    classes : ndarray of shape (n_classes,)
        The label of each code.
    positive : int or None
        Code of the positive class.

    Raises
    ------
    StudyError
        If the function of one fails, or does not return a number.
    """
    shares = np.eye(len(classes))[y]
    right = Outputs(
        y,
        probabilities=shares,
        scores=shares[:, 1] if len(classes) == 2 else shares,
        n_classes=len(classes),
        positive=positive,
        classes=classes,
    )
    for name in names:
        metric = get(name)
        if metric.binary and len(classes) != 2:
            raise StudyError(
                f"metric: {name!r}: is for two classes, and the data has {len(classes)}; "
                "name another metric, such as 'roc_auc_ovr'."
            )
        _, reasons = values_of([metric], y, right)
        if reasons:
            raise StudyError(
                f"metric: {name!r}: {reasons[name]} where every answer is right; name a "
                f"metric that {len(classes)} classes have, or correct the function."
            )


def values_of(
    metrics: Iterable[Metric], y: NDArray[Any], outputs: Outputs
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Return values, and the reasons of metrics whose function fails on these rows."""
    values: dict[str, float | None] = {}
    reasons = {}
    for metric in metrics:
        values[metric.name] = None
        try:
            values[metric.name] = metric.value(y, outputs)
        except Exception as error:  # noqa: BLE001 # a user's function may raise anything
            text = " ".join(str(error).split())
            reasons[metric.name] = f"its function fails ({type(error).__name__}: {text})"
    return values, reasons


def _why_not(metric: Metric, outputs: Outputs) -> str:
    if metric.needs == "estimator":
        return "it needs the estimator itself, which is not there"
    if not outputs.have(metric.needs):
        return f"the estimator has no {metric.needs}"
    return "the metric is not defined on these test rows"


def _per_class(
    y_true: Labels, y_pred: Labels, names: tuple[str, ...]
) -> tuple[ClassQuality, ...]:
    """Return the values of ``precision_recall_fscore_support``; 0 where one is 0 / 0."""
    counts = Confusion.of_rows(y_true, y_pred, len(names))
    hits, predicted, support = counts.hits, counts.predicted, counts.support
    return tuple(
        ClassQuality(
            name=name,
            precision=_share(hits[code], predicted[code]),
            recall=_share(hits[code], support[code]),
            f1=_share(2 * hits[code], predicted[code] + support[code]),
            support=int(support[code]),
        )
        for code, name in enumerate(names)
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
