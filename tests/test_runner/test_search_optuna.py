"""Optuna as a strategy: its sampler proposes, and the journal repeats the dialog."""

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import optuna
import pytest

from tunecard.runner import config
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import scorer
from tunecard.runner.models import origins
from tunecard.runner.resampling import STRATIFIED, Fold
from tunecard.runner.schema import Distribution
from tunecard.runner.schema.strategies import OptunaSearch
from tunecard.runner.search import neighbors
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.search.runs import run_trials
from tunecard.runner.search.scoring import FoldScore
from tunecard.runner.store.journal import NullCheckpoint, Value

SEARCH = OptunaSearch(
    strategy="optuna",
    n_trials=16,
    folds=2,
    space={
        "C": Distribution(distribution="loguniform", low=1e-3, high=1e3),
        "tol": Distribution(distribution="uniform", low=0, high=1),
        "depth": Distribution(distribution="randint", low=1, high=9),
        "kind": ("a", None, (1, 2)),
    },
)
Y = np.repeat([0, 1], 20)


def value(params: dict[str, Any]) -> float:
    """Give a score that has its highest value inside the space."""
    bonus = 0.3 if params["kind"] is None else 0.0
    away = abs(math.log(params["C"])) + params["tol"] + abs(params["depth"] - 4)
    return bonus - float(away)


class Arithmetic:
    """Scores candidates by `value`, and counts how many it scored."""

    def __init__(self) -> None:
        self.n_scored = 0

    def score(
        self,
        settings: Sequence[dict[str, Any]],
        folds: Sequence[Fold],  # noqa: ARG002 # as every pool
        todo: Sequence[Piece],
    ) -> Iterator[tuple[Piece, FoldScore]]:
        """Score each piece; the baseline has a score of its own."""
        for piece in todo:
            self.n_scored += 1
            params = settings[piece.candidate]
            yield piece, FoldScore(score=value(params) if params else 0.0, cpu_seconds=0.0)

    def share(self, *_: Any) -> Iterator[tuple[int, neighbors.Shared]]:
        """Share nothing."""
        raise NotImplementedError


class Notes(NullCheckpoint):
    """A memory in a dict."""

    def __init__(self, kept: dict[str, Value]) -> None:
        self.kept = kept

    def recall(self, key: str) -> Value | None:
        """Return what was noted."""
        return self.kept.get(key)

    def record(self, key: str, value: Value) -> None:
        """Note it."""
        self.kept[key] = value


def searched(kept: dict[str, Value]) -> tuple[list[dict[str, Any]], int]:
    """Run the search on a journal; its candidates, and how many pieces were scored."""
    pool = Arithmetic()
    runs, _ = run_trials(
        SEARCH.begin(Y, 3),
        pool,
        STRATIFIED.inner(Y, 2, 0),
        (Y, 0),
        dict,
        Notes(kept),
        lambda _: None,
        scorer("accuracy"),
    )
    return [run.params for run in runs[1:]], pool.n_scored


def test_trials_are_those_of_optuna() -> None:
    """The candidates are what study.optimize tries with the same sampler and seed."""
    kinds = ["a", None, [1, 2]]
    tried = []

    def objective(trial: optuna.Trial) -> float:
        tried.append(
            {
                "C": trial.suggest_float("C", 1e-3, 1e3, log=True),
                "tol": trial.suggest_float("tol", 0, 1),
                "depth": trial.suggest_int("depth", 1, 9),
                "kind": kinds[trial.suggest_categorical("kind", [0, 1, 2])],
            }
        )
        return value(tried[-1])

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=3)
    optuna.create_study(direction="maximize", sampler=sampler).optimize(objective, 16)
    assert searched({})[0] == tried


def test_a_resumed_search_repeats_the_dialog() -> None:
    """From any part of its journal on, the same trials follow, and the rest is scored."""
    journal: dict[str, Value] = {}
    whole, n_all = searched(journal)
    assert n_all == len(journal) == 2 * (1 + 16)
    for n_kept in (1, 22, 29):
        again, n_scored = searched(dict(list(journal.items())[:n_kept]))
        assert (again, n_scored) == (whole, n_all - n_kept)


def test_a_failed_trial_does_not_end_the_search() -> None:
    """A candidate without a score is a failed trial; all others are proposed."""
    trials = SEARCH.begin(Y, 0)
    n_asked = 0
    while (batch := trials.ask()) is not None:
        n_asked += len(batch.candidates)
        trials.tell([math.nan] * len(batch.candidates))
    assert n_asked == 16


def test_a_space_of_several_tables_has_candidates_of_each() -> None:
    """A trial chooses a table, then the values of this table alone."""
    search = OptunaSearch.model_validate(
        {"strategy": "optuna", "space": [{"p": [1, 2]}, {"q": [3]}]}
    )
    names = {tuple(params) for params in search.candidates(Y, 0)}
    assert names == {("p",), ("q",)}


def test_a_seed_of_the_sampler_goes_before_the_studys() -> None:
    """The study's seed is used where the search names none."""
    own = SEARCH.model_copy(update={"sampler_seed": 5})
    assert own.candidates(Y, 0) == SEARCH.candidates(Y, 5) != SEARCH.candidates(Y, 0)


def test_fewer_trials_are_the_first_of_them() -> None:
    """A budget that cuts the search leaves its first trials."""
    thinned = SEARCH.thinned(4, {})
    assert thinned.stages(Y)[0].n_candidates == 4
    assert thinned.candidates(Y, 0) == SEARCH.candidates(Y, 0)[:4]


STUDY = """
name = "tree"
title = "A tree"
dataset = "iris"
[[models]]
name = "tree"
estimator = "sklearn.tree.DecisionTreeClassifier"
[models.search]
strategy = "optuna"
n_trials = 12
space = { max_depth = { distribution = "randint", low = 1, high = 16 } }
"""


def test_a_study_names_it_and_its_version_is_recorded() -> None:
    """A run's environment has Optuna's version, on which the candidates depend."""
    study = config.parse(STUDY, "study.toml")
    search = study.models[0].search
    assert isinstance(search, OptunaSearch)
    assert search.n_trials == 12
    assert origins.distributions(study) == ("optuna",)


def test_without_optuna_it_is_named_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One sentence, before anything long."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(StudyError) as refused:
        SEARCH.check(Y)
    assert 'Install it: pip install "tunecard[optuna]"' in str(refused.value)
