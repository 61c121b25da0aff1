"""Groups, outer splits, searches and rounds."""

import math

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.auc import delong_covariance, placements
from tunecard.report.stats.grouped import (
    grouped_auc_difference,
    grouped_mean_difference,
)
from tunecard.report.stats.over_splits import split_difference, three_words
from tunecard.report.stats.ratios import paired_ratio
from tunecard.report.stats.rounds import (
    autocorrelation,
    changed,
    log_ratio,
    trimmed_mean,
    witness,
)
from tunecard.report.stats.selection import (
    best_curve,
    corrected_gain,
    expected_best,
    fold_bias,
)


def test_one_row_a_group_is_the_paired_t_test() -> None:
    """SciPy's p, where the differences have no excess kurtosis."""
    rng = np.random.default_rng(0)
    first, second = rng.random(40), rng.random(40)
    found = grouped_mean_difference(first, second, np.arange(40))
    assert found is not None
    expected = stats.ttest_rel(second, first).pvalue
    assert found.p() == pytest.approx(expected, rel=1e-9)


def test_groups_of_equal_size_are_durkalskis_statistic() -> None:
    """``T**2 = (n - 1) Q / (n - Q)`` with his Q over the groups' sums."""
    rng = np.random.default_rng(1)
    gaps = rng.integers(-1, 2, (30, 5))
    groups = np.repeat(np.arange(30), 5)
    found = grouped_mean_difference(np.zeros(150), gaps.ravel(), groups)
    assert found is not None
    sums = gaps.sum(axis=1)
    q = sums.sum() ** 2 / (sums**2).sum()
    error = found.sd / math.sqrt(30)
    assert (found.estimate / error) ** 2 == pytest.approx(29 * q / (30 - q))


def test_one_row_a_group_is_delong() -> None:
    """Obuchowski's variance is DeLong's, to one part in the number of rows."""
    rng = np.random.default_rng(2)
    positive = np.arange(300) < 100
    scores = rng.normal(size=(2, 300)) + positive
    found = grouped_auc_difference(positive, scores[0], scores[1], np.arange(300))
    covariance = delong_covariance(placements(positive, scores))
    expected = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert found is not None
    assert found.sd**2 / 300 == pytest.approx(expected, rel=1e-9)


def test_copies_of_rows_do_not_make_an_auc_more_certain() -> None:
    """Every row five times, in a group: the error stays that of the rows once."""
    rng = np.random.default_rng(3)
    positive = np.arange(100) < 40
    scores = rng.normal(size=(2, 100)) + positive
    one = grouped_auc_difference(positive, scores[0], scores[1], np.arange(100))
    five = grouped_auc_difference(
        np.repeat(positive, 5),
        np.repeat(scores[0], 5),
        np.repeat(scores[1], 5),
        np.repeat(np.arange(100), 5),
    )
    assert one is not None
    assert five is not None
    assert five.sd == pytest.approx(one.sd, rel=1e-9)


def test_the_three_words_are_baycomps() -> None:
    """``CorrelatedTTest.probs(x, y, rope=0.01, runs=1)`` of baycomp 1.0.3, to 1e-8."""
    first = [0.804, 0.796, 0.819, 0.803, 0.784, 0.811, 0.839, 0.828, 0.779, 0.762]
    second = [0.802, 0.807, 0.782, 0.809, 0.769, 0.806, 0.838, 0.832, 0.797, 0.793]
    words = three_words(np.subtract(second, first), 1 / 9, 0.01)
    assert words is not None
    assert (words.worse, words.equivalent, words.better) == pytest.approx(
        (0.11363947528273825, 0.7280278693692532, 0.15833265534800856), abs=1e-8
    )


def test_a_lower_metric_exchanges_better_and_worse() -> None:
    """And equal differences put everything on one word."""
    higher = three_words([0.02, 0.05, 0.03], 0.25, 0.01)
    lower = three_words([0.02, 0.05, 0.03], 0.25, 0.01, greater_is_better=False)
    assert higher is not None
    assert lower is not None
    assert (lower.worse, lower.better) == (higher.better, higher.worse)
    same = three_words([0.02, 0.02], 0.25, 0.01)
    assert same is not None
    assert same.better == 1


def test_the_corrected_t_by_hand() -> None:
    """Nadeau and Bengio: ``t = mean / (s sqrt(1 / J + n_test / n_train))``."""
    values = np.array([0.01, 0.04, 0.02, 0.03, -0.01])
    found = split_difference(values, 0.25)
    t = values.mean() / (values.std(ddof=1) * math.sqrt(1 / 5 + 0.25))
    assert found is not None
    assert found.p() == pytest.approx(2 * stats.t.sf(t, 4))
    assert split_difference([0.1], 0.25) is None


def test_expected_best_is_that_of_all_draws() -> None:
    """Of 4 scores, by every sequence of n draws with replacement."""
    scores = np.array([0.3, 0.1, 0.9, 0.4])
    mean, deviation = expected_best(scores)
    for n in range(1, 5):
        best = np.array(np.meshgrid(*[scores] * n)).reshape(n, -1).max(axis=0)
        assert mean[n - 1] == pytest.approx(best.mean())
        assert deviation[n - 1] == pytest.approx(best.std())


def test_luck_on_noise_is_removed() -> None:
    """50 coin flippers on 300 rows: most of the winner's gain goes, wins are spread."""
    rng = np.random.default_rng(4)
    candidates, baseline = rng.random((300, 50)) < 0.5, rng.random(300) < 0.5
    gain = corrected_gain(candidates, baseline, rng, n_resamples=300)
    expected = (candidates.mean(axis=0) - baseline.mean()).max()
    assert gain.naive == pytest.approx(expected, abs=1e-6)
    assert gain.corrected < gain.naive / 2
    assert gain.interval.low < 0 < gain.interval.high
    assert gain.wins.sum() == pytest.approx(1)


def test_a_single_candidate_needs_no_correction() -> None:
    """Its gain out of the resamples is its gain; and the curve is that number."""
    rng = np.random.default_rng(5)
    candidate, baseline = rng.random(200), rng.random(200)
    gain = corrected_gain(candidate[:, None], baseline, rng, n_resamples=2_000)
    assert gain.corrected == pytest.approx((candidate - baseline).mean(), abs=0.003)
    curve = best_curve(candidate[:, None], baseline, rng, n_resamples=2_000)
    assert curve.mean[0] == pytest.approx((candidate - baseline).mean(), abs=0.003)


def test_copies_in_groups_do_not_make_a_gain_more_certain() -> None:
    """Rows four times, drawn by group: the interval is as wide as that of the rows."""
    rng = np.random.default_rng(6)
    candidates, baseline = rng.random((100, 3)), rng.random(100)
    one = corrected_gain(candidates, baseline, rng).interval
    four = corrected_gain(
        np.repeat(candidates, 4, axis=0),
        np.repeat(baseline, 4),
        rng,
        units=np.repeat(np.arange(100), 4),
    ).interval
    assert four.high - four.low == pytest.approx(one.high - one.low, rel=0.15)


def test_the_curve_ends_at_the_corrected_gain() -> None:
    """With all candidates the best of n is the search's winner."""
    rng = np.random.default_rng(7)
    chances = np.linspace(0.5, 0.7, 8)
    candidates, baseline = rng.random((400, 8)) < chances, rng.random(400) < 0.5
    gain = corrected_gain(candidates, baseline, rng, n_resamples=1_500)
    curve = best_curve(candidates, baseline, rng, n_resamples=1_500)
    assert curve.mean[-1] == pytest.approx(gain.corrected, abs=0.01)
    assert (np.diff(curve.mean) > -0.005).all()


def test_tibshiranis_bias_by_hand() -> None:
    """The winner (mean 0.833) is beaten in the second fold alone, by 0.2."""
    assert fold_bias([[0.9, 0.8], [0.7, 0.9], [0.9, 0.7]]) == pytest.approx(0.2 / 3)
    assert fold_bias([[0.9, 0.8], [0.9, 0.7]]) == 0


def test_a_trimmed_mean_is_scipys() -> None:
    """Mean and Yuen's error of ``scipy.stats.trim_mean`` and a winsorized variance."""
    values = np.random.default_rng(8).normal(size=10)
    mean, error, kept = trimmed_mean(values)
    winsorized = np.asarray(stats.mstats.winsorize(values, (0.3, 0.3)))
    assert kept == 4
    assert mean == pytest.approx(stats.trim_mean(values, 0.3))
    assert error == pytest.approx(math.sqrt(winsorized.var(ddof=1) * 9 / (4 * 3)))


def test_one_slowed_round_does_not_hide_a_change() -> None:
    """Of 10 rounds, 20 % slower, one three times as slow: found, where t finds nothing."""
    rng = np.random.default_rng(9)
    first, second = (np.exp(0.02 * rng.normal(size=10)) for _ in range(2))
    second *= 1.2
    first[4] *= 3
    found = log_ratio(first, second, 5)
    assert found is not None
    plain = paired_ratio(first, second, 5)
    assert plain is not None
    assert plain.interval is not None
    assert plain.interval.low < 1
    assert changed(found[0])
    assert found[1].outlying == (4,)


def test_drift_is_detected() -> None:
    """An AR(1) of 0.9 over 200 rounds, and none in white noise."""
    rng = np.random.default_rng(10)
    steps = rng.normal(size=200)
    drift = np.zeros(200)
    for i in range(1, 200):
        drift[i] = 0.9 * drift[i - 1] + steps[i]
    assert autocorrelation(drift) > 0.8
    assert autocorrelation(steps) < 0.2
    assert autocorrelation(steps[:5]) == 0


def test_cpu_time_decides_where_the_wall_clock_is_disturbed() -> None:
    """The wall clock goes first; without either there is no witness."""
    rng = np.random.default_rng(11)
    first = np.exp(0.01 * rng.normal(size=8))
    second = 1.3 * np.exp(0.01 * rng.normal(size=8))
    wild = np.exp(rng.normal(size=8))
    cpu, wall = log_ratio(first, second, 5), log_ratio(first, second * wild, 5)
    assert cpu is not None
    assert wall is not None
    assert witness(cpu[0], cpu[0], 0.05) == "wall"
    assert witness(wall[0], cpu[0], 0.05) == "cpu"
    assert witness(wall[0], None, 0.05) == "none"


def test_a_round_without_a_time_is_left_out() -> None:
    """And one round alone has no inference."""
    found = log_ratio([1.0, np.nan, 1.0, 1.1], [1.1, 1.0, 1.2, 1.2], 5)
    assert found is not None
    assert found[0].n_units == 3
    assert log_ratio([1.0], [1.0], 5) is None
