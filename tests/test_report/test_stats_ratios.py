"""Ratios of times over rounds, and the noise floor."""

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.ratios import paired_ratio, time_ratio, widening
from tunecard.report.stats.rounds import drift_factor

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
    """By the factor of drift, on the log scale, where too few rounds are there to trim."""
    plain, wide = paired_ratio(FIRST, SECOND), time_ratio(FIRST, SECOND, 5)
    assert plain is not None
    assert wide is not None
    assert plain.half_width is not None
    assert wide.half_width is not None
    factor = np.log1p(wide.half_width) / np.log1p(plain.half_width)
    assert factor == pytest.approx(float(drift_factor(np.array(0.0), 4, 5)))
    assert wide.value == pytest.approx(plain.value)


def test_the_noise_floor_is_the_half_width_of_independent_rounds() -> None:
    """Student's of the paired ratios, and never under 2 %."""
    noisy = SECOND * np.array([1.1, 0.9, 1.0, 1.2])
    plain, times = paired_ratio(FIRST, noisy), time_ratio(FIRST, noisy, 5)
    assert plain is not None
    assert times is not None
    assert times.floor == pytest.approx(plain.half_width)
    exact = time_ratio(FIRST, 2 * FIRST, 5)
    assert exact is not None
    assert exact.floor == 0.02


def test_an_interval_has_ends_however_wide_it_is() -> None:
    """Two rounds whose ratios are a billion apart have no finite half-width to write."""
    ratio = time_ratio(np.ones(2), np.array([1e-150, 1e150]), 5, level=0.99)
    assert ratio is not None
    assert ratio.interval is not None
    assert np.isfinite([ratio.interval.low, ratio.interval.high]).all()


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
