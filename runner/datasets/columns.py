"""Columns of features: numbers as they are, everything else as positions of categories."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.numbers import cut, numerals, parsed, reading_note
from tunecard.runner.datasets.refusals import (
    EXACT,
    ColumnPlace,
    empty,
    infinite,
    merged,
    refuse_marks,
    refuse_merged,
    refuse_mixed,
)
from tunecard.runner.datasets.values import CodeArray, FloatArray
from tunecard.runner.errors import DataError
from tunecard.runner.schema import ColumnInfo, Data

MAX_CATEGORIES = 1_000


@dataclass(frozen=True)
class Feature:
    """A column of X with its description and notes."""

    info: ColumnInfo
    values: FloatArray
    notes: tuple[str, ...] = ()


def feature_of(
    name: str,
    array: Any,
    data: Data,
    origin: str,
    *,
    categorical: bool,
    numeric: bool = False,
) -> Feature:
    """Make a column of numbers or of categories from a column of a file.

    Parameters
    ----------
    name : str
        The column's name.
    array : pyarrow.ChunkedArray of shape (n_rows,)
        Text, or a type of Parquet's.
    data : Data
        What counts as missing, and the decimal mark.
    origin : str
        Name of the file in a message.
    categorical : bool
        Whether the study declares the column categorical.
    numeric : bool
        Whether the study declares the column numeric, however its values are
        written; what is not a finite number is then missing.

    Raises
    ------
    DataError
        If it holds no value at all, numbers and words, infinity, numbers that
        float32 cannot distinguish, more than 1,000 categories, or what is
        neither number nor text.
    """
    place = ColumnPlace(origin, name)
    kind = _classify(array, place)
    if len(array) == array.null_count:
        raise empty(place)
    if kind == "number" and not categorical:
        return _read_typed(array, place, numeric=numeric)
    texts = texts_of(array, data)
    if not texts.distinct:
        raise empty(place)
    if numeric:
        return _read_written(texts, data, place)
    if kind == "text" and not categorical:
        values = parsed(texts.distinct, data.decimal)
        if not np.isnan(values).any() and np.isfinite(values).any():
            refuse_merged(texts.distinct, values, place)
            return _make_numbers(_spread(values, texts.codes), place)
        if np.isfinite(values).any() or not np.isinf(values).any():
            refuse_marks(texts, values, place, data)
            refuse_mixed(texts, values, place)
    return _make_categories(texts, place)


def _classify(array: Any, place: ColumnPlace) -> str:
    """Return how an Arrow type is read: number, category, or text that may be either."""
    import pyarrow as pa

    coded = pa.types.is_dictionary(array.type)
    of = array.type.value_type if coded else array.type
    if (
        pa.types.is_string(of)
        or pa.types.is_large_string(of)
        or pa.types.is_string_view(of)
        or pa.types.is_null(of)
    ):
        return "category" if coded else "text"
    if pa.types.is_boolean(of):
        return "category"
    if pa.types.is_integer(of) or pa.types.is_floating(of) or pa.types.is_decimal(of):
        return "category" if coded else "number"
    raise DataError(
        f"{place} is of the type {array.type}, neither number nor text. Turn it into "
        f"numbers (a time: its year, its hour). Or l{place.leave_out[1:]}"
    )


def _read_typed(array: Any, place: ColumnPlace, *, numeric: bool) -> Feature:
    import pyarrow as pa

    if pa.types.is_integer(array.type):
        whole = array.drop_null().unique().to_numpy()
        large = whole[(whole > EXACT) | (whole < -EXACT)]
        if len(np.unique(large.astype(np.float32))) < len(large):
            raise merged(place, str(large.max()))
    values = array.cast(pa.float64(), safe=False).to_numpy()
    return _make_numbers(values, place, numeric=numeric)


def _read_written(texts: Texts, data: Data, place: ColumnPlace) -> Feature:
    """Read a column as numbers, whatever marks stand with them; the rest is missing."""
    read = numerals(texts.distinct, data.decimal)
    if np.isnan(read.values).all():
        raise DataError(
            f"{place} is listed in numeric, but holds no number: its first value is "
            f"{cut(texts.distinct[0])}. Remove it there."
        )
    feature = _make_numbers(_spread(read.values, texts.codes), place, numeric=True)
    if set(read.kinds) == {"plain"}:
        return feature
    counts = np.bincount(texts.codes[texts.codes >= 0], minlength=len(texts.distinct))
    note = reading_note(place.name, texts.distinct, counts, read)
    return replace(feature, notes=(note,))


def _make_numbers(
    values: npt.NDArray[np.float64], place: ColumnPlace, *, numeric: bool = False
) -> Feature:
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32) + np.float32(
            0
        )  # no -0.0: equal rows, equal bytes
    rows = np.flatnonzero(np.isinf(narrow))
    notes: tuple[str, ...] = ()
    if len(rows) and not numeric:
        raise infinite(place, int(rows[0]), values)
    if len(rows):
        narrow[rows] = np.nan
        cells = "1 such cell" if len(rows) == 1 else f"{len(rows):,} such cells"
        first = f"{values[rows[0]]} as missing ({cells})"
        notes = (f"Column {place.name!r} is read as numbers: {first}.",)
    gaps = np.isnan(narrow)
    if gaps.all():
        raise empty(place)
    numbers = narrow[~gaps]
    info = ColumnInfo(
        name=place.name,
        n_missing=int(gaps.sum()),
        constant=bool(numbers.min() == numbers.max()) and not gaps.any(),
    )
    return Feature(info, narrow, notes)


def _make_categories(texts: Texts, place: ColumnPlace) -> Feature:
    n_kinds, n_values = len(texts.distinct), int(np.count_nonzero(texts.codes >= 0))
    if n_kinds > MAX_CATEGORIES:
        raise DataError(
            f"{place} has {n_kinds:,} different texts, such as {cut(texts.distinct[0])}, "
            f"and each would be a column of its own; at most {MAX_CATEGORIES:,}. "
            f"{place.leave_out}"
        )
    notes: tuple[str, ...] = ()
    if n_kinds > max(20, n_values / 2):
        note = (
            f"Column {place.name!r} has {n_kinds:,} different texts in {n_values:,} rows: "
            "if they are row ids, leave the column out."
        )
        notes = (note,)
    values = texts.codes.astype(np.float32)
    values[texts.codes < 0] = np.nan
    gaps = len(texts.codes) - n_values
    info = ColumnInfo(
        name=place.name,
        kind="category",
        n_missing=gaps,
        categories=texts.distinct,
        constant=n_kinds == 1 and not gaps,
    )
    return Feature(info, values, notes)


def _spread(values: npt.NDArray[np.float64], codes: CodeArray) -> npt.NDArray[np.float64]:
    return np.append(values, np.nan)[codes]  # -1, "no value", is the last
