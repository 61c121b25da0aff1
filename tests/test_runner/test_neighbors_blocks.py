"""Neighbors in several calls, and of some rows again: to the bit those of one call."""

from typing import Any

import numpy as np
import pytest
import threadpoolctl
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from tunecard.runner.neighbors import blocks

K = 7


@pytest.fixture(scope="module", params=["measured", "tied"])
def asked(
    request: pytest.FixtureRequest,
) -> tuple[blocks.Ask, NDArray[np.float32], list[int]]:
    """Give a search by brute force, rows to ask for, and the sizes of its calls.

    ``tied`` rows are of small integers: many distances are equal.
    """
    draw = np.random.default_rng(0)
    X = draw.random((7_000, 20), dtype=np.float32)
    if request.param == "tied":
        X = np.floor(3 * X)
    model = KNeighborsClassifier(algorithm="brute").fit(X[:1_000], np.arange(1_000) % 3)
    sizes: list[int] = []

    def ask(rows: NDArray[Any], k: int) -> blocks.Neighbors:
        sizes.append(len(rows))
        distances, indices = model.kneighbors(rows, k)
        return distances, indices

    return ask, X[1_000:], sizes


def test_parts_are_one_call_to_the_bit(
    asked: tuple[blocks.Ask, NDArray[np.float32], list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Distances and indices alike, for any number of threads that gives parts."""
    ask, X, sizes = asked
    monkeypatch.setattr(blocks, "openmp_threads", lambda: 1)

    with threadpoolctl.threadpool_limits(1, user_api="openmp"):
        whole = ask(X, K)
        sizes.clear()
        parts = blocks.in_parts(ask, X, K)
    np.testing.assert_array_equal(parts[0], whole[0])
    np.testing.assert_array_equal(parts[1], whole[1])
    assert sum(sizes) == len(X)
    assert len(sizes) == 4
    # scikit-learn splits the training rows instead where a thread has four blocks or less.
    assert min(sizes) > 4 * blocks.BLOCK


def test_few_rows_are_one_call(
    asked: tuple[blocks.Ask, NDArray[np.float32], list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where parts would have too few blocks a thread there are none."""
    ask, X, sizes = asked
    monkeypatch.setattr(blocks, "openmp_threads", lambda: 16)
    sizes.clear()
    blocks.in_parts(ask, X, K)
    assert sizes == [len(X)]


def test_rows_that_are_asked_again_are_as_before(
    asked: tuple[blocks.Ask, NDArray[np.float32], list[int]],
) -> None:
    """Their blocks alone are asked for, and the answer is that of all rows."""
    ask, X, _ = asked
    rows = np.array([3, 700, 701, 5_999])
    whole, found = ask(X, K), blocks.again(ask, X, rows, K)
    np.testing.assert_array_equal(found[0], whole[0][rows])
    np.testing.assert_array_equal(found[1], whole[1][rows])


def test_what_asking_again_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 256 rows, five at least; all rows where there are few blocks a thread."""
    monkeypatch.setattr(blocks, "openmp_threads", lambda: 2)
    assert blocks.cost([0, 1, 6], 12_000) == 256 * (5 + 6)
    assert blocks.cost([0, 1, 6], 2_048) == 2 * 2_048
