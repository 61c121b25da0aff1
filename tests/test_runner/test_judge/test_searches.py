"""The record of a fitted search: what scikit-learn's cv_results_ hold."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import loguniform, norm
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 # enables two
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, recall_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.tree import DecisionTreeClassifier

from tunecard.runner.judge.call import read_call
from tunecard.runner.judge.searches import is_search, is_study, plain, record_of
from tunecard.runner.judge.session import judged_run
from tunecard.runner.schema import Distribution, GridSearch, RandomSearch, load

X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(random_state=0)
GRID = {"max_depth": [1, 2, 3], "criterion": ["gini", "entropy"]}


def test_every_score_is_that_of_cv_results() -> None:
    """Candidates are the rows of cv_results_, in their order, from 1."""
    search = GridSearchCV(TREE, GRID, cv=4).fit(X, Y)
    record = record_of(search, None)
    own = search.cv_results_
    scores = np.column_stack([own[f"split{i}_test_score"] for i in range(4)])
    assert np.array([one.scores for one in record.candidates]).tolist() == scores.tolist()
    assert [dict(one.params) for one in record.candidates] == own["params"]
    assert [one.index for one in record.candidates] == list(range(1, 7))
    seconds = own["mean_fit_time"] + own["mean_score_time"]
    assert [one.fold_seconds for one in record.candidates] == pytest.approx(seconds)
    assert record.best == search.best_index_ + 1
    assert record.best_params == search.best_params_


@pytest.mark.parametrize(
    ("search", "strategy"),
    [
        (GridSearchCV(TREE, GRID), "grid"),
        (RandomizedSearchCV(TREE, GRID, n_iter=3, random_state=0), "random"),
        (HalvingGridSearchCV(TREE, GRID, random_state=0), "halving-grid"),
        (HalvingRandomSearchCV(TREE, GRID, random_state=0), "halving-random"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_each_search_has_the_name_of_its_strategy(search: Any, strategy: str) -> None:
    """A halving search also has its iterations and their rows."""
    record = record_of(search.fit(X, Y), None)
    assert record.strategy == strategy
    halving = strategy.startswith("halving")
    found = [(one.iteration, one.resources) for one in record.candidates]
    if halving:
        own = search.cv_results_
        assert found == list(zip(own["iter"], own["n_resources"], strict=True))
    else:
        assert set(found) == {(None, None)}


def test_spaces_are_written_as_in_a_study() -> None:
    """Lists stay lists, SciPy's distributions are named; what has no name has no space."""
    grid = record_of(GridSearchCV(TREE, GRID).fit(X, Y), None).space
    assert isinstance(grid, GridSearch)
    assert {name: list(values) for name, values in grid.space.items()} == GRID
    model = LogisticRegression(max_iter=500)
    drawn = RandomizedSearchCV(model, {"C": loguniform(0.1, 10)}, n_iter=3, random_state=0)
    space = record_of(drawn.fit(X, Y), None).space
    assert isinstance(space, RandomSearch)
    assert space.space["C"] == Distribution(distribution="loguniform", low=0.1, high=10)
    several = GridSearchCV(TREE, [{"max_depth": [1]}, {"criterion": ["entropy"]}])
    space = record_of(several.fit(X, Y), None).space
    assert space is not None
    assert set(space.space) == {"max_depth", "criterion"}
    odd = RandomizedSearchCV(model, {"C": norm(1, 0.1)}, n_iter=2, random_state=0)
    assert record_of(odd.fit(X, Y), None).space is None


def test_of_several_metrics_the_one_that_chose_is_taken() -> None:
    """The scores are those of the metric named by refit."""
    search = GridSearchCV(TREE, GRID, scoring=["accuracy", "f1_macro"], refit="f1_macro")
    record = record_of(search.fit(X, Y), None)
    assert record.metric == "f1_macro"
    first = search.cv_results_["split0_test_f1_macro"]
    assert [one.scores[0] for one in record.candidates] == first.tolist()


def test_a_failed_fit_is_a_failed_candidate() -> None:
    """Its score, NaN in cv_results_, is missing."""
    search = GridSearchCV(TREE, {"max_depth": [2, -5]}, error_score=np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn says so, too
        search.fit(X, Y)
    ok, failed = record_of(search, None).candidates
    assert (ok.status, failed.status) == ("ok", "failed")
    assert set(failed.scores) == {None}


def test_values_that_json_cannot_hold_are_written_as_text() -> None:
    """An estimator among the values is its repr; a NumPy number is Python's own."""
    assert plain(TREE) == "DecisionTreeClassifier(random_state=0)"
    assert (plain(np.float64(0.5)), plain([1, (2,)])) == (0.5, "[1, (2,)]")


def test_searches_and_studies_are_told_from_models() -> None:
    """A pipeline or a calibrated classifier holds an estimator, and is not a search."""
    assert is_search(GridSearchCV(TREE, GRID))
    assert not is_search(TREE)
    assert not is_search(GridSearchCV)
    assert not is_study(GridSearchCV(TREE, GRID))


LABELS = {
    "numbers": (np.array([0, 1]), "recall", "1", "recall"),
    "booleans": (np.array([False, True]), "recall", "True", "recall"),
    "names": (
        np.array(["ill", "well"]),
        make_scorer(recall_score, pos_label="ill"),
        None,
        "recall_score_pos_label_ill",
    ),
}


@pytest.mark.parametrize(
    ("labels", "scoring", "positive", "metric"), LABELS.values(), ids=LABELS
)
def test_a_search_for_one_class_is_judged_by_it(
    tmp_path: Path, labels: NDArray[Any], scoring: Any, positive: str | None, metric: str
) -> None:
    """The value is scikit-learn's; the class is the scorer's own, label 1 by default."""
    X, codes = load_breast_cancer(return_X_y=True)
    y = labels[codes]
    search = GridSearchCV(TREE, {"max_depth": [1, 3]}, scoring=scoring, cv=2)
    search.fit(X[::2], y[::2])
    handed = read_call((search, X[1::2], y[1::2], X[::2], y[::2]))
    results = load(judged_run(handed, tmp_path, command="") / "results.json")
    assert (results.study.metric, results.dataset.positive) == (metric, positive)
    expected = search.score(X[1::2], y[1::2])
    tuned = next(case for case in results.cases if case.variant == "tuned")
    assert tuned.quality is not None
    assert tuned.quality.test[metric] == pytest.approx(expected, abs=1e-12)
