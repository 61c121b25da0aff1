"""The searches at growing sizes, beside scikit-learn's own up to what takes minutes."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tests.benchmarks.growth import Grows, Point
from tests.benchmarks.usual import grid_search, randomized_search
from tunecard.runner.config import load_study
from tunecard.runner.datasets import Dataset
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.schema import GridSearch, Strategy
from tunecard.runner.search.tune import tune

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ROWS = {"full": (5_000, 10_000, 20_000, 60_000), "part": (1_000, 2_000, 4_000)}
CANDIDATES = {"full": (1, 10, 50, 200), "part": (1, 10, 30)}
USUAL_CANDIDATES = 10
#: Rows x candidates that scikit-learn's own search is given, at most.
LARGEST_USUAL = 200_000
SIZES: tuple[Grows, ...] = ("n_train", "n_candidates")


def grid(n_candidates: int) -> GridSearch:
    """Make a grid of so many candidates: each k with both weightings."""
    weights = ("uniform", "distance") if n_candidates > 1 else ("uniform",)
    ks = tuple(range(1, n_candidates // len(weights) + 1))
    return GridSearch(
        strategy="grid", folds=5, space={"n_neighbors": ks, "weights": weights}
    )


def draws(n_candidates: int) -> Strategy:
    """Make the default study's randomized search with so many draws."""
    search = load_study("mnist").models[1].search
    assert search is not None
    return search.model_copy(update={"n_iter": n_candidates})


@pytest.mark.parametrize("grows", SIZES)
@pytest.mark.parametrize("model", ["knn", "logreg"])
def test_growth(
    benchmark: Any,
    mnist: Dataset,
    scale: str,
    model: str,
    grows: Grows,
    note_point: Callable[[Point], None],
) -> None:
    """Time the search once at each size; its growth is the figure to look at."""
    benchmark.group = f"growth: {model}, {grows}"
    if grows == "n_train":
        sizes = [(rows, USUAL_CANDIDATES) for rows in ROWS[scale]]
    else:
        sizes = [(ROWS[scale][0], number) for number in CANDIDATES[scale]]
    points = [point(mnist, model, grows, *size) for size in sizes[:-1]]
    # The largest size is the benchmark's own figure.
    points.append(
        benchmark.pedantic(point, args=(mnist, model, grows, *sizes[-1]), rounds=1)
    )
    for each in points:
        note_point(each)


def point(
    data: Dataset, model: str, grows: Grows, n_train: int, n_candidates: int
) -> Point:
    """Search once with each way; both see the first rows of MNIST, which is shuffled."""
    study = load_study("mnist")
    X, y = data.X_train[:n_train], data.y_train[:n_train]
    search: Strategy
    estimator: BaseEstimator
    if model == "knn":
        search, estimator = grid(n_candidates), KNeighborsClassifier()
    else:
        search, estimator = draws(n_candidates), LogisticRegression()
    start = time.perf_counter()
    tuned = tune(
        estimator, search, X, y, seed=0, n_jobs=logical_cores(), progress=lambda _: None
    )
    ours = time.perf_counter() - start
    assert len(tuned.candidates) == n_candidates + 1
    theirs = None
    if n_train * n_candidates <= LARGEST_USUAL:
        start = time.perf_counter()
        if model == "knn":
            grid_search(search, study, X, y)
        else:
            randomized_search(search, study, X.astype(np.float64), y, n_jobs=-1)
        theirs = time.perf_counter() - start
    label = "k-nearest neighbors" if model == "knn" else "logistic regression"
    return Point(label, grows, n_train, n_candidates, ours, theirs)
