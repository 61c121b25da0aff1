"""What a study predicts: classes, as labels for estimators and as codes for us; or values.

An estimator gets the labels that the data has, and gives labels back. A class code, the
position of a label in ``numpy.unique`` of all of them, is ours alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

Labels: TypeAlias = NDArray[Any]
Codes: TypeAlias = NDArray[np.int64]

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, eq=False)
class Task:
    """A classification of one label a row.

    Attributes
    ----------
    labels : ndarray of shape (n_classes,)
        The classes as estimators get them, in their own dtype, in the order of
        ``numpy.unique``: the order of ``classes_`` and of ``predict_proba``.
    """

    labels: Labels
    is_regression: ClassVar[bool] = False

    @classmethod
    def of(cls, y: Labels) -> "tuple[Task, Codes]":
        """Find the classes of labels of shape (n_samples,), and each row's code."""
        labels, codes = np.unique(y, return_inverse=True)
        return cls(labels), codes.astype(np.int64)

    @property
    def names(self) -> tuple[str, ...]:
        """The labels in words; a float that is an integer has no decimal point."""
        plain = self.labels.tolist()
        return tuple(
            str(int(label))
            if isinstance(label, float) and label.is_integer()
            else str(label)
            for label in plain
        )

    def decode(self, codes: NDArray[np.integer[Any]]) -> Labels:
        """Return the labels of class codes."""
        labels: Labels = self.labels[codes]
        return labels

    def encode(self, returned: Any) -> Codes:
        """Return the codes of labels.

        Parameters
        ----------
        returned : array-like of shape (n_samples,)
            Labels, such as those of ``predict``.

        Raises
        ------
        ValueError
            If some are not labels of this task.
        """
        values = np.asarray(returned)
        if values.dtype == object:
            values = np.asarray(values.tolist())
        labels = self.labels.astype(str) if self.labels.dtype == object else self.labels
        if values.dtype.kind not in ("U" if labels.dtype.kind == "U" else "biuf"):
            raise ValueError(
                f"labels of type {values.dtype}; the classes are of type {labels.dtype}"
            )
        lost = int(np.count_nonzero(values != values))  # noqa: PLR0124 # NaN
        if lost:
            raise ValueError(f"{lost} labels that are not numbers")
        codes = np.searchsorted(labels, values).clip(max=len(labels) - 1)
        unknown = values[labels[codes] != values]
        if len(unknown):
            raise ValueError(
                f"{len(unknown)} labels that are not classes, such as {unknown[0]}"
            )
        return codes.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Regression:
    """A regression: one finite number a row, as it is, in float64."""

    is_regression: ClassVar[bool] = True

    @property
    def labels(self) -> Labels:
        """No labels."""
        return np.empty(0)

    @property
    def names(self) -> tuple[str, ...]:
        """No names."""
        return ()

    def decode(self, values: NDArray[Any]) -> Labels:
        """Return the values: estimators get them as they are."""
        return values

    def encode(self, returned: Any) -> NDArray[Any]:
        """Return values in float64.

        Parameters
        ----------
        returned : array-like of shape (n_samples,)
            Such as what ``predict`` returns.

        Raises
        ------
        ValueError
            If some are not finite numbers.
        """
        try:
            values = np.asarray(returned, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"what is not a number ({error})") from error
        lost = int(np.count_nonzero(~np.isfinite(values)))
        if lost:
            raise ValueError(f"{lost} values that are not finite numbers")
        return values


AnyTask: TypeAlias = Task | Regression


def task_of(labels: Labels) -> AnyTask:
    """Return the task of data with these labels; of a regression there are none."""
    return Task(labels) if len(labels) else Regression()


def is_text(labels: Labels) -> bool:
    """Return whether labels are text, as an array of text or of Python's own strings."""
    if labels.dtype == object:
        return all(isinstance(label, str) for label in labels.tolist())
    return labels.dtype.kind == "U"


def labels_of_texts(texts: Sequence[str]) -> Labels:
    """Return the labels that the cells of a text column stand for, as pandas reads them.

    Parameters
    ----------
    texts : sequence of str
        The distinct cells.

    Returns
    -------
    ndarray of shape (n_texts,)
        Of int where each is an integer, of bool where each is true or false, else of
        str. Two texts never become one label.

    Examples
    --------
    >>> labels_of_texts(["2", "1"])
    array([2, 1])
    >>> labels_of_texts(["2", "no"])
    array(['2', 'no'], dtype='<U2')
    """
    for read in (_as_integer, _as_truth):
        values = [read(text) for text in texts]
        if None not in values and len(set(values)) == len(values):
            return np.array(values)
    return np.array(texts, dtype=str)


def label_of(text: str) -> str | int | bool:
    """Return the label that a key of a TOML table stands for, as a cell of a CSV does."""
    integer, truth = _as_integer(text), _as_truth(text)
    if integer is not None:
        return integer
    return text if truth is None else truth


def _as_integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _as_truth(text: str) -> bool | None:
    return _TRUTH.get(text.casefold())
