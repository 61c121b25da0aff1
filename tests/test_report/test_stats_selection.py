"""The winner's luck: by resampled rows, by fold scores, and as a curve over candidates."""

from itertools import combinations

import numpy as np
import pytest
from scipy import integrate, stats

from tunecard.report.stats.posterior import correlated_t_beyond, paired_counts_beyond
from tunecard.report.stats.selection import (
    best_curve,
    corrected_gain,
    expected_best,
    fold_bias,
    resample_gains,
)


def test_expected_best_is_that_of_all_subsets() -> None:
    """Of 5 scores, the mean of the best over every subset of n of them."""
    scores = [0.3, 0.1, 0.9, 0.4, 0.35]
    expected = [
        np.mean([max(subset) for subset in combinations(scores, n)]) for n in range(1, 6)
    ]
    assert expected_best(scores) == pytest.approx(expected)


def test_luck_on_noise_is_removed() -> None:
    """50 coin flippers on 300 rows: most of the winner's gain goes, wins are spread."""
    rng = np.random.default_rng(4)
    candidates, baseline = rng.random((300, 50)) < 0.5, rng.random(300) < 0.5
    gain = corrected_gain(resample_gains(candidates, baseline, rng, n_resamples=300))
    expected = (candidates.mean(axis=0) - baseline.mean()).max()
    assert gain.naive == pytest.approx(expected, abs=1e-6)
    assert gain.corrected < gain.naive / 2
    assert gain.interval.low < 0 < gain.interval.high
    assert gain.wins.sum() == pytest.approx(1)


def test_a_single_candidate_needs_no_correction() -> None:
    """Its gain out of the resamples is its gain; and the curve is that number."""
    rng = np.random.default_rng(5)
    candidate, baseline = rng.random(200), rng.random(200)
    resamples = resample_gains(candidate[:, None], baseline, rng, n_resamples=2_000)
    mean = (candidate - baseline).mean()
    assert corrected_gain(resamples).corrected == pytest.approx(mean, abs=0.003)
    assert best_curve(resamples, rng).mean[0] == pytest.approx(mean, abs=0.003)


def test_one_discordant_row_is_not_certain() -> None:
    """1 row of 100: the interval contains 0, and what two rows more would leave open."""
    candidate = np.arange(100)[:, None] == 0
    resamples = resample_gains(candidate, np.zeros(100), np.random.default_rng(9))
    gain = corrected_gain(resamples)
    reach = stats.norm.ppf(0.975) * np.sqrt(2) / 100
    assert gain.interval.low <= gain.corrected - reach < 0
    assert gain.interval.high >= gain.corrected + reach


def test_copies_drawn_together_do_not_make_a_gain_more_certain() -> None:
    """Rows four times, drawn as units: the interval is as wide as that of the rows."""
    rng = np.random.default_rng(6)
    candidates, baseline = rng.random((100, 3)), rng.random(100)
    single = corrected_gain(resample_gains(candidates, baseline, rng)).interval
    copies = resample_gains(
        np.repeat(candidates, 4, axis=0),
        np.repeat(baseline, 4),
        rng,
        units=np.repeat(np.arange(100), 4),
    )
    fourfold = corrected_gain(copies).interval
    assert fourfold.high - fourfold.low == pytest.approx(single.high - single.low, rel=0.15)


@pytest.mark.parametrize("order", ["random", "own"])
def test_the_curve_ends_at_the_corrected_gain(order: str) -> None:
    """With all candidates the best of n is the search's winner."""
    rng = np.random.default_rng(7)
    chances = np.linspace(0.5, 0.7, 8)
    candidates, baseline = rng.random((400, 8)) < chances, rng.random(400) < 0.5
    resamples = resample_gains(candidates, baseline, rng)
    curve = best_curve(resamples, rng if order == "random" else None)
    assert curve.mean[-1] == pytest.approx(corrected_gain(resamples).corrected, abs=0.01)
    if order == "random":
        assert (np.diff(curve.mean) > -0.005).all()


def test_a_curve_in_its_own_order_begins_with_the_first_candidate() -> None:
    """The best of the first one is the first, however good the others are."""
    rng = np.random.default_rng(8)
    candidates, baseline = rng.random((300, 4)) < [0.2, 0.5, 0.6, 0.9], np.zeros(300)
    curve = best_curve(resample_gains(candidates, baseline, rng), None)
    assert curve.mean[0] == pytest.approx(candidates[:, 0].mean(), abs=0.01)


def test_tibshiranis_bias_by_hand() -> None:
    """The winner (mean 0.833) is beaten in the second fold alone, by 0.2."""
    assert fold_bias([[0.9, 0.8], [0.7, 0.9], [0.9, 0.7]]) == pytest.approx(0.2 / 3)
    assert fold_bias([[0.9, 0.8], [0.9, 0.7]]) == 0


@pytest.mark.parametrize(
    ("worse", "better", "n", "margin"),
    [(20, 46, 10_000, 0.0025), (3, 9, 450, 0.01), (0, 0, 100, 0.0)],
)
def test_paired_counts_have_the_dirichlet_posterior(
    worse: int, better: int, n: int, margin: float
) -> None:
    """The share of a million draws of NumPy's Dirichlet whose gain exceeds the margin."""
    rng = np.random.default_rng(0)
    draws = rng.dirichlet([worse + 1, better + 1, n - worse - better + 1], 1_000_000)
    expected = (draws[:, 1] - draws[:, 0] > margin).mean()
    found = paired_counts_beyond(worse, better, n, margin)
    assert found == pytest.approx(expected, abs=0.002)


def test_the_t_posterior_is_the_area_above_the_margin() -> None:
    """SciPy's density of a shifted and scaled t, integrated."""
    density = stats.t(4, loc=0.006, scale=0.002).pdf
    area, _ = integrate.quad(density, 0.0025, 0.2, points=[0.006])
    assert correlated_t_beyond(0.006, 0.002, 4, 0.0025) == pytest.approx(area, abs=1e-5)
