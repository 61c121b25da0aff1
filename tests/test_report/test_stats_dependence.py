"""Whether neighboring rows are alike."""

from pathlib import Path

import numpy as np
import pytest

from tunecard.report.load import load
from tunecard.report.stats.dependence import dependence

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"


def test_errors_in_runs_have_a_design_effect_above_1() -> None:
    """Every error four times in a row: the blocks' variance is about fourfold."""
    rng = np.random.default_rng(0)
    errors = np.repeat(rng.random(1_000) < 0.1, 4).astype(float)
    found = dependence(errors, np.random.default_rng(1))
    assert found is not None
    assert found.design_effect == pytest.approx(4, rel=0.25)
    assert found.p < 0.01


def test_the_design_effect_by_hand() -> None:
    """Variance of the means of blocks of 40, times 40, over the variance of the rows."""
    rng = np.random.default_rng(2)
    values = rng.integers(-1, 2, 800).astype(float)
    found = dependence(values, rng)
    assert found is not None
    assert found.length == 40
    means = values.reshape(20, 40).mean(axis=1)
    expected = 40 * means.var(ddof=1) / values.var(ddof=1)
    assert found.design_effect == pytest.approx(expected)


def test_independent_rows_seldom_have_a_small_p() -> None:
    """Of 30 series without any dependence at most two are below 0.01."""
    rng = np.random.default_rng(3)
    small = 0
    for _ in range(30):
        result = dependence((rng.random(800) < 0.05).astype(float), rng)
        assert result is not None
        small += result.p < 0.01
    assert small <= 2


def test_too_few_rows_and_equal_ones_have_no_test() -> None:
    """Under 10 blocks of 40 rows, or where all values are the same."""
    rng = np.random.default_rng(4)
    assert dependence(rng.random(399), rng) is None
    assert dependence(np.ones(1_000), rng) is None


def test_mnist_has_runs_of_errors_and_none_of_differences() -> None:
    """Logistic regression on its 10,000 test rows, which two groups of writers wrote."""
    predictions = load(SAMPLE).predictions
    assert predictions is not None
    order = np.argsort(predictions.index)
    wrong = [
        (predictions.predicted[f"logreg/{variant}"] != predictions.y_true)[order]
        for variant in ("baseline", "tuned")
    ]
    errors = dependence(wrong[1].astype(float), np.random.default_rng(0))
    change = dependence(wrong[1] - wrong[0].astype(float), np.random.default_rng(0))
    assert errors is not None
    assert change is not None
    assert errors.p < 0.01
    assert errors.design_effect > 1.5
    assert change.p > 0.05
