"""Simulated searches: how much of the winner's luck the correction takes away.

``pytest -m stress tests/test_report/test_stress_selection.py``. Each study draws rows,
searches over 5 folds as Tunecard does, and compares the winner's gain over the baseline
with the truth: 0 on noise, else the gain on rows that no fold has seen.
"""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tunecard.report.stats.selection import corrected_gain, fold_bias, resample_gains

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Share of the bias that is taken away, at least, and coverage of the interval.
REMOVED, COVERED = 0.75, 0.93


@dataclass(frozen=True)
class Task:
    """Rows to search on, rows for the truth (None on noise), and what is compared."""

    X: Any
    y: Any
    X_new: Any
    y_new: Any
    baseline: Any
    candidates: list[Any]


def noise(n_rows: int, rng: np.random.Generator) -> Task:
    """Labels that no feature explains; 50 trees."""
    X, y = rng.normal(size=(n_rows, 10)), rng.permutation(np.arange(n_rows) % 2)
    trees = [
        DecisionTreeClassifier(
            max_depth=int(rng.integers(1, 12)),
            max_features=int(rng.integers(1, 11)),
            min_samples_leaf=int(rng.integers(1, 10)),
            random_state=int(rng.integers(1_000)),
        )
        for _ in range(50)
    ]
    return Task(X, y, None, None, DecisionTreeClassifier(random_state=0), trees)


def noise_100(rng: np.random.Generator) -> Task:
    """100 rows of noise."""
    return noise(100, rng)


def noise_400(rng: np.random.Generator) -> Task:
    """400 rows of noise."""
    return noise(400, rng)


def breast_cancer(rng: np.random.Generator) -> Task:
    """170 rows, 30 support vector machines."""
    X, y = load_breast_cancer(return_X_y=True)
    order = rng.permutation(len(y))
    machines = [
        make_pipeline(
            StandardScaler(),
            SVC(C=10 ** rng.uniform(-2, 3), gamma=10 ** rng.uniform(-4, 0)),
        )
        for _ in range(30)
    ]
    return _part(X, y, order, 170, make_pipeline(StandardScaler(), SVC()), machines)


def digits(rng: np.random.Generator) -> Task:
    """450 rows, 20 nearest-neighbor models."""
    X, y = load_digits(return_X_y=True)
    neighbors = [
        KNeighborsClassifier(k, weights=weights)
        for k in range(1, 11)
        for weights in ("uniform", "distance")
    ]
    return _part(X, y, rng.permutation(len(y)), 450, KNeighborsClassifier(), neighbors)


def boosting(rng: np.random.Generator) -> Task:
    """1,000 rows of a synthetic task, 200 random candidates of gradient boosting."""
    X, y = make_classification(
        6_000, n_informative=6, flip_y=0.1, random_state=int(rng.integers(2**31))
    )
    candidates = [
        GradientBoostingClassifier(
            n_estimators=int(rng.integers(5, 40)),
            learning_rate=10 ** rng.uniform(-2, 0),
            max_depth=int(rng.integers(1, 5)),
            subsample=0.5,
            random_state=0,
        )
        for _ in range(200)
    ]
    baseline = GradientBoostingClassifier(n_estimators=20, subsample=0.5, random_state=0)
    return _part(X, y, np.arange(len(y)), 1_000, baseline, candidates)


def _part(X: Any, y: Any, order: Any, n: int, baseline: Any, candidates: list[Any]) -> Task:
    kept, new = order[:n], order[n:]
    return Task(X[kept], y[kept], X[new], y[new], baseline, candidates)


@dataclass(frozen=True)
class Outcome:
    """A study: gains before and after correction, the truth, and whether it is covered."""

    naive: float
    corrected: float
    by_folds: float
    truth: float
    covered: bool


def study(make: Callable[[np.random.Generator], Task], key: int) -> Outcome:
    """Search once."""
    rng = np.random.default_rng([SEED, key])
    task = make(rng)
    splitter = StratifiedKFold(5, shuffle=True, random_state=key)
    folds = list(splitter.split(task.X, task.y))

    def right(model: Any) -> Any:
        return cross_val_predict(model, task.X, task.y, cv=folds) == task.y

    baseline = right(task.baseline)
    candidates = np.column_stack([right(model) for model in task.candidates])
    winner = task.candidates[int(candidates.mean(axis=0).argmax())]
    truth = 0.0
    if task.X_new is not None:
        scores = [
            clone(model).fit(task.X, task.y).score(task.X_new, task.y_new)
            for model in (winner, task.baseline)
        ]
        truth = scores[0] - scores[1]
    gain = corrected_gain(resample_gains(candidates, baseline, rng))
    by_fold = [candidates[valid].mean(axis=0) for _, valid in folds]
    return Outcome(
        gain.naive,
        gain.corrected,
        gain.naive - fold_bias(by_fold),
        truth,
        gain.interval.contains(truth),
    )


@pytest.mark.parametrize(
    ("make", "studies"),
    [(noise_100, 100), (noise_400, 60), (breast_cancer, 120), (digits, 80), (boosting, 10)],
)
def test_luck_is_taken_away(
    make: Callable[[np.random.Generator], Task],
    studies: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At least 75 % of the bias goes, at most 150 %; 93 of 100 intervals hold the truth."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcomes = [study(make, key) for key in range(studies)]
    naive, corrected, by_folds, truth = (
        float(np.mean([getattr(outcome, name) for outcome in outcomes]))
        for name in ("naive", "corrected", "by_folds", "truth")
    )
    covered = float(np.mean([outcome.covered for outcome in outcomes]))
    with capsys.disabled():
        line = f"CV {naive:+.4f}, corrected {corrected:+.4f}, by folds {by_folds:+.4f}"
        print(f"\n{make.__name__}: {line}, truth {truth:+.4f}, covers {covered:.3f}")  # noqa: T201 # the table
    assert corrected - truth <= (1 - REMOVED) * (naive - truth)
    assert corrected - truth >= -(naive - truth) / 2
    assert covered >= COVERED
