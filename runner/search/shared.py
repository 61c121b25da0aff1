"""The files that all scorers of a search share: its estimator and its rows."""

import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Labels
from tunecard.runner.search.scoring import Matrix

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


def write(folder: Path, estimator: Any, data: tuple[Matrix, Labels]) -> None:
    """Write what the scorers share.

    Parameters
    ----------
    folder : Path
        From `make`.
    estimator : estimator
        Not fitted.
    data : (ndarray of shape (n_samples, n_features), ndarray of shape (n_samples,))
        The search's rows. A memory-mapped array is linked to, not copied.
    """
    import cloudpickle

    pickled = cloudpickle.dumps(estimator, pickle.HIGHEST_PROTOCOL)
    (folder / ESTIMATOR).write_bytes(pickled)
    for name, array in zip("Xy", data, strict=True):
        _on_disk(array, folder / f"{name}.npy")


def read_data(folder: Path) -> tuple[Matrix, Labels]:
    """Map the rows of a search, and load their class codes."""
    return np.load(folder / "X.npy", mmap_mode="r"), np.load(folder / "y.npy")


def read_estimator(folder: Path) -> Any:
    """Load the estimator; raises what its module raises."""
    content = (folder / ESTIMATOR).read_bytes()
    return pickle.loads(content)  # noqa: S301 # our own file, of the study's estimator


def _on_disk(array: NDArray[Any], path: Path) -> None:
    """Have a file of an array: its own where it is mapped from one, else a copy."""
    if isinstance(array, np.memmap) and array.filename is not None:
        whole = np.load(array.filename, mmap_mode="r", allow_pickle=False)
        if (whole.shape, whole.dtype) == (array.shape, array.dtype):
            path.symlink_to(Path(array.filename).absolute())
            return
    np.save(path, array)
