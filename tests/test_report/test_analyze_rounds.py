"""What more rounds would cost and show."""

import dataclasses

import numpy as np
import pytest

from tests.builders import KNN, make_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.rounds import MOST_ROUNDS, more_rounds, shown_by
from tunecard.report.analyze.types import TimeComparison
from tunecard.report.stats.ratios import paired_ratio
from tunecard.runner.clock.timing import MAX_ROUNDS


def compared(detectable: float | None = 0.2, floor: float = 0.02) -> TimeComparison:
    """Give the comparison of predict in a run of three rounds, with these noises."""
    (model,) = analyze(make_run(models=(KNN,))).models
    time = model.time("predict")
    assert time is not None
    return dataclasses.replace(time, detectable=detectable, floor=floor)


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
    """The half-width of their interval, or the noise floor where that is larger."""
    assert shown_by(compared(0.2), 3) == pytest.approx(0.2)
    assert shown_by(compared(0.2, floor=0.3), 3) == pytest.approx(0.3)
    assert shown_by(compared(None), 3) is None


def test_more_rounds_show_what_students_interval_says() -> None:
    """Of values with the same spread, on the log scale: 4.303 / sqrt 3, 2.262 / sqrt 10."""
    logs = np.array([-1.0, 0.0, 1.0]) * 0.05
    three = paired_ratio(np.ones(3), np.exp(logs))
    # Ten values of the same standard deviation, 0.05.
    ten_logs = np.array([-1.0, 1.0] * 5)
    ten_logs *= 0.05 / ten_logs.std(ddof=1)
    ten = paired_ratio(np.ones(10), np.exp(ten_logs))
    assert three is not None
    assert ten is not None
    assert shown_by(compared(three.half_width), 10) == pytest.approx(ten.half_width)
