"""The interval of one case's mean loss."""

import numpy as np
import pytest
from scipy import optimize, stats

from tunecard.report.stats.losses import mean_loss_ends, mean_loss_interval

ANY = (-np.inf, np.inf)


def test_losses_without_skewness_and_kurtosis_have_students_interval() -> None:
    """Of -1 and 1 as often: SciPy's interval of the mean."""
    losses = np.array([-1.0, 1.0] * 10)
    interval = mean_loss_interval(losses, range_=ANY)
    assert interval is not None
    expected = stats.t.interval(0.95, 19, 0, stats.sem(losses))
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_skewed_losses_have_halls_interval() -> None:
    """Hall's transformed statistic is the quantile of Student's t at either end."""
    losses = np.random.default_rng(0).exponential(size=60)
    interval = mean_loss_interval(losses, range_=ANY)
    assert interval is not None
    skewness = stats.skew(losses) / np.sqrt(60)
    cv = 2 / 59 + stats.kurtosis(losses) / 60
    target = stats.t.ppf(0.975, 2 / cv)

    def transformed(mean: float) -> float:
        t = (losses.mean() - mean) / stats.sem(losses)
        return float(t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / 6)

    for end, value in ((interval.low, target), (interval.high, -target)):
        solved = optimize.brentq(lambda mean, value=value: transformed(mean) - value, -9, 9)
        assert end == pytest.approx(solved)


@pytest.mark.parametrize("n", [40, 150])
def test_a_skewed_log_loss_is_covered(n: int) -> None:
    """Exponential losses, 4,000 studies: each end wrong in at most 3.3 %."""
    losses = np.random.default_rng([0, n]).exponential(size=(4_000, n))
    low, high = mean_loss_ends(losses)
    assert np.mean(low > 1) <= 0.033
    assert np.mean(high < 1) <= 0.033


def test_the_ends_stay_in_the_range_of_the_loss() -> None:
    """One row of a hundred holds the loss: it is not below 0."""
    losses = np.where(np.arange(100) == 0, 5.0, 1e-3)
    interval = mean_loss_interval(losses, range_=(0.0, np.inf))
    assert interval is not None
    assert interval.low == 0
    assert interval.high > losses.mean()


@pytest.mark.parametrize("losses", [[0.3], [0.2, np.inf], [0.1, np.nan], [0.5, 0.5, 0.5]])
def test_what_shows_no_spread_has_no_interval(losses: list[float]) -> None:
    """One row, an unlimited loss, no number, and equal losses."""
    assert mean_loss_interval(losses, range_=(0.0, np.inf)) is None
