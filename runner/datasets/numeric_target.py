"""The target of a regression: a number a row, read from a column or an array."""

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.numbers import Numerals, cut, numerals, reading_note
from tunecard.runner.datasets.refusals import IN_PYTHON
from tunecard.runner.datasets.values import quoted
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data, Spread, TargetInfo

#: A number, and a word without digits behind it.
_WITH_UNIT = re.compile(r"(.*[0-9.,)])\s*([^\d\s.,()][^\d]{0,19})")

FloatColumn = NDArray[np.float64]


class Target(NamedTuple):
    """The numbers of a column: float64 of shape (n_rows,), and a reader's notes."""

    values: FloatColumn
    notes: tuple[str, ...] = ()


def numbers_of(
    name: str, array: Any, data: Data, origin: str, *, numeric: bool = False
) -> Target:
    """Read a column of numbers as the target of a regression.

    Parameters
    ----------
    name : str
        The column's name.
    array : pyarrow.ChunkedArray of shape (n_rows,)
        Numbers, or text that is numbers.
    data : Data
        What counts as missing, the decimal mark, and the unit that is written with them.
    origin : str
        Name of the file in a message.
    numeric : bool
        Whether the study declares that its numbers are written with marks.

    Raises
    ------
    DataError
        If a row has no number, or all rows have the same.
    """
    import pyarrow as pa

    where = f"{origin}: the target {name!r}"
    of = array.type
    if pa.types.is_boolean(of) or pa.types.is_temporal(of) or pa.types.is_nested(of):
        raise DataError(
            f"{where} is of the type {of}; the target of a regression is a number. Name "
            'another column, or set task = "classification".'
        )
    texts = texts_of(array, data)
    _refuse_gaps(texts, where, origin)
    read = numerals(numbers_without(data.unit, texts.distinct), data.decimal)
    _refuse_words(read, texts, (where, name), data, numeric=numeric)
    check_values(read.values[texts.codes], where)
    notes: tuple[str, ...] = ()
    if set(read.kinds) != {"plain"}:
        counts = np.bincount(texts.codes, minlength=len(texts.distinct))
        notes = (reading_note(name, texts.distinct, counts, read),)
    return Target(read.values[texts.codes], notes)


def check_values(values: NDArray[Any], where: str) -> None:
    """Refuse values of a target that are not finite, or all the same.

    Raises
    ------
    DataError
    """
    lost = np.flatnonzero(~np.isfinite(values))
    if len(lost):
        raise DataError(
            f"{where} holds {values[lost[0]]} in row {int(lost[0]) + 1:,}; a regression "
            "needs a finite number in every row. Correct it, or leave such rows out."
        )
    if len(values) == 0 or values.min() == values.max():
        what = f"one value only, {values[0]:g}" if len(values) else "no row"
        raise DataError(f"{where} has {what}; a regression needs values that differ.")


def values_of_array(labels: NDArray[Any], where: str) -> FloatColumn:
    """Return an array of numbers as the target of a regression.

    Raises
    ------
    DataError
        If it does not hold numbers, or `check_values` refuses them.
    """
    if labels.dtype == bool or labels.dtype.kind not in "iuf":
        raise DataError(
            f"{where} is of type {labels.dtype}; the target of a regression is a number a "
            'row. Give numbers, or set task = "classification".'
        )
    values = labels.astype(np.float64)
    check_values(values, where)
    return values


def describe_target(unit: str | None, train: FloatColumn, test: FloatColumn) -> TargetInfo:
    """Describe the values of both parts."""
    return TargetInfo(unit=unit or "", train=_spread(train), test=_spread(test))


def _spread(values: FloatColumn) -> Spread | None:
    if not len(values):
        return None
    with np.errstate(all="ignore"):
        sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        centered = values - values.mean()
        skewness = float((centered**3).mean() / (centered**2).mean() ** 1.5)
    return Spread(
        low=float(values.min()),
        median=float(np.median(values)),
        mean=float(values.mean()),
        high=float(values.max()),
        sd=sd if np.isfinite(sd) else 0.0,
        skewness=skewness if np.isfinite(skewness) else None,
    )


def numbers_without(unit: str | None, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Drop the unit that a study names from the end of cells."""
    if unit is None:
        return texts
    return tuple(text.removesuffix(unit).rstrip() for text in texts)


def common_unit(texts: tuple[str, ...]) -> str | None:
    """Return the word that stands behind every number of a column; None without one.

    Examples
    --------
    >>> common_unit(("12.5 kg", "3 kg")), common_unit(("12.5", "3 kg"))
    ('kg', None)
    """
    parts = [_WITH_UNIT.fullmatch(text) for text in texts]
    units = {part[2] if part is not None else "" for part in parts}
    if len(units) != 1 or "" in units:
        return None
    read = numerals([part[1] for part in parts if part is not None], ".")
    are_numbers = np.isfinite(read.values).all() and "limit" not in read.kinds
    return units.pop() if are_numbers else None


def _refuse_gaps(texts: Texts, where: str, origin: str) -> None:
    gaps = np.flatnonzero(texts.codes < 0)
    if not len(gaps):
        return
    if len(gaps) == len(texts.codes):
        raise DataError(f"{where} has no value in any row. Name another column.")
    advice = "set drop_unlabeled = true"
    if origin == IN_PYTHON:
        advice = "drop them from the data frame"
    raise DataError(
        f"{where} has no value in {len(gaps):,} of {len(texts.codes):,} rows, the first of "
        f"them row {int(gaps[0]) + 1:,}. To leave these rows out, {advice}; or give each a "
        "number."
    )


def _refuse_words(
    read: Numerals,
    texts: Texts,
    names: tuple[str, str],
    data: Data,
    *,
    numeric: bool,
) -> None:
    """Refuse cells that are not numbers, and marks that the study does not declare."""
    where, name = names
    odd = np.flatnonzero(~np.isfinite(read.values))
    if len(odd):
        word = texts.distinct[int(odd[0])]
        unit = common_unit(texts.distinct)
        if unit is not None and data.unit is None:
            raise DataError(
                f"{where} holds numbers with a unit, such as {cut(word)}. Name it: in "
                f"[data], unit = {quoted(unit)}."
            )
        raise DataError(
            f"{where} holds {cut(word)} in row {texts.row_of(word):,}, which is not a "
            'number. Correct it, leave the row out, or set task = "classification".'
        )
    marked = np.flatnonzero(~read.of_kind("plain"))
    if len(marked) and not numeric:
        raise DataError(
            f"{where} holds numbers that are written with marks, such as "
            f"{cut(texts.distinct[int(marked[0])])}: set numeric = [{quoted(name)}]."
        )
