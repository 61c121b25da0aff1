"""The shared-neighbour search against GridSearchCV: the same scores, which is faster."""

from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier

from runner.datasets import Dataset
from runner.schema import GridSearch, Study
from runner.search.tune import Tuned, tune

#: The spread between calls of seconds is small against the difference shown.
ROUNDS = {"digits": 3, "mnist": 1}


@pytest.fixture
def search(study: Study) -> GridSearch:
    """Give the home study's grid: 20 candidates, 5 folds."""
    found = study.models[0].search
    assert isinstance(found, GridSearch)
    return found


def ours(search: GridSearch, study: Study, dataset: Dataset) -> Tuned:
    """Search with each fold's neighbours found once for all candidates."""
    return tune(
        KNeighborsClassifier(),
        search,
        dataset.X_train,
        dataset.y_train,
        seed=study.seed,
        n_jobs=1,
        progress=lambda _: None,
    )


def theirs(search: GridSearch, study: Study, dataset: Dataset) -> GridSearchCV:
    """Search as scikit-learn does, in one process, without the refit."""
    return GridSearchCV(
        KNeighborsClassifier(),
        {name: list(values) for name, values in search.space.items()},
        cv=StratifiedKFold(search.folds, shuffle=True, random_state=study.seed),
        refit=False,
    ).fit(dataset.X_train, dataset.y_train)


def test_shared_neighbours(
    benchmark: Any, search: GridSearch, study: Study, dataset: Dataset
) -> None:
    """Our search; it gives every fold score that GridSearchCV gives, to the bit."""
    benchmark.group = f"{study.name}: search for k"
    tuned = benchmark.pedantic(
        ours, args=(search, study, dataset), rounds=ROUNDS[study.name]
    )
    assert tuned.method == "shared-neighbours"
    if study.name != "digits":
        return  # GridSearchCV takes minutes here; tests/test_runner compares them
    grid = theirs(search, study, dataset)
    scores = [grid.cv_results_[f"split{fold}_test_score"] for fold in range(search.folds)]
    np.testing.assert_array_equal(
        [candidate.scores for candidate in tuned.candidates[1:]], np.transpose(scores)
    )


def test_grid_search_cv(
    benchmark: Any, search: GridSearch, study: Study, dataset: Dataset
) -> None:
    """scikit-learn's search of the same candidates on the same folds."""
    benchmark.group = f"{study.name}: search for k"
    grid = benchmark.pedantic(
        theirs, args=(search, study, dataset), rounds=ROUNDS[study.name]
    )
    assert len(grid.cv_results_["params"]) == 20
