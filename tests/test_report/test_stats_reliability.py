"""Confidence against accuracy, bin by bin."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from tunecard.report.stats.reliability import Reliability, reliability

#: Three classes, so that the largest probability is over a third.
RNG = np.random.default_rng(0)
SHARES = RNG.dirichlet((0.5, 0.5, 0.5), size=2_000)
TRUTH = (RNG.random((2_000, 1)) > SHARES.cumsum(axis=1)).sum(axis=1)


def of(
    shares: NDArray[np.floating], truth: NDArray[np.integer], n_bins: int = 15
) -> Reliability:
    """The reliability, which there is."""
    found = reliability(shares, truth, n_bins)
    assert found is not None
    return found


def test_bins_are_scikit_learns_calibration_curve() -> None:
    """Mean confidence and accuracy of every bin that has rows."""
    right = SHARES.argmax(axis=1) == TRUTH
    accuracy, confidence = calibration_curve(right, SHARES.max(axis=1), n_bins=15)
    bins = [one for one in of(SHARES, TRUTH).bins if one.count]
    assert [one.confidence for one in bins] == pytest.approx(confidence)
    assert [one.accuracy for one in bins] == pytest.approx(accuracy)


def test_the_error_is_guos_sum_over_bins() -> None:
    """Equation 3 of Guo et al. (2017), row by row."""
    confidence = SHARES.max(axis=1)
    right = SHARES.argmax(axis=1) == TRUTH
    expected = 0.0
    for m in range(15):
        inside = (confidence > m / 15) & (confidence <= (m + 1) / 15)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            expected += inside.sum() / 2_000 * gap
    assert of(SHARES, TRUTH).ece == pytest.approx(expected)


def test_a_bin_has_an_exact_interval_and_its_ends() -> None:
    """Of the share that is right."""
    found = of(SHARES, TRUTH).bins[12]
    hits = round((found.accuracy or 0) * found.count)
    assert found.interval is not None
    ends = (found.interval.low, found.interval.high)
    assert ends == pytest.approx(proportion_confint(hits, found.count, method="beta"))
    assert (found.low, found.high) == pytest.approx((12 / 15, 13 / 15))


def test_every_row_is_in_a_bin_and_empty_bins_say_so() -> None:
    """Nobody's largest of three probabilities is below a third."""
    found = of(SHARES, TRUTH)
    assert sum(one.count for one in found.bins) == found.n == 2_000
    assert found.bins[0].count == 0
    assert found.bins[0].confidence is found.bins[0].accuracy is None


@pytest.mark.parametrize("step", range(1, 16))
def test_the_upper_end_belongs_to_a_bin_in_float32(step: int) -> None:
    """3/5 as float32 is above 3/5, and 5 neighbors of 5 stay in the last bin."""
    shares = np.array([[step / 15, 0.0]] * 2, dtype=np.float32)
    assert of(shares, np.array([0, 0])).bins[step - 1].count == 2


def test_exact_probabilities_err_by_chance_alone() -> None:
    """Over many draws of labels the mean error is what is said."""
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        truth = (rng.random((2_000, 1)) > SHARES.cumsum(axis=1)).sum(axis=1)
        errors.append(of(SHARES, truth).ece)
    assert np.mean(errors) == pytest.approx(of(SHARES, TRUTH).chance, rel=0.05)


def test_one_bin_has_the_gap_of_its_means() -> None:
    """80 of 100 right at confidence 0.9: an error of 0.1."""
    shares = np.tile([0.9, 0.1], (100, 1))
    truth = (np.arange(100) >= 80).astype(int)
    found = of(shares, truth)
    assert (found.ece, found.confidence, found.accuracy) == pytest.approx((0.1, 0.9, 0.8))


def test_all_right_and_certain_is_no_error() -> None:
    """Nothing is left to chance."""
    found = of(np.tile([1.0, 0.0], (50, 1)), np.zeros(50, dtype=int))
    assert (found.ece, found.chance) == (0, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_has_no_reliability(bad: float) -> None:
    """Nor has one row alone."""
    shares = SHARES.copy()
    shares[7, 1] = bad
    assert reliability(shares, TRUTH) is None
    assert reliability(SHARES[:1], TRUTH[:1]) is None
