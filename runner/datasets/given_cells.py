"""Labels and rows given in Python, cell by cell."""

import re
from decimal import Decimal
from typing import Any

import numpy as np

from tunecard.runner.datasets.refusals import IN_PYTHON
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.errors import DataError
from tunecard.runner.task import Labels

_WITH_FRACTIONS = {float, Decimal, np.float64, np.float32}


def convert_labels(y: Any) -> Labels:
    """Return classes or values as an array of one kind: text, numbers or truth values."""
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:  # a data frame of one column
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(
            f"{IN_PYTHON}: y has the shape {labels.shape}; expected is one class or "
            "value per row. Several of them (multilabel, multioutput) are not supported."
        )
    if labels.dtype != object:
        return labels
    values = labels.tolist()
    missing = [row for row, value in enumerate(values) if is_missing(value)]
    if missing:
        raise DataError(
            f"{IN_PYTHON}: y has no value in {len(missing):,} of {len(values):,} rows "
            f"(first in row {missing[0]}); leave these rows out of X and y."
        )
    kinds = {type(label) for label in values}
    if kinds & _WITH_FRACTIONS and kinds <= _WITH_FRACTIONS | {int}:
        return labels.astype(np.float64)
    wrong = [kind for kind in kinds if not issubclass(kind, str | int | bool | np.integer)]
    if wrong:
        odd = min(kind.__name__ for kind in wrong)
        raise DataError(
            f"{IN_PYTHON}: y holds a {odd}; classes are text or integers, the values of a "
            "regression are numbers, and every row needs one."
        )
    texts = {kind for kind in kinds if issubclass(kind, str)}
    if texts and texts != kinds:
        raise DataError(
            f"{IN_PYTHON}: y mixes text and numbers, which scikit-learn refuses; give the "
            "classes as one of the two, as in y.astype(str)."
        )
    return labels if texts else np.array(values)


def is_missing(value: Any) -> bool:
    """Return whether a Python object stands for no value: None, NaN, pandas' NA."""
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 # true of NaN alone
    except TypeError:  # the truth of pandas' NA is not known
        return True


def read_cells(rows: Any) -> RawTable:
    """Return the columns of an array of text or of Python objects."""
    import pyarrow as pa

    columns = {}
    for position in range(rows.shape[1]):
        name = f"feature {position}"
        try:
            array = pa.array(rows[:, position].tolist(), from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise _mixed_error(f"the column {name!r}") from error
        columns[name] = pa.chunked_array([array])
    return RawTable(IN_PYTHON, columns)


def _mixed_error(column: str) -> DataError:
    return DataError(
        f"{IN_PYTHON}: {column} holds values of several kinds, or of one that no table "
        "has. Give each column one kind: numbers, or text."
    )


def read_columns(data: Any) -> RawTable:
    """Return the columns of a data frame; their names become text."""
    import pandas as pd
    import pyarrow as pa

    is_pandas = isinstance(data, pd.DataFrame)
    names = [str(name) for name in data.columns] if is_pandas else []
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            f"{IN_PYTHON}: two columns are named {twice[0]!r}; give each its own name."
        )
    try:
        if is_pandas:
            data = data.set_axis(names, axis=1)
            table = pa.Table.from_pandas(data, preserve_index=False)
        else:
            table = pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        match = re.search(r"for column (.+?) with type", reason)
        column = f"the column {match[1]!r}" if match else "a column"
        raise _mixed_error(column) from error
    return RawTable(IN_PYTHON, {name: table.column(name) for name in table.column_names})
