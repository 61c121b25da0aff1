"""Columns of features: numbers as they are, everything else as positions of categories."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.numbers import cut, numerals, parsed, reading_note
from tunecard.runner.datasets.refusals import (
    EXACT,
    Place,
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
    """A column of X with what is told of it."""

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
        How a message calls the file.
    categorical : bool
        Whether the study calls its values names.
    numeric : bool
        Whether the study calls its values numbers, however they are written; what
        is not a finite number is then missing.

    Raises
    ------
    DataError
        If it holds no value at all, numbers and words, infinity, numbers that
        float32 cannot tell apart, more than 1,000 categories, or what is
        neither number nor text.
    """
    place = Place(origin, name)
    kind = _kind(array, place)
    if len(array) == array.null_count:
        raise empty(place)
    if kind == "number" and not categorical:
        return _typed_numbers(array, place, numeric=numeric)
    texts = texts_of(array, data)
    if not texts.distinct:
        raise empty(place)
    if numeric:
        return _written_numbers(texts, data, place)
    if kind == "text" and not categorical:
        values = parsed(texts.distinct, data.decimal)
        if not np.isnan(values).any() and np.isfinite(values).any():
            refuse_merged(texts.distinct, values, place)
            return _numbers(_spread(values, texts.codes), place)
        if np.isfinite(values).any() or not np.isinf(values).any():
            refuse_marks(texts, values, place, data)
            refuse_mixed(texts, values, place)
    return _categories(texts, place)


def _kind(array: Any, place: Place) -> str:
    """Tell what Arrow's type is to us: number, category, text that may be either."""
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


def _typed_numbers(array: Any, place: Place, *, numeric: bool) -> Feature:
    import pyarrow as pa

    if pa.types.is_integer(array.type):
        whole = array.drop_null().unique().to_numpy()
        large = whole[(whole > EXACT) | (whole < -EXACT)]
        if len(np.unique(large.astype(np.float32))) < len(large):
            raise merged(place, str(large.max()))
    values = array.cast(pa.float64(), safe=False).to_numpy()
    return _numbers(values, place, numeric=numeric)


def _written_numbers(texts: Texts, data: Data, place: Place) -> Feature:
    """Read a column as numbers, whatever marks stand with them; the rest is missing."""
    read = numerals(texts.distinct, data.decimal)
    if np.isnan(read.values).all():
        raise DataError(
            f"{place} is named in numeric, but holds no number: its first value is "
            f"{cut(texts.distinct[0])}. Take it out there."
        )
    feature = _numbers(_spread(read.values, texts.codes), place, numeric=True)
    if set(read.kinds) == {"plain"}:
        return feature
    counts = np.bincount(texts.codes[texts.codes >= 0], minlength=len(texts.distinct))
    note = reading_note(place.name, texts.distinct, counts, read)
    return replace(feature, notes=(note,))


def _numbers(
    values: npt.NDArray[np.float64], place: Place, *, numeric: bool = False
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
    known = narrow[~gaps]
    info = ColumnInfo(
        name=place.name,
        n_missing=int(gaps.sum()),
        constant=bool(known.min() == known.max()) and not gaps.any(),
    )
    return Feature(info, narrow, notes)


def _categories(texts: Texts, place: Place) -> Feature:
    n_kinds, n_known = len(texts.distinct), int(np.count_nonzero(texts.codes >= 0))
    if n_kinds > MAX_CATEGORIES:
        raise DataError(
            f"{place} has {n_kinds:,} different texts, such as {cut(texts.distinct[0])}, "
            f"and each would be a column of its own; {MAX_CATEGORIES:,} at most. "
            f"{place.leave_out}"
        )
    notes: tuple[str, ...] = ()
    if n_kinds > max(20, n_known / 2):
        note = (
            f"Column {place.name!r} has {n_kinds:,} different texts in {n_known:,} rows: "
            "if they name the rows, leave the column out."
        )
        notes = (note,)
    values = texts.codes.astype(np.float32)
    values[texts.codes < 0] = np.nan
    gaps = len(texts.codes) - n_known
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
