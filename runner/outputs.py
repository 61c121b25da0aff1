"""The files of what a case answered for the test rows."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Metric, Outputs
from tunecard.runner.task import Codes

#: How far a row of probabilities may sum from 1: an estimator may compute in float32.
#: Within the square root of its epsilon a row is kept as it is, within the larger one it
#: is divided by its sum. Naive Bayes in float32 misses 1 by up to 0.0025.
_KEPT, SUM_TOLERANCE = 3.5e-4, 0.01
_LEAST = -1e-6

_METRICS = "metrics.pickle"
#: What predict returned: class codes, or values of a regression.
_LABELS, _PROBABILITIES, _SCORES = "y_pred.npy", "probabilities.npy", "scores.npy"


def unit_rows(probabilities: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return rows of probabilities that sum to 1, within rounding.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n_rows, n_classes)
        Finite.

    Raises
    ------
    ValueError
        If a row misses the sum 1 by more than 0.01, or has a value below 0: its number,
        from 0, its sum, and the lowest value of all rows.
    """
    sums = probabilities.sum(axis=1)
    misses = np.abs(sums - 1)
    if probabilities.min() < _LEAST or misses.max() > SUM_TOLERANCE:
        off = (misses > SUM_TOLERANCE) | (probabilities.min(axis=1) < _LEAST)
        row = int(np.argmax(np.where(off, misses, -1)))
        raise ValueError(row, float(sums[row]), float(probabilities.min()))
    clipped: NDArray[np.floating[Any]] = np.clip(probabilities, 0, 1)
    rows = misses > _KEPT
    clipped[rows] /= clipped[rows].sum(axis=1, keepdims=True)
    return clipped


def save_predicted(folder: Path, predicted: Codes | NDArray[np.float64]) -> None:
    """Write what a timed predict returned, codes or values; every round does."""
    np.save(folder / _LABELS, predicted)


def save_probabilities(folder: Path, probabilities: NDArray[np.float32]) -> None:
    """Write class probabilities, once a case."""
    np.save(folder / _PROBABILITIES, probabilities)


def save_scores(folder: Path, scores: NDArray[np.float32]) -> None:
    """Write decision scores, once a case."""
    np.save(folder / _SCORES, scores)


def save_metrics(folder: Path, metrics: Sequence[Metric]) -> None:
    """Write the metrics that need the estimator itself, for a worker to compute."""
    import cloudpickle

    (folder / _METRICS).write_bytes(cloudpickle.dumps(list(metrics)))


def load_metrics(folder: Path) -> list[Metric]:
    """Read the metrics of a job; there may be none.

    What a user's module raises where it is imported is not caught.
    """
    path = folder / _METRICS
    if not path.exists():
        return []
    metrics: list[Metric] = pickle.loads(path.read_bytes())  # noqa: S301 # our own file
    return metrics


def are_saved(folder: Path) -> bool:
    """Return whether a folder holds the answers of a case."""
    return (folder / _LABELS).exists()


def load(folder: Path) -> Outputs | None:
    """Read what a worker left; None where it left nothing."""
    if not are_saved(folder):
        return None
    probabilities, scores = (
        np.load(folder / file) if (folder / file).exists() else None
        for file in (_PROBABILITIES, _SCORES)
    )
    labels = np.load(folder / _LABELS)
    if labels.dtype.kind == "f":
        return Outputs(values=labels)
    return Outputs(labels, probabilities=probabilities, scores=scores)
