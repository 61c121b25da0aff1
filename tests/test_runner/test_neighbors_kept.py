"""Labels and probabilities of k-nearest neighbors from one search for the neighbors."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner.models import final_step
from tunecard.runner.neighbors import nearest
from tunecard.runner.neighbors.kept import KeptNeighbors

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test = X[:300], y[:300], X[300:400]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """List the rows of each search for neighbors."""
    calls: list[int] = []
    original = KNeighborsClassifier.kneighbors

    def spy(self: Any, X: Any = None, *options: Any, **named: Any) -> Any:
        calls.append(len(X))
        return original(self, X, *options, **named)

    monkeypatch.setattr(KNeighborsClassifier, "kneighbors", spy)
    return calls


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("scaled", [False, True])
def test_probabilities_need_no_second_search(
    asked: list[int], weights: str, *, scaled: bool
) -> None:
    """They are those of predict_proba, to the bit, behind a scaler as well."""
    model: Any = KNeighborsClassifier(weights=weights)
    if scaled:
        model = make_pipeline(StandardScaler(), model)
    model.fit(X_train, y_train)
    expected = model.predict(X_test), model.predict_proba(X_test)
    asked.clear()
    kept = KeptNeighbors(model)
    with kept.noting():
        labels = model.predict(X_test)
    with kept.answering():
        probabilities = model.predict_proba(X_test)
    assert asked == [100]
    np.testing.assert_array_equal(labels, expected[0])
    np.testing.assert_array_equal(probabilities, expected[1])
    assert "kneighbors" not in vars(final_step(model))


def test_other_rows_are_searched(asked: list[int]) -> None:
    """What was kept is of the same rows and options alone."""
    model = KNeighborsClassifier().fit(X_train, y_train)
    kept = KeptNeighbors(model)
    with kept.noting():
        model.predict(X_test)
    with kept.answering():
        others = model.predict_proba(X_test[::-1].copy())
        distances, _ = model.kneighbors(X_test)
    assert asked == [100, 100, 100]
    np.testing.assert_array_equal(others, model.predict_proba(X_test)[::-1])
    assert (distances > 0).all()


def test_other_models_are_left_alone() -> None:
    """Of a model without neighbors, or of a subclass, nothing is kept."""
    model = LogisticRegression(tol=0.1).fit(X_train, y_train)
    kept = KeptNeighbors(model)
    before = dict(vars(model))
    with kept.noting(), kept.answering():
        assert vars(model) == before


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [1, 4, 9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_training_rows_are_labeled_from_a_quicker_search(
    asked: list[int], monkeypatch: pytest.MonkeyPatch, weights: str, k: int, dtype: Any
) -> None:
    """The labels are scikit-learn's, though each row is at distance 0 of itself."""
    monkeypatch.setattr(nearest, "LEAST_WORK", 0)
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((6_000, 12)).astype(dtype)
    labels = rng.integers(0, 2, len(rows))  # neighbors of both classes are common
    model = KNeighborsClassifier(k, weights=weights, algorithm="brute").fit(rows, labels)
    expected = model.predict(rows)
    asked.clear()
    kept = KeptNeighbors(model)
    with kept.answering(), kept.finding(rows, labels, rows):
        found = model.predict(rows)
    np.testing.assert_array_equal(found, expected)
    assert sum(asked) < len(rows) / 4
    assert "kneighbors" not in vars(model)


def test_equal_rows_of_two_classes_are_left_to_scikit_learn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where both may be at distance 0 the vote is scikit-learn's."""
    monkeypatch.setattr(nearest, "LEAST_WORK", 0)
    rng = np.random.default_rng(4)
    rows = np.repeat(rng.random((400, 20)), 2, axis=0)
    labels = rng.integers(0, 3, len(rows))
    model = KNeighborsClassifier(4, weights="distance", algorithm="brute").fit(rows, labels)
    expected = model.predict(rows)
    with KeptNeighbors(model).finding(rows, labels, rows):
        np.testing.assert_array_equal(model.predict(rows), expected)


def test_a_model_behind_a_scaler_searches_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was fitted on other rows than those at hand."""
    monkeypatch.setattr(nearest, "LEAST_WORK", 0)
    model = make_pipeline(StandardScaler(), KNeighborsClassifier()).fit(X, y)
    with KeptNeighbors(model).finding(X, y, X):
        assert "kneighbors" not in vars(final_step(model))
