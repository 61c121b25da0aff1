"""Metrics of predicted labels, from counts, and their bootstrap over the test rows.

Everything here works on the distinct combinations of (true class, first
prediction, second prediction) and how often each occurs. That is all the test
rows hold for a label metric, and there are far fewer of them than rows:
drawing rows with replacement is drawing these counts from a multinomial.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from report.stats.interval import Interval

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
#: Resamples, and the least of them where there are very many distinct cells.
N_RESAMPLES, MIN_RESAMPLES = 5_000, 2_000
#: Draws of one bootstrap; with it 100 classes stay under a second.
_MAX_DRAWS = 4_000_000
#: Resamples handled at once, so that 100 classes stay within some 10 MB.
_CHUNK = 500


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


@dataclass(frozen=True)
class Bootstrap:
    """Resampled label metrics of two cases on the same rows.

    ``first`` and ``second`` map a metric's name to its values, shape
    (n_resamples,), resample by resample on the same drawn rows.
    """

    first: Mapping[str, Values]
    second: Mapping[str, Values]

    def interval(self, which: str, metric: str, level: float = 0.95) -> Interval:
        """Return the percentile interval of ``first``, ``second`` or their ``delta``."""
        values = self.delta(metric) if which == "delta" else getattr(self, which)[metric]
        tail = (1 - level) / 2
        low, high = np.quantile(values, [tail, 1 - tail])
        name = (
            "paired bootstrap, percentile" if which == "delta" else "bootstrap, percentile"
        )
        return Interval(float(low), float(high), level, name)

    def delta(self, metric: str) -> Values:
        """Return second less first."""
        difference: Values = self.second[metric] - self.first[metric]
        # Two sums in another order differ by 1e-16, which is no difference.
        return np.where(np.abs(difference) < 1e-12, 0.0, difference)

    def p_value(self, metric: str) -> float:
        """Return the two-sided p-value of "no difference", never 0.

        Twice the smaller share of resamples on one side of 0, those at 0
        counted on both, with 1 added above and below (A. C. Davison and
        D. V. Hinkley 1997, "Bootstrap Methods and their Application", 4.11).
        """
        difference = self.delta(metric)
        tail = min(np.count_nonzero(difference <= 0), np.count_nonzero(difference >= 0))
        return float(min(1.0, 2 * (tail + 1) / (len(difference) + 1)))


def bootstrap(
    table: Cells, rng: np.random.Generator, n_resamples: int | None = None
) -> Bootstrap:
    """Resample the test rows and compute every label metric of both cases.

    Parameters
    ----------
    table : Cells
        The distinct combinations and their counts.
    rng : numpy.random.Generator
        Made from the study's seed.
    n_resamples : int, optional
        5,000, and down to 2,000 where the cells are very many.

    Returns
    -------
    Bootstrap

    References
    ----------
    B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap",
    chapters 13 and 16.
    """
    n_cells = len(table.counts)
    if n_resamples is None:
        n_resamples = int(np.clip(_MAX_DRAWS // n_cells, MIN_RESAMPLES, N_RESAMPLES))
    n = int(table.counts.sum())
    shares = table.counts / n
    parts = [
        _both_metrics(
            table, rng.multinomial(n, shares, size=min(_CHUNK, n_resamples - start))
        )
        for start in range(0, n_resamples, _CHUNK)
    ]
    first, second = (
        {
            name: np.concatenate([part[side][name] for part in parts])
            for name in LABEL_METRICS
        }
        for side in (0, 1)
    )
    return Bootstrap(first, second)


def _both_metrics(
    table: Cells, drawn: Counts
) -> tuple[dict[str, Values], dict[str, Values]]:
    counts = drawn.astype(np.float64)
    support = _by_class(counts, table.true, table.n_classes)
    metrics = []
    for predicted in (table.first, table.second):
        right = predicted == table.true
        hits = _by_class(counts[:, right], table.true[right], table.n_classes)
        totals = _by_class(counts, predicted, table.n_classes)
        metrics.append(label_metrics(hits, totals, support))
    return metrics[0], metrics[1]


def _by_class(counts: Values, codes: Codes, n_classes: int) -> Values:
    """Sum columns of (n_resamples, n_cells) by class, to (n_resamples, n_classes)."""
    member = np.zeros((len(codes), n_classes))
    member[np.arange(len(codes)), codes] = 1.0
    sums: Values = counts @ member
    return sums


def _ratio(above: Values, below: Values) -> Values:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
