"""Ten tables under 2,000 rows: what one holdout decides, and what ten splits do.

The searches are scikit-learn's, whose fold scores a run's equal to the bit; splits, tests
and words are a run's.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.seeds import over_seeds
from tunecard.report.stats.shares import share_difference
from tunecard.report.stats.verdicts import quality_word
from tunecard.runner.resampling import STRATIFIED

MARGIN, TEST_SIZE, FOLDS = 0.01, 0.25, 3
MODELS: tuple[tuple[Any, dict[str, list[int]]], ...] = (
    (DecisionTreeClassifier(random_state=0), {"max_depth": [2, 4, 8]}),
    (KNeighborsClassifier(), {"n_neighbors": [1, 15, 31]}),
)
_MADE: dict[str, dict[str, Any]] = {
    "made, easy": {"n_samples": 300, "class_sep": 1.5},
    "made, noisy labels": {"n_samples": 600, "flip_y": 0.2},
    "made, wide": {"n_samples": 400, "n_features": 60},
    "made, three classes": {"n_samples": 900, "n_classes": 3, "n_informative": 6},
    "made, one class in ten": {"n_samples": 1_500, "weights": [0.9]},
    "made, clusters": {
        "n_samples": 1_900, "n_clusters_per_class": 4, "n_informative": 8,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """The words of the two models on a table, and the CPU seconds of all fits."""

    words: tuple[str, ...]
    seconds: float


def tables(seed: int) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, X and y of each table."""
    for name in ("iris", "wine", "breast_cancer", "digits"):
        yield (name, *getattr(datasets, f"load_{name}")(return_X_y=True))
    for number, (name, arguments) in enumerate(_MADE.items()):
        made = {"n_features": 20, "n_informative": 5, "random_state": seed + number}
        yield (name, *datasets.make_classification(**(made | arguments)))


def measure(X: Any, y: Any, *, n_splits: int, seed: int) -> Row:
    """Compare each model before and after its search, on one holdout or on several."""
    begun = time.process_time()
    words = []
    for estimator, space in MODELS:
        counts = []
        for number in range(seed, seed + n_splits):
            train, test = STRATIFIED.outer(y, TEST_SIZE, number)
            folds = StratifiedKFold(FOLDS, shuffle=True, random_state=number)
            search = GridSearchCV(estimator, space, cv=folds).fit(X[train], y[train])
            first = clone(estimator).fit(X[train], y[train]).predict(X[test]) == y[test]
            second = search.predict(X[test]) == y[test]
            counts.append((np.sum(first & ~second), np.sum(~first & second)))
        words.append(_word(np.array(counts), len(train), len(test)))
    return Row(tuple(words), time.process_time() - begun)


def _word(counts: Any, n_train: int, n_test: int) -> str:
    """Return the word on discordant rows of shape (n_splits, 2), for one of two models."""
    test: PairedInference | None
    if len(counts) == 1:
        test = share_difference(int(counts[0, 0]), int(counts[0, 1]), n_test)
    else:
        test = over_seeds((counts[:, 1] - counts[:, 0]) / n_test, n_train, n_test)
    assert test is not None
    alpha = 0.05 / len(MODELS)  # as the first step of Holm's adjustment
    return quality_word(test.interval(1 - alpha), test.interval(1 - 2 * alpha), MARGIN)
