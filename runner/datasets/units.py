"""The column that groups rows, or orders them in time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.notes import DATE
from tunecard.runner.datasets.numbers import cut
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.datasets.values import CodeArray, Whole
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data, SplitSpec

#: Different dates that make a column one of time, and how many of them are looked at.
_FEWEST_DATES, _PEEKED = 20, 1_000


def read_units(
    name: str, column: Any, spec: SplitSpec, data: Data, origin: str
) -> CodeArray:
    """Read the groups of rows, or the ranks of their moments.

    Parameters
    ----------
    name : str
        The column's.
    column : pyarrow.ChunkedArray
        Its cells.
    spec : SplitSpec
        Whether they are groups or moments.
    data : Data
        What counts as missing.
    origin : str
        Name of the file in a message.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Codes of the groups; or ranks, equal for rows of one moment.

    Raises
    ------
    DataError
        If a row has no value, or one that has no place in an order.
    """
    texts = texts_of(column, data)
    field = "groups" if spec.groups is not None else "order"
    where = f"{origin}: the column {name!r} (split.{field})"
    gaps = np.flatnonzero(texts.codes < 0)
    if len(gaps):
        raise DataError(
            f"{where} has no value in row {gaps[0] + 1:,}. Fill it in, or leave the row "
            "out."
        )
    if spec.groups is not None:
        return texts.codes
    moments = _read_moments(texts, where)
    return np.unique(moments, return_inverse=True)[1].astype(np.int64)[texts.codes]


def sorted_dates(table: RawTable, names: Sequence[str], data: Data) -> str | None:
    """Return the first column of dates that the rows are sorted by; None without one.

    Parameters
    ----------
    table : RawTable
        The columns.
    names : sequence of str
        Those to look at.
    data : Data
        What counts as missing.
    """
    for name in names:
        try:
            texts = texts_of(table.columns[name], data)
        except (TypeError, NotImplementedError, ValueError):  # lists
            continue
        if len(texts.distinct) < _FEWEST_DATES or (texts.codes < 0).any():
            continue
        if not all(DATE.fullmatch(text) for text in texts.distinct[:_PEEKED]):
            continue
        try:
            moments = _read_moments(texts, name)[texts.codes]
        except DataError:
            continue
        if (moments[1:] >= moments[:-1]).all() or (moments[1:] <= moments[:-1]).all():
            return name
    return None


def _read_moments(texts: Texts, where: str) -> Any:
    """Return each distinct text as a number or a date."""
    import pandas as pd

    cells = pd.Series(texts.distinct, dtype=object)
    numbers = pd.to_numeric(cells, errors="coerce")
    if np.isfinite(numbers.to_numpy(dtype=float)).all():
        return numbers.to_numpy(dtype=float)
    readings = [
        _read_dates(cells, **options)
        for options in ({"format": "ISO8601"}, {"dayfirst": False}, {"dayfirst": True})
    ]
    whole = [dates for dates in readings if not dates.isna().any()]
    if not whole:
        fullest = min(readings, key=lambda dates: int(dates.isna().sum()))
        odd = int(np.flatnonzero(fullest.isna())[0])
        row = texts.row_of(texts.distinct[odd])
        raise DataError(
            f"{where} holds {cut(texts.distinct[odd])} in row {row:,}, which is neither a "
            'number nor a date like the others. Write dates as in "2024-01-31".'
        )
    is_iso = whole[0] is readings[0]
    if not is_iso and len(whole) == 2 and not whole[0].equals(whole[1]):
        raise DataError(
            f"{where} holds {cut(texts.distinct[0])}: the day or the month may come first. "
            'Write dates as in "2024-01-31".'
        )
    return whole[0].to_numpy()


def _read_dates(cells: Any, **options: Any) -> Any:
    import warnings

    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a guess that does not fit every cell
        return pd.to_datetime(cells, errors="coerce", utc=True, **options)


def check_sides(whole: Whole, spec: SplitSpec, title: str) -> None:
    """Refuse a split of the data's own that the study's groups or order contradict.

    Raises
    ------
    DataError
        If a group has rows on both sides, or a training row is later than a test row.
    """
    if whole.test is None or whole.test.unit is None or whole.train.unit is None:
        return
    train, test = whole.train.unit, whole.test.unit
    if spec.groups is not None:
        both = np.intersect1d(train, test)
        if len(both):
            raise DataError(
                f"{title}: {len(both):,} groups of {spec.groups!r} have rows in the "
                "training part and in the test part. Take the split column out, or groups."
            )
    elif train.max() >= test.min():
        n_late = int(np.count_nonzero(train >= test.min()))
        raise DataError(
            f"{title}: {n_late:,} training rows are not before all test rows by "
            f"{spec.order!r}. Take the split column out, or order."
        )
