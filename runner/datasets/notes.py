"""What a reader of a table should know: columns that name rows or repeat the target."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.columns import Feature
from tunecard.runner.datasets.values import CodeArray

_FEWEST = 20  # rows: of fewer, numbers are all different by chance


def notes_on(
    features: Iterable[Feature], codes: CodeArray, labels: Sequence[str]
) -> Iterator[str]:
    """Say what may be no feature at all, and labels that may be one class.

    Parameters
    ----------
    features : iterable of Feature
        The columns of X.
    codes : ndarray (n_rows,)
        The classes.
    labels : sequence of str
        Their names, by code.

    Yields
    ------
    str
        A sentence, or two.
    """
    named: dict[str, str] = {}
    for label in labels:
        other = named.setdefault(label.casefold(), label)
        if other != label:
            yield (
                f"The classes {other!r} and {label!r} differ in capital letters alone: if "
                "they are one, write them alike."
            )
    if len(codes) < _FEWEST:
        return
    for feature in features:
        if mirrors(feature.values, codes, len(labels)):
            yield (
                f"Column {feature.info.name!r} has a value for each class, and so says "
                "what the target says: if nobody knows it beforehand, leave it out with "
                "drop."
            )
        elif feature.info.kind == "number" and _each_its_own(feature.values):
            yield (
                f"Column {feature.info.name!r} has another whole number in each row: if "
                "it names the rows, leave it out with drop."
            )


def mirrors(values: npt.NDArray[Any], codes: CodeArray, n_classes: int) -> bool:
    """Tell a column with one value for each class, and another for each other class.

    Parameters
    ----------
    values : ndarray (n_rows,)
        Of the column; NaN counts as a value.
    codes : ndarray (n_rows,)
        Of the target.
    n_classes : int
        Different codes.
    """
    if len(np.unique(values[:1_000])) > n_classes:  # a few rows tell of most columns
        return False
    distinct, positions = np.unique(values, return_inverse=True)
    pairs = np.unique(positions * n_classes + codes)
    return len(distinct) == len(pairs) == n_classes


def _each_its_own(values: npt.NDArray[np.float32]) -> bool:
    few = values[:1_000]
    if (
        np.isnan(few).any()
        or (few != np.floor(few)).any()
        or len(np.unique(few)) < len(few)
    ):
        return False
    whole = bool((values == np.floor(values)).all())  # NaN is no whole number
    return whole and len(np.unique(values)) == len(values)
