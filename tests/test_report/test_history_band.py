"""The band of earlier runs: how often it is left for nothing, what it notices."""

import numpy as np
import pytest

from tunecard.report.history.band import (
    FACTORS,
    FALSE_ALARMS,
    FEWEST,
    LEAST_METRIC,
    LEAST_TIME,
    WINDOW,
    metric_band,
    time_band,
)

#: Simulations a number of runs; the standard error of 1 % is then 0.03 %.
N_SIMULATIONS = 100_000


@pytest.mark.parametrize("n_runs", sorted(FACTORS))
def test_runs_that_are_alike_lie_outside_once_in_a_hundred(n_runs: int) -> None:
    """For normal values, whatever their number; NumPy's medians are the source."""
    rng = np.random.default_rng(n_runs)
    earlier = rng.normal(size=(N_SIMULATIONS, n_runs))
    newest = rng.normal(size=N_SIMULATIONS)
    middle = np.median(earlier, axis=1)
    spread = np.median(np.abs(earlier - middle[:, None]), axis=1)
    outside = np.mean(np.abs(newest - middle) > FACTORS[n_runs] * spread)
    assert outside == pytest.approx(FALSE_ALARMS, abs=4 * 0.0315 / 100)


def test_there_is_a_factor_for_every_number_of_runs() -> None:
    """From the fewest that a band is made of to the most."""
    assert sorted(FACTORS) == list(range(FEWEST, WINDOW + 1))


def test_the_band_is_the_median_and_the_factor_times_the_deviation() -> None:
    """By hand: median 3, absolute deviations 2 1 0 1 2, their median 1."""
    band = metric_band([1.0, 2.0, 3.0, 4.0, 5.0], least=0.0)
    assert band is not None
    assert band.median == 3.0
    assert band.high == pytest.approx(3 + FACTORS[5])
    assert band.low == pytest.approx(3 - FACTORS[5])


def test_a_time_is_taken_as_a_ratio() -> None:
    """The same ratio above and below; by hand: a deviation of a factor 2."""
    band = time_band([1.0, 2.0, 4.0, 8.0, 16.0])
    assert band is not None
    assert band.median == pytest.approx(4.0)
    assert band.high / band.median == pytest.approx(2 ** FACTORS[5])
    assert band.median / band.low == pytest.approx(2 ** FACTORS[5])


@pytest.mark.parametrize("band", [lambda v: metric_band(v, 0.1), time_band])
def test_few_runs_make_no_band(band: object) -> None:
    """Four say nothing."""
    assert callable(band)
    assert band([1.0] * (FEWEST - 1)) is None
    assert band([1.0] * FEWEST) is not None


def test_runs_long_ago_are_forgotten() -> None:
    """Twenty runs after a change the band is that of the new values alone."""
    band = time_band([100.0] * 50 + [1.0] * WINDOW)
    assert band is not None
    assert (band.median, band.n_runs) == (1.0, WINDOW)


def test_one_odd_run_does_not_move_it() -> None:
    """A run of ten times the time among nineteen leaves the band as it was."""
    usual = [1.0, 1.01, 0.99, 1.02, 0.98] * 3 + [1.0] * 4
    band, odd = time_band([*usual, 1.0]), time_band([*usual, 10.0])
    assert band is not None
    assert odd is not None
    assert odd.high == pytest.approx(band.high, rel=0.02)


def test_equal_times_leave_room_for_noise() -> None:
    """Where all were equal a time within 5 % is not outside."""
    band = time_band([2.0] * 10)
    assert band is not None
    assert band.side(2.0 * (1 + LEAST_TIME) * 0.999) == ""
    assert band.side(2.0 * (1 + LEAST_TIME) * 1.001) == "above"
    assert band.side(2.0 / (1 + LEAST_TIME) * 0.999) == "below"


@pytest.mark.parametrize("least", [LEAST_METRIC, 0.0025])
def test_a_metric_may_move_by_the_margin(least: float) -> None:
    """Where all were equal the margin itself is inside, a row more is not."""
    band = metric_band([0.95] * 10, least)
    assert band is not None
    assert band.side(0.95 - least) == ""
    assert band.side(0.95 + least) == ""
    assert band.side(0.95 - least - 0.0001) == "below"


def test_wild_times_make_no_infinite_band() -> None:
    """Times over thirty orders of magnitude still give numbers."""
    band = time_band([1e-15, 1.0, 1e15, 1e-15, 1e15])
    assert band is not None
    assert 0 < band.low < band.high < float("inf")
