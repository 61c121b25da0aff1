"""Arrays in an NPZ file: X and y, or both parts of a given split; never pickled."""

import zipfile
import zlib
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.files import MAX_BYTES, read_bytes, sha256
from tunecard.runner.datasets.numeric_target import values_of_array
from tunecard.runner.datasets.target import REGRESSION, check_classes
from tunecard.runner.datasets.values import DataPart, FloatArray, Request, Whole
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import ColumnInfo, Data
from tunecard.runner.task import AnyTask, Regression, Task, is_text

AnyArray: TypeAlias = npt.NDArray[Any]

_FEATURES = ("X", "x", "data", "images", "features")
_LABELS = ("y", "target", "labels", "label", "classes")


def load_arrays(path: Path, request: Request) -> Whole:
    """Load an NPZ file.

    Parameters
    ----------
    path : Path
        A file with ``X`` and ``y``, or with ``X_train``, ``y_train``, ``X_test``
        and ``y_test`` (or with ``x``). X is (n_samples, n_features), or
        (n_samples, height, width) for images.
    request : Request
        ``data.target`` names the array of labels where it is called otherwise.

    Raises
    ------
    DataError
        If the file is damaged or pickled, or the arrays do not fit together.
    StudyError
        If the study names an array that is not there.
    """
    return whole_of_arrays(
        read_arrays(path),
        request.data,
        path,
        source=f"the file {path.name}",
        file_sha256=sha256(path),
        task=request.task,
    )


def whole_of_arrays(
    arrays: dict[str, AnyArray],
    data: Data,
    path: Path,
    *,
    source: str,
    file_sha256: str | None = None,
    task: TaskName = "classification",
) -> Whole:
    """Make a dataset of arrays by name, as `load_arrays` describes them.

    Parameters
    ----------
    arrays : dict of ndarray
        By name.
    data : Data
        ``target`` names the array of labels where it is called otherwise.
    path : Path
        Their name in messages.
    source : str
        Their origin, in words.
    file_sha256 : str or None
        Of their file.
    task : str
        Whether the labels are classes, or the values of a regression.

    Raises
    ------
    DataError, StudyError
        As `load_arrays`.
    """
    parts = _pair_arrays(arrays, data, path)
    labels = np.concatenate([y for _, y, _ in parts])
    where = f"{path}: the array {parts[0][2]!r}"
    own_task, codes = _encoded(labels, where, task)
    names = own_task.names
    n_train = len(parts[0][1])
    X_train, image_shape, scaled = _convert_features(parts[0][0], path)
    train, test = DataPart(X_train, codes[:n_train]), None
    if len(parts) == 2:
        X_test, other_shape, _ = _convert_features(parts[1][0], path)
        if X_test.shape[1] != X_train.shape[1] or other_shape != image_shape:
            raise DataError(
                f"{path}: the rows of the two parts differ: {parts[0][0].shape[1:]} in "
                f"training, {parts[1][0].shape[1:]} in testing."
            )
        test = DataPart(X_test, codes[n_train:])
        lacking = np.setdiff1d(test.y, train.y)
        if names and len(lacking):
            raise DataError(f"{path}: the class {names[lacking[0]]!r} has no training row.")
    elif names:
        check_classes(codes, names, where)
    return Whole(
        source=source + (", pixels / 255" if scaled else ""),
        image_shape=image_shape,
        class_names=names,
        train=train,
        test=test,
        columns=_count_gaps(train, test),
        target=parts[0][2],
        file_sha256=file_sha256,
        task=own_task,
    )


def read_arrays(path: Path) -> dict[str, AnyArray]:
    """Read the arrays of an NPZ file.

    Raises
    ------
    DataError
        If it is not an NPZ file, is too large, or holds Python objects.
    """
    read_bytes(path)  # rejects what is not a file
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise DataError(
                    f"{path}: unpacks to more than the {MAX_BYTES:,} bytes that are read "
                    "at most. Take a part of its rows."
                )
        with np.load(path, allow_pickle=False) as stored:
            return {name: _read_array(stored, name, path) for name in stored.files}
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"{path}: is not an NPZ file, or is damaged ({error}). Write it with "
            "numpy.savez or numpy.savez_compressed."
        ) from error


def _read_array(stored: Any, name: str, path: Path) -> AnyArray:
    try:
        array = stored[name]
    except ValueError as error:
        if "pickle" in str(error):
            raise DataError(
                f"{path}: the array {name!r} holds Python objects (a pickle), which could "
                "run any code and are never loaded. Save it as an array of numbers or of "
                "fixed-width text, as in y.astype(str)."
            ) from error
        raise DataError(f"{path}: the array {name!r} is damaged ({error}).") from error
    if not isinstance(array, np.ndarray):
        raise DataError(f"{path}: {name!r} is not a NumPy array.")
    return array


def _pair_arrays(
    arrays: dict[str, AnyArray], data: Data, path: Path
) -> list[tuple[AnyArray, AnyArray, str]]:
    """Find X and y of each part, and check that they have the same length."""
    there = ", ".join(f"{name!r} {array.shape}" for name, array in arrays.items())
    target = data.target
    if target is None and {"y_train", "y_test"} <= set(arrays):
        pairs = [_find_pair(arrays, f"y_{part}", f"_{part}") for part in ("train", "test")]
    elif target is None:
        label = next((name for name in _LABELS if name in arrays), None)
        if label is None:
            raise DataError(
                f"{path}: has no array 'y' with the classes, nor 'y_train' and 'y_test'; "
                f'there are {there or "none"}. Name it: target = "...".'
            )
        pairs = [_find_pair(arrays, label, "")]
    elif isinstance(target, str) and target in arrays:
        pairs = [_find_pair(arrays, target, "")]
    else:
        raise StudyError(
            f"data.target = {target!r} is not an array of {path}; there are "
            f"{there or 'none'}."
        )
    parts = []
    for features, label in pairs:
        if features is None:
            raise DataError(
                f"{path}: has no array 'X' beside {label!r}; there are {there}. Name the "
                "rows X (or X_train and X_test)."
            )
        X, y = arrays[features], arrays[label]
        if y.ndim != 1 or X.ndim not in (2, 3) or len(X) != len(y):
            raise DataError(
                f"{path}: {features!r} has the shape {X.shape} and {label!r} {y.shape}; "
                "expected are (rows, features), or (rows, height, width) for images, and "
                "(rows,) with one class per row."
            )
        if len(y) == 0 or X.size == 0:
            raise DataError(f"{path}: {features!r} has the shape {X.shape}: it is empty.")
        parts.append((X, y, label))
    return parts


def _find_pair(
    arrays: dict[str, AnyArray], label: str, suffix: str
) -> tuple[str | None, str]:
    wanted = [f"{name}{suffix}" for name in _FEATURES]
    return next((name for name in wanted if name in arrays and name != label), None), label


def _encoded(
    labels: npt.NDArray[Any], where: str, task: TaskName
) -> tuple[AnyTask, npt.NDArray[Any]]:
    if task == "regression":
        return Regression(), values_of_array(labels, where)
    return _encode_classes(labels, where)


def _encode_classes(labels: AnyArray, where: str) -> tuple[Task, npt.NDArray[np.int64]]:
    kind = labels.dtype.kind
    broken = np.zeros(0)
    if kind == "f":
        broken = labels[~np.isfinite(labels) | (labels != np.floor(labels))]
    if len(broken):
        raise DataError(
            f"{where} holds {broken[0]}, which is not a class: labels are integers or "
            f"text, and every row needs one. For a regression set {REGRESSION}."
        )
    if kind not in "iubUSf" and not is_text(labels):
        raise DataError(f"{where} is of type {labels.dtype}; labels are numbers or text.")
    if kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    task, codes = Task.of(labels)
    if len(task.labels) < 2:
        check_classes(codes, task.names, where)
    return task, codes


def _convert_features(
    X: AnyArray, path: Path
) -> tuple[FloatArray, tuple[int, int] | None, bool]:
    """Return rows as float32, the shape of an image, and whether bytes were scaled."""
    if X.dtype.kind not in "iufb":
        raise DataError(f"{path}: X is of type {X.dtype}; features are real numbers.")
    shape = (int(X.shape[1]), int(X.shape[2])) if X.ndim == 3 else None
    flat = X.reshape(len(X), -1)
    if shape is not None and X.dtype == np.uint8:
        return np.divide(flat, np.float32(255), dtype=np.float32), shape, True
    with np.errstate(over="ignore"):
        rows = np.ascontiguousarray(flat, dtype=np.float32)
    infinite = np.isinf(rows)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise DataError(
            f"{path}: X holds {flat[row, column]} in row {row + 1:,}, feature {column}: "
            "not a finite number of 32 bits."
        )
    empty = np.isnan(rows).all(axis=0)
    if empty.any():
        raise DataError(
            f"{path}: feature {int(np.argmax(empty))} of X has no value in any row. Leave "
            "it out of the array."
        )
    return rows, shape, False


def _count_gaps(train: DataPart, test: DataPart | None) -> tuple[ColumnInfo, ...]:
    """Count missing values by feature; empty where there are none."""
    missing = np.isnan(train.X).sum(axis=0)
    if test is not None:
        missing = missing + np.isnan(test.X).sum(axis=0)
    if not missing.any():
        return ()
    return tuple(
        ColumnInfo(name=f"feature {i}", n_missing=int(n)) for i, n in enumerate(missing)
    )
