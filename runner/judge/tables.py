"""Files of predictions, CSV or Parquet: their columns of truth and of predictions."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import texts_of
from tunecard.runner.datasets.numbers import parsed
from tunecard.runner.datasets.table import listed, read_table
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.joining import (
    Columns,
    FileCase,
    column_of,
    join_rows,
    labels_of,
    task_of,
    values_of,
)
from tunecard.runner.judge.labels import classes_of
from tunecard.runner.judge.rows import read_groups
from tunecard.runner.judge.values import BeforeAfter, HandedOver
from tunecard.runner.schema import Data

CLASS = "{class}"  # stands for each class in the name of a column of probabilities


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
    truth: NDArray[Any]
    answered: list[Any]
    if task_of(first.table, columns) == "regression":
        _refuse_classes(columns)
        truth = values_of(first.table, columns.truth, "--truth")
        order = join_rows(cases, truth, columns)
        answered = [
            values_of(case.table, case.prediction, "--prediction")[rows]
            for case, rows in zip(cases, order, strict=True)
        ]
    else:
        truth = labels_of(first.table, columns.truth, "--truth")
        order = join_rows(cases, truth, columns)
        predicted = [
            labels_of(each.table, each.prediction, "--prediction") for each in cases
        ]
        classes = classes_of([truth, *predicted]).labels
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
        name = column_of(first.table, columns.groups, "--groups")
        texts = texts_of(first.table.columns[name], Data())
        cells = [texts.distinct[code] if code >= 0 else None for code in texts.codes]
        groups = read_groups(cells, None, truth)
        groups = replace(groups, name=name) if groups is not None else None
    return HandedOver(pairs, None, truth, groups=groups)


def _refuse_classes(columns: Columns) -> None:
    for option, value in (
        ("--probability", columns.probabilities),
        ("--positive", columns.positive),
    ):
        if value:
            raise StudyError(f"{option}: is about classes, and this is a regression.")


def _cases(
    tables: Sequence[RawTable], paths: Sequence[Path], columns: Columns
) -> list[FileCase]:
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
        FileCase(
            names[number],
            tables[number] if by_file else tables[0],
            column_of(
                tables[number if by_file else 0], predictions[number], "--prediction"
            ),
            probability,
        )
        for number, probability in enumerate(
            _each(columns.probabilities, n_cases) or [None] * n_cases
        )
    ]


def _each(names: tuple[str, ...], n_cases: int) -> list[str]:
    return list(names) * n_cases if len(names) == 1 else list(names)


def _answers(
    case: FileCase, rows: NDArray[np.int64], classes: tuple[str, ...], positive: str | None
) -> object:
    """Return what a case predicted as the arrays that a caller would hand over."""
    labels = labels_of(case.table, case.prediction, "--prediction")[rows]
    if case.probability is None:
        return labels
    return labels, _shares(case, classes, positive)[rows]


def _shares(
    case: FileCase, classes: tuple[str, ...], positive: str | None
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
    column = table.columns[column_of(table, name, "--probability")]
    texts = texts_of(column, Data())
    values = np.append(parsed(texts.distinct, "."), np.nan)[texts.codes]
    bad = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(bad):
        raise DataError(
            f"{table.origin}: the column {name!r} does not hold a probability from 0 to 1 "
            f"in {len(bad):,} rows, the first of them row {int(bad[0]) + 1:,}."
        )
    return values
