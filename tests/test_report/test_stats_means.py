"""Means over folds and of differences, against SciPy and the papers' formulas."""

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.means import (
    of_differences,
    over_folds,
    t_quantile,
)

SCORES = [0.9696, 0.9755, 0.9737, 0.9742, 0.9746]


def test_folds_have_nadeau_and_bengios_variance() -> None:
    """(1/J + n2/n1) s**2 in Student's interval, J - 1 degrees of freedom."""
    interval = over_folds(SCORES, ((48_000, 12_000),) * 5)
    half = stats.t.ppf(0.975, 4) * np.sqrt((1 / 5 + 1 / 4) * np.var(SCORES, ddof=1))
    assert interval is not None
    assert interval.high - interval.low == pytest.approx(2 * half)
    assert (interval.low + interval.high) / 2 == pytest.approx(np.mean(SCORES))


def test_the_corrected_interval_is_half_again_as_wide_as_the_naive_one() -> None:
    """For 5 folds sqrt(0.45 / 0.2) = 1.5, as section 5 of the paper implies."""
    corrected = over_folds(SCORES, ((80, 20),) * 5)
    naive = of_differences(SCORES)
    assert corrected is not None
    assert naive is not None
    assert corrected.high - corrected.low == pytest.approx(1.5 * (naive.high - naive.low))


def test_folds_without_spread_have_no_width() -> None:
    """Equal scores are a point, not an error."""
    interval = over_folds([0.5, 0.5], ((10, 10), (10, 10)))
    assert interval is not None
    assert (interval.low, interval.high) == (0.5, 0.5)


@pytest.mark.parametrize("values", [[], [0.3]])
def test_one_value_has_no_interval(values: list[float]) -> None:
    """Nothing is known of the spread of one fold or one pair."""
    assert over_folds(values, ((8, 2),)) is None
    assert of_differences(values) is None


def test_paired_differences_have_scipys_interval() -> None:
    """The interval of SciPy's paired t-test."""
    first, second = np.array([1.0, 2.0, 4.0, 3.0]), np.array([1.5, 2.1, 4.9, 3.2])
    expected = stats.ttest_rel(second, first).confidence_interval(0.95)
    interval = of_differences(second - first)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("freedom", [1, 2, 9, 10_000])
def test_the_quantile_is_scipys(freedom: int) -> None:
    """Of Student's t, two-sided."""
    assert t_quantile(0.95, freedom) == pytest.approx(stats.t.ppf(0.975, freedom))
