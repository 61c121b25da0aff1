"""Reads a run folder: its results, predictions, images and weights."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from report.errors import InputError
from runner.schema import PREDICTIONS, RESULTS, WEIGHTS, Results
from runner.schema import load as load_results

#: A column of one of several seeds: what it is, the seed, the class of a probability.
_OF_SEED = re.compile(r"([^@]+)@([0-9]+)((?::[0-9]+)?)")


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
    images : dict of ndarray of uint8, shape (height, width)
        By position in these arrays: test rows that a model's two cases label
        differently. Empty where the run kept none.
    """

    index: NDArray[np.int64]
    y_true: NDArray[np.int32]
    predicted: Mapping[str, NDArray[np.int32]]
    probability: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    images: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """A run as read from disk.

    ``predictions`` is None when there is no such file beside the results;
    ``predictions_reason`` then says so in words. ``weights`` holds those of
    linear models by case key, float32 of shape (n_outputs, n_features); it is
    empty when there is no such file. A run of several seeds has no predictions of
    its own but those of each seed in ``of_seeds``, under the names of a run of that
    seed alone; :func:`report.seeds.by_seed` takes such a run apart.
    """

    results: Results
    predictions: Predictions | None
    predictions_reason: str | None
    folder: Path
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    of_seeds: Mapping[int, Predictions] = field(default_factory=dict)


def load(path: Path) -> Loaded:
    """Read a run.

    Parameters
    ----------
    path : Path
        A run folder or a results.json.

    Returns
    -------
    Loaded
        Results, predictions and weights if they are there, and the folder.

    Raises
    ------
    ContractError
        If results.json cannot be read or does not follow the contract.
    InputError
        If predictions.parquet or weights.parquet cannot be read or does not
        match the results.
    """
    file = path / RESULTS if path.is_dir() else path
    results = load_results(file)
    weights_file = file.parent / WEIGHTS
    weights = read_weights(weights_file, results) if weights_file.exists() else {}
    table = file.parent / PREDICTIONS
    if not table.exists():
        reason = f"{PREDICTIONS} is not beside {RESULTS}, so nothing row by row is known"
        return Loaded(results, None, reason, file.parent, weights)
    if results.study.seeds:
        reason = "each seed has test rows of its own"
        of_seeds = _of_seeds(table, results)
        return Loaded(results, None, reason, file.parent, weights, of_seeds)
    predictions = read_predictions(table, results)
    return Loaded(results, predictions, None, file.parent, weights)


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
    return _predictions(path, results, _read_columns(path))


def _of_seeds(path: Path, results: Results) -> dict[int, Predictions]:
    """Read the predictions of each seed, whose columns end in ``@<seed>``."""
    seeds = results.study.seeds
    parts: dict[int, dict[str, NDArray[Any]]] = {seed: {} for seed in seeds}
    for name, values in _read_columns(path).items():
        found = _OF_SEED.fullmatch(name)
        if found is None or int(found[2]) not in parts:
            raise _mismatch(path, f"has a column {name!r} that no run writes")
        parts[int(found[2])][f"{found[1]}{found[3]}"] = values
    return {
        seed: _predictions(path, results.of_seed(seed), columns)
        for seed, columns in parts.items()
    }


def _predictions(
    path: Path, results: Results, columns: Mapping[str, NDArray[Any]]
) -> Predictions:
    n_test, n_classes = results.dataset.n_test, len(results.dataset.classes)
    needed = ["index", "y_true"]
    needed += [
        f"predicted:{case.key}" for case in results.cases if case.quality is not None
    ]
    _need(path, needed, columns)
    n_rows = len(columns["y_true"])
    if n_rows != n_test:
        raise _mismatch(path, f"has {n_rows} rows, but the results have {n_test} test rows")
    if not np.issubdtype(columns["index"].dtype, np.integer):
        raise _mismatch(path, "column 'index' does not hold whole numbers")
    codes = {name: _codes(path, name, columns[name], n_classes) for name in needed[1:]}
    predicted = {name.removeprefix("predicted:"): codes[name] for name in needed[2:]}
    _check_accuracy(path, results, codes["y_true"], predicted)
    probability = {}
    known = {*needed, "image"}
    for key in predicted:
        names = [f"probability:{key}:{code}" for code in range(n_classes)]
        known |= set(names)
        if any(name in columns for name in names):
            _need(path, names, columns)
            shares = [_numbers(path, name, columns[name]) for name in names]
            probability[key] = np.column_stack(shares)
            if any((share < 0).any() or (share > 1).any() for share in shares):
                raise _mismatch(path, f"has probabilities of {key!r} beyond 0 to 1")
    unknown = sorted(set(columns) - known)
    if unknown:
        raise _mismatch(path, f"has a column {unknown[0]!r} that no run writes")
    return Predictions(
        index=columns["index"].astype(np.int64),
        y_true=codes["y_true"],
        predicted=predicted,
        probability=probability,
        images=_images(path, columns.get("image"), results),
    )


def read_weights(path: Path, results: Results) -> dict[str, NDArray[np.float32]]:
    """Read weights.parquet: a column ``weight:<case key>:<output>``, a row a feature.

    Parameters
    ----------
    path : Path
        The Parquet file.
    results : Results
        The results that it belongs to.

    Returns
    -------
    dict of ndarray of float32, shape (n_outputs, n_features)
        By case key, the cases of the results alone.

    Raises
    ------
    InputError
        If it cannot be read, or has another number of features.
    """
    columns = _read_columns(path)
    found = {}
    for case in results.cases:
        outputs: list[NDArray[np.float32]] = []
        while (name := f"weight:{case.key}:{len(outputs)}") in columns:
            outputs.append(_numbers(path, name, columns[name]))
        if outputs:
            found[case.key] = np.stack(outputs)
    for key, rows in found.items():
        if rows.shape[1] != results.dataset.n_features:
            raise _mismatch(
                path,
                f"has {rows.shape[1]} weights an output for {key!r}, but the data has "
                f"{results.dataset.n_features} features",
            )
    return found


def _need(path: Path, names: Sequence[str], columns: Mapping[str, object]) -> None:
    for name in names:
        if name not in columns:
            raise _mismatch(path, f"has no column {name!r}")


def _images(
    path: Path, cells: NDArray[Any] | None, results: Results
) -> dict[int, NDArray[np.uint8]]:
    """Return the images that were kept, by position of their row."""
    shape = results.dataset.image_shape
    if cells is None or shape is None:
        return {}
    images = {}
    for position, cell in enumerate(cells):
        if cell is None:
            continue
        if not isinstance(cell, bytes) or len(cell) != shape[0] * shape[1]:
            raise _mismatch(
                path,
                f"has an image in row {position} that is not {shape[0]} x {shape[1]} bytes",
            )
        images[position] = np.frombuffer(cell, np.uint8).reshape(shape)
    return images


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
        # Not read_table, which loads Arrow's data sets, nor to_numpy where it can be
        # done without: both import pandas, 0.3 s that a page does not need.
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    # Of a damaged file Arrow also raises what Python's own types do.
    except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
        detail = (str(error).splitlines() or ["too little memory"])[0].rstrip(".")
        if isinstance(error, UnicodeDecodeError):
            detail = "the name of a column is no text"
        raise InputError(
            f"{path}: cannot be read as Parquet ({detail}). "
            "Run the study again, or remove the file to render without it."
        ) from error
    columns: dict[str, NDArray[Any]] = {}
    for position, name in enumerate(table.column_names):
        if name in columns:
            raise _mismatch(path, f"has two columns {name!r}")
        column = table.column(position).combine_chunks()
        kind = column.type
        if (
            not len(column)
            or column.null_count
            or not (pa.types.is_integer(kind) or pa.types.is_floating(kind))
        ):
            columns[name] = column.to_numpy(zero_copy_only=False)
        else:
            values = np.frombuffer(column.buffers()[1], dtype=kind.to_pandas_dtype())
            columns[name] = values[column.offset : column.offset + len(column)]
    return columns


def _numbers(path: Path, name: str, values: NDArray[Any]) -> NDArray[np.float32]:
    """Check a column of finite numbers."""
    if np.issubdtype(values.dtype, np.floating):
        with np.errstate(over="ignore"):
            numbers = values.astype(np.float32)
        if np.isfinite(numbers).all():
            return numbers
    raise _mismatch(path, f"column {name!r} does not hold finite numbers alone")


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
