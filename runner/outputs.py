"""The files of what a case answered for the test rows."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Outputs
from tunecard.runner.task import Codes

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
