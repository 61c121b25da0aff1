"""The files that all scorers of a search share: its estimator, metric and rows."""

import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Labels, Scorer
from tunecard.runner.search.scoring import Matrix

ESTIMATOR = "estimator.pickle"
SCORER = "scorer.pickle"


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


def write(folder: Path, estimator: Any, score: Scorer, data: tuple[Matrix, Labels]) -> None:
    """Write what the scorers share.

    Parameters
    ----------
    folder : Path
        From `make`.
    estimator : estimator
        Not fitted.
    score : Scorer
        The metric; one of somebody's own goes with its function.
    data : (ndarray of shape (n_samples, n_features), ndarray of shape (n_samples,))
        The search's rows. A memory-mapped array is linked to, not copied.
    """
    import cloudpickle

    for name, content in ((ESTIMATOR, estimator), (SCORER, score)):
        pickled = cloudpickle.dumps(content, pickle.HIGHEST_PROTOCOL)
        (folder / name).write_bytes(pickled)
    for name, array in zip("Xy", data, strict=True):
        _on_disk(array, folder / f"{name}.npy")


def read_data(folder: Path) -> tuple[Matrix, Labels]:
    """Map the rows of a search, and load their class codes."""
    return np.load(folder / "X.npy", mmap_mode="r"), np.load(folder / "y.npy")


def read_estimator(folder: Path) -> Any:
    """Load the estimator; raises what its module raises."""
    content = (folder / ESTIMATOR).read_bytes()
    return pickle.loads(content)  # noqa: S301 # our own file, of the study's estimator


def read_scorer(folder: Path) -> Scorer:
    """Load the metric; raises what its module raises."""
    content = (folder / SCORER).read_bytes()
    score: Scorer = pickle.loads(content)  # noqa: S301 # our own file
    return score


def _on_disk(array: NDArray[Any], path: Path) -> None:
    """Have a file of an array: its own where it is mapped from one, else a copy."""
    if isinstance(array, np.memmap) and array.filename is not None:
        whole = np.load(array.filename, mmap_mode="r", allow_pickle=False)
        if (whole.shape, whole.dtype) == (array.shape, array.dtype):
            path.symlink_to(Path(array.filename).absolute())
            return
    np.save(path, array)
