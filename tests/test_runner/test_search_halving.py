"""Successive halving: candidates, resources and scores are HalvingRandomSearchCV's."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 # an opt-in
from sklearn.model_selection import HalvingRandomSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from tunecard.runner.errors import SearchFailed, StudyError
from tunecard.runner.schema import Distribution, HalvingRandomSearch
from tunecard.runner.search import Tuned, check_folds, n_steps, tune
from tunecard.runner.search.scoring import FoldScore
from tunecard.runner.store.journal import NullCheckpoint, Value

pytestmark = pytest.mark.usefixtures("forked")

Data = tuple[NDArray[np.float32], NDArray[np.int64]]

DEPTH = Distribution(distribution="randint", low=1, high=12)
ALPHA = Distribution(distribution="uniform", low=0, high=0.02)
THEIRS = {
    "max_depth": stats.randint(1, 13),
    "ccp_alpha": stats.uniform(0, 0.02),
    "criterion": ["gini", "nonsense"],
}


@pytest.fixture(scope="module")
def data() -> Data:
    """Give 600 rows of the digits."""
    X, y = load_digits(return_X_y=True)
    return (X[:600] / 16).astype(np.float32), y[:600]


def halving(**fields: Any) -> HalvingRandomSearch:
    """Make a halving search over the parameters of a tree."""
    space = {"max_depth": DEPTH, "ccp_alpha": ALPHA, "criterion": ("gini", "nonsense")}
    given = {"strategy": "halving-random", "folds": 3, "space": space, **fields}
    return HalvingRandomSearch(**given)


def theirs(estimator: Any, data: Data, space: Any, **fields: Any) -> HalvingRandomSearchCV:
    """Search with scikit-learn's own, on the same folds and seed."""
    search = HalvingRandomSearchCV(
        estimator,
        space,
        cv=StratifiedKFold(3, shuffle=True, random_state=4),
        random_state=4,
        refit=False,
        **fields,
    )
    return search.fit(*data)


@pytest.fixture(scope="module")
def found(data: Data) -> tuple[Tuned, list[str]]:
    """Give our search of a tree's parameters, halved by rows, and what it told."""
    told: list[str] = []
    tuned = tune(
        DecisionTreeClassifier(random_state=4),
        halving(),
        *data,
        seed=4,
        n_jobs=2,
        progress=told.append,
    )
    return tuned, told


@pytest.fixture(scope="module")
def expected(data: Data) -> HalvingRandomSearchCV:
    """Give scikit-learn's."""
    with pytest.warns(match="fits failed|non-finite"):
        return theirs(DecisionTreeClassifier(random_state=4), data, THEIRS)


def test_candidates_and_resources_are_scikit_learns(
    found: tuple[Tuned, list[str]], expected: HalvingRandomSearchCV
) -> None:
    """The same candidates go on, in the same order, with the same rows."""
    rows = found[0].candidates[1:]
    assert [row.params for row in rows] == expected.cv_results_["params"]
    assert [row.resources for row in rows] == expected.cv_results_["n_resources"].tolist()
    assert [row.iteration for row in rows] == expected.cv_results_["iter"].tolist()
    assert len(set(expected.cv_results_["iter"])) > 1


def test_scores_are_scikit_learns(
    found: tuple[Tuned, list[str]], expected: HalvingRandomSearchCV
) -> None:
    """Every fold of every candidate has the same score, or has failed in both."""
    columns = [expected.cv_results_[f"split{i}_test_score"] for i in range(3)]
    ours = np.array(
        [
            [np.nan if s is None else s for s in row.scores]
            for row in found[0].candidates[1:]
        ]
    )
    np.testing.assert_array_equal(ours, np.stack(columns, axis=1))
    assert np.isnan(ours).any()


def test_the_winner_is_scikit_learns(
    found: tuple[Tuned, list[str]], expected: HalvingRandomSearchCV
) -> None:
    """The best of the last iteration is chosen, whatever earlier ones scored."""
    assert found[0].best == expected.best_index_ + 1
    assert found[0].params == expected.best_params_


def test_the_baseline_has_the_rows_of_the_last_iteration(
    found: tuple[Tuned, list[str]],
) -> None:
    """What the winner is compared with was fitted on as many rows."""
    baseline, last = found[0].candidates[0], found[0].candidates[-1]
    assert not baseline.eligible
    assert (baseline.iteration, baseline.resources) == (last.iteration, last.resources)
    assert None not in baseline.scores


@pytest.mark.parametrize(
    ("ours", "fields"),
    [
        ({"n_candidates": 9}, {"n_candidates": 9}),
        (
            {"n_candidates": 8, "min_resources": "exhaust", "factor": 2},
            {"n_candidates": 8, "min_resources": "exhaust", "factor": 2},
        ),
        (
            {"n_candidates": 20, "max_resources": 200, "aggressive_elimination": True},
            {"n_candidates": 20, "max_resources": 200, "aggressive_elimination": True},
        ),
        ({"min_resources": 50, "factor": 2.5}, {"min_resources": 50, "factor": 2.5}),
        ({"n_candidates": 1}, {"n_candidates": 1}),
        (
            {"n_candidates": 27, "min_resources": "exhaust", "max_resources": 500},
            {"n_candidates": 27, "min_resources": "exhaust", "max_resources": 500},
        ),
    ],
)
def test_schedules_are_scikit_learns(
    data: Data, ours: dict[str, Any], fields: dict[str, Any]
) -> None:
    """As many candidates on as many rows in each iteration, however they are asked for."""
    planned = halving(**ours).schedule(data[1])
    space = {"answer": stats.uniform(0, 1)}
    search = theirs(Answers(), data, space, **fields)
    assert list(planned.candidates) == search.n_candidates_
    assert list(planned.resources) == search.n_resources_


class Answers(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # they have no types
    """Answers class 0, at once."""

    def __init__(self, answer: float = 0) -> None:
        self.answer = answer

    def fit(self, X: Any, y: Any) -> "Answers":  # noqa: ARG002 # scikit-learn's own
        """Learn nothing."""
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Answer class 0."""
        return np.zeros(len(X), dtype=int)


def test_a_parameter_may_be_the_resource(data: Data) -> None:
    """Candidates get more trees in each iteration; fold scores are scikit-learn's."""
    forest = RandomForestClassifier(random_state=4)
    search = HalvingRandomSearch(
        strategy="halving-random",
        folds=3,
        n_candidates=4,
        factor=2,
        resource="n_estimators",
        max_resources=8,
        space={"max_depth": DEPTH},
    )
    ours = tune(forest, search, *data, seed=4, n_jobs=2, progress=lambda _: None)
    expected = theirs(
        forest,
        data,
        {"max_depth": stats.randint(1, 13)},
        n_candidates=4,
        factor=2,
        resource="n_estimators",
        max_resources=8,
    )
    rows = ours.candidates[1:]
    assert [row.params for row in rows] == expected.cv_results_["params"]
    columns = [expected.cv_results_[f"split{i}_test_score"] for i in range(3)]
    assert [list(row.scores) for row in rows] == np.stack(columns, axis=1).tolist()
    assert ours.params == expected.best_params_
    assert ours.candidates[0].params["n_estimators"] == 100


def test_progress_is_told_as_often_as_promised(
    data: Data, found: tuple[Tuned, list[str]]
) -> None:
    """Every candidate of every iteration on every fold, and the baseline once."""
    told = found[1]
    assert len(told) == n_steps(DecisionTreeClassifier(), halving(), 4, data[1])
    assert "iteration 1 of 3, candidate 10 of 10, fold 1 of 3" in told


def test_too_few_rows_are_told_before_any_fit(data: Data) -> None:
    """A first iteration that needs more rows than there are is an error of the study."""
    with pytest.raises(
        StudyError, match="the first iteration takes 60, which is more than"
    ):
        check_folds(data[1][:40], halving(), 0)
    with pytest.raises(StudyError, match=r"min_resources = 2: leaves no row .* use 3 or"):
        check_folds(data[1], halving(min_resources=2), 0)
    check_folds(data[1], halving(min_resources=3), 0)
    with pytest.raises(StudyError, match="max_resources = 601 is more than the 600"):
        check_folds(data[1], halving(max_resources=601), 0)


class Failed(NullCheckpoint):
    """A memory of a search whose every candidate failed."""

    def recall(self, key: str) -> Value:
        """Return a failure."""
        return FoldScore(
            score=None, cpu_seconds=0.0, reason=f"no luck with {key}"
        ).model_dump()

    def record(self, key: str, value: Value) -> None:
        """Note nothing."""


def test_all_candidates_failing_is_told(data: Data) -> None:
    """A halving search without a winner is a failed search, not an arbitrary choice."""
    reason = "no luck with iteration 1 of 3 candidate 1 fold 0"
    with pytest.raises(SearchFailed, match=f"every one of the 10 candidates .*{reason}"):
        tune(
            DecisionTreeClassifier(),
            halving(),
            *data,
            seed=0,
            n_jobs=2,
            progress=lambda _: None,
            memory=Failed(),
        )
