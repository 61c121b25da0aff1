"""Columns that a first study leaves out, and a sentence with the reason."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets import ColumnLook, quoted
from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.columns import MAX_CATEGORIES
from tunecard.runner.datasets.notes import DATE, are_groups, is_prose, mirrors, prose_note
from tunecard.runner.datasets.numbers import numerals, parsed
from tunecard.runner.datasets.numeric_target import numbers_without
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import Data

_MOST_GROUPS = 20  # different values that are groups of rows, however few rows there are
_SHOWN = 40  # characters of a cell in a sentence
_NUMBERS_ROWS = "numbers the rows"
_NUMBER_OF_ROWS = re.compile(
    r"(^|[_ .-])(id|index|no|nr|row|rownames)$|^unnamed|^column 0$", re.IGNORECASE
)
_NAMED_ID = re.compile(r"(^|[_ .-])(id|ID|Id)$|[a-z](ID|Id)$")
_FOLDS = re.compile(r"(^|[_ .-])(cv|k)?[_ .-]?folds?$", re.IGNORECASE)
_AMOUNT = re.compile(r"[$€£¥]?\s?[+-]?\d[\d.,]*\s?[$€£¥%]?")
_CODE = re.compile(r"0\d+")


def left_out(
    table: RawTable,
    features: Sequence[ColumnLook],
    data: Data,
    task: TaskName = "classification",
) -> dict[str, str]:
    """Return the columns that cannot help, or that leak the target.

    Parameters
    ----------
    table : RawTable
        Its columns.
    features : sequence of ColumnLook
        Those that could be learned from.
    data : Data
        How they are read, the target named.
    task : str
        Whether the target holds classes.

    Returns
    -------
    dict
        From a column's name to a sentence with the reason; free text comes first.
    """
    out = {
        feature.name: why
        for feature in features
        if (why := _explain(feature, table, data, task))
    }
    if len(out) == len(features):  # something must be left to learn from
        out = {name: why for name, why in out.items() if why != _NUMBERS_ROWS}
    texts = {
        feature.name: texts_of(table.columns[feature.name], data)
        for feature in features
        if _is_text(feature)
    }
    prose = {n: prose_note(n, texts[n]) for n in out if n in texts and is_prose(texts[n])}
    return prose | {
        name: f"{quoted(name)} is left out: it {why}."
        for name, why in out.items()
        if name not in prose
    }


def is_code(column: ColumnLook, table: RawTable, data: Data) -> bool:
    """Detect numbers that are codes: some begin with 0, as postal codes do."""
    if column.kind != "number" or not all(text.isdecimal() for text in column.examples):
        return False
    texts = texts_of(table.columns[column.name], data).distinct
    return any(map(_CODE.fullmatch, texts)) and len({len(text) for text in texts}) == 1


def _explain(column: ColumnLook, table: RawTable, data: Data, task: TaskName) -> str | None:
    if column.name in (*data.categorical, *data.numeric) and column.kind != "problem":
        return None
    n_values = table.n_rows - column.n_missing
    if column.n_distinct == 0 and column.n_missing == table.n_rows:
        return "has no value"
    if column.n_distinct == 1 and not column.n_missing:
        return "has the same value in every row"
    if column.words:
        word = _quote(column.words[0])
        return f"mixes numbers and words ({column.n_distinct:,} different, such as {word})"
    if column.kind == "problem" and all(map(_AMOUNT.fullmatch, column.examples)):
        return f"holds amounts in several currencies, such as {_quote(column.examples[0])}"
    if column.n_distinct > _MOST_GROUPS and all(map(DATE.fullmatch, column.examples)):
        return "holds dates; what may help of them, such as the month, needs its own column"
    if column.n_distinct > _MOST_GROUPS and _is_group(column, table, data, task):
        return f"names groups of rows ({column.n_distinct:,} values in {n_values:,} rows)"
    why = (
        _explain_texts(column, n_values)
        if _is_text(column)
        else _explain_numbers(column, table, data)
    )
    if why is None and _mirrors_target(column, table, data, task):
        return "repeats the target, which is unknown at prediction time"
    return why


def _explain_texts(column: ColumnLook, n_known: int) -> str | None:
    if column.n_distinct <= min(MAX_CATEGORIES, max(_MOST_GROUPS, n_known / 2)):
        return None
    example = _quote(column.examples[0])
    return f"has {column.n_distinct:,} different texts, such as {example}: names"


def _explain_numbers(column: ColumnLook, table: RawTable, data: Data) -> str | None:
    if column.kind == "problem":
        return column.problem.split(". ")[0].removesuffix(".")
    if column.n_distinct == table.n_rows and _is_row_number(column, table, data):
        return _NUMBERS_ROWS
    if column.n_distinct <= _MOST_GROUPS and _FOLDS.search(column.name):
        return "numbers the folds of somebody's cross-validation"
    if column.n_distinct > _MOST_GROUPS:
        if _NAMED_ID.search(column.name) and all(map(str.isdecimal, column.examples)):
            return "is named like an id, not like a quantity"
        if is_code(column, table, data):
            return (
                f"holds {column.n_distinct:,} codes, such as {_quote(column.examples[0])}"
            )
    return None


def _is_group(column: ColumnLook, table: RawTable, data: Data, task: TaskName) -> bool:
    texts = texts_of(table.columns[column.name], data)
    if not all(text.isalnum() for text in column.examples):  # no measured values
        return False
    target = texts_of(table.columns[str(data.target)], data)
    codes = target.codes if task == "classification" else None
    values: npt.NDArray[Any] = texts.codes
    if column.kind == "number":
        values = parsed(texts.distinct, data.decimal)[texts.codes]
    return are_groups(column.name, values, codes)


def _quote(text: str) -> str:
    return quoted(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def _is_text(column: ColumnLook) -> bool:
    # A problem that begins so: too many categories.
    return column.kind == "category" or column.problem.startswith("has ")


def _is_row_number(column: ColumnLook, table: RawTable, data: Data) -> bool:
    """Detect a column that counts the rows in any order, or is named like a row id."""
    if column.kind != "number" or not all(text.isdecimal() for text in column.examples):
        return False
    if _NUMBER_OF_ROWS.search(column.name) or _NAMED_ID.search(column.name):
        return True
    texts = texts_of(table.columns[column.name], data)
    steps = np.diff(np.sort(parsed(texts.distinct, data.decimal)))
    return len(steps) > 0 and bool((steps == 1).all())


def _has_same_order(texts: Texts, target: Texts, data: Data) -> bool:
    """Return whether numbers rise, or fall, exactly as those of the target do."""
    values, true = (
        numerals(numbers_without(data.unit, each.distinct), data.decimal).values
        for each in (texts, target)
    )
    if len(values) != len(true) or len(
        np.unique(texts.codes * len(true) + target.codes)
    ) != len(true):
        return False  # not one value for each
    partner = np.zeros(len(true), dtype=np.int64)
    partner[target.codes] = texts.codes
    steps = np.diff(values[partner][np.argsort(true)])
    return bool((steps > 0).all() or (steps < 0).all())


def _mirrors_target(
    column: ColumnLook, table: RawTable, data: Data, task: TaskName
) -> bool:
    if not isinstance(data.target, str):
        return False
    target = texts_of(table.columns[data.target], data)
    texts = texts_of(table.columns[column.name], data)
    if task == "regression":
        return column.kind == "number" and _has_same_order(texts, target, data)
    return mirrors(texts.codes, target.codes, len(target.distinct))
