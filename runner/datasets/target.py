"""The classes of a table: labels as the file writes them, and each row's class code."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.numbers import parsed
from tunecard.runner.datasets.refusals import IN_PYTHON
from tunecard.runner.datasets.values import CodeArray
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data
from tunecard.runner.task import AnyTask, Task, labels_of_texts

#: What makes a quantity of a target.
REGRESSION = 'task = "regression"'
MANY_NUMBERS = 20  # classes that are integers: a quantity more likely than names


class Classes(NamedTuple):
    """The target of a column: its classes, or the values of a regression.

    ``codes`` is int64 of shape (n_rows,), or float64 of a regression; ``names`` are by
    code and as the file writes them, ``notes`` what a reader should know, ``task`` has the
    labels.
    """

    codes: NDArray[Any]
    names: tuple[str, ...]
    notes: tuple[str, ...]
    task: AnyTask


def classes_of(name: str, array: Any, data: Data, origin: str) -> Classes:
    """Turn a column of labels into class codes.

    Parameters
    ----------
    name : str
        The column's name.
    array : pyarrow.ChunkedArray of shape (n_rows,)
        The labels: text, integers, or truth values.
    data : Data
        What counts as missing.
    origin : str
        Name of the file in a message.

    Returns
    -------
    Classes
        In the order of ``numpy.unique``: numbers by size, others by the alphabet.

    Raises
    ------
    DataError
        If a row has no label, the numbers are not classes, there is only one
        class, or a class has only one row.
    """
    import pyarrow as pa

    where = f"{origin}: the target {name!r}"
    of = array.type
    if not (
        pa.types.is_dictionary(of)
        or pa.types.is_string(of)
        or pa.types.is_large_string(of)
        or pa.types.is_string_view(of)
        or pa.types.is_boolean(of)
        or pa.types.is_integer(of)
        or pa.types.is_floating(of)
        or pa.types.is_null(of)
    ):
        raise DataError(f"{where} is of the type {of}; classes are text or integers.")
    texts = texts_of(array, data)
    _refuse_gaps(texts, array, where, origin)
    numbers = parsed(texts.distinct, data.decimal)
    labels = list(texts.distinct)
    notes: tuple[str, ...] = ()
    if labels and np.isfinite(numbers).all():
        _refuse_continuous(texts, numbers, where)
        if any(not label.lstrip("+-").isdigit() for label in labels):
            labels = [str(int(number)) for number in numbers]  # 1.0 is 1
        if len(labels) > MANY_NUMBERS:
            note = (
                f"The target {name!r} has {len(labels)} classes that are integers; if "
                f"they are a quantity, set {REGRESSION}."
            )
            notes = (note,)
    distinct = list(dict.fromkeys(labels))  # 1.0 and 1 are one
    values = labels_of_texts(distinct)
    task, positions = Task.of(values)
    names = tuple(distinct[i] for i in np.argsort(positions))
    position = dict(zip(distinct, positions, strict=True))
    renumbered = np.array([position[label] for label in labels], dtype=np.int64)
    codes = renumbered[texts.codes] if labels else texts.codes
    check_classes(codes, names, where)
    return Classes(codes, names, notes, task)


def check_classes(codes: CodeArray, names: tuple[str, ...], where: str) -> None:
    """Refuse what nothing can be learned from: one class, or a class of one row.

    Raises
    ------
    DataError
    """
    if len(names) < 2:
        content = f"one class only, {names[0]!r}" if names else "no row"
        raise DataError(f"{where} has {content}; a classifier needs at least two.")
    counts = np.bincount(codes, minlength=len(names))
    alone = np.flatnonzero(counts < 2)
    if len(alone):
        first = names[int(alone[0])]
        row = int(np.argmax(codes == alone[0])) + 1
        others = f" and {len(alone) - 1:,} more" if len(alone) > 1 else ""
        advice = "Leave such rows out, or name them as one class."
        if len(names) > MANY_NUMBERS and all(name.lstrip("+-").isdigit() for name in names):
            advice = (
                f"Are its {len(names)} integers classes? For a quantity set {REGRESSION}."
            )
        if len(alone) > len(names) / 2:
            advice = (
                "Is it the right column? Its values hardly repeat, as those of a "
                f"quantity or of a name do not. For a quantity set {REGRESSION}."
            )
        raise DataError(
            f"{where} has one row only of the class {first!r} (row {row:,}){others}; each "
            f"class needs two, to learn from one and to be tested on the other. {advice}"
        )


def _refuse_gaps(texts: Texts, array: Any, where: str, origin: str) -> None:
    gaps = np.flatnonzero(texts.codes < 0)
    if not len(gaps):
        return
    if len(gaps) == len(texts.codes):
        raise DataError(f"{where} has no value in any row. Name another column.")
    cell = array[int(gaps[0])].as_py()
    cause = (
        f" ({cell!r} is read as missing)" if isinstance(cell, str) and cell.strip() else ""
    )
    advice = "set drop_unlabeled = true"
    if origin == IN_PYTHON:
        advice = "drop them from the data frame"
    raise DataError(
        f"{where} has no value in {len(gaps):,} of {len(texts.codes):,} rows, the first of "
        f"them row {int(gaps[0]) + 1:,}{cause}. To leave these rows out, {advice}; or give "
        "each a class."
    )


def _refuse_continuous(texts: Texts, numbers: Any, where: str) -> None:
    """Refuse numbers with a fraction, as scikit-learn's type_of_target does."""
    broken = np.flatnonzero(numbers != np.floor(numbers))
    if len(broken):
        example = texts.distinct[int(broken[0])]
        raise DataError(
            f"{where} holds numbers that are not classes: {len(texts.distinct):,} "
            f"different ones, such as {example}. For a regression set {REGRESSION}; or "
            "name a column of classes."
        )
