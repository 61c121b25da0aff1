"""Means of losses of rows: Student's t, with fewer degrees of freedom for heavy tails."""

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.row_means import kurtosis_freedom, mean_difference
from tunecard.report.stats.shares import share_difference


def test_p_and_interval_are_scipys_where_tails_are_light() -> None:
    """Uniform differences have no excess kurtosis: the paired t test with n - 1."""
    first, second = np.random.default_rng(0).uniform(size=(2, 40))
    change = mean_difference(first, first + second - 0.45)
    expected = stats.ttest_1samp(second - 0.45, 0.0)
    assert change is not None
    assert change.p() == pytest.approx(expected.pvalue)
    ends, interval = expected.confidence_interval(0.95), change.interval()
    assert (interval.low, interval.high) == pytest.approx((ends.low, ends.high))


def test_a_few_rows_with_most_of_the_spread_leave_few_degrees_of_freedom() -> None:
    """Satterthwaite's 2 / (2 / (n - 1) + excess / n), the excess by SciPy."""
    values = np.array([*np.linspace(-1, 1, 38), 20.0, -20.0])
    excess = stats.kurtosis(values)
    assert kurtosis_freedom(values) == pytest.approx(2 / (2 / 39 + excess / 40))
    assert kurtosis_freedom(values) < 5


def test_equal_losses_on_few_rows_are_no_proof_of_equivalence() -> None:
    """As with shares of right rows: so many rows did not show a discordant one."""
    losses = np.linspace(0, 2, 50)
    change = mean_difference(losses, losses)
    assert change is not None
    assert (change.estimate, change.p()) == (0.0, 1.0)
    unseen = share_difference(0, 0, 50).interval().high
    assert change.interval().high == pytest.approx(2 * unseen)


@pytest.mark.parametrize("losses", [[0.5], [0.5, np.inf], []])
def test_what_has_no_mean_difference_is_nothing(losses: list[float]) -> None:
    """One row, or a loss that is not finite."""
    assert mean_difference(losses, losses) is None
