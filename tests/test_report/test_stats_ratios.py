"""Ratios of times over rounds, and the noise floor."""

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.ratios import noise, noise_floor, paired_ratio, widening

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


def test_a_round_without_a_positive_finite_value_is_left_out() -> None:
    """NaN, infinity and 0 have no logarithm; the other rounds still count."""
    first = np.array([1.0, np.nan, 1.0, np.inf, 0.0])
    second = np.array([2.0, 2.0, 2.2, 2.0, 1.0])
    ratio = paired_ratio(first, second)
    assert ratio is not None
    assert ratio.n_rounds == 2
    assert ratio.value == pytest.approx(np.sqrt(4.4))
    assert paired_ratio(first[3:], second[3:]) is None


def test_times_have_wider_intervals_around_the_same_ratio() -> None:
    """By the factor that :func:`widening` gives, on the log scale."""
    plain, wide = paired_ratio(FIRST, SECOND), paired_ratio(FIRST, SECOND, n_calls=5)
    assert plain is not None
    assert wide is not None
    assert plain.half_width is not None
    assert wide.half_width is not None
    factor = np.log1p(wide.half_width) / np.log1p(plain.half_width)
    assert factor == pytest.approx(widening(4, 5))
    assert wide.value == plain.value


def test_widening_is_that_of_the_textbooks_covariance_matrix() -> None:
    """1' S 1 / n against the trace of C S / (n - 1), C the centring matrix."""
    n, share = 6, 0.015**2 / (0.015**2 + 0.02**2 * np.pi / 10)
    lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    covariance = np.where(lags == 0, 1.0, share * 0.5**lags)
    centring = np.eye(n) - 1 / n
    of_mean = covariance.sum() / n
    of_rounds = np.trace(centring @ covariance) / (n - 1)
    assert widening(n, 5) == pytest.approx(np.sqrt(of_mean / of_rounds))


@pytest.mark.parametrize("n_calls", [1, 2])
def test_slow_calls_count_where_no_median_resists_them(n_calls: int) -> None:
    """One call or two: 5 % of them are 30 % slower, and add to the noise within."""
    slow = 0.05 * 0.95 * np.log(1.3) ** 2
    share = 0.015**2 / (0.015**2 + (0.02**2 + slow) / n_calls)
    v = 1 + 2 * share * (2 / 3 * 0.5 + 1 / 3 * 0.25)
    assert widening(3, n_calls) == pytest.approx(np.sqrt(2 * v / (3 - v)))


@pytest.mark.parametrize("n_rounds", [2, 3, 10])
def test_widening_grows_with_the_calls_of_a_round(n_rounds: int) -> None:
    """And is never under 1."""
    factors = [widening(n_rounds, n_calls) for n_calls in (0, 1, 2, 3, 5, 10)]
    assert factors == sorted(factors)
    assert 1 < factors[0] <= factors[-1] < 2


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
