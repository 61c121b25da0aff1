"""Reads a run folder: its results, and the predictions that go with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from report.errors import InputError
from runner.schema import PREDICTIONS, RESULTS, Results
from runner.schema import load as load_results


@dataclass(frozen=True)
class Predictions:
    """What each case predicted for each test row.

    Attributes
    ----------
    index : ndarray of int64, shape (n_test,)
        Row in the original test part.
    y_true : ndarray of int32, shape (n_test,)
        Class codes: positions in ``results.dataset.classes``.
    predicted : dict of ndarray of int32, shape (n_test,)
        Class codes by case key (``knn/tuned``); failed cases are missing.
    probability : dict of ndarray of float32, shape (n_test, n_classes)
        By case key, where the estimator has probabilities.
    """

    index: NDArray[np.int64]
    y_true: NDArray[np.int32]
    predicted: Mapping[str, NDArray[np.int32]]
    probability: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """A run as read from disk.

    ``predictions`` is None when there is no such file beside the results;
    ``predictions_reason`` then says so in words.
    """

    results: Results
    predictions: Predictions | None
    predictions_reason: str | None
    folder: Path


def load(path: Path) -> Loaded:
    """Read a run.

    Parameters
    ----------
    path : Path
        A run folder or a results.json.

    Returns
    -------
    Loaded
        Results, predictions if they are there, and the folder of both.

    Raises
    ------
    ContractError
        If results.json cannot be read or does not follow the contract.
    InputError
        If predictions.parquet cannot be read or does not match the results.
    """
    file = path / RESULTS if path.is_dir() else path
    results = load_results(file)
    table = file.parent / PREDICTIONS
    if not table.exists():
        reason = f"{PREDICTIONS} is not beside {RESULTS}, so nothing row by row is known"
        return Loaded(results, None, reason, file.parent)
    return Loaded(results, read_predictions(table, results), None, file.parent)


def read_predictions(path: Path, results: Results) -> Predictions:
    """Read predictions.parquet and check it against the results.

    Parameters
    ----------
    path : Path
        The Parquet file.
    results : Results
        The results that it belongs to.

    Returns
    -------
    Predictions
        One row a test sample.

    Raises
    ------
    InputError
        If it cannot be read, or its rows, columns or class codes do not match.
    """
    columns = _read_columns(path)
    n_test, n_classes = results.dataset.n_test, len(results.dataset.classes)
    needed = ["index", "y_true"]
    needed += [
        f"predicted:{case.key}" for case in results.cases if case.quality is not None
    ]
    for name in needed:
        if name not in columns:
            raise _mismatch(path, f"has no column {name!r}")
    n_rows = len(columns["y_true"])
    if n_rows != n_test:
        raise _mismatch(path, f"has {n_rows} rows, but the results have {n_test} test rows")
    codes = {name: _codes(path, name, columns[name], n_classes) for name in needed[1:]}
    predicted = {name.removeprefix("predicted:"): codes[name] for name in needed[2:]}
    _check_accuracy(path, results, codes["y_true"], predicted)
    probability = {}
    for key in predicted:
        names = [f"probability:{key}:{code}" for code in range(n_classes)]
        if all(name in columns for name in names):
            probability[key] = np.column_stack(
                [columns[name].astype(np.float32) for name in names]
            )
    return Predictions(
        columns["index"].astype(np.int64), codes["y_true"], predicted, probability
    )


def _check_accuracy(
    path: Path,
    results: Results,
    y_true: NDArray[np.int32],
    predicted: Mapping[str, NDArray[np.int32]],
) -> None:
    """Refuse predictions that do not give the accuracies that were stored."""
    for case in results.cases:
        stored = case.quality.test.get("accuracy") if case.quality else None
        if stored is None or not len(y_true):
            continue
        share = float(np.mean(predicted[case.key] == y_true))
        if abs(share - stored) > 1e-9:
            raise _mismatch(
                path,
                f"is right in {share:.4%} of rows for {case.key!r}, but the results say "
                f"{stored:.4%}",
            )


def _read_columns(path: Path) -> dict[str, NDArray[Any]]:
    # Loaded late: importing pyarrow takes longer than rendering a small report.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        detail = str(error).splitlines()[0]
        raise InputError(
            f"{path}: cannot be read as Parquet ({detail}). "
            "Run the study again, or remove the file to render without it."
        ) from error
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _codes(
    path: Path, name: str, values: NDArray[Any], n_classes: int
) -> NDArray[np.int32]:
    if not np.issubdtype(values.dtype, np.integer):
        raise _mismatch(path, f"column {name!r} is {values.dtype}, but holds class codes")
    if len(values) and (values.min() < 0 or values.max() >= n_classes):
        raise _mismatch(path, f"column {name!r} has codes outside 0..{n_classes - 1}")
    return values.astype(np.int32)


def _mismatch(path: Path, what: str) -> InputError:
    return InputError(
        f"{path}: {what}, so it does not belong to the {RESULTS} beside it. "
        "Run the study again, or remove the file to render without it."
    )
