"""The metrics of a case against scikit-learn's own."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from runner.metrics import quality
from runner.schema import Quality

CLASSES = ("a", "b", "c")


def score(y_true: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Quality:
    """Score probabilities, the most probable class being the prediction."""
    y_pred = probabilities.argmax(axis=1)
    names = CLASSES[: probabilities.shape[1]]
    return quality(y_true, y_pred, probabilities, names, (y_true, y_pred))


def draw(n_classes: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Draw true codes and probabilities that know a little of them."""
    rng = np.random.default_rng(0)
    y_true = rng.integers(n_classes, size=200)
    weights = rng.random((200, n_classes)) + 0.5 * np.eye(n_classes)[y_true]
    shares = weights / weights.sum(axis=1, keepdims=True)
    return y_true, shares.astype(np.float32)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_roc_auc_is_scikit_learns(n_classes: int) -> None:
    """ROC AUC is scikit-learn's one-vs-rest macro mean, or its own for two classes."""
    y_true, shares = draw(n_classes)
    told = shares[:, 1] if n_classes == 2 else shares
    expected = roc_auc_score(y_true, told, multi_class="ovr")
    assert score(y_true, shares).test["roc_auc"] == expected


def test_rows_that_miss_one_by_rounding_are_scored() -> None:
    """Naive Bayes in float32 misses a sum of 1 by more than 1e-5; that is no crash."""
    y_true, shares = draw(3)
    off = shares.copy()
    off[0] *= np.float32(1 + 5e-5)
    value = score(y_true, off).test["roc_auc"]
    assert value == pytest.approx(
        roc_auc_score(y_true, shares, multi_class="ovr"), abs=1e-3
    )
