"""The sample weights of rows: a column of the data, or an array."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import texts_of
from tunecard.runner.datasets.numbers import cut
from tunecard.runner.datasets.values import DatasetEntry, Request, Whole
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data

#: What an array of weights is called.
WEIGHTS = "sample_weight"
Weights = NDArray[np.float64]


def read_weights(name: str, column: Any, data: Data, origin: str) -> Weights:
    """Read the weights of rows from a column.

    Parameters
    ----------
    name : str
        The column's.
    column : pyarrow.ChunkedArray
        Its cells.
    data : Data
        What counts as missing.
    origin : str
        Name of the file in a message.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    DataError
        If a row has no weight, or one that is negative or not a finite number.
    """
    import pandas as pd

    texts = texts_of(column, data)
    where = f"{origin}: the column {name!r} (data.sample_weight)"
    numbers = pd.to_numeric(pd.Series(texts.distinct, dtype=object), errors="coerce")
    values = np.append(numbers.to_numpy(dtype=float), np.nan)[texts.codes]
    words = np.append(np.array(texts.distinct, dtype=object), "nothing")
    return _check(values, where, lambda row: cut(str(words[texts.codes[row]])))


def with_weights(entry: DatasetEntry, weights: Any) -> DatasetEntry:
    """Return data whose rows have the weights of an array.

    Raises
    ------
    DataError
        If a weight is negative or not a finite number; when the data is loaded, if there
        are not as many weights as rows.
    """
    try:
        values = np.array(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"sample_weight: must be a number for each row ({error})."
        ) from error
    if values.ndim != 1:
        raise DataError(
            f"sample_weight has the shape {values.shape}; give one number for each row."
        )
    _check(values, "sample_weight", lambda row: f"{values[row]:g}")

    def load(request: Request) -> Whole:
        whole = entry.load(request)
        n_rows = len(whole.train.y)
        if len(values) != n_rows:
            rows = "rows" if whole.test is None else "training rows"
            raise DataError(
                f"sample_weight has {len(values):,} values, and the data {n_rows:,} "
                f"{rows}; give one for each, in their order."
            )
        return replace(whole, train=replace(whole.train, weight=values), weights=WEIGHTS)

    return replace(entry, load=load)


def _check(values: Weights, where: str, cell: Any) -> Weights:
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"{where} holds {cell(row)} in row {row + 1:,}; a weight must be a finite "
            "number of at least 0."
        )
    if len(values) and not values.any():
        raise DataError(f"{where} holds zeros alone; at least one row needs a weight.")
    return values
