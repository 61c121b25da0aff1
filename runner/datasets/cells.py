"""A column's cells as texts: trimmed, the distinct ones, and which have no value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.runner.datasets.values import CodeArray
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data

#: Words for "no value": those of pandas.read_csv (its `na_values`, version 2.2).
MISSING = frozenset(
    (
        *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN"),
        *("-NaN", "-nan", "NaN", "nan", "<NA>", "N/A", "NA", "n/a"),
        *("NULL", "null", "None"),
    )
)


@dataclass(frozen=True)
class Texts:
    """A column of texts: the distinct ones, and each row's position among them.

    ``codes`` (n_rows,) is -1 where the cell means "no value".
    """

    codes: CodeArray
    distinct: tuple[str, ...]

    def row_of(self, text: str) -> int:
        """Return the first row that holds a text, from 1."""
        return int(np.argmax(self.codes == self.distinct.index(text))) + 1


def texts_of(array: Any, data: Data) -> Texts:
    """Return a column as texts, trimmed; an integer is written without a point.

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


def check_text(texts: Iterable[str], title: str) -> None:
    """Refuse half of a character, a lone surrogate: no file of results can hold it.

    Raises
    ------
    DataError
        With the text.
    """
    for text in texts:
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise DataError(
                f"{title}: {text!a} holds half of a character (a lone surrogate), which no "
                "file can hold. Replace it, as text.encode('utf-8', 'replace') does."
            )


def _as_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 # NaN
