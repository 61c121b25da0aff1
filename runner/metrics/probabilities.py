"""Metrics of probabilities and scores: log loss, Brier score, ROC AUC and others."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics.confusion import Values
from tunecard.runner.metrics.functions import ScoreFunction
from tunecard.runner.metrics.value import Labels, Metric, Outputs, Probabilities, ScorerCall


def _shares(outputs: Outputs) -> Probabilities:
    assert outputs.probabilities is not None  # what the metric needs
    return outputs.probabilities


def _log_losses(y: Labels, outputs: Outputs) -> Values:
    """Return minus the logarithm of what each row's true class was given."""
    shares = _shares(outputs)[np.arange(len(y)), y].astype(np.float64)
    with np.errstate(divide="ignore"):
        losses: Values = -np.log(shares)
    return losses


def _log_loss(y: Labels, outputs: Outputs) -> float:
    """Return scikit-learn's log loss, which limits what a probability of 0 costs."""
    from sklearn.metrics import log_loss

    shares = _shares(outputs)
    return float(log_loss(y, shares, labels=np.arange(shares.shape[1])))


def _brier_losses(y: Labels, outputs: Outputs) -> Values:
    """Return each row's squared distance between its probabilities and the truth.

    Brier's own (1950): summed over the classes, 0 to 2.
    """
    shares = _shares(outputs).astype(np.float64)
    shares[np.arange(len(y)), y] -= 1.0
    losses: Values = np.sum(shares**2, axis=1)
    return losses


def _log_loss_scorer(_classes: NDArray[Any], _positive: Any) -> ScorerCall:
    from sklearn.metrics import get_scorer

    scorer: ScorerCall = get_scorer("neg_log_loss")
    return scorer


def _roc_auc(y: Labels, outputs: Outputs) -> float | None:
    """Return the area under the ROC curve; None where a class has no true row."""
    ranking = outputs.ranking
    if ranking is not None:
        return roc_auc(y, ranking) if len(np.unique(y)) == 2 else None
    each = outputs.probabilities if outputs.probabilities is not None else outputs.scores
    assert each is not None  # what the metric needs
    codes = np.arange(each.shape[1])
    if len(np.unique(y)) < len(codes):
        return None
    # One class against the rest, each by its own probability: roc_auc_score with
    # multi_class="ovr" is this mean, but refuses rows whose float32 values miss 1
    # by more than 1e-5, as those of naive Bayes do.
    return float(np.mean([roc_auc(y == code, each[:, code]) for code in codes]))


def _roc_auc_influence(y: Labels, outputs: Outputs) -> Values:
    """Return each row's influence on the mean of the areas of one class against the rest.

    Of one class it is DeLong's structural component: the share of the rows on the other
    side that the row is ranked on the right side of, less the area (E. R. DeLong et al.
    1988, Biometrics 44, 837-845).
    """
    each = outputs.probabilities if outputs.probabilities is not None else outputs.scores
    assert each is not None  # what the metric needs
    influence = np.zeros(len(y))
    for code in range(each.shape[1]):
        inside = y == code
        ranked = np.empty(len(y))
        ranked[inside] = share_below(each[inside, code], each[~inside, code])
        ranked[~inside] = 1 - share_below(each[~inside, code], each[inside, code])
        n_own = np.where(inside, inside.sum(), (~inside).sum())
        influence += (ranked - ranked[inside].mean()) * len(y) / n_own
    mean: Values = influence / each.shape[1]
    return mean


def share_below(values: NDArray[Any], others: NDArray[Any]) -> Values:
    """Return for each value the share of the others below it, ties half.

    Parameters
    ----------
    values, others : ndarray of shape (n_values,) and (n_others,)
        Scores of the rows on either side.
    """
    ordered = np.sort(others)
    left = np.searchsorted(ordered, values, side="left")
    right = np.searchsorted(ordered, values, side="right")
    share: Values = (left + right) / (2 * len(others))
    return share


def _roc_auc_scorer(classes: NDArray[Any], _positive: Any) -> ScorerCall | None:
    """Return scikit-learn's scorer of two classes; that of more refuses scores."""
    from sklearn.metrics import get_scorer

    return get_scorer("roc_auc") if len(classes) == 2 else None


def roc_auc(y_true: NDArray[Any], y_score: NDArray[np.floating[Any]]) -> float:
    """Return scikit-learn's area under the ROC curve, without its checks of arguments.

    Those take nearly all of its time on few rows. Its operations, in its order: equal to
    the bit.

    Parameters
    ----------
    y_true : ndarray of shape (n_samples,)
        1 or True for the positive class; both classes occur.
    y_score : ndarray of float, shape (n_samples,)
        Higher for the positive class.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    thresholds, hits = _hits(y_true == 1, y_score)
    false = 1 + thresholds - hits
    if len(hits) > 2:  # points on a line between others are left out
        corner = np.ones(len(hits), dtype=bool)
        corner[1:-1] = np.logical_or(np.diff(false, 2), np.diff(hits, 2))
        hits, false = hits[corner], false[corner]
    hits, false = np.append(0.0, hits), np.append(0.0, false)
    return float(np.trapezoid(hits / hits[-1], false / false[-1]))


def _hits(
    positive: NDArray[np.bool_], y_score: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.intp], Values]:
    """Return the last row of each different score, highest first, and the hits so far."""
    if not np.isfinite(y_score).all():
        raise ValueError("The scores contain NaN or infinity.")
    order = np.argsort(y_score, kind="stable")[::-1]
    thresholds = np.append(np.flatnonzero(np.diff(y_score[order])), len(order) - 1)
    return thresholds, np.cumsum(positive[order], dtype=np.float64)[thresholds]


def average_precision(
    y_true: NDArray[Any], y_score: NDArray[np.floating[Any]], *, pos_label: Any = 1
) -> float:
    """Return scikit-learn's average precision of two classes, 25 times as fast.

    The interval of one case takes it 200 times, and scikit-learn's checks of its
    arguments are nearly all of that. Its operations, in its order: equal to the bit.

    Parameters
    ----------
    y_true : ndarray of shape (n_samples,)
        Labels of two classes, both of which occur.
    y_score : ndarray of float, shape (n_samples,)
        Higher for the positive class.
    pos_label : object
        The label of the positive class.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    thresholds, hits = _hits(y_true == pos_label, y_score)
    precision, recall = hits / (1 + thresholds), hits / hits[-1]
    steps = np.diff(np.append(recall[::-1], 0.0))
    return max(0.0, -float(np.sum(steps * precision[::-1])))


def _average_precision(y: Labels, outputs: Outputs) -> float | None:
    """Return the average precision; None where a class has no true row."""
    return _PRECISION(y, outputs) if len(np.unique(y)) == 2 else None


#: What scikit-learn's scorer of average precision calls, in order of preference.
_RANKS = ("decision_function", "predict_proba")
_PRECISION = ScoreFunction(average_precision, _RANKS)


def _average_precision_scorer(classes: NDArray[Any], positive: Any) -> ScorerCall:
    from sklearn.metrics import average_precision_score

    return ScoreFunction(average_precision_score, _RANKS).scorer_for(classes, positive)


PROBABILITIES = (
    Metric(
        name="log_loss",
        label="log loss",
        range=(0.0, math.inf),
        greater_is_better=False,
        needs="probabilities",
        row_losses=_log_losses,
        function=_log_loss,
        scorer=_log_loss_scorer,
    ),
    Metric(
        name="brier",
        label="Brier score",
        range=(0.0, 2.0),
        greater_is_better=False,
        needs="probabilities",
        row_losses=_brier_losses,
    ),
    Metric(
        name="roc_auc",
        label="ROC AUC (one-vs-rest, macro)",
        label_of_two="ROC AUC",
        needs="scores",
        function=_roc_auc,
        influence=_roc_auc_influence,
        scorer=_roc_auc_scorer,
        inference="auc",
    ),
    Metric(
        name="average_precision",
        label="average precision",
        needs="scores",
        binary=True,
        function=_average_precision,
        scorer=_average_precision_scorer,
    ),
)
