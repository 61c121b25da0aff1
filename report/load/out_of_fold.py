"""Reads search.parquet: what the candidates of a search answered out of fold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.report.load.columns import mismatch, unreadable
from tunecard.runner.schema import Results, SearchRecord

_METADATA = b"tunecard"
MISSING = -1  # the code of a label that is not there


@dataclass(frozen=True, eq=False)
class OutOfFoldAnswers:
    """What each candidate of a search answered for rows that it was not fitted on.

    Attributes
    ----------
    fold : ndarray of int64, shape (n_records,)
        Number of the fold that a record is of, from 0.
    row : ndarray of int64, shape (n_records,)
        Position of the row in the training part.
    y_true : ndarray of int64 or float64, shape (n_records,)
        Class codes: positions in ``results.dataset.classes``; or values of a regression.
    answers : dict of ndarray by candidate, 0 the baseline
        Of labels int64 class codes of shape (n_records,), -1 where there is none; of
        values float64; of probabilities float32 of shape (n_records, n_classes), and of
        decision scores such or of shape (n_records,), NaN where there is none. A candidate
        that answered for no record is missing.
    """

    fold: NDArray[np.int64]
    row: NDArray[np.int64]
    y_true: NDArray[Any]
    answers: Mapping[int, NDArray[Any]]


def read_out_of_fold(
    path: Path, results: Results, search: SearchRecord
) -> OutOfFoldAnswers:
    """Read the outputs of one search; those of others stay unread.

    Parameters
    ----------
    path : Path
        The Parquet file; :mod:`tunecard.runner.store.out_of_fold` describes it.
    results : Results
        The results that it belongs to.
    search : SearchRecord
        One of their searches, which kept its outputs.

    Raises
    ------
    ReadError
        If it cannot be read, or does not match the results.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    n_candidates = len(search.candidates)
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            named = json.loads((file.schema_arrow.metadata or {}).get(_METADATA, b"{}"))
            names = ["fold", "row", "y_true"]
            names += [f"{search.outputs}:{number}" for number in range(n_candidates)]
            group = _find(path, named, results, search)
            for name in names:
                if name not in file.schema_arrow.names:
                    raise mismatch(path, f"has no column {name!r}")
            if group >= file.num_row_groups:
                raise mismatch(path, f"has {file.num_row_groups} searches")
            table = file.read_row_group(group, columns=names)
    except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
        raise unreadable(path, error) from error
    fold, row = (_integers(path, name, table) for name in names[:2])
    n_classes = len(results.dataset.classes)
    limited = [("fold", fold, len(search.folds)), ("row", row, results.dataset.n_train)]
    if search.outputs == "values":
        y_true = _numbers(path, "y_true", table.column("y_true"), np.float64)
    else:
        y_true = _integers(path, "y_true", table)
        limited.append(("y_true", y_true, n_classes))
    for name, values, most in limited:
        if len(values) and not 0 <= values.min() <= values.max() < most:
            raise mismatch(path, f"column {name!r} has values outside 0..{most - 1}")
    answers = {}
    for number, name in enumerate(names[3:]):
        column = table.column(name).combine_chunks()
        if column.null_count < len(column):
            answers[number] = _answers(path, name, column, n_classes)
    return OutOfFoldAnswers(fold, row, y_true, answers)


def _find(path: Path, named: Any, results: Results, search: SearchRecord) -> int:
    """Return the number of a search's row group."""
    classes = [label.name for label in results.dataset.classes]
    if not isinstance(named, dict) or named.get("classes") != classes:
        raise mismatch(path, "has other classes than the results")
    wanted = {
        "model": search.model,
        "seed": search.seed,
        "n_candidates": len(search.candidates),
    }
    searches = named.get("searches")
    if not isinstance(searches, list) or wanted not in searches:
        raise mismatch(path, f"has no outputs of the search of {search.model!r}")
    return searches.index(wanted)


def _integers(path: Path, name: str, table: Any) -> NDArray[np.int64]:
    column = table.column(name).combine_chunks()
    if column.null_count:
        raise mismatch(path, f"column {name!r} has gaps")
    return _numbers(path, name, column, np.int64)


def _answers(path: Path, name: str, column: Any, n_classes: int) -> NDArray[Any]:
    """Return a candidate's column as an array, with what is missing marked."""
    has = column.is_valid().to_numpy(zero_copy_only=False)
    if name.startswith("labels:"):
        codes = np.full(len(column), MISSING, dtype=np.int64)
        codes[has] = _numbers(path, name, column.drop_null(), np.int64)
        if codes[has].min() < 0 or codes[has].max() >= n_classes:
            raise mismatch(path, f"column {name!r} has codes outside 0..{n_classes - 1}")
        return codes
    if name.startswith("values:"):
        values = np.full(len(column), np.nan)
        values[has] = _numbers(path, name, column.drop_null(), np.float64)
        return values
    width = getattr(column.type, "list_size", 0)
    if width not in (0, n_classes) or (name.startswith("probabilities:") and not width):
        raise mismatch(path, f"column {name!r} is not of {n_classes} classes")
    numbers = _numbers(path, name, column.flatten() if width else column.drop_null())
    shape = (len(column), width) if width else (len(column),)
    every = np.full(shape, np.nan, dtype=np.float32)
    every[has] = numbers.reshape(-1, *shape[1:])
    return every


def _numbers(path: Path, name: str, column: Any, dtype: Any = np.float32) -> NDArray[Any]:
    """Return a column without gaps as numbers of a type."""
    values = column.to_numpy(zero_copy_only=False)
    integer = np.issubdtype(dtype, np.integer)
    if not np.issubdtype(values.dtype, np.integer if integer else np.floating):
        raise mismatch(path, f"column {name!r} is {column.type}")
    return values.astype(dtype)  # type: ignore[no-any-return] # of NumPy
