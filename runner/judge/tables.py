"""Files of predictions, CSV or Parquet: their columns of truth and of predictions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import texts_of
from tunecard.runner.datasets.numbers import parsed
from tunecard.runner.datasets.table import listed, read_table
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.datasets.values import closest
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.labels import Texts, classes_of
from tunecard.runner.judge.rows import read_groups
from tunecard.runner.judge.values import BeforeAfter, HandedOver
from tunecard.runner.schema import Data

CLASS = "{class}"  # stands for each class in the name of a column of probabilities


@dataclass(frozen=True)
class Columns:
    """Which columns of the files hold what.

    Attributes
    ----------
    truth : str
        The true class.
    predictions : tuple of str
        The predicted class: one name for all files, or one per case.
    probabilities : tuple of str
        Of two classes the probability of `positive`; or a name with ``{class}``, for
        one column per class. One for all files, one per case, or none.
    id : str or None
        What identifies a row; without it rows are joined by their order.
    positive : str or None
    groups : str or None
        What groups rows, such as a patient; a column of the first file.
    """

    truth: str
    predictions: tuple[str, ...]
    probabilities: tuple[str, ...] = ()
    id: str | None = None
    positive: str | None = None
    groups: str | None = None


@dataclass(frozen=True)
class _Case:
    """Where the predictions of one case stand."""

    name: str
    table: RawTable
    prediction: str
    probability: str | None


def read_files(paths: Sequence[Path], columns: Columns) -> HandedOver:
    """Read files of predictions; the first case is compared with each of the others.

    Parameters
    ----------
    paths : sequence of Path
        One file with several columns of predictions, or a file per case.
    columns : Columns
        What their columns hold.

    Raises
    ------
    DataError
        If a file is damaged, or its rows are not those of the first.
    StudyError
        If a column does not exist, or the options do not fit the files.
    """
    cases = _cases([read_table(path, Data()) for path in paths], paths, columns)
    first, *others = cases
    truth = _labels(first.table, columns.truth, "--truth")
    order = _joined(cases, truth, columns)
    classes = classes_of(
        [truth, *(_labels(case.table, case.prediction, "--prediction") for case in cases)]
    ).labels
    answered = [
        _answers(case, rows, classes, columns.positive)
        for case, rows in zip(cases, order, strict=True)
    ]
    pairs = tuple(
        BeforeAfter(case.name, answered[0], answers)
        for case, answers in zip(others, answered[1:], strict=True)
    )
    groups = None
    if columns.groups is not None:
        name = _column(first.table, columns.groups, "--groups")
        texts = texts_of(first.table.columns[name], Data())
        cells = [texts.distinct[code] if code >= 0 else None for code in texts.codes]
        groups = read_groups(cells, None, truth)
        groups = replace(groups, name=name) if groups is not None else None
    return HandedOver(pairs, None, truth, groups=groups)


def _cases(
    tables: Sequence[RawTable], paths: Sequence[Path], columns: Columns
) -> list[_Case]:
    """Return which columns of which file are a case each."""
    n_cases = max(len(paths), len(columns.predictions))
    if n_cases < 2:
        raise StudyError(
            "judge: one file with one column of predictions has nothing to compare. Name a "
            "second file, or a second --prediction column."
        )
    for option, values in (
        ("--prediction", columns.predictions),
        ("--probability", columns.probabilities),
    ):
        if len(values) not in (1, n_cases) and (values or option == "--prediction"):
            raise StudyError(
                f"{option}: is given {len(values)} times for {n_cases} cases; give it once "
                "for all of them, or once for each."
            )
    if len(paths) not in (1, n_cases):
        raise StudyError(
            f"judge: {len(paths)} files and {n_cases} columns of predictions; give one "
            "file, or one for each column."
        )
    predictions = _each(columns.predictions, n_cases)
    by_file = len(paths) > 1
    names = [path.stem for path in paths] if by_file else list(predictions)
    if len(set(names)) < n_cases and by_file:
        names = [str(path.with_suffix("")) for path in paths]
    if len(set(names)) < n_cases:
        twice = next(name for name in names if names.count(name) > 1)
        raise StudyError(
            f"judge: {twice} is named twice; each case needs a file or a --prediction "
            "column of its own."
        )
    return [
        _Case(
            names[number],
            tables[number] if by_file else tables[0],
            _column(tables[number if by_file else 0], predictions[number], "--prediction"),
            probability,
        )
        for number, probability in enumerate(
            _each(columns.probabilities, n_cases) or [None] * n_cases
        )
    ]


def _each(names: tuple[str, ...], n_cases: int) -> list[str]:
    return list(names) * n_cases if len(names) == 1 else list(names)


def _column(table: RawTable, name: str, option: str) -> str:
    if name in table.columns:
        return name
    close = closest(name, list(table.columns))
    hint = f" Did you mean {close!r}?" if close else ""
    raise StudyError(
        f"{option} {name}: is not a column of {table.origin}.{hint} There are "
        f"{listed(list(table.columns))}."
    )


def _labels(table: RawTable, name: str, option: str) -> Texts:
    """Return a column of classes as text; 1.0 is the class 1."""
    texts = texts_of(table.columns[_column(table, name, option)], Data())
    gaps = np.flatnonzero(texts.codes < 0)
    if len(gaps):
        raise DataError(
            f"{table.origin}: the column {name!r} has no value in {len(gaps):,} of "
            f"{len(texts.codes):,} rows, the first of them row {int(gaps[0]) + 1:,}. Give "
            "a class for every row."
        )
    numbers = parsed(texts.distinct, ".")
    distinct = list(texts.distinct)
    if np.isfinite(numbers).all():
        broken = numbers != np.floor(numbers)
        if broken.any():
            raise DataError(
                f"{table.origin}: the column {name!r} holds numbers that are not classes, "
                f"such as {texts.distinct[int(np.argmax(broken))]}. Name a column of "
                "predicted classes; probabilities go into --probability."
            )
        distinct = [str(int(number)) for number in numbers]
    return np.array(distinct, dtype=str)[texts.codes]


def _joined(
    cases: Sequence[_Case], truth: Texts, columns: Columns
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
    column = table.columns[_column(table, name, "--id")]
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
    truth: Texts,
    first: RawTable,
    columns: Columns,
) -> None:
    if columns.id is not None and columns.truth not in table.columns:
        return  # the id identifies the row
    own = _labels(table, columns.truth, "--truth")[rows]
    differ = np.flatnonzero(own != truth)
    if len(differ):
        row = int(differ[0])
        how = "the id" if columns.id else "their order"
        advice = "" if columns.id else " Name a column that identifies a row, as --id."
        raise DataError(
            f"{table.origin}: the true class differs from that of {first.origin} in "
            f"{len(differ):,} of {len(truth):,} rows joined by {how}, the first of them "
            f"row {row + 1:,} ({str(own[row])!r} and {str(truth[row])!r}); both must hold "
            f"the same test rows.{advice}"
        )


def _answers(
    case: _Case, rows: NDArray[np.int64], classes: tuple[str, ...], positive: str | None
) -> object:
    """Return what a case predicted as the arrays that a caller would hand over."""
    labels = _labels(case.table, case.prediction, "--prediction")[rows]
    if case.probability is None:
        return labels
    return labels, _shares(case, classes, positive)[rows]


def _shares(
    case: _Case, classes: tuple[str, ...], positive: str | None
) -> NDArray[np.float64]:
    table, name = case.table, case.probability
    assert name is not None
    if CLASS in name:
        columns = [name.replace(CLASS, label) for label in classes]
        return np.column_stack([_numbers(table, column) for column in columns])
    if len(classes) != 2:
        raise StudyError(
            f"--probability {name}: there are {len(classes)} classes; name one column per "
            f"class, as in --probability 'p_{CLASS}'."
        )
    if positive is None:
        raise StudyError(
            f"--probability {name}: of which class? Name it, as in --positive {classes[1]}."
        )
    if positive not in classes:
        raise StudyError(
            f"--positive {positive}: is not a class; there are {listed(classes)}."
        )
    share = _numbers(table, name)
    both = (1 - share, share) if positive == classes[1] else (share, 1 - share)
    return np.column_stack(both)


def _numbers(table: RawTable, name: str) -> NDArray[np.float64]:
    """Return a column of probabilities."""
    column = table.columns[_column(table, name, "--probability")]
    texts = texts_of(column, Data())
    values = np.append(parsed(texts.distinct, "."), np.nan)[texts.codes]
    bad = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(bad):
        raise DataError(
            f"{table.origin}: the column {name!r} does not hold a probability from 0 to 1 "
            f"in {len(bad):,} rows, the first of them row {int(bad[0]) + 1:,}."
        )
    return values
