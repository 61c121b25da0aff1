"""Files of predictions joined: each case's rows in the order of the first file's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import Texts as TextCells
from tunecard.runner.datasets.cells import texts_of
from tunecard.runner.datasets.numbers import parsed
from tunecard.runner.datasets.table import listed
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.datasets.values import closest
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.labels import Texts
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import Data

_SINGLE = 1e-6  # relative; a file may hold a value in single precision


@dataclass(frozen=True)
class Columns:
    """Which columns of the files hold what.

    Attributes
    ----------
    truth : str
        The true class, or the true value of a regression.
    predictions : tuple of str
        The predicted class or value: one name for all files, or one per case.
    probabilities : tuple of str
        Of two classes the probability of `positive`; or a name with ``{class}``, for
        one column per class. One for all files, one per case, or none.
    id : str or None
        What identifies a row; without it rows are joined by their order.
    positive : str or None
    groups : str or None
        What groups rows, such as a patient; a column of the first file.
    task : str or None
        Whether classes or values are predicted; None: numbers with fractions in the
        column of the truth make a regression.
    """

    truth: str
    predictions: tuple[str, ...]
    probabilities: tuple[str, ...] = ()
    id: str | None = None
    positive: str | None = None
    groups: str | None = None
    task: TaskName | None = None


@dataclass(frozen=True)
class FileCase:
    """Where the predictions of one case stand."""

    name: str
    table: RawTable
    prediction: str
    probability: str | None


def column_of(table: RawTable, name: str, option: str) -> str:
    """Return the name of a column, which must exist."""
    if name in table.columns:
        return name
    close = closest(name, list(table.columns))
    hint = f" Did you mean {close!r}?" if close else ""
    raise StudyError(
        f"{option} {name}: is not a column of {table.origin}.{hint} There are "
        f"{listed(list(table.columns))}."
    )


def task_of(table: RawTable, columns: Columns) -> TaskName:
    """Return the task of files of predictions, by the column of the truth."""
    if columns.task is not None:
        return columns.task
    texts = _complete(table, columns.truth, "--truth", "class or value")
    numbers = parsed(texts.distinct, ".")
    fractions = np.isfinite(numbers).all() and (numbers != np.floor(numbers)).any()
    return "regression" if fractions else "classification"


def _complete(table: RawTable, name: str, option: str, what: str) -> TextCells:
    """Return the texts of a column without gaps."""
    texts = texts_of(table.columns[column_of(table, name, option)], Data())
    gaps = np.flatnonzero(texts.codes < 0)
    if len(gaps):
        raise DataError(
            f"{table.origin}: the column {name!r} has no value in {len(gaps):,} of "
            f"{len(texts.codes):,} rows, the first of them row {int(gaps[0]) + 1:,}. Give "
            f"a {what} for every row."
        )
    return texts


def values_of(table: RawTable, name: str, option: str) -> NDArray[np.float64]:
    """Return a column of numbers, such as true or predicted values, in float64."""
    texts = _complete(table, name, option, "value")
    numbers = parsed(texts.distinct, ".")[texts.codes]
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        text = texts.distinct[texts.codes[bad[0]]]
        raise DataError(
            f"{table.origin}: the column {name!r} does not hold a number in {len(bad):,} "
            f"rows, the first of them row {int(bad[0]) + 1:,} ({text!r}). Name a column "
            "of values, or compare classes with --task classification."
        )
    return numbers


def labels_of(table: RawTable, name: str, option: str) -> Texts:
    """Return a column of classes as text; 1.0 is the class 1."""
    texts = _complete(table, name, option, "class")
    numbers = parsed(texts.distinct, ".")
    distinct = list(texts.distinct)
    if np.isfinite(numbers).all():
        broken = numbers != np.floor(numbers)
        if broken.any():
            raise DataError(
                f"{table.origin}: the column {name!r} holds numbers that are not classes, "
                f"such as {texts.distinct[int(np.argmax(broken))]}. Name a column of "
                "predicted classes; probabilities go into --probability, and values of a "
                "regression need --task regression."
            )
        distinct = [str(int(number)) for number in numbers]
    return np.array(distinct, dtype=str)[texts.codes]


def join_rows(
    cases: Sequence[FileCase], truth: Texts | NDArray[np.float64], columns: Columns
) -> list[NDArray[np.int64]]:
    """Return for each case its rows in the order of the first file's, all checked."""
    first = cases[0].table
    keys = None if columns.id is None else _ids(first, columns.id)
    order = []
    for case in cases:
        table = case.table
        rows = np.arange(first.n_rows)
        if table is not first:
            if table.n_rows != first.n_rows:
                raise DataError(
                    f"{table.origin}: has {table.n_rows:,} rows, but {first.origin} has "
                    f"{first.n_rows:,}; both must hold the same test rows."
                )
            if keys is not None and columns.id is not None:
                rows = _matched(keys, _ids(table, columns.id), table, first)
            _check_truth(table, rows, truth, first, columns)
        order.append(rows)
    return order


def _ids(table: RawTable, name: str) -> list[str]:
    column = table.columns[column_of(table, name, "--id")]
    ids = [str(value).strip() for value in column.to_pylist()]
    value, count = Counter(ids).most_common(1)[0]
    if count > 1:
        raise DataError(
            f"{table.origin}: the id {value!r} stands in {count:,} rows; each row needs an "
            "id of its own."
        )
    return ids


def _matched(
    keys: list[str], ids: list[str], table: RawTable, first: RawTable
) -> NDArray[np.int64]:
    places = {key: row for row, key in enumerate(ids)}
    missing = [key for key in keys if key not in places]
    if missing:
        raise DataError(
            f"{table.origin}: lacks {len(missing):,} ids of {first.origin}, such as "
            f"{missing[0]!r}; both must hold the same test rows."
        )
    return np.array([places[key] for key in keys])


def _check_truth(
    table: RawTable,
    rows: NDArray[np.int64],
    truth: Texts | NDArray[np.float64],
    first: RawTable,
    columns: Columns,
) -> None:
    if columns.id is not None and columns.truth not in table.columns:
        return  # the id identifies the row
    own: NDArray[Any]
    if truth.dtype.kind == "f":
        own = values_of(table, columns.truth, "--truth")[rows]
        what, unequal = "value", ~np.isclose(own, truth, rtol=_SINGLE, atol=0.0)
    else:
        own = labels_of(table, columns.truth, "--truth")[rows]
        what, unequal = "class", own != truth
    differ = np.flatnonzero(unequal)
    if len(differ):
        row = int(differ[0])
        how = "the id" if columns.id else "their order"
        advice = "" if columns.id else " Name a column that identifies a row, as --id."
        raise DataError(
            f"{table.origin}: the true {what} differs from that of {first.origin} "
            f"in {len(differ):,} of {len(truth):,} rows joined by {how}, the first of them "
            f"row {row + 1:,} ({str(own[row])!r} and {str(truth[row])!r}); both must hold "
            f"the same test rows.{advice}"
        )
