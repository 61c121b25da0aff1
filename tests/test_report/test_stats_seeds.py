"""The corrected resampled t-test over seeds, against the paper's formula by SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tunecard.report.stats.seeds import over_seeds

# Written down once with the formula of Nadeau and Bengio (2003), section 5, and
# scipy.stats.t: mean 0.012, s = 0.00836660, J = 5, n2/n1 = 1/3.
DIFFERENCES = (0.02, 0.01, 0.0, 0.02, 0.01)


def by_scipy(values: tuple[float, ...], share: float) -> tuple[float, float]:
    """Return t and p of the corrected test, as the paper has them."""
    plain = float(stats.ttest_1samp(values, 0.0).statistic)
    # Student's t divides by sqrt(1/J); the correction by sqrt(1/J + n2/n1).
    t = plain * math.sqrt((1 / len(values)) / (1 / len(values) + share))
    return t, 2 * float(stats.t.cdf(-abs(t), len(values) - 1))


def test_p_and_interval_are_the_paper_s() -> None:
    """Mean, p and 95 % interval equal those of the formula."""
    found = over_seeds(DIFFERENCES, n_train=300, n_test=100)
    assert found is not None
    t, p = by_scipy(DIFFERENCES, 1 / 3)
    assert found.estimate == pytest.approx(0.012)
    assert found.p() == pytest.approx(p, rel=1e-12)
    error = found.estimate / t
    expected = stats.t.interval(0.95, 4, loc=found.estimate, scale=error)
    assert (found.interval().low, found.interval().high) == pytest.approx(expected)


def test_a_worked_example() -> None:
    """Three differences of 1, 3 and 2 points on 300 and 100 rows, by hand.

    s = 1 point; variance (1/3 + 1/3) s^2; t = 2 / sqrt(2/3) = 2.449 with 2 degrees of
    freedom, for which p = 1 - t / sqrt(2 + t^2) in closed form.
    """
    found = over_seeds([0.01, 0.03, 0.02], n_train=300, n_test=100)
    assert found is not None
    t = 2 / math.sqrt(2 / 3)
    assert found.p() == pytest.approx(1 - t / math.sqrt(2 + t * t), rel=1e-12)
    half = 4.302653 * math.sqrt(2 / 3) * 0.01  # the tables' t of 2 degrees of freedom
    assert found.interval().high == pytest.approx(0.02 + half, rel=1e-6)


@given(
    # Shares of up to a million rows; squares of much less are no floats any more.
    st.lists(
        st.integers(-500_000, 500_000).map(lambda n: n / 1e6), min_size=2, max_size=12
    ),
    st.integers(10, 1000),
    st.integers(10, 1000),
)
def test_any_differences(values: list[float], n_train: int, n_test: int) -> None:
    """The p-value is never 0, and below 5 % just where the interval leaves out 0."""
    found = over_seeds(values, n_train, n_test)
    assert found is not None
    assert 0 < found.p() <= 1
    if found.sd > 0 and abs(found.p() - 0.05) > 1e-9:
        outside = found.interval().low > 0 or found.interval().high < 0
        assert outside == (found.p() < 0.05)
    assert found.interval().low <= found.interval(0.90).low
    assert found.interval(0.90).high <= found.interval().high


def test_equal_differences_tell_no_chance() -> None:
    """Without spread there is no variance, and nothing is claimed of it."""
    found = over_seeds([0.25, 0.25], n_train=10, n_test=10)
    assert found is not None
    assert (found.sd, found.p()) == (0.0, 1.0)


@pytest.mark.parametrize("values", [[0.1], [], [0.1, np.nan], [0.1, np.inf]])
def test_too_little_is_nothing(values: list[float]) -> None:
    """One seed has no spread, and what is no number no mean."""
    assert over_seeds(values, 10, 10) is None


def test_type_one_error_of_splits_that_share_rows() -> None:
    """Under no difference about 5 % of tests find one; uncorrected, far more would.

    Two classifiers that are right in independent 80 % of a population's rows, on 10
    random splits of a sample of 400 rows, 200 times.
    """
    rng = np.random.default_rng(0)
    corrected = naive = 0
    for _ in range(200):
        right = rng.random((2, 400)) < 0.8
        gain = right[1].astype(float) - right[0]
        means = [gain[rng.permutation(400)[:100]].mean() for _ in range(10)]
        found = over_seeds(means, n_train=300, n_test=100)
        assert found is not None
        corrected += found.p() < 0.05
        naive += float(stats.ttest_1samp(means, 0.0).pvalue) < 0.05
    assert corrected <= 20
    assert naive > 40
