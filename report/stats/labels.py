"""Functions of the confusion matrix, from counts of distinct combinations of labels.

Everything here works on the distinct combinations of (true class, first
prediction, second prediction) and how often each occurs. That is all the test
rows hold for a label metric, and there are far fewer of them than rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Codes, Confusion, Metric, Values, find
from tunecard.runner.schema import MetricSpec

Counts = NDArray[np.int64]
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
    positive : int or None
        Code of the positive class, where there is one.
    """

    true: Codes
    first: Codes
    second: Codes
    counts: Counts
    n_classes: int
    positive: int | None = None


def cells(
    y_true: Codes,
    first: Codes,
    second: Codes,
    n_classes: int,
    positive: int | None = None,
) -> Cells:
    """Count the distinct combinations of a true class and two predictions.

    Parameters
    ----------
    y_true, first, second : ndarray of int, shape (n_rows,)
        Class codes, 0 to ``n_classes - 1``.
    n_classes : int
        Classes of the dataset.
    positive : int or None
        Code of the positive class, where there is one.

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
    first_codes, second_codes = np.divmod(rest, n_classes)
    return Cells(
        true, first_codes, second_codes, counts.astype(np.int64), n_classes, positive
    )


def confusion(y_true: Codes, predicted: Codes, n_classes: int) -> Counts:
    """Return the confusion matrix, shape (n_classes, n_classes), rows true."""
    joint = y_true.astype(np.int64) * n_classes + predicted
    counts = np.bincount(joint, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, n_classes).astype(np.int64)


def both_metrics(
    table: Cells, metrics: Sequence[Metric], counts: Counts | None = None
) -> tuple[dict[str, Values], dict[str, Values]]:
    """Return metrics of both cases.

    Parameters
    ----------
    table : Cells
        The distinct combinations.
    metrics : sequence of Metric
        Functions of the confusion matrix.
    counts : ndarray of int64, shape (..., n_cells), optional
        Rows of each cell; the table's own by default. Leading axes are resamples.

    Returns
    -------
    first, second : dict of ndarray, shape (...)
        By the metric's name.
    """
    rows = (table.counts if counts is None else counts).astype(np.float64)
    support = by_class(rows, table.true, table.n_classes)
    values = []
    for predicted in (table.first, table.second):
        right = predicted == table.true
        hits = by_class(rows[..., right], table.true[right], table.n_classes)
        totals = by_class(rows, predicted, table.n_classes)
        matrix = Confusion(hits, totals, support, table.positive)
        values.append(values_of(matrix, metrics))
    return values[0], values[1]


def values_of(matrix: Confusion, metrics: Sequence[Metric]) -> dict[str, Values]:
    """Return the values of metrics, by name."""
    values = {}
    for metric in metrics:
        assert metric.of_confusion is not None  # one of :func:`of_confusion`
        with np.errstate(divide="ignore", invalid="ignore"):
            values[metric.name] = metric.of_confusion(matrix)
    return values


def of_confusion(specs: Iterable[MetricSpec]) -> tuple[Metric, ...]:
    """Return the metrics of a run that are functions of the confusion matrix.

    One of somebody's own that is not registered here has no function and is left out.
    """
    metrics = (find(spec.name) for spec in specs)
    return tuple(
        metric
        for metric in metrics
        if metric is not None and metric.of_confusion is not None
    )


def by_class(rows: Values, codes: Codes, n_classes: int) -> Values:
    """Sum the rows of cells by class, (..., n_cells) to (..., n_classes)."""
    if rows.ndim == 1:
        return np.bincount(codes, weights=rows, minlength=n_classes).astype(np.float64)
    member = np.zeros((len(codes), n_classes))
    member[np.arange(len(codes)), codes] = 1.0
    sums: Values = rows @ member
    return sums
