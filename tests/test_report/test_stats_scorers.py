"""Rows left out: standard errors against textbook forms, and what few rows show."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve
from statsmodels.stats.proportion import proportion_confint

from tests.stress.rankings import average_precisions
from tunecard.report.analyze.resampled import sets_left_out
from tunecard.report.stats.curves import curve_of
from tunecard.report.stats.scorers import (
    jackknife_interval,
    jackknife_test,
    leave_out,
    left_by_influence,
)
from tunecard.runner.metrics import Outputs, get


def test_of_a_mean_it_is_students_t_test() -> None:
    """The jackknife of a mean is its own standard error (Efron and Stein 1981)."""
    values = np.random.default_rng(0).uniform(-1, 1.4, 60)  # kurtosis below a normal's
    left = leave_out(lambda rows: float(values[rows].mean()), np.arange(60), alike=False)
    test = jackknife_test(left, (-np.inf, np.inf), 0.0)
    assert test is not None
    expected = stats.ttest_1samp(values, 0.0)
    assert test.p() == pytest.approx(expected.pvalue)
    ends = expected.confidence_interval()
    assert test.interval().low == pytest.approx(ends.low)
    assert test.interval().high == pytest.approx(ends.high)


def test_the_interval_of_a_share_is_wilsons() -> None:
    """20 of 40 rows, with one degree of freedom fewer and Student's quantile."""
    values = np.repeat([0.0, 1.0], 20)
    left = leave_out(lambda rows: float(values[rows].mean()), np.arange(40), alike=False)
    interval = jackknife_interval(left, (0.0, 1.0), 0.0)
    assert interval is not None
    alpha = 2 * stats.norm.sf(stats.t.ppf(0.975, 39))
    low, high = proportion_confint(19.5, 39, alpha, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((low, high))


def test_rows_that_are_alike_are_left_out_once_for_all() -> None:
    """Cells of equal rows give what leaving out every row gives."""
    values = np.repeat([0.0, 1.0, 3.0], [20, 15, 25])

    def mean(rows: NDArray[np.bool_]) -> float:
        return float(values[rows].mean())

    every = jackknife_test(leave_out(mean, np.arange(60), alike=False), (0, 3), 0.0)
    cells = np.repeat([0, 1, 2], [20, 15, 25])
    by_cell = jackknife_test(leave_out(mean, cells, alike=True), (0, 3), 0.0)
    assert every is not None
    assert by_cell is not None
    assert by_cell.p(1.2) == pytest.approx(every.p(1.2))
    assert by_cell.interval().low == pytest.approx(every.interval().low)


def test_a_value_that_no_row_changes_is_not_known_exactly() -> None:
    """A perfect average precision has an interval below 1."""
    y = np.arange(40) % 2
    left = leave_out(
        lambda rows: float(average_precision_score(y[rows], y[rows])),
        np.arange(40), alike=False,
    )  # fmt: skip
    test = jackknife_test(left, (0.0, 1.0), 1 / 40)
    assert test is not None
    assert test.interval().low < 0.99
    assert test.interval().high == 1.0


def test_curves_are_scikit_learns() -> None:
    """With ties, at every threshold."""
    rng = np.random.default_rng(0)
    y, ranking = rng.integers(0, 2, 200), rng.integers(0, 20, 200) / 20
    curve = curve_of(y == 1, ranking)
    rates, recalls, _ = roc_curve(y, ranking, drop_intermediate=False)
    np.testing.assert_allclose(curve.false_positive_rate, rates)
    np.testing.assert_allclose(curve.recall, recalls)
    precision, recall, _ = precision_recall_curve(y, ranking)
    np.testing.assert_allclose(curve.precision[::-1], precision)
    np.testing.assert_allclose(curve.recall[::-1], recall)


def test_the_influence_of_an_auc_is_what_leaving_out_a_row_does() -> None:
    """To first order, of three classes; its mean is 0."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 150)
    shares = rng.dirichlet([1, 1, 1], 150) + 0.7 * np.eye(3)[y]
    outputs = Outputs(probabilities=shares / shares.sum(axis=1, keepdims=True))
    metric = get("roc_auc")
    assert metric.influence is not None
    influence = metric.influence(y, outputs)
    assert influence.mean() == pytest.approx(0, abs=1e-12)

    def value(rows: NDArray[np.bool_]) -> float:
        area = metric.value(y[rows], outputs.take(rows))
        assert area is not None
        return area

    exact = leave_out(value, np.arange(150), alike=False)
    quick = left_by_influence(exact.estimate, influence, np.arange(150))
    np.testing.assert_allclose(quick.without, exact.without, atol=2e-5)
    tests = [jackknife_test(left, (0, 1), 0.0) for left in (exact, quick)]
    assert tests[0] is not None
    assert tests[1] is not None
    assert tests[1].sd == pytest.approx(tests[0].sd, rel=0.02)


def test_simulations_leave_rows_out_as_the_product_does() -> None:
    """Average precision by scikit-learn's function, set by set."""
    rng = np.random.default_rng(4)
    n = 300  # more than the sets
    y = rng.random(n) < 0.2
    first, second = y + rng.normal(size=n), y + rng.normal(size=n)

    def gap(rows: NDArray[np.bool_]) -> float:
        values = [average_precision_score(y[rows], case[rows]) for case in (first, second)]
        return float(values[1] - values[0])

    expected = leave_out(gap, sets_left_out(n), alike=False)
    ranked = average_precisions(y, [first, second])
    assert ranked.left.estimate == pytest.approx(expected.estimate)
    np.testing.assert_allclose(ranked.left.without, expected.without, atol=1e-12)
