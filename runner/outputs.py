"""What a case answered for the test rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.task import Codes

_LABELS, _PROBABILITIES, _SCORES = "y_pred.npy", "probabilities.npy", "scores.npy"


@dataclass(frozen=True, eq=False)
class Outputs:
    """What a classifier answered for rows, in the order of its task's classes.

    Attributes
    ----------
    labels : ndarray of int64, shape (n_samples,)
        Class codes.
    probabilities : ndarray of float32, shape (n_samples, n_classes), or None
        Where the estimator has ``predict_proba``.
    scores : ndarray of float32, shape (n_samples,) or (n_samples, n_classes), or None
        Of ``decision_function``, where the estimator has that alone; of two classes
        those of the second.
    """

    labels: Codes
    probabilities: NDArray[np.float32] | None = None
    scores: NDArray[np.float32] | None = None


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
    more = {
        name: np.load(folder / file) if (folder / file).exists() else None
        for name, file in (("probabilities", _PROBABILITIES), ("scores", _SCORES))
    }
    return Outputs(np.load(folder / _LABELS), **more)
