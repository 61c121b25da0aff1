"""Data from Python: a data frame, or rows and their classes as arrays."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tunecard.runner.datasets.arrays import whole_of_arrays
from tunecard.runner.datasets.frames import whole_of_frame
from tunecard.runner.datasets.given_cells import convert_labels, read_cells, read_columns
from tunecard.runner.datasets.refusals import IN_PYTHON
from tunecard.runner.datasets.table import TABLE_FIELDS, column_named, whole_of
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.datasets.values import DatasetEntry, Request, Whole
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.schema import Data

GIVEN = "given-in-python"
_TITLE = IN_PYTHON
_TABLE = TABLE_FIELDS


def given_entry(data: Any, test: Any = None) -> DatasetEntry:
    """Take data that was given as an object.

    Parameters
    ----------
    data : data frame, tuple of (X, y), or what scikit-learn's load_... returns
        A data frame (pandas, polars, Arrow) holds its classes in a column, the
        target. X is a data frame, or an array of shape (n_samples, n_features), or
        (n_samples, height, width) for images; y has one class per row. A pandas or polars
        data frame reaches the estimators as it is.
    test : tuple of (X, y) or None
        The test part, where `data` is the training part.

    Raises
    ------
    StudyError
        If it is neither.
    """
    if test is not None:
        return _in_two_parts(data, test)
    if isinstance(data, tuple):
        if len(data) != 2:
            raise StudyError(
                f"data: a tuple of {len(data)}; give (X, y), the rows and their classes."
            )
        X, y = data
        _refuse_sparse(X)
        if _is_frame(X):
            return _make_entry(
                lambda request: _load_joined(X, y, request), _TABLE - {"target"}
            )
        return _make_entry(lambda request: _load_arrays(X, y, request), frozenset())
    _refuse_sparse(data)
    if isinstance(data, dict) and {"data", "target"} <= set(data):  # scikit-learn's Bunch
        return _name_classes(given_entry((data["data"], data["target"])), data)
    if _is_frame(data):
        return _make_entry(lambda request: _load_frame(data, request), _TABLE)
    raise StudyError(
        f"data: {type(data).__name__} is not supported; give (X, y), a data frame, a path "
        "or a known name."
    )


def _in_two_parts(data: Any, test: Any) -> DatasetEntry:
    """Take training and test rows apart, joined to one table and split again."""
    for name, part in (("data", data), ("test", test)):
        if not isinstance(part, tuple) or len(part) != 2:
            raise StudyError(f"{name}: give (X, y), the rows and their classes.")
        _refuse_sparse(part[0])
        if len(part[0]) != len(part[1]):
            raise DataError(
                f"{name}: X has {len(part[0]):,} rows and y {len(part[1]):,} classes; "
                "there must be one a row."
            )
    (X, y), (X_test, y_test) = data, test
    if type(X) is not type(X_test):
        raise StudyError(
            f"test: X is a {type(X_test).__name__}, that of data a {type(X).__name__}; "
            "give both as the same kind of rows."
        )
    n_train = len(X)
    entry = given_entry(
        (_stacked(X, X_test), np.concatenate([convert_labels(y), convert_labels(y_test)]))
    )

    def load(request: Request) -> Whole:
        whole = entry.load(request)
        train, tested = (
            whole.train.take(rows) for rows in (slice(n_train), slice(n_train, None))
        )
        lacking = np.setdiff1d(tested.y, train.y)
        if whole.class_names and len(lacking):
            name = whole.class_names[int(lacking[0])]
            raise DataError(f"test: the class {name!r} has no training row.")
        return replace(whole, train=train, test=tested)

    return replace(entry, load=load)


def _stacked(X: Any, X_test: Any) -> Any:
    """Put test rows below training rows."""
    if hasattr(X, "iloc"):
        import pandas as pd

        if list(X.columns) != list(X_test.columns):
            raise DataError("test: X has other columns than that of data; give the same.")
        return pd.concat([X, X_test], ignore_index=True)
    if hasattr(X, "vstack") and hasattr(X, "columns"):  # polars
        return X.vstack(X_test)
    rows = np.asarray(X), np.asarray(X_test)
    if rows[0].shape[1:] != rows[1].shape[1:]:
        raise DataError(
            f"test: a row of X has the shape {rows[1].shape[1:]}, one of data "
            f"{rows[0].shape[1:]}; give the same columns."
        )
    return np.concatenate(rows)


def _name_classes(entry: DatasetEntry, bunch: Mapping[str, Any]) -> DatasetEntry:
    """Show the classes of a Bunch by the names that it has for their numbers."""
    y, names = np.asarray(bunch["target"]), np.asarray(bunch.get("target_names", ()))
    if y.ndim != 1 or y.dtype.kind not in "iu" or names.dtype.kind not in "UO":
        return entry
    if not len(y) or y.min() < 0 or y.max() >= len(names):
        return entry

    def load(request: Request) -> Whole:
        whole = entry.load(request)
        numbers = whole.task.labels.tolist() if whole.task is not None else []
        return replace(whole, class_names=tuple(str(names[n]) for n in numbers))

    return replace(entry, load=load)


def _make_entry(load: Any, fields: frozenset[str]) -> DatasetEntry:
    return DatasetEntry(
        name=GIVEN,
        title=_TITLE,
        shape="",
        load=load,
        where=lambda _data_dir, _places: _TITLE,
        fields=fields | {"unit"},
        task=None,
    )


def _is_frame(data: Any) -> bool:
    return hasattr(data, "__arrow_c_stream__") and not hasattr(data, "__array_interface__")


def _refuse_sparse(X: Any) -> None:
    if type(X).__module__.startswith("scipy.sparse"):
        raise StudyError(
            "data: X is a sparse matrix, which is not supported; give X.toarray(), if it "
            "fits into memory."
        )


def _load_frame(data: Any, request: Request) -> Whole:
    if request.data.target is None:
        raise StudyError(
            "target: is missing; name the column of the data frame to predict, "
            'as in tunecard.run(data=frame, target="species").'
        )
    table = read_columns(data)
    if not _is_kept(data, request.data):
        return whole_of(
            table, request.data, source=_TITLE, spec=request.split, task=request.task
        )
    names = tuple(table.columns)
    target = column_named(request.data.target, names, "data.target")
    position = names.index(target)
    y = data.iloc[:, position] if hasattr(data, "iloc") else data[:, position]
    return whole_of_frame(
        data,
        table,
        convert_labels(y),
        request.data,
        target=target,
        spec=request.split,
        task=request.task,
    )


def _is_kept(frame: Any, data: Data) -> bool:
    """Return whether estimators get the frame: not where a study reads it its own way."""
    is_own = type(frame).__module__.partition(".")[0] in ("pandas", "polars")
    return is_own and data.missing is None and not data.categorical


def _load_joined(X: Any, y: Any, request: Request) -> Whole:
    """Join a data frame with its classes, under a name that it does not have."""
    import pyarrow as pa

    table = read_columns(X)
    labels = convert_labels(y)
    if len(labels) != table.n_rows:
        raise DataError(
            f"{_TITLE}: X has {table.n_rows:,} rows and y {len(labels):,} classes; there "
            "must be one per row."
        )
    if _is_kept(X, request.data):
        return whole_of_frame(
            X,
            table,
            labels,
            request.data,
            target=None,
            spec=request.split,
            task=request.task,
        )
    name = str(getattr(y, "name", None) or "target")
    while name in table.columns:
        name += "_"
    columns = {**table.columns, name: pa.chunked_array([pa.array(labels)])}
    data = request.data.model_copy(update={"target": name})
    return whole_of(
        RawTable(_TITLE, columns),
        data,
        source=_TITLE,
        spec=request.split,
        task=request.task,
    )


def _load_arrays(X: Any, y: Any, request: Request) -> Whole:
    try:
        rows = np.asarray(X)
    except ValueError as error:
        raise DataError(
            f"{_TITLE}: X is not an array ({error}). Give rows of one length."
        ) from error
    data = request.data.model_copy(update={"target": None})
    labels = convert_labels(y)
    if rows.dtype.kind in "OU" and rows.ndim == 2 and len(rows) == len(labels):
        # As scikit-learn takes lists of rows with text in them.
        rows = rows if hasattr(X, "dtype") else np.array(X, dtype=object)
        return whole_of_frame(
            rows,
            read_cells(rows),
            labels,
            data,
            target=None,
            spec=request.split,
            task=request.task,
        )
    return whole_of_arrays(
        {"X": rows, "y": labels},
        data,
        Path(_TITLE),
        source=_TITLE,
        task=request.task,
    )
