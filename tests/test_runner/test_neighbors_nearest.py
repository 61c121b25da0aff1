"""Neighbors from a float32 product: scikit-learn's own, but where rounding decides."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn import config_context
from sklearn.datasets import load_digits, make_blobs
from sklearn.neighbors import KNeighborsClassifier

from tests.test_runner.test_search_neighbors import (
    Data,
    assert_same,
    grid,
    problems,
    tied,
)
from tunecard.runner.neighbors import nearest

Rows = NDArray[np.floating]


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take this way for few rows as well, in tiles that small data fills."""
    with monkeypatch.context() as patch:
        patch.setattr(nearest, "LEAST_WORK", 0)
        patch.setattr(nearest, "_TILE", 100)
        patch.setattr(nearest, "_CHUNK", 64)
        patch.setattr(nearest, "_SAMPLE", 50)
        yield


def scattered(n_rows: int, n_features: int, seed: int = 0) -> Rows:
    """Make rows of the normal distribution."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_rows, n_features)).astype(np.float32)


def assert_nearest(X_train: Rows, X: Rows, k: int) -> None:
    """Hold the neighbors against SciPy's distances, as far as rounding allows."""
    found = nearest.nearest(X_train, X, k)
    assert found is not None
    truth = cdist(X.astype(np.float64), X_train.astype(np.float64), "sqeuclidean")
    np.testing.assert_allclose(found.squares, np.sort(truth)[:, :k], rtol=1e-10)
    own = np.take_along_axis(truth, found.indices, axis=1)
    np.testing.assert_allclose(own, found.squares, rtol=1e-10)
    assert all(len(set(row)) == k for row in found.indices.tolist())


@pytest.mark.parametrize("offset", [0, 1, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neighbors_are_the_nearest(offset: float, dtype: type[np.floating]) -> None:
    """The nearest by SciPy's distances, also of rows that are far from the origin."""
    X = (scattered(1000, 20) + np.float32(offset)).astype(dtype)
    assert_nearest(X[:800], X[800:], 11)


def test_rows_in_the_order_of_their_classes() -> None:
    """What comes first need not be near: each tile has some rows of each part."""
    X, y = make_blobs(1000, 10, centers=7, random_state=0)
    X = X[np.argsort(y)].astype(np.float32)
    assert_nearest(X, scattered(70, 10), 5)


def test_what_float32_mixes_up_is_kept() -> None:
    """Far apart groups leave float32 no digits for what is near within one of them."""
    X = scattered(1000, 20)
    X[:, 0] += 1000 * (np.arange(1000) % 4)
    assert_nearest(X[:800], X[800:], 11)


def test_a_column_that_is_the_same_in_all_training_rows() -> None:
    """It tells no training row from another, and still counts in a distance."""
    X = scattered(500, 8)
    X[:400, 3] = 2
    assert_nearest(X[:400], X[400:], 4)


def test_as_many_neighbors_as_rows() -> None:
    """All of them, in order; one more is refused."""
    X = scattered(120, 5)
    assert_nearest(X[:90], X[90:], 90)
    assert nearest.nearest(X[:90], X[90:], 91) is None


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((2000, 4), dtype=np.float32),
        scattered(300, 4) * np.float32(1e18),
        scattered(300, 4) * np.float32(1e-18),
        scattered(300, 4).astype(np.float64) * 1e200,
        np.where(
            np.arange(1200).reshape(300, 4) == 7, np.float32(np.nan), scattered(300, 4)
        ),
        np.repeat(scattered(5, 4), 1000, axis=0),
    ],
    ids=["all alike", "huge", "tiny", "beyond float32", "no numbers", "many copies"],
)
def test_what_float32_cannot_tell_apart_is_refused(rows: Rows) -> None:
    """Rows that are all alike, or values near float32's limits, are left to others."""
    assert nearest.nearest(rows, rows[:50], 3) is None


def test_no_number_in_a_column_that_tells_nothing_is_refused() -> None:
    """Where all training rows have the same value, a row asked for may have none."""
    X = scattered(400, 8)
    X[:300, 3] = 0
    X[350, 3] = np.nan
    assert nearest.nearest(X[:300], X[300:], 3) is None
    X[350, 3] = 2e19  # its square is no float32
    assert nearest.nearest(X[:300], X[300:], 3) is None


def test_one_long_row_does_not_hide_that_the_others_are_tiny() -> None:
    """Products of tiny rows underflow; nothing is told by what is left of them."""
    X = scattered(400, 20) * np.float32(1e-22)
    X[0] = 1
    assert nearest.nearest(X[100:], X[:100], 5) is None


def test_without_memory_scikit_learn_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It works through small blocks, and may still have enough."""

    def too_large(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(nearest, "_search_tiles", too_large)
    X = scattered(300, 5)
    assert nearest.nearest(X[:200], X[200:], 3) is None


@pytest.mark.parametrize(
    ("params", "dtypes", "config"),
    [
        ({"metric_params": {"Y_norm_squared": None}}, ("f4", "f4"), {}),
        ({}, ("f4", "f8"), {}),
        ({}, ("f4", "f4"), {"enable_cython_pairwise_dist": False}),
    ],
)
def test_other_ways_to_the_distances_are_left_to_scikit_learn(
    params: dict[str, object], dtypes: tuple[str, str], config: dict[str, bool]
) -> None:
    """Each rounds otherwise than the one whose error has a bound."""
    X = scattered(300, 20)
    train, rows = (X.astype(dtype) for dtype in dtypes)
    y = np.arange(300) % 2
    plain = KNeighborsClassifier(algorithm="brute", metric="euclidean").fit(X, y)
    assert nearest.applies(plain, X, X)
    with config_context(**config):
        model = KNeighborsClassifier(algorithm="brute", metric="euclidean", **params)
        assert not nearest.applies(model.fit(train, y), train, rows)


def test_slack_covers_the_rounding_of_scikit_learn() -> None:
    """Far from the origin scikit-learn's distances are off, by less than the slack."""
    X = scattered(600, 30).astype(np.float64) + 1e6
    found = nearest.nearest(X[:500], X[500:], 5)
    assert found is not None
    model = KNeighborsClassifier(5, algorithm="brute").fit(X[:500], np.arange(500) % 2)
    distances, _ = model.kneighbors(X[500:])
    off = np.abs(distances**2 - found.squares).max(axis=1)
    assert off.max() > 1e-3
    assert (off < found.slack / 2).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fold_scores_of_digits_equal_grid_search(dtype: type[np.floating]) -> None:
    """To the bit; pixels of 17 values have many ties, and these are asked again."""
    X, y = load_digits(return_X_y=True)
    data = (X / 16).astype(dtype), y
    assert_same(KNeighborsClassifier(algorithm="brute"), grid(range(1, 11)), data, 0)


@pytest.mark.parametrize("seed", [0, 1])
def test_fold_scores_equal_grid_search_where_nothing_ties(seed: int) -> None:
    """No row is asked again of scattered rows with classes at random."""
    X = scattered(600, 20, seed)
    data: Data = (X, np.random.default_rng(seed).integers(0, 5, 600))
    estimator = KNeighborsClassifier(algorithm="brute")
    assert assert_same(estimator, grid([1, 2, 3, 8, 20]), data, seed) == 0


def test_rows_and_their_copies() -> None:
    """A copy's distance is what rounding left of 0: its weight is scikit-learn's affair."""
    X = np.repeat(scattered(150, 20), 3, axis=0)
    data: Data = (X, np.random.default_rng(0).integers(0, 3, 450))
    assert_same(KNeighborsClassifier(algorithm="brute"), grid([1, 2, 3, 4, 9]), data, 0)


def test_one_class_among_the_neighbors() -> None:
    """A class that is rare leaves votes for one class alone."""
    X = scattered(300, 20)
    data: Data = (X, (np.arange(300) % 50 == 0).astype(np.int64))
    assert_same(KNeighborsClassifier(algorithm="brute"), grid([1, 5]), data, 0)


def test_ties_everywhere() -> None:
    """On a small grid of integers nearly every row is open: scikit-learn finds them all."""
    assert_same(
        KNeighborsClassifier(algorithm="brute"), grid([1, 3, 8]), tied(300, 4, 3, 0), 0
    )


@given(problems())
def test_any_problem_equals_grid_search(problem: tuple) -> None:  # type: ignore[type-arg] # as drawn
    """Whatever k, metric, algorithm and data are: to the bit, or failed as there."""
    assert_same(*problem)
