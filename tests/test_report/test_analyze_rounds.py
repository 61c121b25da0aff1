"""What more rounds would cost and show."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.builders import KNN, make_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.rounds import MOST_ROUNDS, more_rounds, shown_by
from tunecard.report.analyze.types import TimeComparison
from tunecard.report.stats.ratios import time_ratio
from tunecard.runner.clock.timing import MAX_ROUNDS


def compared(detectable: float | None) -> TimeComparison:
    """Give the comparison of predict in a run of three rounds of five calls."""
    (model,) = analyze(make_run(models=(KNN,))).models
    time = model.time("predict")
    assert time is not None
    return dataclasses.replace(time, detectable=detectable, n_calls=5)


def test_the_most_rounds_are_the_runners() -> None:
    """The report may not ask the runner, and says the same."""
    assert MOST_ROUNDS == MAX_ROUNDS


def test_the_budget_is_what_a_run_of_so_many_rounds_takes() -> None:
    """Two cases whose workers lived 30 s in 3 rounds: 20 s a round, and 40 s besides."""
    lives = {f"knn/{variant}": {"elapsed": 30.0} for variant in ("baseline", "tuned")}
    results = make_run(models=(KNN,), case=lives).results
    found = more_rounds(results.model_copy(update={"wall_seconds": 100.0}))
    assert found is not None
    assert found.n_rounds == 10
    assert found.budget == pytest.approx(240.0)


def test_a_run_that_went_on_counts_its_searches() -> None:
    """Its wall time is that of the last sitting."""
    lives = {f"knn/{variant}": {"elapsed": 30.0} for variant in ("baseline", "tuned")}
    results = make_run(models=(KNN,), case=lives).results.model_copy(
        update={"wall_seconds": 5.0}
    )
    found = more_rounds(results)
    assert found is not None
    searched = sum(search.wall_seconds or 0.0 for search in results.searches)
    assert found.budget == pytest.approx(200.0 + searched)


@pytest.mark.parametrize("rounds", [0, 10])
def test_there_are_no_more_rounds_than_ten_and_none_of_what_was_not_timed(
    rounds: int,
) -> None:
    """Nothing is advised then."""
    assert more_rounds(make_run(models=(KNN,), rounds=rounds).results) is None


def test_as_many_rounds_show_what_they_showed() -> None:
    """The half-width of their interval, and never less than 2 %."""
    assert shown_by(compared(0.2), 3) == pytest.approx(0.2)
    assert shown_by(compared(0.001), 3) == 0.02
    assert shown_by(compared(None), 3) is None


def test_more_rounds_show_what_their_interval_would_be() -> None:
    """On the log scale, as the half-widths of normal rounds typically shrink."""
    rng = np.random.default_rng(1)
    three, ten = (
        np.median([_half_width(rng.normal(scale=0.05, size=n)) for _ in range(1_000)])
        for n in (3, 10)
    )
    expected = np.expm1(np.log(1.2) * ten / three)
    assert shown_by(compared(0.2), 10) == pytest.approx(expected, rel=0.08)


def _half_width(logs: NDArray[np.float64]) -> float:
    ratio = time_ratio(np.ones(len(logs)), np.exp(logs), 5)
    assert ratio is not None
    assert ratio.half_width is not None
    return float(np.log1p(ratio.half_width))
