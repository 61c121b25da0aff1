"""Metrics of predicted labels, from counts of their distinct combinations.

Everything here works on the distinct combinations of (true class, first
prediction, second prediction) and how often each occurs. That is all the test
rows hold for a label metric, and there are far fewer of them than rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.integer]
Counts = NDArray[np.int64]
Values = NDArray[np.float64]

#: The label metrics that can be computed here, by the runner's names.
LABEL_METRICS = (
    "accuracy",
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "balanced_accuracy",
    "precision_weighted",
    "recall_weighted",
    "f1_weighted",
)
#: Up to this many possible combinations are counted in a table, more by sorting.
_TABLE = 2_000_000


@dataclass(frozen=True)
class Cells:
    """Distinct (true, first, second) class codes and the rows of each.

    Attributes
    ----------
    true, first, second : ndarray of int, shape (n_cells,)
        Class codes.
    counts : ndarray of int64, shape (n_cells,)
        Rows of each cell; they sum to the number of test rows.
    n_classes : int
        Classes of the dataset.
    """

    true: Codes
    first: Codes
    second: Codes
    counts: Counts
    n_classes: int


def cells(y_true: Codes, first: Codes, second: Codes, n_classes: int) -> Cells:
    """Count the distinct combinations of a true class and two predictions.

    Parameters
    ----------
    y_true, first, second : ndarray of int, shape (n_rows,)
        Class codes, 0 to ``n_classes - 1``.
    n_classes : int
        Classes of the dataset.

    Returns
    -------
    Cells
        In ascending order of (true, first, second).
    """
    joint = (y_true.astype(np.int64) * n_classes + first) * n_classes + second
    if n_classes**3 <= _TABLE:  # a million rows in 10 ms; sorting them takes 100
        table = np.bincount(joint, minlength=1)
        codes = np.flatnonzero(table)
        counts = table[codes]
    else:
        codes, counts = np.unique(joint, return_counts=True)
    true, rest = np.divmod(codes, n_classes * n_classes)
    one, two = np.divmod(rest, n_classes)
    return Cells(true, one, two, counts.astype(np.int64), n_classes)


def confusion(y_true: Codes, predicted: Codes, n_classes: int) -> Counts:
    """Return the confusion matrix, shape (n_classes, n_classes), rows true."""
    joint = y_true.astype(np.int64) * n_classes + predicted
    counts = np.bincount(joint, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, n_classes).astype(np.int64)


def label_metrics(hits: Values, predicted: Values, support: Values) -> dict[str, Values]:
    """Return every label metric, from per-class counts.

    As scikit-learn's with ``zero_division=0`` and its own label set: the macro
    average runs over the classes that occur among the true or the predicted
    labels; balanced accuracy over those among the true ones.

    Parameters
    ----------
    hits, predicted, support : ndarray of float, shape (..., n_classes)
        Rows of each class that were right, that were predicted as it, and that
        truly are it. Leading axes are resamples.

    Returns
    -------
    dict of ndarray, shape (...)
        By the names of :data:`LABEL_METRICS`.
    """
    n = support.sum(axis=-1)
    precision = _ratio(hits, predicted)
    recall = _ratio(hits, support)
    f1 = _ratio(2 * hits, predicted + support)
    present = (support + predicted) > 0
    n_present = present.sum(axis=-1)
    values = {"accuracy": hits.sum(axis=-1) / n}
    for name, scores in (("precision", precision), ("recall", recall), ("f1", f1)):
        values[f"{name}_macro"] = scores.sum(axis=-1) / n_present
        values[f"{name}_weighted"] = (scores * support).sum(axis=-1) / n
    values["balanced_accuracy"] = recall.sum(axis=-1) / (support > 0).sum(axis=-1)
    return values


def both_metrics(
    table: Cells, counts: Counts | None = None
) -> tuple[dict[str, Values], dict[str, Values]]:
    """Return every label metric of both cases.

    Parameters
    ----------
    table : Cells
        The distinct combinations.
    counts : ndarray of int64, shape (..., n_cells), optional
        Rows of each cell; the table's own by default. Leading axes are resamples.

    Returns
    -------
    first, second : dict of ndarray, shape (...)
    """
    rows = (table.counts if counts is None else counts).astype(np.float64)
    support = by_class(rows, table.true, table.n_classes)
    metrics = []
    for predicted in (table.first, table.second):
        right = predicted == table.true
        hits = by_class(rows[..., right], table.true[right], table.n_classes)
        totals = by_class(rows, predicted, table.n_classes)
        metrics.append(label_metrics(hits, totals, support))
    return metrics[0], metrics[1]


def by_class(rows: Values, codes: Codes, n_classes: int) -> Values:
    """Sum the rows of cells by class, (..., n_cells) to (..., n_classes)."""
    if rows.ndim == 1:
        return np.bincount(codes, weights=rows, minlength=n_classes).astype(np.float64)
    member = np.zeros((len(codes), n_classes))
    member[np.arange(len(codes)), codes] = 1.0
    sums: Values = rows @ member
    return sums


def _ratio(above: Values, below: Values) -> Values:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
