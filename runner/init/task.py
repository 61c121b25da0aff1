"""What a first study predicts: classes, or the numbers of a regression."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets import quoted
from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.numbers import Numerals, numerals
from tunecard.runner.datasets.numeric_target import common_unit, numbers_without
from tunecard.runner.datasets.target import MANY_NUMBERS
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import Data

#: Different integers below which they are classes: few are ever counted or rated so.
_FEWEST_OF_SCALE = 5
#: Rows of the most frequent integer for each of the rarest, from which they look like a
#: scale or a count rather than like classes.
_UNEVEN = 5.0


class ChosenTask(NamedTuple):
    """The task of a table, how its target is then read, and why: sentences by field."""

    task: TaskName
    data: Data
    reasons: dict[str, tuple[str, ...]]


def decide_task(
    table: RawTable, target: str, data: Data, wanted: TaskName | None
) -> ChosenTask:
    """Decide what the target of a table is.

    Parameters
    ----------
    table : RawTable
        Its columns.
    target : str
        The name of one.
    data : Data
        How they are read.
    wanted : str or None
        What the user named.

    Raises
    ------
    StudyError
        If it holds a few integers, which may be classes or a quantity.
    """
    texts = texts_of(table.columns[target], data)
    unit = data.unit or common_unit(texts.distinct)
    read = numerals(numbers_without(unit, texts.distinct), data.decimal)
    are_numbers = bool(len(read.values)) and bool(np.isfinite(read.values).all())
    are_numbers = are_numbers and "limit" not in read.kinds  # classes such as ">50K"
    if wanted is None:
        wanted = _guess(table, target, texts, read) if are_numbers else None
    if wanted != "regression":
        return ChosenTask("classification", data, {})
    return _as_regression(target, data, read, unit)


def _guess(table: RawTable, target: str, texts: Texts, read: Numerals) -> TaskName:
    """Return the task of a target that holds numbers alone."""
    whole = bool((read.values == np.floor(read.values)).all())
    if not whole:
        return "regression"
    n_values = len(texts.distinct)
    if n_values < _FEWEST_OF_SCALE:
        return "classification"
    counts = np.bincount(texts.codes[texts.codes >= 0], minlength=n_values)
    rises_and_falls = _is_uneven_scale(read.values, counts)
    if n_values > MANY_NUMBERS and (rises_and_falls or n_values * 2 > counts.sum()):
        return "regression"
    if n_values <= MANY_NUMBERS and not rises_and_falls:
        return "classification"
    raise StudyError(
        f"--task is missing: the target {target!r} of {table.origin} holds {n_values} "
        "different integers, which may be classes or a quantity. Use --task "
        "classification, or --task regression."
    )


def _is_uneven_scale(values: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Return whether the frequencies of integers rise and fall by size, as of a count.

    Few of the rarest beside many of the most frequent, whose neighbors are frequent too.
    """
    by_size = counts[np.argsort(values)]
    if by_size.max() < _UNEVEN * max(by_size.min(), 1):
        return False
    third = max(len(by_size) // 3, 1)
    smooth = np.convolve(by_size, np.ones(third) / third, mode="same")
    peak = int(np.argmax(smooth))
    slack = 0.05 * smooth.max()
    rises = bool((np.diff(smooth[: peak + 1]) >= -slack).all())
    return rises and bool((np.diff(smooth[peak:]) <= slack).all())


def _as_regression(target: str, data: Data, read: Numerals, unit: str | None) -> ChosenTask:
    reasons: dict[str, tuple[str, ...]] = {}
    if unit is not None and data.unit is None:
        data = data.model_copy(update={"unit": unit})
        reasons["unit"] = (f"The unit {quoted(unit)} stands behind each number.",)
    if "plain" not in set(read.kinds) or len(set(read.kinds)) > 1:
        if target not in data.numeric:
            data = data.model_copy(update={"numeric": (*data.numeric, target)})
            reasons["numeric"] = (f"The numbers of {quoted(target)} have marks.",)
        if data.unit is None and len(read.signs) == 1:
            (sign,) = read.signs
            data = data.model_copy(update={"unit": sign})
    return ChosenTask("regression", data, reasons)
