"""Calibration error without its bias."""

import numpy as np
import pytest

from tunecard.report.stats.calibration import calibration_error


def test_it_is_kumars_debiased_estimator() -> None:
    """Proposition 4.1 of Kumar, Liang and Ma (2019), for two groups of equal values.

    Of 100 rows at 0.6 and 100 at 0.9, 50 and 80 are right: both gaps are 0.1, and each
    group's variance, with two rows of its own confidence, is subtracted.
    """
    confidence = np.repeat([0.6, 0.9], 100)
    right = np.concatenate([np.arange(100) < 50, np.arange(100) < 80])
    error = calibration_error(confidence, right)
    assert error is not None
    shares = np.array([(50 + 2 * 0.6) / 102, (80 + 2 * 0.9) / 102])
    expected = 0.1**2 - (shares * (1 - shares)).sum() / 200
    assert error.squared == pytest.approx(expected)
    assert error.value == pytest.approx(np.sqrt(expected))
    assert error.interval.low < error.value < error.interval.high


def test_exact_probabilities_have_no_error_on_average() -> None:
    """Where the expected calibration error has a bias as large as itself."""
    rng = np.random.default_rng(0)
    squared = []
    for _ in range(200):
        confidence = rng.uniform(0.5, 1.0, 500)
        error = calibration_error(confidence, rng.random(500) < confidence)
        assert error is not None
        squared.append(error.squared)
    assert np.mean(squared) == pytest.approx(0, abs=3 * np.std(squared) / np.sqrt(200))


@pytest.mark.parametrize("off", [0.0, 0.1])
def test_zero_is_covered_where_it_is_the_truth(off: float) -> None:
    """Confidence 0.7, right as often, or in 10 points less."""
    right = np.arange(400) % 10 < round(10 * (0.7 - off))
    error = calibration_error(np.full(400, 0.7), right)
    assert error is not None
    assert (error.interval.low == 0) == (off == 0)
    assert error.interval.low <= off <= error.interval.high


@pytest.mark.parametrize(("n", "bad"), [(19, 0.5), (400, np.nan), (400, np.inf)])
def test_too_few_rows_and_bad_confidence_have_none(n: int, bad: float) -> None:
    """Nor has one confidence that is not a number."""
    confidence = np.full(n, 0.7)
    confidence[3] = bad
    assert calibration_error(confidence, np.ones(n)) is None
