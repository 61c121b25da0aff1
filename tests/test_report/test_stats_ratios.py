"""Ratios of times over rounds, and the noise floor."""

import numpy as np
import pytest
from scipy import stats

from report.stats.ratios import noise, noise_floor, paired_ratio

FIRST = np.array([1.00, 1.03, 0.98, 1.01])
SECOND = np.array([1.20, 1.25, 1.19, 1.22])


def test_a_ratio_is_scipys_paired_t_on_logarithms() -> None:
    """Value and interval are those of ttest_rel on the logs, taken back by exp."""
    ratio = paired_ratio(FIRST, SECOND)
    logs = np.log(SECOND), np.log(FIRST)
    expected = stats.ttest_rel(*logs).confidence_interval(0.95)
    assert ratio is not None
    assert ratio.interval is not None
    assert ratio.value == pytest.approx(stats.gmean(SECOND / FIRST))
    ends = (ratio.interval.low, ratio.interval.high)
    assert ends == pytest.approx((np.exp(expected.low), np.exp(expected.high)))
    assert ratio.half_width == pytest.approx(np.sqrt(ends[1] / ends[0]) - 1)


def test_swapping_the_two_inverts_the_ratio() -> None:
    """Twice as long one way is half as long the other."""
    there, back = paired_ratio(FIRST, SECOND), paired_ratio(SECOND, FIRST)
    assert there is not None
    assert back is not None
    assert there.value * back.value == pytest.approx(1)


def test_one_round_has_a_ratio_and_no_interval() -> None:
    """And no round has neither."""
    ratio = paired_ratio(np.array([2.0]), np.array([3.0]))
    assert ratio is not None
    assert ratio.value == pytest.approx(1.5)
    assert ratio.interval is None
    assert paired_ratio(np.array([]), np.array([])) is None


def test_rounds_that_repeat_exactly_have_an_interval_of_no_width() -> None:
    """Zero variance is an answer, not an error."""
    ratio = paired_ratio(np.array([1.0, 1.0, 1.0]), np.array([2.0, 2.0, 2.0]))
    assert ratio is not None
    assert ratio.interval is not None
    assert (ratio.interval.low, ratio.interval.high) == pytest.approx((2, 2))


def test_noise_is_the_half_width_of_a_case_against_itself() -> None:
    """T times the root mean square of the steps' logs over the root of the rounds."""
    steps = np.diff(np.log(FIRST))
    half = stats.t.ppf(0.975, 3) * np.sqrt(np.mean(steps**2) / 4)
    assert noise(FIRST) == pytest.approx(np.exp(half) - 1)


def test_noise_pools_the_steps_of_both_cases() -> None:
    """Two cases of four rounds have six steps."""
    steps = np.concatenate([np.diff(np.log(FIRST)), np.diff(np.log(SECOND))])
    half = stats.t.ppf(0.975, 6) * np.sqrt(np.mean(steps**2) / 4)
    assert noise(FIRST, SECOND) == pytest.approx(np.exp(half) - 1)


def test_the_floor_is_never_under_2_percent() -> None:
    """Nor is it unknown under 3 rounds, where there is no noise to measure."""
    assert noise(np.array([1.0, 1.1])) is None
    assert noise_floor(np.array([1.0, 1.1])) == 0.02
    assert noise_floor(np.ones(5)) == 0.02
    assert noise_floor(np.array([1.0, 1.5, 1.0])) > 0.5


def test_a_case_against_itself_stays_within_its_noise() -> None:
    """Of 500 pairs with 2 % noise, about 95 % differ by no more than the noise says."""
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(500):
        first, second = np.exp(rng.normal(scale=0.02, size=(2, 5)))
        ratio, floor = paired_ratio(first, second), noise(first, second)
        assert ratio is not None
        assert floor is not None
        inside += abs(np.log(ratio.value)) <= np.log1p(floor)
    assert inside / 500 > 0.93
