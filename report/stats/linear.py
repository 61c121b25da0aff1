"""What a row moves a label metric by, to first order."""

from collections.abc import Sequence

import numpy as np

from tunecard.report.stats.labels import (
    Cells,
    by_class,
    values_of,
)
from tunecard.runner.metrics import Codes, Confusion, Metric, Values

#: Half a row: metrics are smooth in counts this large.
_STEP = 0.5


def influences(
    table: Cells, metrics: Sequence[Metric], predicted: Codes
) -> tuple[Values, Values]:
    """Return what rows of one case move metrics by, to first order.

    Parameters
    ----------
    table : Cells
        The distinct combinations and their counts.
    metrics : sequence of Metric
        Functions of the confusion matrix.
    predicted : ndarray of int, shape (n_cells,)
        The case's answer in each cell.

    Returns
    -------
    influence : ndarray of float, shape (n_metrics, n_cells)
        What one more row of a cell does.
    switch : ndarray of float, shape (n_metrics, n_classes)
        What a right row of a class does when its answer becomes wrong: it moves from
        its class to the average of the others that occur.
    """
    rows = table.counts.astype(np.float64)
    right = predicted == table.true
    hits = by_class(rows[right], table.true[right], table.n_classes)
    totals = by_class(rows, predicted, table.n_classes)
    support = by_class(rows, table.true, table.n_classes)
    by_hit, by_prediction, by_truth = (
        _gradient((hits, totals, support), which, metrics, table.positive)
        for which in range(3)
    )
    moved: Values = by_hit[:, table.true] * right
    moved += by_prediction[:, predicted] + by_truth[:, table.true]
    # A class that does not occur would enter every average with the first such row.
    occurs = (support + totals) > 0
    lost = by_prediction * occurs
    others = lost.sum(axis=1, keepdims=True) - lost
    switch = by_hit + by_prediction - others / max(np.count_nonzero(occurs) - 1, 1)
    return moved, switch


def _gradient(
    counts: tuple[Values, Values, Values],
    which: int,
    metrics: Sequence[Metric],
    positive: int | None,
) -> Values:
    """Return the derivative by one kind of count, shape (n_metrics, n_classes)."""
    step = _STEP * np.eye(len(counts[which]))
    ahead, behind = (
        values_of(Confusion(*_moved(counts, which, sign * step), positive), metrics)
        for sign in (1, -1)
    )
    slopes = [
        (ahead[metric.name] - behind[metric.name]) / (2 * _STEP) for metric in metrics
    ]
    return np.stack(slopes)


def _moved(
    counts: tuple[Values, Values, Values], which: int, step: Values
) -> tuple[Values, Values, Values]:
    """Move one kind of count, each class in a row of its own; the others are repeated."""
    first, second, third = (
        kind + step if i == which else kind + 0 * step for i, kind in enumerate(counts)
    )
    return first, second, third
