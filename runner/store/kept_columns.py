"""columns.parquet: columns of numbers of test rows, for residuals by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets import Dataset
from tunecard.runner.schema import MOST_KEPT_ROWS
from tunecard.runner.store.predictions import padded, write_table


@dataclass(frozen=True)
class KeptColumns:
    """Columns of numbers of some test rows.

    Attributes
    ----------
    row : ndarray of int64, shape (n_kept,)
        Positions among the test rows, ascending.
    values : dict of ndarray of float32, shape (n_kept,)
        By column; NaN where a cell has no value.
    seed : int or None
        Whose rows these are, where there are several seeds.
    """

    row: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float32]]
    seed: int | None = None


def keep_columns(dataset: Dataset, seed: int | None = None) -> KeptColumns:
    """Take the columns with a recorded range, of at most 2,000 rows, evenly spaced."""
    n_test = len(dataset.y_test)
    row = np.linspace(0, n_test - 1, min(n_test, MOST_KEPT_ROWS)).round().astype(np.int64)
    X = dataset.coded[1] if dataset.coded is not None else dataset.X_test
    values = {
        each.column: np.asarray(X[row, each.position], dtype=np.float32)
        for each in dataset.info.ranges
    }
    return KeptColumns(row, values, seed)


def write_columns(path: Path, tables: Sequence[KeptColumns]) -> None:
    """Write the columns of one seed, or those of several beside each other.

    A column is named ``column:<name>``, and ``column@<seed>:<name>`` of several seeds;
    ``row`` has the positions among the test rows.

    Parameters
    ----------
    path : Path
        The file.
    tables : sequence of KeptColumns
        A seed each.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow as pa

    columns = {}
    for table in tables:
        of_seed = "" if table.seed is None else f"@{table.seed}"
        columns[f"row{of_seed}"] = table.row
        for name, values in table.values.items():
            columns[f"column{of_seed}:{name}"] = np.ascontiguousarray(values)
    n_rows = max(len(table.row) for table in tables)
    write_table(
        path, pa.table({name: padded(cells, n_rows) for name, cells in columns.items()})
    )
