"""Reads columns.parquet: columns of numbers of some test rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.report.load.columns import mismatch, need, read_columns
from tunecard.report.load.of_seeds import read_of_each_seed
from tunecard.report.load.rows import StoredColumns
from tunecard.runner.schema import MOST_KEPT_ROWS, DatasetInfo, Results


def read_kept(path: Path, results: Results) -> dict[int | None, StoredColumns]:
    """Read columns.parquet and check it against the results.

    Parameters
    ----------
    path : Path
        The Parquet file.
    results : Results
        The results that it belongs to.

    Returns
    -------
    dict of StoredColumns
        By seed, where there are several; else under None.

    Raises
    ------
    ReadError
        If it cannot be read, or its rows or columns do not match.
    """
    seeds = results.study.repetitions
    if not seeds:
        return {None: _check(path, read_columns(path), results.dataset)}
    datasets = {seed: results.of_seed(seed).dataset for seed in seeds}
    sizes = {seed: _n_kept(dataset) for seed, dataset in datasets.items()}
    return {
        seed: _check(path, columns, datasets[seed])
        for seed, columns in read_of_each_seed(path, sizes).items()
    }


def _n_kept(dataset: DatasetInfo) -> int:
    return min(dataset.n_test, MOST_KEPT_ROWS)


def _check(
    path: Path, columns: Mapping[str, NDArray[Any]], dataset: DatasetInfo
) -> StoredColumns:
    names = {f"column:{each.column}": each.column for each in dataset.ranges}
    need(path, ["row", *names], columns)
    for name in columns:
        if name != "row" and name not in names:
            raise mismatch(path, f"has a column {name!r} that the results do not list")
    row, n_kept = columns["row"], _n_kept(dataset)
    if len(row) != n_kept:
        raise mismatch(path, f"has {len(row)} rows, but a run keeps {n_kept} of its data")
    ascends = np.issubdtype(row.dtype, np.integer) and bool((np.diff(row) > 0).all())
    if not ascends or (n_kept and not 0 <= row[0] <= row[-1] < dataset.n_test):
        raise mismatch(path, "column 'row' does not hold ascending positions of test rows")
    return StoredColumns(
        row.astype(np.int64),
        {own: _numbers(path, name, columns[name]) for name, own in names.items()},
    )


def _numbers(path: Path, name: str, values: NDArray[Any]) -> NDArray[np.float32]:
    """Check a column of numbers, in which NaN stands for a cell without a value."""
    if np.issubdtype(values.dtype, np.floating) and not np.isinf(values).any():
        with np.errstate(over="ignore"):
            numbers: NDArray[np.float32] = values.astype(np.float32)
        if not np.isinf(numbers).any():
            return numbers
    raise mismatch(path, f"column {name!r} does not hold numbers alone")
