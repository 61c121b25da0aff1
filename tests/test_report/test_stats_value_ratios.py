"""Ratios of means of rows, such as R2 and RMSE: Fieller's test and its interval."""

from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats
from sklearn.metrics import r2_score, root_mean_squared_error

from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.value_ratios import ratio_difference
from tunecard.runner.metrics import Outputs, get

RNG = np.random.default_rng(4)
TRUTH = RNG.normal(size=80)
FIRST, SECOND = (TRUTH + RNG.uniform(-scale, scale, 80) for scale in (1.0, 0.7))


def of(name: str, *cases: Any) -> tuple[Any, PairedInference | None]:
    """Compare cases by a metric."""
    ratio = get(name).ratio
    assert ratio is not None
    sums = ratio(TRUTH, [Outputs(values=case) for case in cases])
    return sums, ratio_difference(*sums, reach=1.0)


@pytest.mark.parametrize(
    ("name", "function"),
    [("r2", r2_score), ("root_mean_squared_error", root_mean_squared_error)],
)
def test_the_estimate_is_the_difference_of_scikit_learns_values(
    name: str, function: object
) -> None:
    """Of two cases their difference, of one its value."""
    assert callable(function)
    _, both = of(name, FIRST, SECOND)
    expected = function(TRUTH, SECOND) - function(TRUTH, FIRST)
    assert both is not None
    assert both.estimate == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["r2", "root_mean_squared_error"])
def test_equality_is_the_paired_t_test_of_the_numerators(name: str) -> None:
    """At a difference of 0 the denominator plays no part; light tails lose no freedom."""
    (numerators, _), both = of(name, FIRST, SECOND)
    assert both is not None
    t = float(stats.ttest_1samp(numerators, 0.0).statistic)
    freedom = 2 / (2 / 79 + max(stats.kurtosis(_rest(name)), 0) / 80)
    expected = 2 * stats.t.sf(abs(t), min(float(freedom), 79.0))
    assert both.p(0.0) == pytest.approx(expected, rel=1e-6)


def _rest(name: str) -> Any:
    (numerators, denominators), both = of(name, FIRST, SECOND)
    assert both is not None
    return numerators - both.estimate * denominators


@pytest.mark.parametrize("name", ["r2", "root_mean_squared_error"])
def test_the_interval_is_fiellers(name: str) -> None:
    """Its ends are the roots of the quadratic: a shift whose t statistic is critical."""
    (numerators, denominators), both = of(name, FIRST, SECOND)
    assert both is not None
    freedom = min(2 / (2 / 79 + max(stats.kurtosis(_rest(name)), 0) / 80), 79)
    critical = stats.t.ppf(0.975, freedom)

    def distance(shift: float) -> float:
        rest = numerators - shift * denominators
        return float(stats.ttest_1samp(rest, 0.0).statistic ** 2 - critical**2)

    interval = both.interval()
    ends = [
        optimize.brentq(distance, both.estimate, both.estimate + side)
        for side in (-2.0, 2.0)
    ]
    assert (interval.low, interval.high) == pytest.approx(ends, rel=1e-5)


def test_word_and_interval_agree() -> None:
    """0 lies in the interval exactly where the p-value is above 5 %."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        cases = TRUTH + rng.normal(0, 0.5, (2, 80)) * [[1.0], [1 + seed / 60]]
        _, both = of("r2", *cases)
        assert both is not None
        assert both.interval().contains(0.0) == (both.p(0.0) > 0.05)


def test_groups_are_the_units() -> None:
    """Rows that are each other's copies in a group count once."""
    (numerators, denominators), alone = of("r2", FIRST, SECOND)
    twice = [np.repeat(each, 3) for each in (numerators, denominators)]
    grouped = ratio_difference(*twice, unit=np.repeat(np.arange(80), 3), reach=1.0)
    assert alone is not None
    assert grouped is not None
    assert grouped.estimate == pytest.approx(alone.estimate)
    assert grouped.p(0.0) == pytest.approx(alone.p(0.0))
    assert grouped.interval().high == pytest.approx(alone.interval().high, rel=1e-6)


def test_equal_predictions_are_no_proof() -> None:
    """No difference in any row leaves an interval of some width about 0."""
    _, both = of("r2", FIRST, FIRST)
    assert both is not None
    assert (both.estimate, both.p(0.0)) == (0.0, 1.0)
    assert both.interval().high > 0


def test_the_medians_influence_is_its_sparsity() -> None:
    """Of normal errors the median's standard error is that of asymptotic theory."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=40_000)
    influence = get("median_absolute_error").influence
    assert influence is not None
    each = influence(y, Outputs(values=np.zeros_like(y)))
    density = 2 * stats.norm.pdf(stats.norm.ppf(0.75))
    assert each.std() == pytest.approx(1 / (2 * density), rel=0.03)
