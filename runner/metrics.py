"""Quality metrics: what each is called, which way is better, and its value."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.schema import ClassQuality, MetricSpec, Quality

Labels = NDArray[np.integer[Any]]
Probabilities = NDArray[np.floating[Any]]


def _spec(
    name: str, label: str, *, greater: bool = True, headline: bool = False
) -> MetricSpec:
    return MetricSpec(
        name=name, label=label, unit="", greater_is_better=greater, headline=headline
    )


METRICS: dict[str, MetricSpec] = {
    spec.name: spec
    for spec in (
        _spec("accuracy", "accuracy", headline=True),
        _spec("precision_macro", "precision (macro)", headline=True),
        _spec("recall_macro", "recall (macro)", headline=True),
        _spec("f1_macro", "F1 (macro)", headline=True),
        _spec("balanced_accuracy", "balanced accuracy"),
        _spec("precision_weighted", "precision (weighted)"),
        _spec("recall_weighted", "recall (weighted)"),
        _spec("f1_weighted", "F1 (weighted)"),
        _spec("log_loss", "log loss", greater=False),
        _spec("brier", "Brier score", greater=False),
        _spec("roc_auc", "ROC AUC (one-vs-rest, macro)"),
    )
}


#: Of the positive class alone, where a study names one.
POSITIVE_METRICS = ("precision", "recall", "f1")


def specs(positive: str | None) -> tuple[MetricSpec, ...]:
    """Return the metrics of a run, in the order of the page.

    Parameters
    ----------
    positive : str or None
        The class whose own precision, recall and F1 come last.
    """
    if positive is None:
        return tuple(METRICS.values())
    own = [
        _spec(name, f"{label} of {positive}")
        for name, label in zip(POSITIVE_METRICS, ("precision", "recall", "F1"), strict=True)
    ]
    return (*METRICS.values(), *own)


def label_metric(name: str) -> Callable[[Labels, Labels], float]:
    """Return the function of a metric that is computed from labels alone.

    Parameters
    ----------
    name : str
        ``accuracy``, ``balanced_accuracy``, or ``precision``, ``recall`` or
        ``f1`` followed by ``_macro`` or ``_weighted``.

    Returns
    -------
    callable
        ``f(y_true, y_pred)`` with two int arrays of shape (n_samples,); the
        value is scikit-learn's, with ``zero_division=0`` and its own label
        set (every class that occurs in either array).
    """
    from sklearn import metrics

    if name == "accuracy":
        return metrics.accuracy_score  # type: ignore[no-any-return] # sklearn has no types
    if name == "balanced_accuracy":
        return _balanced_accuracy
    kind, _, average = name.partition("_")
    function = {
        "precision": metrics.precision_score,
        "recall": metrics.recall_score,
        "f1": metrics.f1_score,
    }[kind]
    return lambda y_true, y_pred: function(y_true, y_pred, average=average, zero_division=0)


def _balanced_accuracy(y_true: Labels, y_pred: Labels) -> float:
    """Mean recall over the classes that occur in y_true (scikit-learn's definition)."""
    recalls = [np.mean(y_pred[y_true == code] == code) for code in np.unique(y_true)]
    return float(np.mean(recalls))


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
        The class whose own precision, recall and F1 are told as well.

    Returns
    -------
    Quality
    """
    from sklearn.metrics import precision_recall_fscore_support

    codes = np.arange(len(class_names))
    names = [name for name in METRICS if name not in _PROBABILITY_METRICS]
    test: dict[str, float | None] = {
        name: float(label_metric(name)(y_true, y_pred)) for name in names
    }
    test.update(_probability_metrics(y_true, probabilities, codes))
    train_values: dict[str, float] = {}
    if train is not None:
        train_values = {name: float(label_metric(name)(*train)) for name in names}
    if positive is not None:
        code = class_names.index(positive)
        test.update(_of_class(y_true, y_pred, code))
        if train is not None:
            train_values.update(_of_class(*train, code))
    rows = precision_recall_fscore_support(y_true, y_pred, labels=codes, zero_division=0)
    return Quality(
        test=test,
        train=dict(train_values),
        n_train_rows=0 if train is None else len(train[0]),
        per_class=tuple(
            ClassQuality(
                name=class_names[code],
                precision=float(rows[0][code]),
                recall=float(rows[1][code]),
                f1=float(rows[2][code]),
                support=int(rows[3][code]),
            )
            for code in codes
        ),
        n_zero_probability=None
        if probabilities is None
        else int(np.count_nonzero(probabilities[np.arange(len(y_true)), y_true] == 0)),
    )


def _of_class(y_true: Labels, y_pred: Labels, code: int) -> dict[str, float]:
    """Precision, recall and F1 of one class."""
    from sklearn.metrics import precision_recall_fscore_support

    values = precision_recall_fscore_support(
        y_true, y_pred, labels=[code], average="macro", zero_division=0
    )
    return {
        name: float(value) for name, value in zip(POSITIVE_METRICS, values[:3], strict=True)
    }


_PROBABILITY_METRICS = ("log_loss", "brier", "roc_auc")


def _probability_metrics(
    y_true: Labels, probabilities: Probabilities | None, codes: NDArray[np.intp]
) -> dict[str, float | None]:
    """Log loss, Brier score and ROC AUC, or None where they are not defined.

    The Brier score is Brier's own (1950): the squared distance between the
    probabilities and the truth, summed over the classes, 0 to 2. ROC AUC needs
    every class among the true labels.
    """
    from sklearn.metrics import log_loss, roc_auc_score

    if probabilities is None:
        return dict.fromkeys(_PROBABILITY_METRICS)
    truth = np.eye(len(codes))[y_true]
    auc: float | None = None
    if len(np.unique(y_true)) == len(codes):
        # One class against the rest, each by its own probability: roc_auc_score with
        # multi_class="ovr" is this mean, but refuses rows whose float32 values miss 1
        # by more than 1e-5, as those of naive Bayes do.
        told = codes[1:] if len(codes) == 2 else codes
        auc = float(
            np.mean([roc_auc_score(y_true == c, probabilities[:, c]) for c in told])
        )
    return {
        "log_loss": float(log_loss(y_true, probabilities, labels=codes)),
        "brier": float(np.mean(np.sum((probabilities - truth) ** 2, axis=1))),
        "roc_auc": auc,
    }
