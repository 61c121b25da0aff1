"""Two independent samples, against statsmodels and SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats
from statsmodels.stats.proportion import power_proportions_2indep
from statsmodels.stats.proportion import test_proportions_2indep as score_test
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from tunecard.report.stats.independent import (
    RUN_FLOOR,
    difference_of_means,
    independent_differences,
    run_floor,
    run_ratio,
    two_proportions,
)
from tunecard.report.stats.labels import Cells, cells
from tunecard.report.stats.power import detectable
from tunecard.report.stats.ratios import widening
from tunecard.runner.metrics import AVERAGES

SAMPLES = [(48, 80, 56, 70), (9688, 10_000, 4857, 5_000), (1, 30, 9, 41), (200, 400, 3, 7)]


def constrained_score(
    delta: float, first: int, n_first: int, second: int, n_second: int
) -> float:
    """The score statistic of a difference, its variance found by maximizing numerically."""

    def loss(share: float) -> float:
        other = share + delta
        return -float(
            special.xlogy(first, share)
            + special.xlog1py(n_first - first, -share)
            + special.xlogy(second, other)
            + special.xlog1py(n_second - second, -other)
        )

    ends = (max(0.0, -delta) + 1e-12, min(1.0, 1 - delta) - 1e-12)
    share = optimize.minimize_scalar(
        loss, bounds=ends, method="bounded", options={"xatol": 1e-12}
    ).x
    variance = share * (1 - share) / n_first
    variance += (share + delta) * (1 - share - delta) / n_second
    n = n_first + n_second
    gap = second / n_second - first / n_first - delta
    return float(gap / math.sqrt(variance * n / (n - 1)))


@pytest.mark.parametrize("level", [0.90, 0.95])
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_ends_of_two_proportions_are_just_not_rejected(
    sample: tuple[int, int, int, int], level: float
) -> None:
    """At both ends the score, with its variance maximized numerically, is the quantile.

    statsmodels 0.15 inverts another variance for differences that are not 0.
    """
    interval = two_proportions(*sample).interval(level)
    z = stats.norm.ppf((1 + level) / 2)
    assert constrained_score(interval.low, *sample) == pytest.approx(z, abs=1e-5)
    assert constrained_score(interval.high, *sample) == pytest.approx(-z, abs=1e-5)


@pytest.mark.parametrize("sample", SAMPLES)
def test_score_p_is_statsmodels(sample: tuple[int, ...]) -> None:
    """The p-value is that of the score test."""
    first, n_first, second, n_second = sample
    expected = score_test(second, n_second, first, n_first, compare="diff", method="score")
    assert two_proportions(*sample).p() == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("right", [0, 50])
def test_equal_extremes_are_no_difference(right: int) -> None:
    """Where all rows, or none, are right in both, p is 1 and the interval has a width."""
    same = two_proportions(right, 50, right, 50)
    interval = same.interval()
    assert same.p() == 1
    assert interval.low < 0 < interval.high
    # By hand: all of one sample right, the other's share is all that varies.
    z2 = stats.norm.ppf(0.975) ** 2 * 100 / 99
    assert interval.high == pytest.approx(z2 / (50 + z2), abs=1e-6)


@given(st.data())
def test_interval_and_test_agree(data: st.DataObject) -> None:
    """The interval leaves 0 out exactly where p is below 0.05, and lies within -1 and 1."""
    n_first, n_second = (data.draw(st.integers(2, 300)) for _ in range(2))
    first, second = (data.draw(st.integers(0, n)) for n in (n_first, n_second))
    change = two_proportions(first, n_first, second, n_second)
    interval = change.interval()
    assert -1 <= interval.low <= second / n_second - first / n_first <= interval.high <= 1
    p = change.p()
    if abs(p - 0.05) > 1e-6:
        assert (interval.low > 0 or interval.high < 0) == (p < 0.05)


def test_the_detectable_difference_has_the_power_it_says() -> None:
    """statsmodels: two samples of these sizes find it 8 times in 10."""
    delta = detectable(two_proportions(1800, 2000, 900, 1000))
    assert delta is not None
    power = power_proportions_2indep(delta, 0.9 - delta / 3, 1000, ratio=2, alpha=0.05)
    assert power.power == pytest.approx(0.80, abs=0.03)


def test_difference_of_means_is_welchs() -> None:
    """The interval is statsmodels' for unequal variances."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, 7), rng.normal(1, 3, 11)
    interval = difference_of_means(first, second)
    pair = CompareMeans(DescrStatsW(second), DescrStatsW(first))
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(
        pair.tconfint_diff(usevar="unequal")
    )


def test_difference_of_means_needs_two_values_each() -> None:
    """One value has no spread; a value that is not finite has no mean."""
    one, two = np.array([1.0]), np.array([1.0, 2.0])
    assert difference_of_means(one, two) is None
    assert difference_of_means(two, np.array([1.0, math.inf])) is None
    same = difference_of_means(np.array([1.0, 1.0]), np.array([3.0, 3.0]))
    assert same is not None
    assert (same.low, same.high) == (2, 2)


def table(n: int, share: float, seed: int) -> Cells:
    """A case that is right on a share of n rows of ten classes."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 10
    wrong = rng.random(n) > share
    guess = np.where(wrong, (truth + 1) % 10, truth)
    return cells(truth, guess, guess, 10)


def test_a_difference_on_other_rows_spreads_as_two_samples_do() -> None:
    """Of accuracy it is near the score test of two proportions; p and interval agree."""
    first, second = table(2000, 0.90, 1), table(1000, 0.95, 2)
    change = independent_differences(first, second, AVERAGES)["accuracy"]
    right = [int(t.counts[t.true == t.first].sum()) for t in (first, second)]
    score = two_proportions(right[0], 2000, right[1], 1000)
    assert change.estimate == pytest.approx(score.estimate)
    ends, expected = change.interval(), score.interval()
    assert (ends.low, ends.high) == pytest.approx((expected.low, expected.high), abs=0.004)
    assert (change.p() < 0.05) == (ends.low > 0)


def test_run_ratio_joins_the_spread_of_rounds_and_of_runs() -> None:
    """The half-width is the root of the squares of Welch's, widened, and the floor's."""
    first, second = np.array([1.0, 1.02, 0.99]), np.array([1.3, 1.28, 1.33])
    ratio = run_ratio(first, second, (5, 5), floor=0.10)
    welch = stats.ttest_ind(np.log(second), np.log(first), equal_var=False)
    ends = welch.confidence_interval(0.95)
    half = (ends.high - ends.low) / 2 * widening(3, 5)
    assert ratio is not None
    assert ratio.interval is not None
    assert ratio.value == pytest.approx(stats.gmean(second) / stats.gmean(first))
    assert ratio.half_width == pytest.approx(math.expm1(math.hypot(half, math.log(1.1))))
    assert ratio.half_width is not None
    assert ratio.interval.high == pytest.approx(ratio.value * (1 + ratio.half_width))


def test_run_ratio_of_one_round_has_no_interval() -> None:
    """One round a run has a ratio and no interval; none has not even that."""
    ratio = run_ratio(np.array([2.0]), np.array([4.0, 4.0]), (1, 1), floor=0.10)
    assert ratio is not None
    assert ratio.value == pytest.approx(2)
    assert (ratio.interval, ratio.n_rounds) == (None, 1)
    assert run_ratio(np.array([]), np.array([1.0]), (1, 1), floor=0.10) is None


def test_the_floor_is_ten_per_cent_until_five_runs_are_known() -> None:
    """However little four runs differ; from five on their own spread counts."""
    assert run_floor([0.0, 0.001, 0.0, 0.001], 1) == RUN_FLOOR == 0.10
    logs = [0.00, 0.02, -0.01, 0.03, 0.01]
    expected = stats.t.ppf(0.975, 4) * np.std(logs, ddof=1) * math.sqrt(2)
    assert run_floor(logs, 1) == pytest.approx(math.expm1(expected))


def test_the_floor_is_wider_for_more_times_and_never_below_two_per_cent() -> None:
    """Bonferroni over the times that are compared together; equal runs prove nothing."""
    logs = [0.00, 0.02, -0.01, 0.03, 0.01]
    expected = stats.t.ppf(1 - 0.025 / 8, 4) * np.std(logs, ddof=1) * math.sqrt(2)
    assert run_floor(logs, 8) == pytest.approx(math.expm1(expected))
    assert run_floor([0.0] * 9, 8) == 0.02
