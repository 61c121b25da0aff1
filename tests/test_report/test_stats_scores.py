"""Means of row losses, scores of any kind, and calibration."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import average_precision_score, r2_score, root_mean_squared_error

from tunecard.report.stats.calibration import calibration_error
from tunecard.report.stats.row_means import kurtosis_freedom, mean_difference
from tunecard.report.stats.scorers import scorer_difference


def test_evenly_spread_losses_are_scipys_paired_t() -> None:
    """Differences without excess kurtosis: p and interval of SciPy."""
    rng = np.random.default_rng(0)
    first, second = rng.random(50), rng.random(50) + 0.1
    expected = stats.ttest_rel(second, first)
    found = mean_difference(first, second)
    assert found is not None
    assert stats.kurtosis(second - first) < 0
    assert found.p() == pytest.approx(expected.pvalue, rel=1e-9)
    interval, reference = found.interval(), expected.confidence_interval()
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high))


def test_a_single_row_that_holds_the_spread_leaves_few_degrees_of_freedom() -> None:
    """``2 / (2 / (n - 1) + kurtosis / n)`` with SciPy's kurtosis."""
    values = np.append(np.random.default_rng(1).normal(size=39), 12.0)
    expected = 2 / (2 / 39 + stats.kurtosis(values) / 40)
    assert kurtosis_freedom(values) == pytest.approx(expected)
    assert kurtosis_freedom(values) < 5


def test_equal_losses_decide_nothing() -> None:
    """P is 1, and the interval is all that is possible."""
    found = mean_difference(np.full(30, 0.1), np.full(30, 0.1), bounds=(-1, 1))
    assert found is not None
    assert found.p() == 1
    assert (found.interval().low, found.interval().high) == (-1, 1)
    assert mean_difference([0.1, np.nan], [0.2, 0.3]) is None


def test_of_a_mean_the_jackknife_is_the_t_test() -> None:
    """Mean absolute error, row by row: standard error and p of the paired t-test."""
    rng = np.random.default_rng(2)
    y, first = rng.random(60), rng.random(60)
    second = first + 0.05 * rng.random(60)
    found = scorer_difference(
        y, first, second, lambda t, p: float(np.abs(t - p).mean()), rng
    )
    expected = mean_difference(np.abs(y - first), np.abs(y - second))
    assert found is not None
    assert expected is not None
    assert found.estimate == pytest.approx(expected.estimate)
    assert found.sd == pytest.approx(expected.sd, rel=1e-6)
    assert found.p() == pytest.approx(expected.p(), rel=1e-3)


@pytest.mark.parametrize("scorer", [r2_score, root_mean_squared_error])
def test_the_error_is_that_of_scipys_bootstrap(scorer: Callable[..., float]) -> None:
    """Within 20 % of the standard error of 200 resamples."""
    rng = np.random.default_rng(3)
    y = rng.normal(size=120)
    first, second = y + 0.6 * rng.normal(size=120), y + 0.5 * rng.normal(size=120)
    found = scorer_difference(y, first, second, scorer, rng)
    resampled = stats.bootstrap(
        (y, first, second),
        lambda t, a, b: scorer(t, b) - scorer(t, a),
        n_resamples=200,
        paired=True,
        vectorized=False,
        method="percentile",
        rng=rng,
    )
    assert found is not None
    assert found.sd / np.sqrt(120) == pytest.approx(resampled.standard_error, rel=0.2)


def test_many_rows_are_left_out_in_sets() -> None:
    """1,000 rows in 100 sets: the standard error of 300 sets, to 25 %."""
    rng = np.random.default_rng(4)
    y = rng.random(1_000) < 0.3
    first, second = (y + rng.normal(size=1_000) for _ in range(2))
    few = scorer_difference(y, first, second, average_precision_score, rng, max_sets=100)
    more = scorer_difference(y, first, second, average_precision_score, rng, max_sets=300)
    assert few is not None
    assert more is not None
    assert few.estimate == more.estimate
    assert few.sd == pytest.approx(more.sd, rel=0.25)


def test_a_score_that_is_undefined_on_the_rows_has_no_test() -> None:
    """A scorer that gives nan."""
    rng = np.random.default_rng(0)
    rows = np.arange(10.0)
    assert scorer_difference(rows, rows, rows, lambda *_: np.nan, rng) is None


def test_the_debiased_error_is_kumars() -> None:
    """``sum_b w_b ((y - c)**2 - y (1 - y) / (n_b - 1))`` over groups of 1,000 rows."""
    rng = np.random.default_rng(5)
    confidence = np.sort(rng.uniform(0.5, 1, 15_000))
    right = rng.random(15_000) < confidence - 0.05
    groups = [slice(i * 1_000, (i + 1) * 1_000) for i in range(15)]
    expected = np.mean(
        [
            (right[g].mean() - confidence[g].mean()) ** 2
            - right[g].mean() * (1 - right[g].mean()) / 999
            for g in groups
        ]
    )
    found = calibration_error(confidence, right)
    assert found is not None
    assert found.squared == pytest.approx(expected, abs=2e-6)
    assert found.interval.low < 0.05 < found.interval.high


def test_exact_probabilities_have_an_interval_from_0() -> None:
    """The lower end is 0 exactly where the test of calibration does not reject."""
    rng = np.random.default_rng(6)
    confidence = rng.uniform(0.5, 1, 500)
    exact = calibration_error(confidence, rng.random(500) < confidence)
    off = calibration_error(confidence, rng.random(500) < confidence - 0.2)
    assert exact is not None
    assert off is not None
    assert exact.p_calibrated > 0.025
    assert exact.interval.low == 0 < exact.interval.high
    assert off.p_calibrated < 0.025
    assert 0 < off.interval.low < 0.2 < off.interval.high


def test_perfect_confidence_is_an_interval_of_its_own() -> None:
    """All rows right at confidence 1: the error may still be above 0."""
    found = calibration_error(np.ones(100), np.ones(100, dtype=bool))
    assert found is not None
    assert found.value == 0
    assert found.interval.low == 0
    assert calibration_error(np.ones(10), np.ones(10, dtype=bool)) is None
