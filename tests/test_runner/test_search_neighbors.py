"""The shared-neighbor path: the same numbers as GridSearchCV, for less work."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import threadpoolctl
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from tunecard.runner.datasets import load
from tunecard.runner.errors import SearchFailed
from tunecard.runner.metrics import scorer
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.schema import GridSearch, Subset
from tunecard.runner.search import neighbors, tune
from tunecard.runner.search.candidates import winner

pytestmark = pytest.mark.usefixtures("forked")

WEIGHTS = ("uniform", "distance")
Data = tuple[NDArray[np.floating[Any]], NDArray[np.int64]]


def grid(
    ks: Sequence[Any], weights: Sequence[str] = WEIGHTS, n_folds: int = 3
) -> GridSearch:
    """Make a search over k and weights."""
    return GridSearch(
        strategy="grid",
        folds=n_folds,
        space={"n_neighbors": tuple(ks), "weights": tuple(weights)},
    )


def reference(
    estimator: Any, search: GridSearch, data: Data, seed: int
) -> GridSearchCV | None:
    """Let scikit-learn itself do the search; None where it refuses: all fits fail."""
    outer = GridSearchCV(
        estimator,
        {name: list(values) for name, values in search.space.items()},
        scoring="accuracy",
        refit=False,
        n_jobs=1,
        cv=StratifiedKFold(search.folds, shuffle=True, random_state=seed),
        error_score=np.nan,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of fits that fail
        try:
            return outer.fit(*data)
        except ValueError:  # "All the 12 fits failed."
            return None


def fold_scores(outer: GridSearchCV, n_folds: int) -> NDArray[np.float64]:
    """Return scikit-learn's scores, (n_candidates, n_folds)."""
    return np.stack(
        [outer.cv_results_[f"split{i}_test_score"] for i in range(n_folds)], axis=1
    )


def shared_scores(
    estimator: Any, search: GridSearch, data: Data, seed: int
) -> tuple[list[dict[str, Any]], NDArray[np.float64], int]:
    """Return the shared path's candidates, scores and number of rows asked again."""
    space = {name: list(values) for name, values in search.space.items()}
    settings = [
        {"n_neighbors": k, "weights": w}
        for k in space["n_neighbors"]
        for w in space["weights"]
    ]
    assert neighbors.applies(estimator, settings)
    parts = [
        neighbors.score_candidates(estimator, settings, data, fold, scorer("accuracy"))
        for fold in STRATIFIED.inner(data[1], search.folds, seed)
    ]
    scores = [[part.scores[i].score for part in parts] for i in range(len(settings))]
    return (
        settings,
        np.array(scores, dtype=float),
        sum(part.n_requeried for part in parts),
    )


def assert_same(estimator: Any, search: GridSearch, data: Data, seed: int) -> int:
    """Hold both against each other to the bit; returns the rows asked again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # folds larger than a class are allowed here
        params, ours, asked = shared_scores(estimator, search, data, seed)
    outer = reference(estimator, search, data, seed)
    if outer is None:
        assert np.isnan(ours).all()
        return asked
    assert outer.cv_results_["params"] == params
    np.testing.assert_array_equal(ours, fold_scores(outer, search.folds))
    if not np.isnan(ours).any(axis=1).all():
        rows = [[None if np.isnan(v) else v for v in row] for row in ours.tolist()]
        assert winner(rows) == outer.best_index_
    return asked


def tied(n_rows: int, n_features: int, n_values: int, seed: int) -> Data:
    """Make two classes on a small integer grid: hardly a distance without a tie."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, n_values, (n_rows, n_features)).astype(np.float64)
    return X, rng.integers(0, 2, n_rows)


@st.composite
def problems(draw: st.DrawFn) -> tuple[KNeighborsClassifier, GridSearch, Data, int]:
    """Draw small data full of ties, and a search on it."""
    n_folds = draw(st.integers(2, 4))
    n_classes = draw(st.integers(2, 4))
    n_rows = draw(st.integers(n_classes * n_folds, 70) | st.integers(150, 300))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n_features = draw(st.integers(1, 5))
    match draw(st.sampled_from(["tied integers", "continuous", "duplicated rows"])):
        case "tied integers":
            X = rng.integers(0, draw(st.integers(1, 4)), (n_rows, n_features)).astype(float)
        case "continuous":
            X = rng.normal(size=(n_rows, n_features))
        case _:
            X = rng.normal(size=(n_rows, n_features))[rng.integers(0, n_rows // 3, n_rows)]
    y = np.concatenate(
        [
            np.repeat(np.arange(n_classes), n_folds),
            rng.integers(0, n_classes, n_rows - n_classes * n_folds),
        ]
    )
    estimator = KNeighborsClassifier(
        algorithm=draw(st.sampled_from(["auto", "brute", "kd_tree", "ball_tree"])),
        p=draw(st.sampled_from([1, 2, 2, 3])),
    )
    k = st.one_of(st.integers(1, 20), st.integers(8, 30), st.integers(-1, 80))
    ks = draw(st.lists(k, min_size=1, max_size=5, unique=True))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    # By brute force scikit-learn counts equal votes at other distances by itself.
    alone = estimator.algorithm == "brute" and estimator.p != 2
    weights = WEIGHTS[1:] if alone else WEIGHTS
    return estimator, grid(ks, weights, n_folds), (X.astype(dtype), y), seed


@given(problems())
def test_fold_scores_equal_grid_search(
    problem: tuple[KNeighborsClassifier, GridSearch, Data, int],
) -> None:
    """Fold scores and failures are GridSearchCV's to the bit, ties and bad k included."""
    with threadpoolctl.threadpool_limits(1, user_api="openmp"):  # so small a task
        assert_same(*problem)


def test_k_of_half_the_rows_may_use_another_algorithm() -> None:
    """From k = half the rows on, "auto" is brute force: smaller k keep their tree."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 1)).astype(np.float32)[rng.integers(0, 50, 150)]
    data = X, rng.integers(0, 2, 150)
    assert_same(KNeighborsClassifier(p=1), grid([1, 5, 37, 40], n_folds=2), data, 0)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree", "ball_tree"])
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))]
)
def test_order_of_tied_neighbors_in_a_weighted_vote(algorithm: str, seed: int) -> None:
    """Where the last bit of a weighted vote depends on the order of ties, it is kept."""
    data = tied(350, 4, 5 + seed, seed)
    search = grid(range(8, 24, 2), ["distance"])
    with threadpoolctl.threadpool_limits(1, user_api="openmp"):
        assert_same(KNeighborsClassifier(algorithm=algorithm), search, data, seed)


@pytest.mark.parametrize(
    ("metric", "threads"),
    [
        ("minkowski", 2),
        ("correlation", 1),
        pytest.param("cosine", 1, marks=pytest.mark.slow),
    ],
)
def test_many_ties_where_rows_are_split_between_threads(metric: str, threads: int) -> None:
    """With more than 4 x 256 rows a thread, scikit-learn splits the queries."""
    rng = np.random.default_rng(0)
    n_rows = 2 * (4 * 256 * threads + 200)
    X = rng.integers(0, 3, (n_rows, 6)).astype(np.float64)
    data = X, rng.integers(0, 3, n_rows)
    estimator = KNeighborsClassifier(algorithm="brute", metric=metric)
    with threadpoolctl.threadpool_limits(threads, user_api="openmp"):
        assert assert_same(estimator, grid([1, 2, 9, 12], n_folds=2), data, 0) > 0


def test_only_blocks_with_ties_are_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few tied rows cost a few blocks of 256 queries, not all of them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2 * 2200, 4))
    X[1:200:40] = X[:1]  # six rows that are one another's nearest neighbors
    data = X, rng.integers(0, 2, len(X))
    asked: list[int] = []
    original = KNeighborsClassifier.kneighbors

    def spy(self: Any, X: Any = None, n_neighbors: Any = None, **other: Any) -> Any:
        asked.append(len(X))
        return original(self, X, n_neighbors, **other)

    monkeypatch.setattr(KNeighborsClassifier, "kneighbors", spy)
    with threadpoolctl.threadpool_limits(2, user_api="openmp"):
        _, ours, n_asked = shared_scores(
            KNeighborsClassifier(algorithm="brute"), grid([1, 3, 5], n_folds=2), data, 0
        )
        monkeypatch.undo()
        outer = reference(
            KNeighborsClassifier(algorithm="brute"), grid([1, 3, 5], n_folds=2), data, 0
        )
    assert outer is not None
    np.testing.assert_array_equal(ours, fold_scores(outer, 2))
    assert 0 < n_asked < 40
    again = [n for n in asked if n != 2200]
    assert again
    assert max(again) == 5 * 256  # the fewest that one thread takes as many threads do


@pytest.mark.mnist
def test_fold_scores_equal_grid_search_on_mnist(mnist_dir: Path) -> None:
    """On 2,000 rows of MNIST the fold scores and the winner are GridSearchCV's."""
    dataset = load(
        "mnist",
        seed=0,
        test_size=0.25,
        subset=Subset(train=2000, test=100),
        data_dir=mnist_dir,
        offline=True,
        notice=lambda _: None,
    )
    data = dataset.X_train, dataset.y_train
    assert_same(KNeighborsClassifier(), grid([1, 8, 10], n_folds=2), data, 0)


def test_search_chooses_as_grid_search() -> None:
    """Candidates, fold scores and winner of a whole search are GridSearchCV's."""
    X, y = load_digits(return_X_y=True)
    data = X[:300].astype(np.float32), y[:300]
    search = grid([1, 3, 5, 0])
    found = tune(
        KNeighborsClassifier(), search, *data, seed=7, n_jobs=1, progress=lambda _: None
    )
    outer = reference(KNeighborsClassifier(), search, data, 7)
    assert outer is not None
    assert found.method == "shared-neighbors"
    assert found.best == outer.best_index_ + 1
    assert found.params == outer.best_params_
    assert [dict(row.params) for row in found.candidates[1:]] == outer.cv_results_["params"]
    theirs = [
        [None if np.isnan(v) else v for v in row] for row in fold_scores(outer, 3).tolist()
    ]
    assert [list(row.scores) for row in found.candidates[1:]] == theirs


def test_baseline_is_scored_but_never_chosen() -> None:
    """Candidate 0 is the baseline on the same folds, and is not eligible."""
    X, y = load_digits(return_X_y=True)
    data = X[:300], y[:300]
    found = tune(
        KNeighborsClassifier(n_neighbors=1),
        grid([40], ["uniform"]),
        *data,
        seed=0,
        n_jobs=1,
        progress=lambda _: None,
    )
    baseline, chosen = found.candidates
    outer = reference(KNeighborsClassifier(n_neighbors=1), grid([1], ["uniform"]), data, 0)
    assert outer is not None
    assert list(baseline.scores) == fold_scores(outer, 3)[0].tolist()
    assert np.mean(baseline.scores) > np.mean(chosen.scores)  # type: ignore[arg-type] # none failed
    assert (baseline.eligible, chosen.eligible, found.best) == (False, True, 1)


@pytest.mark.parametrize(
    ("params", "n_features", "shared"),
    [
        ({"p": 1, "algorithm": "brute"}, 4, False),
        ({"metric": "manhattan"}, 16, False),
        ({"metric": "manhattan"}, 15, True),
        ({"p": 1, "algorithm": "kd_tree"}, 64, True),
        ({"p": 1, "algorithm": "brute", "weights": "distance"}, 4, True),
        ({"metric": "euclidean"}, 784, True),
        ({"metric": "cosine"}, 784, True),
        ({"metric": "hamming"}, 784, True),
        ({"metric": np.vdot}, 784, True),
        ({"metric": "l2"}, 784, False),
        ({"p": 3}, 784, False),
        ({}, 784, True),
    ],
)
def test_what_scikit_learn_counts_by_itself_is_not_shared(
    params: dict[str, Any], n_features: int, *, shared: bool
) -> None:
    """Equal votes by brute force, at the distances that its class for them knows."""
    estimator = KNeighborsClassifier(**params)
    assert neighbors.applies(estimator, [{"n_neighbors": 3}], n_features) is shared


def test_a_candidate_that_is_out_of_range_tells_why() -> None:
    """A k of 0, or beyond the rows, fails with scikit-learn's reason; others stand."""
    X, y = load_digits(return_X_y=True)
    found = tune(
        KNeighborsClassifier(),
        grid([0, 5, 1000], ["uniform"]),
        X[:150],
        y[:150],
        seed=0,
        n_jobs=1,
        progress=lambda _: None,
    )
    zero, five, many = found.candidates[1:]
    assert (zero.status, five.status, many.status) == ("failed", "ok", "failed")
    assert zero.scores == (None, None, None)
    assert zero.reason is not None
    assert "'n_neighbors' parameter" in zero.reason
    assert many.reason is not None
    assert "Expected n_neighbors <= n_samples_fit" in many.reason
    assert found.best == 2


def test_all_candidates_failing_is_told() -> None:
    """A search without a winner ends in SearchFailed with the first reason."""
    X, y = load_digits(return_X_y=True)
    with pytest.raises(
        SearchFailed, match=r"every one of the 4 candidates failed.*n_neighbors"
    ):
        tune(
            KNeighborsClassifier(),
            grid([0, -3]),
            X[:100],
            y[:100],
            seed=0,
            n_jobs=1,
            progress=lambda _: None,
        )


class Subclass(KNeighborsClassifier):  # type: ignore[misc] # it has no types
    """A classifier that may have changed anything."""


@pytest.mark.parametrize(
    ("estimator", "candidates", "applies"),
    [
        (KNeighborsClassifier(), [{}, {"n_neighbors": 3, "weights": "distance"}], True),
        (KNeighborsClassifier(p=1), [{"n_neighbors": 3}], True),
        (Subclass(), [{"n_neighbors": 3}], False),
        (make_pipeline(KNeighborsClassifier()), [{"n_neighbors": 3}], False),
        (LogisticRegression(), [{}], False),
        (KNeighborsClassifier(), [{"n_neighbors": 3, "p": 1}], False),
        (KNeighborsClassifier(weights=np.sqrt), [{"n_neighbors": 3}], False),
        (KNeighborsClassifier(), [{"weights": "gaussian"}], False),
    ],
)
def test_what_can_share_neighbors(
    estimator: Any,
    candidates: list[dict[str, Any]],
    applies: bool,  # noqa: FBT001 # a parametrized value
) -> None:
    """Only scikit-learn's own classifier, with n_neighbors and named weights alone."""
    assert neighbors.applies(estimator, candidates) is applies
