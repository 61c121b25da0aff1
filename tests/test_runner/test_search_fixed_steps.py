"""Transformers that no candidate changes: fitted once a fold, scores to the bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import threadpoolctl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from tunecard.runner.metrics import scorer
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.schema import GridSearch
from tunecard.runner.search import neighbors, tune
from tunecard.runner.search.fixed_steps import FoldRows, count_fixed
from tunecard.runner.search.scoring import FoldScore, score_fold

pytestmark = pytest.mark.usefixtures("forked")

GRID: dict[str, tuple[Any, ...]] = {
    "model__n_neighbors": (1, 3, 9),
    "model__weights": ("uniform", "distance"),
}
ACCURACY = scorer("accuracy")
Data = tuple[NDArray[np.float64], NDArray[np.int64]]


@pytest.fixture(scope="module")
def data() -> Data:
    """Give 200 rows of the digits, of their first 16 pixels."""
    X, y = load_digits(return_X_y=True)
    return X[:200, :16], y[:200]


def pipeline(*steps: Any, model: Any = None) -> Pipeline:
    """Make a pipeline of steps a, b, ... before a model of nearest neighbors."""
    named = [(chr(ord("a") + number), step) for number, step in enumerate(steps)]
    return Pipeline([*named, ("model", model or KNeighborsClassifier())])


class Counted(TransformerMixin, BaseEstimator):  # type: ignore[misc] # it has no types
    """Leaves rows as they are, and counts how often it was fitted."""

    n_fits = 0

    def fit(self, X: Any, y: Any = None) -> "Counted":  # noqa: ARG002 # as every fit
        """Count."""
        Counted.n_fits += 1
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        """Leave them."""
        return X


class Overwrites(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # as above
    """Spoils the rows that it is fitted on, and predicts from what it had received."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def fit(self, X: Any, y: Any) -> "Overwrites":
        """Note a value of the rows, then write over them."""
        self.classes_ = np.unique(y)
        self.label_ = self.classes_[int(X[0, 0]) % len(self.classes_)]
        X[:] = 5
        return self

    def predict(self, X: Any) -> Any:
        """Predict one class, and write over the rows."""
        label = np.full(len(X), self.label_)
        X[:] = 5
        return label


@pytest.mark.parametrize(
    "steps",
    [
        (StandardScaler(),),
        (StandardScaler(), PCA(8, random_state=0)),
        ("passthrough", StandardScaler().set_output(transform="pandas")),
        (OneHotEncoder(handle_unknown="ignore"),),
        (
            ColumnTransformer(
                [
                    ("n", StandardScaler(), [2, 3, 4]),
                    ("c", OneHotEncoder(handle_unknown="ignore"), [1, 5]),
                ]
            ),
        ),
    ],
    ids=["scaler", "principal components", "data frame", "sparse", "columns"],
)
def test_neighbors_behind_transformers_equal_grid_search(
    steps: tuple[Any, ...], data: Data
) -> None:
    """Fold scores behind transformers are GridSearchCV's to the bit."""
    estimator = pipeline(*steps)
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    with threadpoolctl.threadpool_limits(1):
        theirs = GridSearchCV(estimator, GRID, cv=folds, refit=False).fit(*data).cv_results_
        settings = theirs["params"]
        assert neighbors.applies(estimator, settings, data[0].shape[1])
        for number, fold in enumerate(STRATIFIED.inner(data[1], 2, 0)):
            ours = neighbors.score_candidates(estimator, settings, data, fold, ACCURACY)
            scores = [each.score for each in ours.scores]
            np.testing.assert_array_equal(scores, theirs[f"split{number}_test_score"])


@pytest.mark.parametrize(
    ("steps", "params", "n_fixed"),
    [
        ((StandardScaler(), PCA(2, random_state=0)), {"model__C": 1}, 2),
        ((StandardScaler(), PCA(2, random_state=0)), {"b__n_components": 1}, 1),
        ((StandardScaler(), PCA(2, random_state=0)), {"a": "passthrough"}, 0),
        ((StandardScaler(), PCA(2)), {"model__C": 1}, 1),
        (("passthrough", PCA(2, random_state=np.int64(3))), {"model__C": 1}, 2),
        ((StandardScaler(),), {"steps": []}, 0),
    ],
)
def test_steps_up_to_the_first_that_changes_are_fixed(
    steps: tuple[Any, ...], params: dict[str, Any], n_fixed: int
) -> None:
    """A step that a candidate sets, or that draws at each fit anew, ends them."""
    assert count_fixed(pipeline(*steps), [{}, params]) == n_fixed


def test_a_pipeline_with_a_cache_of_its_own_is_left_alone(tmp_path: Path) -> None:
    """What has a memory already is fitted as it is."""
    cached = pipeline(StandardScaler()).set_params(memory=str(tmp_path))
    assert count_fixed(cached, [{}]) == 0


@pytest.mark.parametrize(
    ("estimator", "params", "applies"),
    [
        (pipeline(FunctionTransformer(np.sqrt)), {"model__n_neighbors": 3}, False),
        (pipeline(Counted()), {"model__n_neighbors": 3}, False),
        (pipeline(StandardScaler()), {"a__with_mean": False}, False),
        (pipeline(StandardScaler()), {"n_neighbors": 3}, False),
        (pipeline(StandardScaler()), {"model__n_neighbors": 3, "model__p": 1}, False),
        (pipeline(PCA(2, random_state=0)), {"model__n_neighbors": 3}, True),
    ],
)
def test_which_pipelines_share_neighbors(
    estimator: Any,
    params: dict[str, Any],
    applies: bool,  # noqa: FBT001 # a parametrized value
) -> None:
    """Only scikit-learn's own transformers run where no limit of time holds."""
    assert neighbors.applies(estimator, [{}, params], 64) is applies


@pytest.mark.parametrize(
    ("step", "applies"), [(StandardScaler(), True), (PCA(random_state=0), False)]
)
def test_neighbors_are_shared_where_the_number_of_columns_decides(
    step: Any,
    applies: bool,  # noqa: FBT001 # as above
) -> None:
    """Manhattan neighbors of few columns, where a transformer keeps their number."""
    estimator = pipeline(step, model=KNeighborsClassifier(p=1))
    assert neighbors.applies(estimator, [{"model__n_neighbors": 3}], 8) is applies


def without_times(scored: FoldScore) -> FoldScore:
    """Leave out what differs between two equal fits."""
    same = {"cpu_seconds": 0.0, "shared_seconds": 0.0, "peak_memory": 0}
    return scored.model_copy(update=same)


def test_candidates_on_shared_rows_equal_candidates_by_themselves(data: Data) -> None:
    """Scores, warnings and convergence are those of fits of the whole pipeline."""
    model = LogisticRegression(max_iter=5)
    estimator = pipeline(Counted(), OneHotEncoder(handle_unknown="ignore"), model=model)
    folds, kept = STRATIFIED.inner(data[1], 2, 0), FoldRows(estimator)
    candidates: list[dict[str, Any]] = [
        {},
        {"model__C": 0.1},
        {"model__C": 3},
        {"model__C": "high"},
    ]
    pieces = [(params, fold) for fold in folds for params in candidates]
    alone = [score_fold(estimator, params, data, fold, ACCURACY) for params, fold in pieces]
    Counted.n_fits = 0
    together = [score_fold(estimator, p, data, fold, ACCURACY, kept) for p, fold in pieces]
    assert Counted.n_fits == len(folds)
    assert [each.shared_seconds > 0 for each in together] == 2 * [True, False, False, False]
    assert [*map(without_times, together)] == [*map(without_times, alone)]


def test_an_estimator_may_overwrite_its_rows(data: Data) -> None:
    """The rows of the next candidate are whole, whatever the one before did to its own."""
    estimator = pipeline(StandardScaler(with_std=False), model=Overwrites())
    (fold, *_), kept = STRATIFIED.inner(data[1], 2, 0), FoldRows(estimator)
    first, second = (
        score_fold(estimator, {"model__number": i}, data, fold, ACCURACY, kept)
        for i in range(2)
    )
    assert first.score == second.score is not None


def test_rows_that_a_copy_might_change_are_not_shared(data: Data) -> None:
    """Of a data frame a copy may have another layout in memory; each fit makes its own."""
    estimator = pipeline(StandardScaler().set_output(transform="pandas"))
    fold = STRATIFIED.inner(data[1], 2, 0)[0]
    assert FoldRows(estimator).of({}, data, fold) is None


def test_a_transformer_that_fails_is_every_candidates_reason(data: Data) -> None:
    """Where the rows cannot be transformed each candidate fails, with that reason."""
    estimator = pipeline(PCA(1_000, random_state=0))
    fold = STRATIFIED.inner(data[1], 2, 0)[0]
    settings: list[dict[str, Any]] = [{}, {"model__n_neighbors": 3}]
    shared = neighbors.score_candidates(estimator, settings, data, fold, ACCURACY)
    alone = score_fold(estimator, {}, data, fold, ACCURACY)
    assert [each.reason for each in shared.scores] == 2 * [alone.reason]
    assert "n_components=1000" in (alone.reason or "")


def test_a_process_stays_on_its_fold(data: Data, tmp_path: Path) -> None:
    """In a whole search the transformer of a fold is fitted once by a process."""
    calls = tmp_path / "calls.txt"

    def noted(X: Any) -> Any:
        with calls.open("a") as stream:
            stream.write("called\n")
        return X

    estimator = pipeline(FunctionTransformer(noted), model=LogisticRegression(tol=0.1))
    search = GridSearch(strategy="grid", folds=3, space={"model__C": (0.1, 1, 10)})
    tuned = tune(estimator, search, *data, seed=0, n_jobs=1, progress=lambda _: None)
    assert len(calls.read_text().splitlines()) == 2 * 3  # rows to fit and to score on
    assert len(tuned.shared_cpu_seconds) == 3
