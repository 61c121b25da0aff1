"""The record of an Optuna study."""

from typing import Any

import pytest

from tunecard.runner.judge.optuna_study import record_of_study
from tunecard.runner.schema import Distribution

optuna = pytest.importorskip("optuna")


def make_study(direction: str) -> Any:
    """Run eight trials: one is pruned, one fails, the best is the last."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=direction)

    def objective(trial: Any) -> float:
        trial.suggest_int("depth", 1, 9)
        if trial.number == 2:
            trial.report(0.5, 3)
            raise optuna.TrialPruned
        if trial.number == 4:
            raise ValueError("no such depth")
        number: int = trial.number
        return float(number if direction == "maximize" else -number)

    study.optimize(objective, 8, catch=(ValueError,))
    return study


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_every_trial_is_a_candidate(direction: str) -> None:
    """Pruned and failed trials are among them, with the reason; the direction is kept."""
    study = make_study(direction)
    record = record_of_study(study)
    assert [one.status for one in record.candidates].count("failed") == 2
    assert record.candidates[2].reason == "pruned after step 3"
    assert record.candidates[4].scores == (None,)
    assert [one.params for one in record.candidates] == [t.params for t in study.trials]
    assert record.best == study.best_trial.number + 1 == 8
    done = [t.value if t.state.name == "COMPLETE" else None for t in study.trials]
    assert [one.scores[0] for one in record.candidates] == done
    assert record.scored is not None
    assert record.scored.greater_is_better == (direction == "maximize")


def test_distributions_are_the_space() -> None:
    """What each parameter was drawn from, written as in a study."""
    space = record_of_study(make_study("maximize")).space
    assert space is not None
    assert str(space.strategy) == "optuna"
    depth = Distribution(distribution="randint", low=1, high=9)
    assert dict(space.space) == {"depth": depth}


def test_the_time_of_a_trial_is_its_duration() -> None:
    """Wall time, as the study recorded it."""
    study = make_study("maximize")
    durations = [trial.duration.total_seconds() for trial in study.trials]
    found = [one.fold_seconds for one in record_of_study(study).candidates]
    assert found == pytest.approx(durations)
