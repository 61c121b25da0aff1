"""TC037: not shown to be better than always predicting the same value."""

import numpy as np
import pytest
from sklearn import metrics

from tests.findings import of_values, plain

RNG = np.random.default_rng(2)
TRUE = RNG.normal(50, 10, 300)
TRAIN = RNG.normal(50, 10, 500)


@pytest.mark.parametrize(
    ("metric", "name", "function", "constant"),
    [
        ("r2", "mean", metrics.mean_squared_error, TRAIN.mean()),
        ("mean_absolute_error", "median", metrics.mean_absolute_error, np.median(TRAIN)),
    ],
)
def test_a_model_that_predicts_noise_is_an_issue(
    metric: str, name: str, function: object, constant: float
) -> None:
    """By squares with the mean, by absolute errors with the median of training."""
    keys = ("ridge/baseline", "ridge/tuned", "knn/baseline", "knn/tuned")
    guesses = dict.fromkeys(keys, TRUE + RNG.normal(0, 1, 300))
    guesses["knn/tuned"] = 50 + RNG.normal(0, 3, 300)
    (finding,) = of_values(
        "TC037", true=TRUE, train=TRAIN, predicted=guesses, metric=metric
    )
    text = plain(finding.evidence)
    own = function(TRUE, guesses["knn/tuned"])  # type: ignore[operator] # scikit-learn's
    reached = function(TRUE, np.full(300, constant))  # type: ignore[operator] # scikit-learn's
    assert f"tuned {own:.{3 - int(np.log10(own))}f}" in text
    assert f"always predicting {constant:.2f}, the {name} of the training rows" in text
    assert text.endswith(f"gets {reached:.{3 - int(np.log10(reached))}f}.")


def test_a_model_that_predicts_is_no_finding() -> None:
    """Errors far below the spread of the target."""
    assert of_values("TC037") == []
