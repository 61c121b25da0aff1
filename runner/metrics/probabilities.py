"""Metrics of class probabilities: log loss, Brier score, ROC AUC."""

import math

import numpy as np

from tunecard.runner.metrics.confusion import Values
from tunecard.runner.metrics.value import Labels, Metric, Outputs, Probabilities


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


def _roc_auc(y: Labels, outputs: Outputs) -> float | None:
    """Return the area under the ROC curve; None where a class has no true row."""
    from sklearn.metrics import roc_auc_score

    shares = _shares(outputs)
    codes = np.arange(shares.shape[1])
    if len(np.unique(y)) < len(codes):
        return None
    # One class against the rest, each by its own probability: roc_auc_score with
    # multi_class="ovr" is this mean, but refuses rows whose float32 values miss 1
    # by more than 1e-5, as those of naive Bayes do.
    positives = codes[1:] if len(codes) == 2 else codes
    return float(np.mean([roc_auc_score(y == c, shares[:, c]) for c in positives]))


PROBABILITIES = (
    Metric(
        name="log_loss",
        label="log loss",
        range=(0.0, math.inf),
        greater_is_better=False,
        needs="probabilities",
        row_losses=_log_losses,
        function=_log_loss,
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
        needs="probabilities",
        function=_roc_auc,
        inference="auc",
    ),
)
