"""Searches on an engine: the scores of GridSearchCV over the engine's own estimator."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier

from tunecard.runner.metrics import scorer
from tunecard.runner.models import build, import_object, python_lines
from tunecard.runner.models.objects import models_of
from tunecard.runner.neighbors.votes import labels
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.search import neighbors
from tunecard.runner.search.scoring import score_fold

Data = tuple[NDArray[np.float32], NDArray[np.int64]]
SPACE: dict[str, list[Any]] = {
    "n_neighbors": [1, 2, 3, 5, 8, 10],
    "weights": ["uniform", "distance"],
}


@pytest.fixture
def intelex() -> Any:
    """The engine's classifier; skipped where the extra `accelerate` is not installed."""
    pytest.importorskip("sklearnex", reason="the extra accelerate is not installed")
    return import_object("sklearnex.neighbors.KNeighborsClassifier")


def scattered(n_rows: int, n_features: int) -> Data:
    """Rows between which no two distances are equal, of five classes."""
    rng = np.random.default_rng(7)
    X = rng.random((n_rows, n_features), dtype=np.float32)
    return X, rng.integers(0, 5, n_rows)


def on_a_grid(n_rows: int, n_features: int) -> Data:
    """Rows of small integers, some of them copies: hardly a distance without a tie."""
    rng = np.random.default_rng(8)
    X = rng.integers(0, 3, (n_rows, n_features)).astype(np.float32)
    X[1::5] = X[::5][: len(X[1::5])]
    return X, rng.integers(0, 5, n_rows)


def digits() -> Data:
    """The embedded digits, with pixels from 0 to 1."""
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def shared(estimator: Any, data: Data) -> tuple[NDArray[np.float64], int]:
    """Score the space from shared neighbors; also how many rows were asked again."""
    settings = [
        {"n_neighbors": k, "weights": w}
        for k in SPACE["n_neighbors"]
        for w in SPACE["weights"]
    ]
    assert neighbors.applies(estimator, settings, data[0].shape[1])
    parts = [
        neighbors.score_candidates(estimator, settings, data, fold, scorer("accuracy"))
        for fold in STRATIFIED.inner(data[1], 3, 0)
    ]
    scores = [[part.scores[i].score for part in parts] for i in range(len(settings))]
    return np.array(scores, dtype=float), sum(part.n_requeried for part in parts)


def usual(estimator: Any, data: Data) -> NDArray[np.float64]:
    """Let GridSearchCV score the space."""
    outer = GridSearchCV(
        estimator,
        SPACE,
        scoring="accuracy",
        refit=False,
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
    ).fit(*data)
    return np.stack([outer.cv_results_[f"split{i}_test_score"] for i in range(3)], axis=1)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [1, 2, 3, 8])
def test_a_vote_without_ties_is_scikit_learns(k: int, weights: str) -> None:
    """The table decides every row as scikit-learn's own vote does."""
    X, y = scattered(600, 6)
    model = KNeighborsClassifier(k, weights=weights).fit(X[:400], y[:400])
    distances, indices = model.kneighbors(X[400:], 10)
    found = labels(distances, y[indices], k, weighted=weights == "distance")
    np.testing.assert_array_equal(found, model.predict(X[400:]))


@pytest.mark.parametrize(
    ("distances", "classes", "k", "weighted", "expected"),
    [
        # The k-th place cuts through a tie of two classes, then of one.
        ([1, 2, 2, 3], [0, 0, 1, 1], 2, False, None),
        ([1, 2, 2, 3], [0, 1, 1, 1], 2, False, [0]),
        # The tie goes on where the table ends: what else is in it is not known.
        ([1, 2, 2, 2], [0, 1, 1, 1], 2, False, None),
        ([1, 2, 2, 2], [0, 1, 1, 1], 4, False, [1]),
        # Weights that are as large as one another, and a copy at distance 0.
        ([2, 2, 3, 4], [1, 0, 0, 0], 2, True, None),
        ([2, 2, 3, 4], [1, 0, 0, 0], 2, False, [0]),
        ([0, 1, 2, 3], [1, 0, 0, 0], 3, True, None),
        ([0, 1, 2, 3], [1, 1, 1, 0], 3, True, [1]),
        ([float("nan")] * 4, [0, 0, 0, 1], 2, False, None),
    ],
)
def test_a_vote_that_a_tie_may_decide_is_left_open(
    distances: list[float],
    classes: list[int],
    k: int,
    weighted: bool,  # noqa: FBT001 # a case of the table
    expected: list[int] | None,
) -> None:
    """Only where the rows in question are of one class is there an answer."""
    table = np.array([distances], dtype=np.float32)
    found = labels(table, np.array([classes]), k, weighted=weighted)
    assert (None if found is None else found.tolist()) == expected


def test_neighbors_without_ties_are_shared_on_the_engine(intelex: Any) -> None:
    """Every fold score is GridSearchCV's to the bit, and no row is asked again."""
    data = scattered(900, 20)
    scores, asked = shared(intelex(), data)
    np.testing.assert_array_equal(scores, usual(intelex(), data))
    assert asked == 0


@pytest.mark.parametrize("data", [on_a_grid(900, 20), digits()], ids=["grid", "digits"])
def test_ties_are_asked_of_the_engine(intelex: Any, data: Data) -> None:
    """Every fold score is GridSearchCV's to the bit, with ties everywhere."""
    scores, asked = shared(intelex(), data)
    np.testing.assert_array_equal(scores, usual(intelex(), data))
    assert asked > 0


def test_trees_are_not_shared_on_the_engine(intelex: Any) -> None:
    """Up to 15 features, and for other distances, each candidate finds its own."""
    assert neighbors.applies(intelex(), [{"n_neighbors": 3}], 16)
    assert not neighbors.applies(intelex(), [{"n_neighbors": 3}], 15)
    assert not neighbors.applies(intelex(p=1), [{"n_neighbors": 3}], 16)
    assert neighbors.applies(intelex(algorithm="brute"), [{"n_neighbors": 3}], 2)


def test_a_candidate_that_the_engine_cannot_do_fails(intelex: Any) -> None:
    """scikit-learn's score is not booked to the engine, in either path."""
    X, y = scattered(90, 4)
    fold = (np.arange(60), np.arange(60, 90))
    score = scorer("accuracy")
    alone = score_fold(intelex(), {"metric": "canberra"}, (X, y), fold, score)
    beside = neighbors.score_candidates(
        intelex(metric="canberra"), [{"n_neighbors": 3}], (X, y), fold, score
    ).scores[0]
    for found in (alone, beside):
        assert found.score is None
        assert found.reason is not None
        assert "fell back from intelex to scikit-learn" in found.reason
        assert "canberra" in found.reason


def test_an_estimator_given_as_an_object_goes_to_the_engine(intelex: Any) -> None:
    """The engine's estimator has the object's parameters."""
    (spec,) = models_of([KNeighborsClassifier(n_neighbors=3)]).specs
    on = spec.model_copy(update={"engine": "intelex"})
    built = build(on, {"weights": "distance"}, seed=0)
    assert type(built) is intelex
    assert (built.n_neighbors, built.weights) == (3, "distance")
    assert python_lines(on, {}, 0)[0].startswith("from sklearnex.neighbors")
