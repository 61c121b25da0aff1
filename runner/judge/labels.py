"""Class labels as they are handed over: checked, written as text, turned into codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import DataError

Texts = NDArray[np.str_]
_SHOWN = 5  # labels that a message lists


def as_texts(labels: Any, place: str, n_rows: int | None = None) -> Texts:
    """Write one label per row as text; an integer loses its decimal point.

    Parameters
    ----------
    labels : array_like, shape (n_rows,) or (n_rows, 1)
        Text, integers, booleans, or floats without a fraction.
    place : str
        How a message calls them.
    n_rows : int or None
        Rows that there must be.

    Raises
    ------
    DataError
        If they are not one label per row, or a row has none.
    """
    values = np.asarray(labels)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise DataError(
            f"{place}: has the shape {values.shape}; give one class label per row."
        )
    if n_rows is not None and len(values) != n_rows:
        raise DataError(
            f"{place}: has {len(values):,} rows, but y_test has {n_rows:,}; they must be "
            "the same rows in the same order."
        )
    if len(values) == 0:
        raise DataError(f"{place}: has no rows; give at least one test row.")
    if values.dtype.kind == "O":
        return _of_objects(values, place)
    if values.dtype.kind == "f":
        return _of_floats(values, place)
    if values.dtype.kind not in "biuU":
        raise DataError(
            f"{place}: holds values of type {values.dtype}; class labels are text, "
            "integers or booleans."
        )
    return values.astype(str)


def _of_floats(values: NDArray[Any], place: str) -> Texts:
    missing = ~np.isfinite(values)
    if missing.any():
        raise DataError(
            f"{place}: {int(missing.sum()):,} of {len(values):,} rows are NaN or infinite, "
            f"the first of them row {int(np.argmax(missing)) + 1:,}. Give a class label "
            "for every row."
        )
    broken = values != np.floor(values)
    if broken.any():
        example = f"{values[int(np.argmax(broken))]:g}"
        advice = 'For a regression set task="regression".'
        if values.min() >= 0 and values.max() <= 1:
            advice = (
                "If they are probabilities, give one column per class, of shape "
                "(n_rows, n_classes)."
            )
        raise DataError(
            f"{place}: holds numbers that are not class labels, such as {example}. {advice}"
        )
    return values.astype(np.int64).astype(str)


def _of_objects(values: NDArray[Any], place: str) -> Texts:
    texts = []
    for row, value in enumerate(values.tolist(), start=1):
        if value is None or value != value:  # noqa: PLR0124 # NaN, NaT
            raise DataError(
                f"{place}: row {row:,} has no label ({value!r}). Give a class label for "
                "every row."
            )
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # noqa: PLW2901 # 1.0 is the class 1
        if not isinstance(value, str | int | np.bool_):
            raise DataError(
                f"{place}: row {row:,} holds a {type(value).__name__}; class labels are "
                "text, integers or booleans."
            )
        texts.append(str(value))
    return np.array(texts, dtype=str)


@dataclass(frozen=True)
class ClassLabels:
    """The classes of a comparison, integers by size and others by the alphabet.

    Attributes
    ----------
    labels : tuple of str
        As the caller writes them, by class code.
    """

    labels: tuple[str, ...]

    def codes(self, texts: Texts) -> NDArray[np.int64]:
        """Return the class code of each row; every label must be one of `labels`."""
        distinct, positions = np.unique(texts, return_inverse=True)
        code_of = {label: code for code, label in enumerate(self.labels)}
        codes = np.array([code_of[str(label)] for label in distinct], dtype=np.int64)
        return codes[positions]


def classes_of(groups: Iterable[Iterable[str]]) -> ClassLabels:
    """Gather the classes of all labels that occur."""
    labels = {str(label) for group in groups for label in group}
    if all(_is_integer(label) for label in labels):
        return ClassLabels(tuple(sorted(labels, key=lambda label: (int(label), label))))
    return ClassLabels(tuple(sorted(labels)))


def _is_integer(label: str) -> bool:
    return label.lstrip("+-").isdecimal()


def listed(labels: Sequence[str]) -> str:
    """List labels for a message, the first few of them.

    Examples
    --------
    >>> listed(["a", "b"])
    "'a', 'b'"
    """
    shown = ", ".join(repr(str(label)) for label in labels[:_SHOWN])
    more = len(labels) - _SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown
