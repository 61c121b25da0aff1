"""The search: scikit-learn's candidates, folds, scores and winner, by either path."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
    StratifiedKFold,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner import models
from tunecard.runner.errors import SearchFailed, StudyError
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.schema import (
    Distribution,
    GridSearch,
    HalvingRandomSearch,
    ModelSpec,
    RandomSearch,
)
from tunecard.runner.search import n_steps, tune
from tunecard.runner.search.candidates import winner
from tunecard.runner.store.journal import NullCheckpoint, Value

pytestmark = pytest.mark.usefixtures("forked")

HERE = Path(__file__).parent
KNN = "sklearn.neighbors.KNeighborsClassifier"
LOGREG = "sklearn.linear_model.LogisticRegression"
UNIFORM = Distribution(distribution="uniform", low=0.5, high=2)
LOGUNIFORM = Distribution(distribution="loguniform", low=1e-3, high=1e2)
RANDINT = Distribution(distribution="randint", low=1, high=6)

NO_ROWS = np.zeros(0, dtype=np.int64)  # on which a grid and draws do not depend

Data = tuple[NDArray[np.float32], NDArray[np.int64]]


@pytest.fixture(scope="module")
def data() -> Data:
    """Give 240 rows of the digits."""
    X, y = load_digits(return_X_y=True)
    return (X[:240] / 16).astype(np.float32), y[:240]


def silent(_: str) -> None:
    """Watch nothing."""


def split_scores(outer: Any, n_folds: int) -> list[list[float]]:
    """Return scikit-learn's fold scores, a list a candidate."""
    columns = [outer.cv_results_[f"split{i}_test_score"] for i in range(n_folds)]
    return np.stack(columns, axis=1).tolist()  # type: ignore[no-any-return] # it is a list


class Notes(NullCheckpoint):
    """A memory that keeps what it is told, and counts what is asked again."""

    def __init__(self) -> None:
        self.kept: dict[str, Value] = {}

    def recall(self, key: str) -> Value | None:
        """Return what was noted."""
        return self.kept.get(key)

    def record(self, key: str, value: Value) -> None:
        """Note it; a second time is a mistake."""
        assert key not in self.kept
        self.kept[key] = value


def test_a_grid_is_listed_as_scikit_learn_does() -> None:
    """Candidates of a grid come in ParameterGrid's order."""
    space = {"weights": ("uniform", "distance"), "n_neighbors": (3, 1), "p": (1.5,)}
    search = GridSearch(strategy="grid", space=space)
    assert list(search.candidates(NO_ROWS, 0)) == list(
        ParameterGrid({name: list(values) for name, values in space.items()})
    )


@given(seed=st.integers(0, 2**32 - 1), n_iter=st.integers(1, 30))
def test_draws_are_scikit_learns(seed: int, n_iter: int) -> None:
    """The same seed draws what ParameterSampler draws, as Python's own values."""
    search = RandomSearch(
        strategy="random",
        n_iter=n_iter,
        space={
            "u": UNIFORM,
            "l": LOGUNIFORM,
            "i": RANDINT,
            "c": ("a", "b", True, None, (1, 2)),
        },
    )
    theirs = ParameterSampler(
        {
            "u": stats.uniform(0.5, 1.5),
            "l": stats.loguniform(1e-3, 1e2),
            "i": stats.randint(1, 7),
            "c": ["a", "b", True, None, [1, 2]],
        },
        n_iter,
        random_state=seed,
    )
    ours = search.candidates(NO_ROWS, seed)
    assert list(ours) == list(theirs)
    kinds = {type(value) for candidate in ours for value in candidate.values()}
    assert kinds <= {bool, int, float, str, type(None), list}


def test_both_ends_of_a_randint_are_drawn() -> None:
    """A study's bounds are both included."""
    search = RandomSearch(strategy="random", n_iter=200, space={"i": RANDINT})
    assert {draw["i"] for draw in search.candidates(NO_ROWS, 0)} == {1, 2, 3, 4, 5, 6}


def test_more_draws_than_points_are_each_point_once() -> None:
    """A space of lists holds only so many candidates; none is drawn twice."""
    search = RandomSearch(
        strategy="random", n_iter=100, space={"a": (1, 2, 3), "b": ("x", "y")}
    )
    drawn = search.candidates(NO_ROWS, 0)
    assert len(drawn) == len({tuple(sorted(c.items())) for c in drawn}) == 6


@given(seed=st.integers(0, 2**32 - 1), n_folds=st.integers(2, 6))
def test_folds_are_stratified_and_shuffled(seed: int, n_folds: int) -> None:
    """Folds are StratifiedKFold's with the seed."""
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(3), [6, 9, 20]))
    theirs = StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(y, y)
    for ours, expected in zip(STRATIFIED.inner(y, n_folds, seed), theirs, strict=True):
        np.testing.assert_array_equal(ours[0], expected[0])
        np.testing.assert_array_equal(ours[1], expected[1])


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([[0.1, 0.3], [0.2, 0.3]], 1),
        ([[0.5, 0.5], [0.4, 0.6], [0.5, 0.5]], 0),
        ([[None, 1.0], [0.1, 0.1]], 1),
        ([[0.0, 0.0], [None, None]], 0),
        ([[None, 1.0]], None),
        ([], None),
    ],
)
def test_winner_has_the_highest_mean(
    scores: Sequence[Sequence[float | None]], expected: int | None
) -> None:
    """The first of equals wins; a candidate that failed on a fold cannot."""
    assert winner(scores) == expected


@pytest.fixture(scope="module")
def logistic(data: Data) -> tuple[Any, RandomizedSearchCV, Notes, list[str]]:
    """Give a random search of ours and scikit-learn's, what was noted and told."""
    search = RandomSearch(
        strategy="random",
        n_iter=3,
        folds=3,
        space={"C": LOGUNIFORM, "solver": ("lbfgs", "nonsense", "newton-cg")},
    )
    notes = Notes()
    told: list[str] = []
    ours = tune(
        LogisticRegression(max_iter=40),
        search,
        *data,
        seed=1,
        n_jobs=2,
        progress=told.append,
        metric="f1_macro",
        memory=notes,
    )
    theirs = RandomizedSearchCV(
        LogisticRegression(max_iter=40),
        {
            "C": stats.loguniform(1e-3, 1e2),
            "solver": ["lbfgs", "nonsense", "newton-cg"],
        },
        n_iter=3,
        scoring="f1_macro",
        cv=StratifiedKFold(3, shuffle=True, random_state=1),
        random_state=1,
        refit=False,
        error_score=np.nan,
    )
    with pytest.warns(match="fits failed|failed to converge|non-finite"):
        theirs.fit(*data)
    return ours, theirs, notes, told


def test_parallel_search_equals_randomized_search(
    logistic: tuple[Any, RandomizedSearchCV, Notes, list[str]],
) -> None:
    """Draws, fold scores, failures and winner are RandomizedSearchCV's."""
    ours, theirs, *_ = logistic
    assert ours.method == "parallel"
    rows = ours.candidates[1:]
    assert [row.params for row in rows] == theirs.cv_results_["params"]
    for row, expected in zip(rows, split_scores(theirs, 3), strict=True):
        if row.params["solver"] == "nonsense":
            assert row.scores == (None, None, None)
            assert np.isnan(expected).all()
        else:
            # One BLAS thread a process there, all of them here: the last bits differ.
            assert row.scores == pytest.approx(tuple(expected), abs=1e-9)
    assert ours.best == theirs.best_index_ + 1


def test_a_failed_candidate_says_why(
    logistic: tuple[Any, RandomizedSearchCV, Notes, list[str]],
) -> None:
    """A candidate that fails has its reason, and the others stand."""
    ours, *_ = logistic
    failed = [row for row in ours.candidates if row.status == "failed"]
    assert [row.params["solver"] for row in failed] == ["nonsense"] * len(failed)
    assert failed
    assert all("The 'solver' parameter" in (row.reason or "") for row in failed)


def test_what_did_not_converge_is_noted(
    logistic: tuple[Any, RandomizedSearchCV, Notes, list[str]],
) -> None:
    """A candidate's convergence, and the warnings of all fits with their number."""
    ours, *_ = logistic
    limited = [row for row in ours.candidates if row.converged is False]
    counts = {warning.category: warning.count for warning in ours.warnings}
    assert limited
    assert len(limited) <= counts["ConvergenceWarning"] <= 3 * len(limited)


def test_progress_is_told_as_often_as_promised(
    logistic: tuple[Any, RandomizedSearchCV, Notes, list[str]],
) -> None:
    """Every candidate on every fold is one step, the baseline included."""
    *_, told = logistic
    assert len(told) == 4 * 3
    assert "candidate 3 of 3, fold 2 of 3" in told


def test_what_is_remembered_is_not_fitted_again(
    data: Data, logistic: tuple[Any, RandomizedSearchCV, Notes, list[str]]
) -> None:
    """A search that goes on takes over what is done, to the bit, and starts no process."""
    ours, _, notes, _ = logistic
    search = RandomSearch(
        strategy="random",
        n_iter=3,
        folds=3,
        space={"C": LOGUNIFORM, "solver": ("lbfgs", "nonsense", "newton-cg")},
    )
    again = tune(
        LogisticRegression(max_iter=40),
        search,
        *data,
        seed=1,
        n_jobs=2,
        progress=silent,
        metric="f1_macro",
        memory=notes,
    )
    assert again.candidates == ours.candidates
    assert (again.best, again.warnings) == (ours.best, ours.warnings)


def test_shared_folds_are_remembered(data: Data) -> None:
    """The shared-neighbor path goes on fold by fold, equal to the bit."""
    search = GridSearch(strategy="grid", folds=3, space={"n_neighbors": (1, 3)})
    notes = Notes()
    first = tune(
        KNeighborsClassifier(),
        search,
        *data,
        seed=0,
        n_jobs=1,
        progress=silent,
        memory=notes,
    )
    assert len(notes.kept) == 3
    del notes.kept["shared fold 1"]
    again = tune(
        KNeighborsClassifier(),
        search,
        *data,
        seed=0,
        n_jobs=1,
        progress=silent,
        memory=notes,
    )
    assert [row.scores for row in again.candidates] == [
        row.scores for row in first.candidates
    ]


def test_a_pipeline_is_searched_through_its_last_step(data: Data) -> None:
    """Preprocessing is fitted on each fold's training rows alone, as in scikit-learn."""
    spec = ModelSpec(
        name="m", estimator=KNN, preprocess=("sklearn.preprocessing.StandardScaler",)
    )
    search = GridSearch(strategy="grid", folds=2, space={"n_neighbors": (1, 5)})
    ours = tune(
        models.build(spec, {}, 0),
        search,
        *data,
        seed=0,
        n_jobs=1,
        progress=silent,
        rename=lambda params: models.prefixed(spec, params),
    )
    theirs = GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("knn", KNeighborsClassifier())]),
        {"knn__n_neighbors": [1, 5]},
        cv=StratifiedKFold(2, shuffle=True, random_state=0),
        refit=False,
    ).fit(*data)
    assert ours.method == "shared-neighbors"
    assert [list(row.scores) for row in ours.candidates[1:]] == split_scores(theirs, 2)
    assert [row.params for row in ours.candidates[1:]] == [
        {"n_neighbors": 1},
        {"n_neighbors": 5},
    ]
    assert ours.best == theirs.best_index_ + 1


def test_a_process_that_dies_costs_its_own_candidate_alone(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A candidate that kills its process fails with the signal; the others stand."""
    monkeypatch.syspath_prepend(str(HERE))
    estimator = models.build(ModelSpec(name="m", estimator="hostile.Right"), {}, 0)
    search = GridSearch(strategy="grid", folds=2, space={"crash": (int(signal.SIGKILL), 0)})
    found = tune(estimator, search, *data, seed=0, n_jobs=1, progress=silent)
    baseline, dead, alive = found.candidates
    assert (baseline.status, dead.status, alive.status) == ("ok", "failed", "ok")
    assert dead.reason is not None
    assert "SIGKILL" in dead.reason
    assert found.best == 2


def test_all_candidates_failing_is_told(data: Data) -> None:
    """A search without a winner says how many failed, and the first reason."""
    search = GridSearch(strategy="grid", folds=2, space={"n_neighbors": (0, -1)})
    with pytest.raises(
        SearchFailed, match=r"every one of the 2 candidates failed; the first: Invalid"
    ):
        tune(KNeighborsClassifier(), search, *data, seed=0, n_jobs=1, progress=silent)


def test_more_folds_than_rows_of_any_class_is_told(data: Data) -> None:
    """Rows that cannot be split are an error of the study, before any fit."""
    search = GridSearch(strategy="grid", folds=50, space={"n_neighbors": (1,)})
    with pytest.raises(
        StudyError, match=r"search\.folds = 50: .*Use fewer folds or more rows"
    ):
        tune(KNeighborsClassifier(), search, *data, seed=0, n_jobs=1, progress=silent)


def test_a_class_with_fewer_rows_than_folds_is_a_warning() -> None:
    """scikit-learn's warning of a rare class is kept with the search."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [20, 20, 2])
    search = GridSearch(strategy="grid", folds=4, space={"n_neighbors": (1, 3)})
    found = tune(
        KNeighborsClassifier(),
        search,
        rng.normal(size=(42, 2)),
        y,
        seed=0,
        n_jobs=1,
        progress=silent,
    )
    (warning,) = found.warnings
    assert warning.message.startswith("The least populated class in y has only 2 members")


@pytest.mark.parametrize("preprocess", [(), ("sklearn.preprocessing.StandardScaler",)])
@pytest.mark.parametrize(("estimator", "steps"), [(KNN, 3), (LOGREG, 3 * 3)])
def test_number_of_steps(estimator: str, steps: int, preprocess: tuple[str, ...]) -> None:
    """A shared search is told by fold, any other by candidate and fold."""
    name = "n_neighbors" if estimator == KNN else "C"
    search = GridSearch(strategy="grid", folds=3, space={name: (1, 2)})
    spec = ModelSpec(name="m", estimator=estimator, preprocess=preprocess)
    n_calls = n_steps(
        models.build(spec, {}, 0),
        search,
        0,
        np.zeros(9, dtype=int),
        rename=lambda params: models.prefixed(spec, params),
    )
    assert n_calls == steps


def test_cost_of_a_search_is_summed(data: Data) -> None:
    """CPU seconds of a search are those of its cells and of the shared tables."""
    search = GridSearch(strategy="grid", folds=2, space={"n_neighbors": (1, 3)})
    found = tune(KNeighborsClassifier(), search, *data, seed=0, n_jobs=1, progress=silent)
    cells = sum(s or 0 for row in found.candidates for s in row.cpu_seconds)
    assert found.cpu_seconds == pytest.approx(cells + sum(found.shared_cpu_seconds))
    assert found.folds == ((120, 120), (120, 120))
    assert found.wall_seconds > 0
    assert found.peak_memory > 2**20


@pytest.mark.parametrize("strategy", ["grid", "halving"])
def test_a_loss_is_minimized(strategy: str, data: Data) -> None:
    """Scores keep their sign; folds and winner are those of scikit-learn's negated loss."""
    values = (1e-3, 1e-1, 1.0)
    search: Any = GridSearch(strategy="grid", folds=3, space={"C": values})
    if strategy == "halving":
        search = HalvingRandomSearch(
            strategy="halving-random", n_candidates=3, folds=3, space={"C": values},
            min_resources=90, max_resources=180, factor=2,
        )  # fmt: skip
    estimator = LogisticRegression(max_iter=200)
    ours = tune(
        estimator, search, *data, seed=0, n_jobs=1, progress=silent, metric="log_loss"
    )
    last = ours.candidates[ours.best].iteration
    final = [one for one in ours.candidates if one.eligible and one.iteration == last]
    means = {one.index: np.mean([score or 0.0 for score in one.scores]) for one in final}
    assert min(means.values()) > 0
    assert ours.best == min(means, key=lambda index: means[index])
    if strategy == "grid":
        theirs = GridSearchCV(
            estimator,
            {"C": list(values)},
            scoring="neg_log_loss",
            cv=StratifiedKFold(3, shuffle=True, random_state=0),
        ).fit(*data)
        scores = np.array([candidate.scores for candidate in ours.candidates[1:]], float)
        np.testing.assert_array_equal(-np.array(scores), split_scores(theirs, 3))
        assert ours.params == theirs.best_params_


def test_a_metric_of_probabilities_is_scored_without_sharing(data: Data) -> None:
    """Votes for shared neighbors are labels alone."""
    search = GridSearch(strategy="grid", folds=2, space={"n_neighbors": (5, 9)})
    knn = KNeighborsClassifier()
    found = tune(knn, search, *data, seed=0, n_jobs=1, progress=silent, metric="roc_auc")
    assert found.method == "parallel"
    steps = n_steps(knn, search, 0, data[1], data[0].shape[1], "roc_auc")
    assert steps == 3 * 2


def test_a_metric_of_the_positive_class_is_scikit_learns(data: Data) -> None:
    """The positive class is found by its label, not by its place."""
    X, y = data[0], (data[1] == 3) + 5
    search = GridSearch(strategy="grid", folds=3, space={"C": (1e-4, 1.0)})
    logistic = LogisticRegression(max_iter=200)
    ours = tune(
        logistic, search, X, y, seed=0, n_jobs=1, progress=silent, metric="f1", positive=5
    )
    theirs = GridSearchCV(
        logistic,
        {"C": [1e-4, 1.0]},
        scoring=make_scorer(f1_score, pos_label=5),
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
    ).fit(X, y)
    scores = np.array([candidate.scores for candidate in ours.candidates[1:]], float)
    np.testing.assert_allclose(scores, split_scores(theirs, 3), rtol=1e-12)


@pytest.mark.parametrize("estimator", [KNeighborsClassifier(), LogisticRegression()])
def test_labels_that_are_text_are_scored_by_the_positive_class(estimator: Any) -> None:
    """On both paths F1 of the positive label equals scikit-learn's, fold by fold."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3)).astype(np.float32)
    y = np.where(X[:, 0] + rng.normal(size=120) > 0, "yes", "no")
    name = "n_neighbors" if isinstance(estimator, KNeighborsClassifier) else "C"
    space = {name: (1, 5)}
    search = GridSearch(strategy="grid", folds=3, space=space)
    ours = tune(
        estimator,
        search,
        X,
        y,
        seed=0,
        n_jobs=1,
        progress=silent,
        metric="f1",
        positive="yes",
    )
    theirs = GridSearchCV(
        estimator,
        {name: [1, 5]},
        scoring=make_scorer(f1_score, pos_label="yes"),
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
    ).fit(X, y)
    scores = np.array([candidate.scores for candidate in ours.candidates[1:]], float)
    np.testing.assert_array_equal(scores, split_scores(theirs, 3))
