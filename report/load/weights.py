"""Reads weights.parquet: the weights of linear models."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.report.load.columns import finite, mismatch, read_columns
from tunecard.runner.schema import Results


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
    ReadError
        If it cannot be read, or has another number of features.
    """
    columns = read_columns(path)
    by_case = {}
    for case in results.cases:
        outputs: list[NDArray[np.float32]] = []
        while (name := f"weight:{case.key}:{len(outputs)}") in columns:
            outputs.append(finite(path, name, columns[name]))
        if outputs:
            by_case[case.key] = np.stack(outputs)
    for key, rows in by_case.items():
        if rows.shape[1] != results.dataset.n_features:
            raise mismatch(
                path,
                f"has {rows.shape[1]} weights an output for {key!r}, but the data has "
                f"{results.dataset.n_features} features",
            )
    return by_case
