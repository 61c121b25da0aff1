"""predictions.parquet and weights.parquet: what quality and figures are made from."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Codes, Outputs
from tunecard.runner.schema import write_file

#: Bytes of images that a run keeps, besides those of rows that tuning changed.
MOST_IMAGE_BYTES = 8_000_000


@dataclass(frozen=True)
class PredictedRows:
    """Test rows and what the cases answered for them.

    Attributes
    ----------
    index : ndarray of int64, shape (n_test,)
        Each row's number in the original test part.
    y_true : ndarray of int64 or float64, shape (n_test,)
        Class codes, or the values of a regression.
    classes : tuple of str
        The names of the classes, by code: what the file holds; none of a regression.
    cases : mapping of str to Outputs
        By case key.
    images : mapping of int to bytes
        Gray values of some rows, one byte a pixel, by position.
    seed : int or None
        Whose rows these are, where there are several seeds.
    unit : ndarray of int64, shape (n_test,), or None
        The group of each row, or the rank of its moment; None where rows are
        exchangeable.
    """

    index: NDArray[np.int64]
    y_true: NDArray[Any]
    classes: tuple[str, ...]
    cases: Mapping[str, Outputs]
    images: Mapping[int, bytes] = field(default_factory=dict)
    seed: int | None = None
    unit: NDArray[np.int64] | None = None


def write_tables(path: Path, tables: Sequence[PredictedRows]) -> None:
    """Write the test rows of one seed, or those of several beside each other.

    Row by row they are then other samples: the names of a seed's columns end in
    ``@<seed>``, ``probability:<key>@<seed>:<class>`` with the class behind it. Classes
    are written by name; files of version 1 of the contract hold their codes. Where a
    seed has fewer test rows than another, its columns end in cells without a value.

    Values of a regression are float64.

    Parameters
    ----------
    path : Path
        The file.
    tables : sequence of PredictedRows
        A seed each.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for table in tables:
        of_seed = "" if table.seed is None else f"@{table.seed}"
        columns[f"index{of_seed}"] = table.index.astype(np.int64)
        columns[f"y_true{of_seed}"] = _named(table.y_true, table.classes)
        if table.unit is not None:
            columns[f"unit{of_seed}"] = table.unit.astype(np.int64)
        for key, outputs in table.cases.items():
            if outputs.predicted is not None:
                columns[f"predicted:{key}"] = _named(outputs.predicted, table.classes)
            if outputs.probabilities is not None:
                for code, name in enumerate(table.classes):
                    column = np.ascontiguousarray(outputs.probabilities[:, code])
                    columns[f"probability:{key}:{name}"] = column
            columns |= _scores(key, outputs.scores, table.classes)
        if table.images:
            cells = [table.images.get(row) for row in range(len(table.index))]
            columns[f"image{of_seed}"] = pa.array(cells, pa.binary())
    n_rows = max(len(table.index) for table in tables)
    write_table(
        path, pa.table({name: padded(cells, n_rows) for name, cells in columns.items()})
    )


def padded(cells: Any, n_rows: int) -> Any:
    """Return a column with as many rows as the longest."""
    import pyarrow as pa

    column = cells if isinstance(cells, pa.Array) else pa.array(cells)
    if len(column) == n_rows:
        return column
    if pa.types.is_dictionary(column.type):
        codes = pa.concat_arrays(
            [column.indices, pa.nulls(n_rows - len(column), pa.int32())]
        )
        return pa.DictionaryArray.from_arrays(codes, column.dictionary)
    return pa.concat_arrays([column, pa.nulls(n_rows - len(column), column.type)])


def _named(codes: NDArray[Any], classes: tuple[str, ...]) -> Any:
    """Return the names of class codes, each name stored once; values as they are."""
    import pyarrow as pa

    if not classes:
        return pa.array(codes, pa.float64())
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32()), pa.array(classes, pa.string())
    )


def _scores(
    key: str, scores: NDArray[np.float32] | None, classes: tuple[str, ...]
) -> dict[str, Any]:
    """Name the columns of decision scores: one of two classes, else one for each."""
    if scores is None:
        return {}
    if scores.ndim == 1:
        return {f"score:{key}": scores}
    return {
        f"score:{key}:{name}": np.ascontiguousarray(scores[:, code])
        for code, name in enumerate(classes)
    }


def error_images(
    X: NDArray[np.float32], y_true: Codes, models: Sequence[Sequence[Codes]]
) -> dict[int, bytes]:
    """Return the images of the rows that any case labels wrong, as many as there is room.

    Those that a model's two cases label differently come first, all of them; then the
    others in their order.

    Parameters
    ----------
    X : ndarray of float32, shape (n_test, n_pixels)
        Gray values, from 0 to 1 or to the highest there is.
    y_true : ndarray, shape (n_test,)
        The true labels.
    models : sequence of sequence of ndarray, each of shape (n_test,)
        Labels of each model's cases.

    Returns
    -------
    dict of int to bytes
        By position in the test part, one byte a pixel.
    """
    if not models:
        return {}
    differ = np.any([cases[0] != cases[-1] for cases in models], axis=0)
    wrong = np.any([case != y_true for cases in models for case in cases], axis=0)
    first, others = np.flatnonzero(differ), np.flatnonzero(wrong & ~differ)
    room = max(0, MOST_IMAGE_BYTES // X.shape[1] - len(first))
    rows = np.sort(np.concatenate((first, others[:room])))
    if not len(rows):
        return {}
    low, high = min(0.0, float(np.nanmin(X))), max(1.0, float(np.nanmax(X)))
    gray = (np.nan_to_num(X[rows], nan=low) - low) / (high - low)
    pixels = np.rint(gray * 255).astype(np.uint8)
    return {int(row): image.tobytes() for row, image in zip(rows, pixels, strict=True)}


def write_weights(path: Path, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Write the weights of linear models, one row a feature.

    Parameters
    ----------
    path : Path
        The file.
    weights : mapping of str to ndarray of shape (n_outputs, n_features)
        By ``model/variant``; columns ``weight:<key>:<output>``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow as pa

    columns = {
        f"weight:{key}:{output}": np.ascontiguousarray(row)
        for key, rows in weights.items()
        for output, row in enumerate(rows)
    }
    write_table(path, pa.table(columns))


def write_table(path: Path, table: Any) -> None:
    """Write an Arrow table, each page of it with its checksum.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    # With checksums any reader of the file can detect damage.
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    write_file(path, buffer.getvalue())
