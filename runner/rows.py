"""Rows as an estimator gets them: an array, or a data frame with its own dtypes."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import OutputError

#: An ndarray of shape (n_samples, n_features), or a pandas or polars DataFrame.
Rows: TypeAlias = Any
Matrix: TypeAlias = NDArray[np.floating[Any]]
#: Rows, labels of shape (n_samples,) and, where there are any, their sample weights.
LabeledRows: TypeAlias = (
    tuple[Rows, NDArray[Any]] | tuple[Rows, NDArray[Any], NDArray[np.float64]]
)


def take(rows: Rows, which: NDArray[np.integer[Any]] | slice) -> Rows:
    """Select rows by position, as scikit-learn's own splitting does.

    Parameters
    ----------
    rows : ndarray, DataFrame
        Of shape (n_samples, n_features), or (n_samples,).
    which : ndarray of int, or slice
        Positions.
    """
    return rows.iloc[which] if hasattr(rows, "iloc") else rows[which]


def weights_of(data: LabeledRows) -> NDArray[np.float64] | None:
    """Return the sample weights of rows; None where they have none."""
    return data[2] if len(data) == 3 else None


def n_bytes(rows: Rows) -> int:
    """Return the bytes that rows take in memory."""
    if hasattr(rows, "memory_usage"):  # pandas
        return int(rows.memory_usage(deep=True).sum())
    if hasattr(rows, "estimated_size"):  # polars
        return int(rows.estimated_size())
    return int(rows.nbytes)


def save(folder: Path, name: str, rows: Rows) -> None:
    """Write rows or labels for `load`; an array that is mapped from a file is linked to."""
    path = folder / f"{name}.npy"
    if isinstance(rows, np.memmap) and rows.filename is not None:
        whole = np.load(rows.filename, mmap_mode="r", allow_pickle=False)
        if (whole.shape, whole.dtype) == (rows.shape, rows.dtype):
            path.symlink_to(Path(rows.filename).absolute())
            return
    if isinstance(rows, np.ndarray) and rows.dtype != object:
        np.save(path, rows)
        return
    import cloudpickle

    content = cloudpickle.dumps(rows, pickle.HIGHEST_PROTOCOL)
    (folder / f"{name}.pickle").write_bytes(content)


def is_saved(folder: Path, name: str) -> bool:
    """Return whether a folder has rows of this name."""
    return any((folder / f"{name}{end}").exists() for end in (".npy", ".pickle"))


def load(folder: Path, name: str) -> Rows:
    """Read what `save` wrote; an array of numbers is mapped, not copied into memory."""
    path = folder / f"{name}.npy"
    if path.exists():
        return np.load(path, mmap_mode="r", allow_pickle=False)
    content = (folder / f"{name}.pickle").read_bytes()
    return pickle.loads(content)  # noqa: S301 # our own file, of the caller's data


def write_arrays(folder: Path, arrays: Mapping[str, Rows]) -> None:
    """Write arrays for the workers to map, and data frames for them to read.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in arrays.items():
            save(folder, name, array)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}). "
            "Choose a reports folder with enough space."
        ) from error
