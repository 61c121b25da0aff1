"""Columns that no model can learn from as they are, and the sentences that refuse them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.cells import Texts
from tunecard.runner.datasets.numbers import cut, n_numbers
from tunecard.runner.datasets.values import quoted
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data

EXACT = 2**24  # float32 holds each integer up to here
#: The name of a data frame in messages; no study file describes it.
IN_PYTHON = "data given in Python"


@dataclass(frozen=True)
class ColumnPlace:
    """A column, as messages call it, and how to leave it out."""

    origin: str
    name: str

    def __str__(self) -> str:
        return f"{self.origin}: column {self.name!r}"

    @property
    def leave_out(self) -> str:
        """The advice to leave the column out, where its reader can do that."""
        if self.origin == IN_PYTHON:
            return "Leave the column out of the data frame."
        return f"Leave it out: drop = [{quoted(self.name)}]."


def refuse_merged(
    texts: Sequence[str], values: npt.NDArray[np.float64], place: ColumnPlace
) -> None:
    """Refuse integers that are different, but not in 32 bits."""
    large = [
        text
        for text, value in zip(texts, values, strict=True)
        if abs(value) > EXACT and np.isfinite(value) and value == np.floor(value)
    ]
    # 1e9 and 1000000000 are one number; a decimal comma was read before this.
    exact = {Decimal(text.replace(",", ".")) for text in large}
    with np.errstate(over="ignore"):
        kept = {np.float32(float(number)) for number in exact}
    if len(kept) < len(exact):
        raise merged(place, max(large, key=len))


def refuse_mixed(texts: Texts, values: npt.NDArray[np.float64], place: ColumnPlace) -> None:
    """Refuse a column where more than half of the cells are numbers, and others words."""
    codes = texts.codes[texts.codes >= 0]
    words = np.isnan(values)[codes]
    n_words = int(words.sum())
    if n_words == len(codes) or n_words * 2 > len(codes):
        return
    word = texts.distinct[int(codes[np.argmax(words)])]
    advice = (
        f"To take what is not a number as missing, set numeric = [{quoted(place.name)}]; "
        f"if the values are names, set categorical = [{quoted(place.name)}]."
    )
    if place.origin == IN_PYTHON:
        advice = 'Give numbers, as pandas.to_numeric(..., errors="coerce") does, or names.'
    raise DataError(
        f"{place} mixes numbers and words: {len(codes) - n_words:,} rows hold numbers, row "
        f"{texts.row_of(word):,} holds {cut(word)}. {advice}"
    )


def refuse_marks(
    texts: Texts, values: npt.NDArray[np.float64], place: ColumnPlace, data: Data
) -> None:
    """Refuse numbers that are written with marks: as categories they would mean nothing."""
    odd = [t for t, value in zip(texts.distinct, values, strict=True) if np.isnan(value)]
    if not odd or max(n_numbers(odd, mark) for mark in ".,") < len(odd):
        return
    advice = f"set numeric = [{quoted(place.name)}]"
    if place.origin == IN_PYTHON:
        advice = "convert them to numbers first"
    elif data.decimal == "." and n_numbers(odd, ".") < len(odd):
        advice = f'set decimal = ",", or {advice}'
    raise DataError(
        f"{place} holds numbers that are written with marks, such as {cut(odd[0])}: "
        f"{advice}."
    )


def merged(place: ColumnPlace, example: str) -> DataError:
    """Make the error for integers that 32 bits cannot distinguish."""
    return DataError(
        f"{place} holds integers, such as {example}, so large that different ones "
        f"become the same in 32 bits: they look like row ids. {place.leave_out}"
    )


def empty(place: ColumnPlace) -> DataError:
    """Make the error for a column without a value."""
    return DataError(f"{place} has no value in any row. {place.leave_out}")


def infinite(place: ColumnPlace, row: int, values: npt.NDArray[np.float64]) -> DataError:
    """Make the error for a value that is not finite in 32 bits."""
    advice = f"set numeric = [{quoted(place.name)}] to take it as missing"
    if place.origin == IN_PYTHON:
        advice = "replace it by numpy.nan to take it as missing"
    return DataError(
        f"{place} holds {values[row]} in row {row + 1:,}, which is not a finite number of "
        f"32 bits. Correct it, or {advice}."
    )
