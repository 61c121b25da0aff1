"""predictions.parquet: what every quality number is computed from."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runner.schema import write_file


class Predicted(NamedTuple):
    """What one case said of the test rows: class codes, and probabilities if any."""

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32] | None


def write_predictions(
    path: Path,
    index: NDArray[np.int64],
    y_true: NDArray[np.int64],
    cases: Mapping[str, Predicted],
) -> None:
    """Write one row a test sample.

    Parameters
    ----------
    path : Path
        The file.
    index : ndarray of int64, shape (n_test,)
        Each row's number in the original test part.
    y_true : ndarray of int64, shape (n_test,)
        Class codes.
    cases : mapping of str to Predicted
        By ``model/variant``; columns ``predicted:<key>`` and
        ``probability:<key>:<class code>``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, NDArray[np.generic]] = {
        "index": index.astype(np.int64),
        "y_true": y_true.astype(np.int32),
    }
    for key, predicted in cases.items():
        columns[f"predicted:{key}"] = predicted.labels.astype(np.int32)
        if predicted.probabilities is not None:
            for code in range(predicted.probabilities.shape[1]):
                column = np.ascontiguousarray(predicted.probabilities[:, code])
                columns[f"probability:{key}:{code}"] = column
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    write_file(path, buffer.getvalue())
