"""The columns of numbers that a regression keeps for its page, and their ranges."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.values import DataPart, FloatArray
from tunecard.runner.schema import ColumnInfo, ColumnRange

#: Columns that are kept, and training rows that the choice among more rests on.
MOST_COLUMNS, _SCREENED = 50, 5_000


def column_ranges(
    train: DataPart, test: DataPart, columns: Sequence[ColumnInfo]
) -> tuple[ColumnRange, ...]:
    """Return the range of columns of numbers in training, and the test rows beyond.

    Of more than 50 columns those are taken whose values have the strongest rank
    correlation with the target in training.

    Parameters
    ----------
    train, test : DataPart
        The rows of both parts; y are the values of a regression.
    columns : sequence of ColumnInfo
        Names and kinds; empty where the columns have no names.

    Returns
    -------
    tuple of ColumnRange
        In the order of X. Columns of categories and columns with one value are left out.
    """
    places = [
        place
        for place in range(train.X.shape[1])
        if not columns or columns[place].kind == "number"
    ]
    ranges = [
        each
        for place in places
        if (each := _range_of(place, train.X[:, place], test.X[:, place], columns))
    ]
    if len(ranges) <= MOST_COLUMNS:
        return tuple(ranges)
    some = np.linspace(0, len(train.y) - 1, min(len(train.y), _SCREENED)).astype(np.intp)
    target = _ranks(train.y[some].astype(np.float64))
    strength = [
        abs(float(_ranks(train.X[some, each.position]) @ target)) for each in ranges
    ]
    chosen = np.sort(np.argsort(strength, kind="stable")[::-1][:MOST_COLUMNS])
    return tuple(ranges[int(place)] for place in chosen)


def _range_of(
    place: int, train: FloatArray, test: FloatArray, columns: Sequence[ColumnInfo]
) -> ColumnRange | None:
    """Return the range of a column; None where the training rows have no two values."""
    present, tested = train[np.isfinite(train)], test[np.isfinite(test)]
    if not len(present) or present.min() == present.max():
        return None
    low, high = present.min(), present.max()
    return ColumnRange(
        column=columns[place].name if columns else f"column {place + 1}",
        position=place,
        low=float(low),
        high=float(high),
        n_below=int((tested < low).sum()),
        n_above=int((tested > high).sum()),
        n_train=len(present),
        n_test=len(tested),
    )


def _ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean ranks of values, centered and of length 1; a gap counts as 0."""
    present = np.isfinite(values)
    ranks = np.zeros(len(values))
    _, place, counts = np.unique(values[present], return_inverse=True, return_counts=True)
    own = (np.cumsum(counts) - (counts - 1) / 2)[place]
    ranks[present] = own - own.mean() if len(own) else own
    length = float(np.linalg.norm(ranks))
    return ranks / length if length else ranks
