"""Columns of numbers that are written with marks, and cells that mean "no value"."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets import quoted
from tunecard.runner.datasets.cells import MISSING, texts_of
from tunecard.runner.datasets.columns import feature_of
from tunecard.runner.datasets.numbers import Numerals, numerals
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.schema import Data

#: What stands for "no value" in tables, besides the words of pandas: the question mark
#: of the UCI repository, and the errors of spreadsheets.
_NO_VALUE = ("?", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")
_MOST_WORDS = 5  # different words that mean "no value" among numbers
_MANY_NUMBERS = 20  # different ones, of a quantity rather than of codes
_CLASS_SHARE = 0.05  # of the rows: less are gaps rather than a class called None


def numeric_notes(table: RawTable, names: Sequence[str], data: Data) -> dict[str, str]:
    """Return which columns are numbers once their marks are read.

    Parameters
    ----------
    table : RawTable
        The columns.
    names : sequence of str
        Those that could be features.
    data : Data
        What counts as missing, and the decimal mark.

    Returns
    -------
    dict
        From a column's name to a sentence on how its cells are read.
    """
    notes = {}
    for name in names:
        array = table.columns[name]
        if _is_numeric(array, data):
            read = feature_of(name, array, data, "", categorical=False, numeric=True)
            notes[name] = read.notes[0]
    return notes


def _is_numeric(array: Any, data: Data) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(array.type):
        finite = pc.is_finite(array)
        return bool(pc.any(pc.is_inf(array)).as_py()) and bool(pc.any(finite).as_py())
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return False
    texts = texts_of(array, data)
    if not texts.distinct:
        return False
    read = numerals(texts.distinct, data.decimal)
    counts = np.bincount(texts.codes[texts.codes >= 0], minlength=len(texts.distinct))
    return _are_marked(texts.distinct, read, counts)


def _are_marked(
    texts: Sequence[str], read: Numerals, counts: npt.NDArray[np.int64]
) -> bool:
    """Return whether texts are numbers with marks; a few words among them are gaps."""
    limits, words = read.of_kind("limit"), read.of_kind("word")
    numbers = np.isfinite(read.values)
    n_exact = np.count_nonzero(numbers & ~limits)
    if set(read.kinds) == {"plain"} or len(read.signs) > 1:
        return False
    if n_exact == 0 or n_exact < np.count_nonzero(limits):  # classes such as "<=30", ">40"
        return False
    if not words.any():
        return True
    some = [text for text, word in zip(texts, words, strict=True) if word]
    if counts[words].sum() >= counts[numbers].sum():
        return False
    # "3+" among numbers is a value; "unknown" and "-" are not.
    if any(char.isdigit() for text in some for char in text):
        return False
    is_quantity = int(np.count_nonzero(numbers)) > _MANY_NUMBERS
    return len(some) == 1 or (is_quantity and len(some) <= _MOST_WORDS)


def missing_words(table: RawTable, data: Data) -> tuple[tuple[str, ...], str] | None:
    """Return the words that mean "no value", where those of pandas are not right.

    Parameters
    ----------
    table : RawTable
        The columns.
    data : Data
        With the target, if there is one.

    Returns
    -------
    tuple of (tuple of str, str), or None
        All such words that occur, and a sentence; None where pandas' are right.
    """
    odd = [word for word in _NO_VALUE if _occurs(table, word)]
    usual = [word for word in sorted(MISSING) if _occurs(table, word)]
    sentences = []
    if odd:
        verb = "means" if len(odd) == 1 else "mean"
        sentences.append(f"{', '.join(map(quoted, odd))} {verb} no value.")
    if "None" in usual and (n_rows := _count_class_none(table, data)):
        usual.remove("None")
        sentences.append(
            f'"None" is a class of the target, in {n_rows:,} rows. To leave these rows '
            'out, add "None" to missing.'
        )
    return ((*odd, *usual), " ".join(sentences)) if sentences else None


def _count_class_none(table: RawTable, data: Data) -> int:
    """Count the rows whose class is called None, where they are too many for gaps."""
    if not isinstance(data.target, str) or data.target not in table.columns:
        return 0
    texts = texts_of(table.columns[data.target], Data(missing=()))
    if "None" not in texts.distinct:
        return 0
    n_rows = int(np.count_nonzero(texts.codes == texts.distinct.index("None")))
    return n_rows if n_rows >= max(2, _CLASS_SHARE * len(texts.codes)) else 0


def _occurs(table: RawTable, word: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return any(
        bool(pc.any(pc.equal(pc.utf8_trim_whitespace(column), word)).as_py())
        for column in table.columns.values()
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    )
