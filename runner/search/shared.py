"""The files that all scorers of a search share: its estimator, metric and rows."""

import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tunecard.runner import rows
from tunecard.runner.metrics import Scorer
from tunecard.runner.rows import LabeledRows

ESTIMATOR = "estimator.pickle"
SCORER = "scorer.pickle"
_ARRAYS = "X", "y", "sample_weight"


def make(work: Path | None) -> Path:
    """Make a folder for the files; the caller removes it.

    Parameters
    ----------
    work : Path or None
        The folder, in place of what may be there; None for a new one in the system's
        temporary folder.
    """
    if work is None:
        return Path(tempfile.mkdtemp(prefix="tunecard-search-"))
    shutil.rmtree(work, ignore_errors=True)  # of a run that was killed in its search
    work.mkdir(parents=True)
    return work


def write(folder: Path, estimator: Any, score: Scorer, data: LabeledRows) -> None:
    """Write what the scorers share.

    Parameters
    ----------
    folder : Path
        From `make`.
    estimator : estimator
        Not fitted.
    score : Scorer
        The metric; one of somebody's own goes with its function.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows, with their weights where they have some. A memory-mapped array
        is linked to, not copied.
    """
    import cloudpickle

    for name, content in ((ESTIMATOR, estimator), (SCORER, score)):
        pickled = cloudpickle.dumps(content, pickle.HIGHEST_PROTOCOL)
        (folder / name).write_bytes(pickled)
    for name, array in zip(_ARRAYS, data, strict=False):
        rows.save(folder, name, array)


def read_data(folder: Path) -> LabeledRows:
    """Map the rows of a search, or read a data frame; read labels and weights."""
    X, *others = (
        rows.load(folder, name) for name in _ARRAYS if rows.is_saved(folder, name)
    )
    y, *weights = map(np.array, others)
    return (X, y, weights[0]) if weights else (X, y)


def read_estimator(folder: Path) -> Any:
    """Load the estimator; raises what its module raises."""
    content = (folder / ESTIMATOR).read_bytes()
    return pickle.loads(content)  # noqa: S301 # our own file, of the study's estimator


def read_scorer(folder: Path) -> Scorer:
    """Load the metric; raises what its module raises."""
    content = (folder / SCORER).read_bytes()
    score: Scorer = pickle.loads(content)  # noqa: S301 # our own file
    return score
