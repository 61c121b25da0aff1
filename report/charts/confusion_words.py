"""The words and the table next to a confusion matrix."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.charts.text import signed_count

#: More classes than this are not readable side by side; the ones with the most
#: errors are drawn, and the caption states that.
MOST_CLASSES: Final = 15
#: Rows of the list of confusions next to a drawing that leaves classes out.
MOST_PAIRS: Final = 40

READING = (
    "Each row is a true class, each column a predicted one. The diagonal, in bold, "
    "counts the correct predictions; every other cell counts one kind of error. The "
    "stronger its tint, the larger its share of the row. A dot is a zero."
)
READING_CHANGE = (
    "Each cell is tuned minus baseline. On the diagonal higher is better; everywhere else "
    "lower is better. A change that helps is tinted blue; one that hurts is tinted "
    "orange and underlined. A dot marks an unchanged cell."
)


def left_out(shown: int, n: int, what: str = "errors") -> str:
    """Name the classes that are drawn, and by what; empty where all of them are."""
    if shown == n:
        return ""
    return f" Drawn: the {shown} of {n} classes with the most {what}."


def _pairs(values: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """List the cells off the diagonal that are not 0, largest size first."""
    cells = [(int(values[i, j]), int(i), int(j)) for i, j in np.argwhere(values) if i != j]
    return sorted(cells, key=lambda cell: (-abs(cell[0]), cell[1], cell[2]))


def table(
    counts: NDArray[np.int64], classes: Sequence[str], *, signed: bool = False
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Write the matrix as a table, or its largest cells where it has too many."""
    write = signed_count if signed else formats.count
    if len(classes) <= MOST_CLASSES:
        header = ("true \\ predicted", *classes)
        body = tuple(
            (name, *(write(int(value)) for value in row))
            for name, row in zip(classes, counts, strict=True)
        )
        return header, body
    pairs = _pairs(counts)[:MOST_PAIRS]
    return ("true", "predicted", "change" if signed else "test rows"), tuple(
        (classes[i], classes[j], write(value)) for value, i, j in pairs
    )


def caption(errors: NDArray[np.int64], classes: Sequence[str], variant: str) -> str:
    """State how many errors a case makes, and which is the most common."""
    total = int(errors.sum())
    if total == 0:
        return f"The {variant} model makes no error on the test rows."
    value, i, j = _pairs(errors)[0]
    return (
        f"{formats.counted(total, 'error')}. The most common: {classes[i]} predicted as "
        f"{classes[j]}, {formats.counted(value, 'test row')}."
    )


def change_caption(
    change: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
    """Name the errors that became rarer with tuning, and those that became more common."""
    total = int(np.trace(change))
    if not change.any():
        return "Tuning changed no cell: both cases make the same errors equally often."
    first = f"{signed_count(total)} correct predictions in all."
    grown = [cell for cell in _pairs(errors) if cell[0] > 0]
    shrunk = [cell for cell in _pairs(errors) if cell[0] < 0]
    if shrunk:
        value, i, j = shrunk[0]
        first += (
            f" The largest decrease: {classes[i]} predicted as {classes[j]} "
            f"({signed_count(value)})."
        )
    if grown:
        value, i, j = grown[0]
        first += (
            f" The largest increase: {classes[i]} predicted as {classes[j]} "
            f"({signed_count(value)})."
        )
    return first


def describe(
    counts: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
    """Describe a matrix in one or two sentences."""
    right, total = int(np.trace(counts)), int(counts.sum())
    parts = [
        f"{classes[i]} predicted as {classes[j]} {formats.count(value)} times"
        for value, i, j in _pairs(errors)[:5]
    ]
    tail = " The most common errors: " + "; ".join(parts) + "." if parts else ""
    return f"{formats.count(right)} of {formats.count(total)} test rows are correct.{tail}"


def describe_change(
    change: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
    """Describe the change between two matrices in one or two sentences."""
    gains = [
        f"{name} {signed_count(int(value))}"
        for name, value in zip(classes, np.diag(change), strict=True)
        if value
    ]
    parts = [
        f"{classes[i]} predicted as {classes[j]} {signed_count(value)}"
        for value, i, j in _pairs(errors)[:5]
    ]
    text = "Correct predictions by class, tuned minus baseline: "
    text += "; ".join(gains[:20]) if gains else "no change"
    return (
        text + (". Largest changes of errors: " + "; ".join(parts) if parts else "") + "."
    )
