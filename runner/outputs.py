"""The files of what a case answered for the test rows."""

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Metric, Outputs
from tunecard.runner.task import Codes

_METRICS = "metrics.pickle"
_LABELS, _PROBABILITIES, _SCORES = "y_pred.npy", "probabilities.npy", "scores.npy"


def save_labels(folder: Path, labels: Codes) -> None:
    """Write what a timed predict returned; every round does."""
    np.save(folder / _LABELS, labels)


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
    return Outputs(labels, probabilities=probabilities, scores=scores)
