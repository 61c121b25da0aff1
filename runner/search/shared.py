"""The files that all scorers of a search share: its estimator and its rows."""

import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tunecard.runner import rows
from tunecard.runner.rows import Rows
from tunecard.runner.task import Labels

ESTIMATOR = "estimator.pickle"


def make(work: Path | None) -> Path:
    """Make a folder for the files; whoever asks for it removes it.

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


def write(folder: Path, estimator: Any, data: tuple[Rows, Labels]) -> None:
    """Write what the scorers share.

    Parameters
    ----------
    folder : Path
        From `make`.
    estimator : estimator
        Not fitted.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows. A memory-mapped array is linked to, not copied.
    """
    import cloudpickle

    pickled = cloudpickle.dumps(estimator, pickle.HIGHEST_PROTOCOL)
    (folder / ESTIMATOR).write_bytes(pickled)
    for name, array in zip("Xy", data, strict=True):
        rows.save(folder, name, array)


def read_data(folder: Path) -> tuple[Rows, Labels]:
    """Map the rows of a search, or read those of a data frame; and read their labels."""
    return rows.load(folder, "X"), np.array(rows.load(folder, "y"))


def read_estimator(folder: Path) -> Any:
    """Load the estimator; raises what its module raises."""
    content = (folder / ESTIMATOR).read_bytes()
    return pickle.loads(content)  # noqa: S301 # our own file, of the study's estimator
