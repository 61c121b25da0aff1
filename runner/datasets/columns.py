"""Columns of features: numbers as they are, everything else as positions of categories."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.values import CodeArray, FloatArray, quoted
from tunecard.runner.errors import DataError
from tunecard.runner.schema import ColumnInfo, Data

#: Words for "no value": those of pandas.read_csv (its `na_values`, version 2.2).
MISSING = frozenset(
    (
        *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN"),
        *("-NaN", "-nan", "NaN", "nan", "<NA>", "N/A", "NA", "n/a"),
        *("NULL", "null", "None"),
    )
)
MAX_CATEGORIES = 1_000
EXACT = 2**24  # float32 holds each whole number up to here
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?")


@dataclass(frozen=True)
class Texts:
    """A column of texts: the distinct ones, and each row's position among them.

    ``codes`` (n_rows,) is -1 where the cell says "no value".
    """

    codes: CodeArray
    distinct: tuple[str, ...]

    def row_of(self, text: str) -> int:
        """Return the first row that holds a text, from 1."""
        return int(np.argmax(self.codes == self.distinct.index(text))) + 1


@dataclass(frozen=True)
class Feature:
    """A column of X with what is told of it."""

    info: ColumnInfo
    values: FloatArray
    notes: tuple[str, ...] = ()


def feature_of(
    name: str, array: Any, data: Data, origin: str, *, categorical: bool
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

    Raises
    ------
    DataError
        If it holds no value at all, numbers and words, infinity, numbers that
        float32 cannot tell apart, more than 1,000 categories, or what is
        neither number nor text.
    """
    where = f"{origin}: column {name!r}"
    kind = _kind(array, where)
    if len(array) == array.null_count:
        raise _empty(where, name)
    if kind == "number" and not categorical:
        return _typed_numbers(name, array, where)
    texts = texts_of(array, data)
    if not texts.distinct:
        raise _empty(where, name)
    if kind == "text" and not categorical:
        values = parsed(texts.distinct, data.decimal)
        if not np.isnan(values).any():
            _refuse_merged(texts.distinct, values, where, name)
            return _numbers(name, _spread(values, texts.codes), where)
        _refuse_commas(texts, values, where, data)
        _refuse_mixed(texts, values, where, name)
    return _categories(name, texts, where)


def texts_of(array: Any, data: Data) -> Texts:
    """Return a column as texts, trimmed; a whole number is written without a point.

    Parameters
    ----------
    array : pyarrow.ChunkedArray
        Text, numbers, or truth values.
    data : Data
        What counts as missing.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    coded = array.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):  # of no chunk
        coded = coded.combine_chunks()
    raw = coded.dictionary.to_pylist()
    empty = MISSING if data.missing is None else frozenset(data.missing)
    texts = [_as_text(value) for value in raw]
    kept = sorted({text for text in texts if text and text not in empty})
    position = {text: code for code, text in enumerate(kept)}
    renumbered = np.array([position.get(text, -1) for text in texts] + [-1], np.int64)
    codes = coded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return Texts(renumbered[codes], tuple(kept))


def parsed(texts: Sequence[str], decimal: str) -> npt.NDArray[np.float64]:
    """Return the numbers that texts say; NaN where one says none."""
    import pandas as pd

    if decimal == ",":
        texts = [text.replace(".", "?").replace(",", ".") for text in texts]
    numbers = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce")
    return numbers.to_numpy(dtype=np.float64)


def _as_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 # NaN


def _kind(array: Any, where: str) -> str:
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
        f"{where} is of the type {array.type}, neither number nor text. Turn it into "
        "numbers (a time: its year, its hour), or leave it out with drop."
    )


def _typed_numbers(name: str, array: Any, where: str) -> Feature:
    import pyarrow as pa

    if pa.types.is_integer(array.type):
        whole = array.drop_null().unique().to_numpy()
        large = whole[(whole > EXACT) | (whole < -EXACT)]
        if len(np.unique(large.astype(np.float32))) < len(large):
            raise _merged(where, name, str(large.max()))
    values = array.cast(pa.float64(), safe=False).to_numpy()
    return _numbers(name, values, where)


def _numbers(name: str, values: npt.NDArray[np.float64], where: str) -> Feature:
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32) + np.float32(
            0
        )  # no -0.0: equal rows, equal bytes
    infinite = np.flatnonzero(np.isinf(narrow))
    if len(infinite):
        row = int(infinite[0])
        raise DataError(
            f"{where} holds {values[row]} in row {row + 1:,}, which is no finite number of "
            "32 bits. Correct it, or leave the column out with drop."
        )
    gaps = np.isnan(narrow)
    if gaps.all():
        raise _empty(where, name)
    known = narrow[~gaps]
    return Feature(
        ColumnInfo(
            name=name,
            n_missing=int(gaps.sum()),
            constant=bool(known.min() == known.max()) and not gaps.any(),
        ),
        narrow,
    )


def _categories(name: str, texts: Texts, where: str) -> Feature:
    n_kinds, n_known = len(texts.distinct), int(np.count_nonzero(texts.codes >= 0))
    if n_kinds > MAX_CATEGORIES:
        raise DataError(
            f"{where} has {n_kinds:,} different texts, such as {texts.distinct[0]!r}, and "
            f"each would be a column of its own; {MAX_CATEGORIES:,} at the most. Leave it "
            f"out: drop = [{quoted(name)}]."
        )
    notes: tuple[str, ...] = ()
    if n_kinds > max(20, n_known / 2):
        note = (
            f"Column {name!r} has {n_kinds:,} different texts in {n_known:,} rows: if they "
            "name the rows, leave it out with drop."
        )
        notes = (note,)
    values = texts.codes.astype(np.float32)
    values[texts.codes < 0] = np.nan
    gaps = len(texts.codes) - n_known
    info = ColumnInfo(
        name=name,
        kind="category",
        n_missing=gaps,
        categories=texts.distinct,
        constant=n_kinds == 1 and not gaps,
    )
    return Feature(info, values, notes)


def _spread(values: npt.NDArray[np.float64], codes: CodeArray) -> npt.NDArray[np.float64]:
    return np.append(values, np.nan)[codes]  # -1, "no value", is the last


def _refuse_merged(
    texts: Sequence[str], values: npt.NDArray[np.float64], where: str, name: str
) -> None:
    """Refuse whole numbers that are different, but not in 32 bits."""
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
        raise _merged(where, name, max(large, key=len))


def _refuse_mixed(
    texts: Texts, values: npt.NDArray[np.float64], where: str, name: str
) -> None:
    """Refuse a column where more than half of the cells are numbers, and others words."""
    known = texts.codes[texts.codes >= 0]
    words = np.isnan(values)[known]
    n_words = int(words.sum())
    if n_words == len(known) or n_words * 2 > len(known):
        return
    word = texts.distinct[int(known[np.argmax(words)])]
    raise DataError(
        f"{where} holds numbers in {len(known) - n_words:,} rows, but {word!r} in row "
        f'{texts.row_of(word):,}. If that means "no value", say '
        f"missing = [{quoted(word)}]; if the values are names, say "
        f"categorical = [{quoted(name)}]; else correct the row."
    )


def _refuse_commas(
    texts: Texts, values: npt.NDArray[np.float64], where: str, data: Data
) -> None:
    """Refuse numbers that are written with marks: as categories they would say nothing."""
    odd = [t for t, value in zip(texts.distinct, values, strict=True) if np.isnan(value)]
    without = "write them without {}s between the thousands"
    marks = {
        ".": (
            (THOUSANDS, "comma", f'{without}, or say decimal = ",", if it is that'),
            (DECIMAL_COMMA, "comma", 'say decimal = ","'),
        ),
        ",": ((_POINTS, "point", without),),
    }
    for pattern, mark, advice in marks[data.decimal]:
        if all(pattern.fullmatch(text) for text in odd):
            raise DataError(
                f"{where} holds numbers with a {mark}, such as {odd[0]!r}: "
                f"{advice.format(mark)}."
            )


def _merged(where: str, name: str, example: str) -> DataError:
    return DataError(
        f"{where} holds whole numbers, such as {example}, so large that different ones "
        "become the same in 32 bits: they look like names of rows. Leave it out: "
        f"drop = [{quoted(name)}]."
    )


def _empty(where: str, name: str) -> DataError:
    return DataError(
        f"{where} has no value in any row. Leave it out: drop = [{quoted(name)}]."
    )
