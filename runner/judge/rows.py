"""The rows that are handed over: counted, hashed, checked against what a model expects."""

import hashlib
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.values import Groups, HandedOver


def n_rows(X: Any, place: str) -> int:
    """Count the rows of a matrix or a data frame.

    Raises
    ------
    DataError
        If it has none that can be counted.
    """
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) > 0:
        return int(shape[0])
    if isinstance(X, str | bytes) or not hasattr(X, "__len__"):
        raise DataError(
            f"{place}: {type(X).__name__} does not hold rows; give an array or a data "
            "frame with one row per sample."
        )
    return len(X)


def read_groups(groups: Any, X_test: Any, y_test: Any) -> Groups | None:
    """Read the group of each test row.

    Parameters
    ----------
    groups : array_like of shape (n_test,), str or None
        A value for each row; or a column of `X_test`.
    X_test, y_test : object or None
        As they were handed over.

    Raises
    ------
    DataError, StudyError
        If a row has no group, or `groups` is not of these rows.
    """
    if groups is None:
        return None
    name, values = "groups", groups
    if isinstance(groups, str):
        columns = [str(column) for column in getattr(X_test, "columns", ())]
        if groups not in columns:
            raise StudyError(
                f"groups = {groups!r} is not a column of X_test; give one, or an array "
                "with the group of each test row."
            )
        name, values = groups, X_test[groups]
    cells = list(getattr(values, "tolist", lambda: values)())
    n_test = n_rows(y_test, "y_test")
    if len(cells) != n_test:
        raise DataError(
            f"groups has {len(cells):,} values, but y_test has {n_test:,} rows; give the "
            "group of each test row, in their order."
        )
    gaps = [row for row, cell in enumerate(cells) if cell is None or cell != cell]  # noqa: PLR0124 # NaN
    if gaps:
        raise DataError(
            f"groups has no value in row {gaps[0] + 1:,}. Give every test row a group."
        )
    codes = np.unique([str(cell) for cell in cells], return_inverse=True)[1]
    return Groups(name, codes.astype(np.int64))


def n_columns(X: Any) -> int:
    """Count the features of rows; 1 where each row is a single value, such as a text."""
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) > 1:
        return int(np.prod(shape[1:]))
    first = X[0] if shape is None and len(X) else None
    return len(first) if isinstance(first, list | tuple) else 1


def check_columns(model: Any, X: Any, place: str) -> None:
    """Refuse rows whose columns are not those that a model was fitted on.

    Raises
    ------
    DataError
        With the columns that are missing, unexpected or in another order.
    """
    fitted = getattr(model, "feature_names_in_", None)
    columns = getattr(X, "columns", None)
    if fitted is not None and columns is not None:
        _check_names([str(name) for name in fitted], [str(c) for c in columns], place)
        return
    expected = getattr(model, "n_features_in_", None)
    is_matrix = len(getattr(X, "shape", ())) == 2
    if expected is not None and is_matrix and X.shape[1] != expected:
        raise DataError(
            f"X_test: has {X.shape[1]:,} columns, but {place} was fitted on {expected:,}; "
            "give the columns that it was fitted on."
        )


def _check_names(fitted: list[str], columns: list[str], place: str) -> None:
    if columns == fitted:
        return
    missing = [name for name in fitted if name not in columns]
    unexpected = [name for name in columns if name not in fitted]
    if missing or unexpected:
        parts = [f"lacks {', '.join(map(repr, missing[:5]))}"] if missing else []
        if unexpected:
            parts.append(f"has {', '.join(map(repr, unexpected[:5]))} in addition")
        raise DataError(
            f"X_test: its columns are not those that {place} was fitted on: it "
            f"{' and '.join(parts)}. Give the same columns."
        )
    first = next(a for a, b in zip(fitted, columns, strict=True) if a != b)
    raise DataError(
        f"X_test: its columns are in another order than those that {place} was fitted on "
        f"(the first that differs is {first!r}). Reorder them: "
        "X_test[model.feature_names_in_]."
    )


def digests(X: Any) -> NDArray[np.bytes_]:
    """Return a hash of every row, equal for equal rows whatever they are stored in."""
    if hasattr(X, "columns"):
        import pandas as pd

        frame = X if isinstance(X, pd.DataFrame) else X.to_pandas()
        hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
        return np.ascontiguousarray(hashes).view("S8")
    rows = _rows(X)
    return np.array([hashlib.sha256(row).digest()[:16] for row in rows], dtype="S16")


def _rows(X: Any) -> Any:
    """Return each row as bytes."""
    if type(X).__module__.startswith("scipy.sparse"):
        matrix = X.tocsr()
        matrix.sum_duplicates()
        ends = matrix.indptr
        return (
            matrix.indices[a:b].tobytes() + matrix.data[a:b].tobytes()
            for a, b in pairwise(ends)
        )
    values = np.asarray(X)
    if values.dtype == object or values.dtype.kind in "US":
        return (
            repr(row.tolist() if hasattr(row, "tolist") else row).encode() for row in values
        )
    flat = np.ascontiguousarray(values.reshape(len(values), -1))
    return (row.tobytes() for row in flat)


def sha256_of_rows(X: Any) -> str:
    """Hash all rows in their order."""
    return hashlib.sha256(digests(X).tobytes()).hexdigest()


def n_shared(test: NDArray[np.bytes_], train: NDArray[np.bytes_]) -> int:
    """Count the test rows that also occur among the training rows."""
    return int(np.isin(test, train).sum())


def hashes_of(
    handed: HandedOver, y_test: NDArray[Any], y_train: NDArray[Any] | None
) -> dict[str, Any]:
    """Hash what was handed over, and count the test rows that stand in training.

    Returns
    -------
    dict
        ``sha256`` and ``n_test_rows_in_train``, as the contract has them.
    """
    hashes = {"y_test": sha256_of_rows(y_test)}
    shared = None
    if y_train is not None:
        hashes["y_train"] = sha256_of_rows(y_train)
    if handed.X_test is not None:
        test = digests(handed.X_test)
        hashes["X_test"] = sha256_of_rows(test)
        if handed.X_train is not None:
            of_train = digests(handed.X_train)
            hashes["X_train"] = sha256_of_rows(of_train)
            shared = n_shared(test, of_train)
    if handed.groups is not None:
        hashes["unit"] = sha256_of_rows(handed.groups.codes)
    return {"sha256": hashes, "n_test_rows_in_train": shared}
