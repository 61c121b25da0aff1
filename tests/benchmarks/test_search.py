"""The searches beside scikit-learn's own: the same candidates, folds and answer."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tests.benchmarks.conftest import read
from tests.benchmarks.sides import Row, interleaved, ratio
from tests.benchmarks.usual import fold_scores, grid_search, randomized_search
from tunecard.runner.config import load_study
from tunecard.runner.datasets import Dataset
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.schema import Strategy, Study, Subset
from tunecard.runner.search.tune import Tuned, tune

# The default study's own baseline stops at scikit-learn's limit of 100 iterations.
may_not_converge = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


def ours(estimator: Any, search: Strategy, study: Study, dataset: Dataset) -> Tuned:
    """Search as `tunecard run` does."""
    return tune(
        estimator,
        search,
        dataset.X_train,
        dataset.y_train,
        seed=study.seed,
        n_jobs=logical_cores(),
        progress=lambda _: None,
    )


def test_grid_over_k(
    benchmark: Any,
    study: Study,
    dataset: Dataset,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
) -> None:
    """Neighbors found once a fold give every score of GridSearchCV, to the bit."""
    benchmark.group = f"{study.name}: search for k"
    search = study.models[0].search
    assert search is not None
    name = "GridSearchCV, n_jobs=-1"
    own, seconds, tuned, returned = interleaved(
        benchmark,
        partial(ours, KNeighborsClassifier(), search, study, dataset),
        {name: partial(grid_search, search, study, dataset.X_train, dataset.y_train)},
        rounds=rounds(3),
    )
    assert tuned.method == "shared-neighbors"
    np.testing.assert_array_equal(
        [candidate.scores for candidate in tuned.candidates[1:]],
        fold_scores(returned[name], search.folds),
    )
    goal, aim = (15, 19) if study.name == "mnist" else (None, None)
    note(
        Row(
            work=f"{study.name} {dataset.info.n_train:,} rows: k, 20 candidates x 5 folds",
            against=name,
            ours=own,
            theirs=seconds[name],
            figure=ratio(own, seconds[name]),
            figure_unit="x",
            goal=goal,
            aim=aim,
            more={"fold scores": "equal to the bit"},
        )
    )


def test_grid_over_k_behind_a_scaler(
    benchmark: Any,
    mnist_dir: Path,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
) -> None:
    """Behind a scaler, too, every score of GridSearchCV comes from one table a fold."""
    benchmark.group = "mnist: search for k behind a scaler"
    study = load_study("mnist")
    dataset = read(study, Subset(train=12_000, test=1_000), mnist_dir)
    search = study.models[0].search
    assert search is not None
    behind = {f"model__{name}": values for name, values in search.space.items()}
    estimator = Pipeline([("scale", StandardScaler()), ("model", KNeighborsClassifier())])
    grid = search.model_copy(update={"space": behind})
    name = "GridSearchCV, n_jobs=-1"
    usual = partial(grid_search, grid, study, dataset.X_train, dataset.y_train, estimator)
    own, seconds, tuned, returned = interleaved(
        benchmark,
        partial(ours, estimator, grid, study, dataset),
        {name: usual},
        rounds=rounds(3),
    )
    assert tuned.method == "shared-neighbors"
    np.testing.assert_array_equal(
        [candidate.scores for candidate in tuned.candidates[1:]],
        fold_scores(returned[name], search.folds),
    )
    note(
        Row(
            work="mnist 12,000 rows behind a scaler: k, 20 candidates x 5 folds",
            against=name,
            ours=own,
            theirs=seconds[name],
            figure=ratio(own, seconds[name]),
            figure_unit="x",
            goal=10,
            aim=20,
            always=True,
            more={"fold scores": "equal to the bit"},
        )
    )


@may_not_converge
def test_draws_of_c(
    benchmark: Any,
    study: Study,
    dataset: Dataset,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
) -> None:
    """The winner is RandomizedSearchCV's, or one whose score over the folds is no worse."""
    benchmark.group = f"{study.name}: search for C"
    search = study.models[1].search
    assert search is not None
    X = dataset.X_train.astype(np.float64)  # what X / 255 of the usual notebook is
    usual = partial(randomized_search, search, study, X, dataset.y_train)
    own, seconds, tuned, returned = interleaved(
        benchmark,
        partial(ours, LogisticRegression(), search, study, dataset),
        {
            "RandomizedSearchCV, float64, n_jobs=None": partial(usual, n_jobs=None),
            "RandomizedSearchCV, float64, n_jobs=-1": partial(usual, n_jobs=-1),
        },
        rounds=rounds(3),
    )
    goals = (2.5, 1.3) if study.name == "mnist" else (None, None)
    for goal, (name, times) in zip(goals, seconds.items(), strict=True):
        outer = returned[name]
        scores = fold_scores(outer, search.folds).mean(axis=1)
        assert tuned.best - 1 == outer.best_index_ or (
            np.mean(tuned.candidates[tuned.best].scores) >= scores[outer.best_index_]
        )
        note(
            Row(
                work=f"{study.name} {dataset.info.n_train:,} rows: C, 15 draws x 3 folds",
                against=name,
                ours=own,
                theirs=times,
                figure=ratio(own, times),
                figure_unit="x",
                goal=goal,
                more={
                    "our winner": dict(tuned.params),
                    "their winner": {k: float(v) for k, v in outer.best_params_.items()},
                    "our score": float(np.mean(tuned.candidates[tuned.best].scores)),
                    "their score": float(scores[outer.best_index_]),
                },
            )
        )
