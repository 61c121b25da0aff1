"""Average precision and ROC AUC of many simulated studies, as the product tests them.

The product calls scikit-learn's function for every set of rows that it leaves out; here
all sets are left out at once. ``test_stats_scorers.py`` compares the two.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.resampled import sets_left_out
from tunecard.report.stats.scorers import LeftOut, left_by_influence
from tunecard.runner.metrics import Outputs, get

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Ranked:
    """Values of a metric on all rows, and with sets of rows left out.

    Attributes
    ----------
    left : LeftOut
        The value of one case, or the difference of two.
    row_effect : float
        What one row of the smallest class may change it by.
    """

    left: LeftOut
    row_effect: float


def average_precisions(truth: NDArray[np.bool_], cases: list[Floats]) -> Ranked:
    """Return the average precision of one case, or second minus first; no ties."""
    n = len(truth)
    member = sets_left_out(n)
    weights = np.vstack([np.ones(n), np.arange(member.max() + 1)[:, None] != member])
    values = [_average_precision(truth, scores, weights) for scores in cases]
    total = values[-1] - (values[0] if len(cases) > 1 else 0.0)
    effect = 1 / (2 * min(int(truth.sum()), int((~truth).sum())))
    counts = np.ones(len(weights) - 1, dtype=np.int64)
    return Ranked(LeftOut(float(total[0]), total[1:], counts, n), effect)


def _average_precision(
    truth: NDArray[np.bool_], scores: Floats, weights: NDArray[np.floating]
) -> Floats:
    """Return it for each row of weights, shape (n_sets, n_rows)."""
    order = np.argsort(-scores)
    kept = weights[:, order]
    hits = kept * truth[order]
    n_hits = hits.sum(axis=1)
    precision = hits.cumsum(axis=1) / np.maximum(kept.cumsum(axis=1), 1)
    total = (hits * precision).sum(axis=1)
    values: Floats = np.divide(
        total, n_hits, out=np.full(len(kept), np.nan), where=n_hits > 0
    )
    return values


def areas_of_many(truth: Codes, cases: list[Floats]) -> Ranked:
    """Return the mean area of one class against the rest, or second minus first.

    Parameters
    ----------
    truth : ndarray of int, shape (n_rows,)
        Every class occurs.
    cases : list of ndarray of float, shape (n_rows, n_classes)
        Probabilities; no ties.
    """
    n_classes = cases[0].shape[1]
    metric = get("roc_auc")
    assert metric.influence is not None
    influences = [
        metric.influence(truth, Outputs(probabilities=each, n_classes=n_classes))
        for each in cases
    ]
    areas = [_one_against_rest(truth, each) for each in cases]
    paired = len(cases) > 1
    left = left_by_influence(
        areas[-1] - (areas[0] if paired else 0.0),
        influences[-1] - (influences[0] if paired else 0.0),
        np.arange(len(truth)),
    )
    return Ranked(left, 1 / (n_classes * int(np.bincount(truth).min())))


def _one_against_rest(truth: Codes, shares: Floats) -> float:
    """Return the mean area from rank sums."""
    ranks = np.argsort(np.argsort(shares, axis=0), axis=0) + 1.0
    n = len(truth)
    areas = []
    for code, column in enumerate(ranks.T):
        inside = truth == code
        n_in = int(inside.sum())
        below = column[inside].sum() - n_in * (n_in + 1) / 2
        areas.append(below / (n_in * (n - n_in)))
    return float(np.mean(areas))
