"""Ten tables under 2,000 rows: what one holdout decides, and what ten splits do."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

import tunecard

MARGIN = 0.01
MODELS = (
    (
        "tree",
        DecisionTreeClassifier(),
        {"max_depth": [2, 4, 8], "min_samples_leaf": [1, 5]},
    ),
    ("knn", KNeighborsClassifier(), {"n_neighbors": [3, 9, 15, 31]}),
)
_MADE: dict[str, dict[str, Any]] = {
    "made, easy": {"n_samples": 300, "class_sep": 1.5},
    "made, noisy labels": {"n_samples": 600, "flip_y": 0.2},
    "made, wide": {"n_samples": 400, "n_features": 60},
    "made, three classes": {"n_samples": 900, "n_classes": 3, "n_informative": 6},
    "made, one class in ten": {"n_samples": 1_500, "weights": [0.9]},
    "made, clusters": {"n_samples": 1_900, "n_clusters_per_class": 4, "n_informative": 8},
}


@dataclass(frozen=True)
class Row:
    """A table with one holdout, or with ten splits: a word for each model.

    ``seconds`` are of CPU time, all processes of the run together.
    """

    table: str
    n_rows: int
    words: tuple[str, ...]
    seconds: float


def tables(seed: int) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, X and y of each table."""
    for name in ("iris", "wine", "breast_cancer", "digits"):
        yield (name, *getattr(datasets, f"load_{name}")(return_X_y=True))
    for number, (name, arguments) in enumerate(_MADE.items()):
        made = {"n_features": 20, "n_informative": 5, "random_state": seed + number}
        yield (name, *datasets.make_classification(**(made | arguments)))


def measure(name: str, X: Any, y: Any, *, n_splits: int, seed: int) -> Row:
    """Run the two models on a table, without timing."""
    split = {"kind": "repeated", "repeats": n_splits} if n_splits > 1 else None
    begun = _cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        run = tunecard.run(
            models=list(MODELS),
            data=(X.astype(np.float32), y),
            metric="accuracy",
            margin=MARGIN,
            timing=False,
            split=split,
            seed=seed,
            reports=folder,
            quiet=True,
        )
        words = tuple(run.verdicts["word"])
    return Row(name, len(y), words, _cpu_seconds() - begun)


def _cpu_seconds() -> float:
    """Return the CPU time of this process and of all that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
