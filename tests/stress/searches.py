"""Simulated searches whose winner's true gain is known.

A task has rows, candidates and a baseline; it answers which rows each of them gets right
when it is fitted on other rows. Candidates that share work (neighbors of several k, stages
of one boosting) share it here too, so that many studies are affordable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.svm import SVC

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]
#: ``answer(train, valid, which)``: whether each candidate in ``which``, 0 for the baseline,
#: is right on the rows ``valid`` after a fit on ``train``, shape (n_valid, n_which).
Answer = Callable[[Rows, Rows, Sequence[int]], Flags]


@dataclass(frozen=True)
class Task:
    """A task to search on.

    Attributes
    ----------
    y : ndarray of int, shape (n_rows,)
        Classes of all rows.
    n : int
        Rows that the search has; the others show the truth. All of them on noise, where
        the true gain is 0.
    n_candidates : int
        Without the baseline.
    answer : callable
        As :data:`Answer`.
    """

    y: NDArray[np.int64]
    n: int
    n_candidates: int
    answer: Answer


def _one_by_one(X: Floats, y: NDArray[np.int64], models: list[Any]) -> Answer:
    """Fit each candidate for itself."""

    def answer(train: Rows, valid: Rows, which: Sequence[int]) -> Flags:
        fitted = (models[i].fit(X[train], y[train]) for i in which)
        return np.column_stack([model.predict(X[valid]) == y[valid] for model in fitted])

    return answer


def _discriminants(X: Floats, y: NDArray[np.int64], use: Flags, ridge: Floats) -> Answer:
    """Fit all linear discriminants at once, each on columns of its own.

    Parameters
    ----------
    use : ndarray of bool, shape (n_candidates, n_columns)
        The columns of each.
    ridge : ndarray of float, shape (n_candidates,)
        Added to the variance of each column.
    """

    def answer(train: Rows, valid: Rows, which: Sequence[int]) -> Flags:
        part, labels, columns = X[train], y[train], use[list(which)]
        above, below = part[labels == 1].mean(axis=0), part[labels == 0].mean(axis=0)
        scatter = np.cov(part.T) * columns[:, :, None] * columns[:, None, :]
        diagonal = np.where(columns, ridge[list(which), None], 1.0)
        scatter = scatter + diagonal[:, :, None] * np.eye(X.shape[1])
        gap = (above - below) * columns
        slopes = np.linalg.solve(scatter, gap[..., None])[..., 0]
        scores = (X[valid] - (above + below) / 2) @ slopes.T
        right: Flags = (scores > 0) == (y[valid] == 1)[:, None]
        return right

    return answer


def noise(n: int, rng: np.random.Generator) -> Task:
    """Labels that no feature explains; 50 linear discriminants."""
    X, y = rng.normal(size=(n, 20)), rng.permutation(np.arange(n) % 2)
    use = rng.random((51, 20)) < rng.uniform(0.1, 0.9, (51, 1))
    use[np.arange(51), rng.integers(0, 20, 51)] = True
    use[0] = True
    ridge = 10 ** rng.uniform(-3, 1, 51)
    return Task(y, n, 50, _discriminants(X, y, use, ridge))


def noise_100(rng: np.random.Generator) -> Task:
    """100 rows of noise."""
    return noise(100, rng)


def noise_400(rng: np.random.Generator) -> Task:
    """400 rows of noise."""
    return noise(400, rng)


def breast_cancer(rng: np.random.Generator) -> Task:
    """170 rows, 30 support vector machines; 399 rows show the truth."""
    X, y = load_breast_cancer(return_X_y=True)
    order = rng.permutation(len(y))
    X, y = X[order], y[order]
    models = [SVC()] + [
        SVC(C=10 ** rng.uniform(-2, 3), gamma=10 ** rng.uniform(-4, 0)) for _ in range(30)
    ]

    def answer(train: Rows, valid: Rows, which: Sequence[int]) -> Flags:
        scaled = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
        return _one_by_one(scaled, y, models)(train, valid, which)

    return Task(y, 170, 30, answer)


def digits(rng: np.random.Generator) -> Task:
    """450 rows, 20 nearest-neighbor models of 1 to 10; 1,347 rows show the truth."""
    X, y = load_digits(return_X_y=True)
    order = rng.permutation(len(y))
    X, y = X[order], y[order]
    squares = (X**2).sum(axis=1)

    def answer(train: Rows, valid: Rows, which: Sequence[int]) -> Flags:
        gaps = squares[valid, None] + squares[train] - 2 * X[valid] @ X[train].T
        nearest = np.argsort(gaps, axis=1, kind="stable")[:, :10]
        far = np.sqrt(np.maximum(np.take_along_axis(gaps, nearest, axis=1), 1e-12))
        classes = np.eye(10)[y[train][nearest]]
        votes = [
            (classes * weight[..., None]).cumsum(axis=1)
            for weight in (1 + 0 * far, 1 / far)
        ]
        # The baseline has 5 neighbors of equal weight, as scikit-learn's default.
        cases = [(4, 0)] + [(k, kind) for k in range(10) for kind in (0, 1)]
        return np.column_stack(
            [votes[cases[i][1]][:, cases[i][0]].argmax(axis=1) == y[valid] for i in which]
        )

    return Task(y, 450, 20, answer)


#: Boosting models and the numbers of stages of each; stages of all, and of the baseline.
_BOOSTED, _SIZES, _STAGES, _DEFAULT = 10, 20, 30, 15


def boosting(rng: np.random.Generator) -> Task:
    """1,000 rows of a synthetic task, 200 random candidates of gradient boosting.

    Of 10 random models, 20 random numbers of stages each; 4,000 rows show the truth.
    """
    X, y = make_classification(
        5_000, n_informative=6, flip_y=0.1, random_state=int(rng.integers(2**31))
    )
    models = [GradientBoostingClassifier(max_features=5, random_state=0)]
    models += [
        GradientBoostingClassifier(
            learning_rate=10 ** rng.uniform(-2, 0),
            max_depth=int(rng.integers(1, 5)),
            subsample=rng.uniform(0.3, 1.0),
            max_features=5,
            random_state=0,
        )
        for _ in range(_BOOSTED)
    ]
    for model in models:
        model.set_params(n_estimators=_STAGES)
    sizes = [[_DEFAULT]] + [
        sorted(rng.choice(np.arange(2, _STAGES + 1), _SIZES, replace=False).tolist())
        for _ in range(_BOOSTED)
    ]
    cases = [(i, size) for i, some in enumerate(sizes) for size in some]

    def answer(train: Rows, valid: Rows, which: Sequence[int]) -> Flags:
        columns = {}
        for i in sorted({cases[place][0] for place in which}):
            fitted = models[i].fit(X[train], y[train])
            wanted = {cases[place][1]: place for place in which if cases[place][0] == i}
            for stage, labels in enumerate(fitted.staged_predict(X[valid]), start=1):
                if stage in wanted:
                    columns[wanted[stage]] = labels == y[valid]
        return np.column_stack([columns[place] for place in which])

    return Task(y, 1_000, _BOOSTED * _SIZES, answer)
