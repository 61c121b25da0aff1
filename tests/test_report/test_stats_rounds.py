"""Rounds on a shared machine: the trimmed mean, drift and outlying rounds."""

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.rounds import (
    WITHIN,
    autocorrelation,
    drift_factor,
    log_mean,
    outlying,
    trimmed_mean,
    typical_half_width,
)

LOGS = np.array([0.18, 0.21, 0.17, 0.20, 0.19, 0.23, 0.16, 0.22, 0.95, 0.185])


def test_the_mean_is_scipys_trimmed_mean() -> None:
    """30 % on each side of ten rounds: the round that a neighbor slowed is not in it."""
    mean, _, kept = trimmed_mean(LOGS)
    assert float(mean) == pytest.approx(stats.trim_mean(LOGS, 0.3))
    assert kept == 4


def test_the_error_is_scipys_of_the_winsorized_sample() -> None:
    """Winsorized standard deviation over (1 - 2 g / n) sqrt n (Tukey and McLaughlin)."""
    winsorized = np.asarray(stats.mstats.winsorize(LOGS, limits=(0.3, 0.3)))
    expected = winsorized.std(ddof=1) / (0.4 * np.sqrt(10))
    # h (h - 1) stands where n (n - 1) (1 - 2 g / n)**2 does: smaller by a known factor.
    expected *= np.sqrt(4 / 3 * 9 / 10)
    assert float(trimmed_mean(LOGS)[1]) == pytest.approx(expected)


def test_few_rounds_have_students_mean_and_error() -> None:
    """Under five rounds nothing is trimmed."""
    mean, error, kept = trimmed_mean(LOGS[:4])
    assert float(mean) == pytest.approx(LOGS[:4].mean())
    assert float(error) == pytest.approx(stats.sem(LOGS[:4]))
    assert kept == 4


def test_rounds_of_a_coarse_clock_still_have_noise() -> None:
    """Where all that is left after trimming is equal, the spread of all rounds counts."""
    logs = np.array([0.0, 0.0, 0.0, 0.3, -0.3])
    assert float(trimmed_mean(logs)[1]) > 0
    assert float(trimmed_mean(np.zeros(5))[1]) == 0


def test_drift_widens_as_the_textbooks_covariance_matrix() -> None:
    """1' S 1 / n against the trace of C S / (n - 1), C the centering matrix."""
    n, share = 6, 0.015**2 / (0.015**2 + WITHIN**2 * np.pi / 10)
    lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    covariance = np.where(lags == 0, 1.0, share * 0.72**lags)
    centering = np.eye(n) - 1 / n
    of_mean = covariance.sum() / n
    of_rounds = np.trace(centering @ covariance) / (n - 1)
    expected = np.sqrt(of_mean / of_rounds)
    assert float(drift_factor(np.array(0.0), n, 5)) == pytest.approx(expected)


def test_rounds_that_drift_are_detected_and_widen_more() -> None:
    """A slow wave over ten rounds against values that alternate."""
    wave = np.sin(np.linspace(0, 2 * np.pi, 10))
    alternating = np.array([-1.0, 1.0] * 5)
    assert float(autocorrelation(wave)) == 0.9
    assert float(autocorrelation(alternating)) == 0.0
    factors = drift_factor(np.array([0.0, 0.9]), 10, 5)
    assert factors[1] > 1.3 * factors[0]


def test_five_rounds_show_no_correlation() -> None:
    """Too few to estimate one."""
    assert float(autocorrelation(np.arange(5.0))) == 0.0


def test_a_slowed_round_is_outlying_and_noise_is_not() -> None:
    """3.5 deviations by the median absolute deviation; within 2 % is never far."""
    assert outlying(LOGS).nonzero()[0].tolist() == [8]
    assert not outlying(np.array([0, 0, 0, 0, 0, 0.019])).any()
    assert not outlying(np.array([0, 0, 0, 0, 0.9])).any()


def test_a_typical_half_width_is_that_of_the_median_standard_deviation() -> None:
    """Of three rounds: Student's quantile times the median of chi, widened for drift."""
    deviation = np.sqrt(stats.chi2.ppf(0.5, 2) / 2)
    drift = float(drift_factor(np.array(0.0), 3, 5))
    expected = stats.t.ppf(0.975, 2) * deviation / np.sqrt(3) * drift
    assert typical_half_width(3, 5) == pytest.approx(expected, rel=0.04)


def test_drifting_rounds_seldom_give_a_false_word() -> None:
    """2,000 A/A studies of ten rounds with an AR(1) of 0.8: 6 % at most, seed 0."""
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(2, 2_000, 10))
    for i in range(1, 10):
        steps[..., i] = 0.8 * steps[..., i - 1] + 0.6 * steps[..., i]
    logs = 0.015 * steps + rng.normal(scale=WITHIN / 1.8, size=steps.shape)
    mean, half, _ = log_mean(logs[1] - logs[0], 5)
    false = (np.abs(mean) > half) & (np.abs(mean) > np.log(1.02))
    assert false.mean() <= 0.06


def test_a_fifth_more_is_found_next_to_slowed_workers() -> None:
    """2,000 studies of ten rounds, 10 % of the workers half as fast: 90 %, seed 0."""
    rng = np.random.default_rng(0)
    logs = rng.normal(scale=0.02, size=(2, 2_000, 10))
    logs += np.log(1.5) * (rng.random(logs.shape) < 0.1)
    mean, half, _ = log_mean(np.log(1.2) + logs[1] - logs[0], 5)
    assert (mean > half).mean() >= 0.9
