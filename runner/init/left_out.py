"""Columns that a first study leaves out, and the sentence that says why."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets import ColumnLook, quoted
from tunecard.runner.datasets.cells import texts_of
from tunecard.runner.datasets.columns import MAX_CATEGORIES
from tunecard.runner.datasets.notes import DATE, are_groups, is_prose, mirrors, prose_note
from tunecard.runner.datasets.numbers import parsed
from tunecard.runner.datasets.text import Table
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


def left_out(table: Table, features: Sequence[ColumnLook], data: Data) -> dict[str, str]:
    """Say which columns cannot help, or would tell what nobody knows beforehand.

    Parameters
    ----------
    table : Table
        Its columns.
    features : sequence of ColumnLook
        Those that could be learned from.
    data : Data
        How they are read, the target named.

    Returns
    -------
    dict
        From a column's name to a sentence that says why; free text comes first.
    """
    out = {feature.name: why for feature in features if (why := _why(feature, table, data))}
    if len(out) == len(features):  # something must be left to learn from
        out = {name: why for name, why in out.items() if why != _NUMBERS_ROWS}
    texts = {
        feature.name: texts_of(table.columns[feature.name], data)
        for feature in features
        if _texts(feature)
    }
    prose = {n: prose_note(n, texts[n]) for n in out if n in texts and is_prose(texts[n])}
    return prose | {
        name: f"{quoted(name)} is left out: it {why}."
        for name, why in out.items()
        if name not in prose
    }


def is_code(one: ColumnLook, table: Table, data: Data) -> bool:
    """Tell numbers that are names: some begin with 0, as postal codes do."""
    if one.kind != "number" or not all(text.isdecimal() for text in one.examples):
        return False
    texts = texts_of(table.columns[one.name], data).distinct
    return any(map(_CODE.fullmatch, texts)) and len({len(text) for text in texts}) == 1


def _why(one: ColumnLook, table: Table, data: Data) -> str | None:
    if one.name in (*data.categorical, *data.numeric) and one.kind != "problem":
        return None
    known = table.n_rows - one.n_missing
    if one.n_distinct == 0 and one.n_missing == table.n_rows:
        return "has no value"
    if one.n_distinct == 1 and not one.n_missing:
        return "has the same value in every row"
    if one.words:
        word = _quoted(one.words[0])
        return f"mixes numbers and words ({one.n_distinct:,} different, such as {word})"
    if one.kind == "problem" and all(map(_AMOUNT.fullmatch, one.examples)):
        return f"holds amounts in several currencies, such as {_quoted(one.examples[0])}"
    if one.n_distinct > _MOST_GROUPS and all(map(DATE.fullmatch, one.examples)):
        return "holds dates; what may help of them, such as the month, needs its own column"
    if one.n_distinct > _MOST_GROUPS and _names_groups(one, table, data):
        return f"names groups of rows ({one.n_distinct:,} values in {known:,} rows)"
    why = _why_texts(one, known) if _texts(one) else _why_numbers(one, table, data)
    if why is None and _mirrors_target(one, table, data):
        return "says the same as the target, which nobody knows beforehand"
    return why


def _why_texts(one: ColumnLook, n_known: int) -> str | None:
    if one.n_distinct <= min(MAX_CATEGORIES, max(_MOST_GROUPS, n_known / 2)):
        return None
    example = _quoted(one.examples[0])
    return f"has {one.n_distinct:,} different texts, such as {example}: names"


def _why_numbers(one: ColumnLook, table: Table, data: Data) -> str | None:
    if one.kind == "problem":
        return one.problem.split(". ")[0].removesuffix(".")
    if one.n_distinct == table.n_rows and _numbers_rows(one, table, data):
        return _NUMBERS_ROWS
    if one.n_distinct <= _MOST_GROUPS and _FOLDS.search(one.name):
        return "numbers the folds of somebody's cross-validation"
    if one.n_distinct > _MOST_GROUPS:
        if _NAMED_ID.search(one.name) and all(map(str.isdecimal, one.examples)):
            return "is called a number of something, and is no quantity"
        if is_code(one, table, data):
            return f"holds {one.n_distinct:,} codes, such as {_quoted(one.examples[0])}"
    return None


def _names_groups(one: ColumnLook, table: Table, data: Data) -> bool:
    column = texts_of(table.columns[one.name], data)
    if not all(text.isalnum() for text in one.examples):  # no measured values
        return False
    target = texts_of(table.columns[str(data.target)], data)
    values: npt.NDArray[Any] = column.codes
    if one.kind == "number":
        values = parsed(column.distinct, data.decimal)[column.codes]
    return are_groups(one.name, values, target.codes)


def _quoted(text: str) -> str:
    return quoted(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def _texts(one: ColumnLook) -> bool:
    return one.kind == "category" or one.problem.startswith("has ")  # too many of them


def _numbers_rows(one: ColumnLook, table: Table, data: Data) -> bool:
    """Tell a column that counts the rows in any order, or is called a number of theirs."""
    if one.kind != "number" or not all(text.isdecimal() for text in one.examples):
        return False
    if _NUMBER_OF_ROWS.search(one.name) or _NAMED_ID.search(one.name):
        return True
    texts = texts_of(table.columns[one.name], data)
    steps = np.diff(np.sort(parsed(texts.distinct, data.decimal)))
    return len(steps) > 0 and bool((steps == 1).all())


def _mirrors_target(one: ColumnLook, table: Table, data: Data) -> bool:
    if not isinstance(data.target, str):
        return False
    target = texts_of(table.columns[data.target], data)
    column = texts_of(table.columns[one.name], data)
    return mirrors(column.codes, target.codes, len(target.distinct))
