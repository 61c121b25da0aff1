"""Metrics of predicted labels: functions of the confusion matrix, as scikit-learn's.

With ``zero_division=0`` and scikit-learn's own label set: the macro average runs over
the classes that occur among the true or the predicted labels, balanced accuracy over
those among the true ones.
"""

from tunecard.runner.metrics.confusion import Confusion, Values
from tunecard.runner.metrics.value import Metric

#: The metric of a study that names none.
DEFAULT = "accuracy"


def share_right(confusion: Confusion) -> Values:
    """Return the share of rows that are right."""
    return confusion.n_right / confusion.n


def _balanced_accuracy(confusion: Confusion) -> Values:
    return confusion.mean(confusion.recall, confusion.support > 0)


def _precision_macro(confusion: Confusion) -> Values:
    return confusion.mean(confusion.precision)


def _recall_macro(confusion: Confusion) -> Values:
    return confusion.mean(confusion.recall)


def _f1_macro(confusion: Confusion) -> Values:
    return confusion.mean(confusion.f1)


def _precision_weighted(confusion: Confusion) -> Values:
    return confusion.weighted(confusion.precision)


def _recall_weighted(confusion: Confusion) -> Values:
    return confusion.weighted(confusion.recall)


def _f1_weighted(confusion: Confusion) -> Values:
    return confusion.weighted(confusion.f1)


def _precision(confusion: Confusion) -> Values:
    return confusion.of_positive(confusion.precision)


def _recall(confusion: Confusion) -> Values:
    return confusion.of_positive(confusion.recall)


def _f1(confusion: Confusion) -> Values:
    return confusion.of_positive(confusion.f1)


AVERAGES = (
    Metric(
        name=DEFAULT,
        label="accuracy",
        headline=True,
        of_confusion=share_right,
        inference="mcnemar",
    ),
    Metric(
        name="precision_macro",
        label="precision (macro)",
        headline=True,
        averages=True,
        of_confusion=_precision_macro,
    ),
    Metric(
        name="recall_macro",
        label="recall (macro)",
        headline=True,
        averages=True,
        of_confusion=_recall_macro,
    ),
    Metric(
        name="f1_macro",
        label="F1 (macro)",
        headline=True,
        averages=True,
        of_confusion=_f1_macro,
    ),
    Metric(
        name="balanced_accuracy",
        label="balanced accuracy",
        of_confusion=_balanced_accuracy,
    ),
    Metric(
        name="precision_weighted",
        label="precision (weighted)",
        of_confusion=_precision_weighted,
    ),
    # Weighted by support, recall is accuracy, and is tested as it is.
    Metric(
        name="recall_weighted",
        label="recall (weighted)",
        of_confusion=_recall_weighted,
        inference="mcnemar",
    ),
    Metric(name="f1_weighted", label="F1 (weighted)", of_confusion=_f1_weighted),
)
#: Of the positive class alone, where a study names one.
POSITIVE = (
    Metric(name="precision", label="precision", of_positive=True, of_confusion=_precision),
    Metric(name="recall", label="recall", of_positive=True, of_confusion=_recall),
    Metric(name="f1", label="F1", of_positive=True, of_confusion=_f1),
)
