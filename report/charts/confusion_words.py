"""The words and the table that stand beside a confusion matrix."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.charts.text import signed_count

#: More classes than this are not readable side by side; the ones with the most
#: errors are drawn and the caption says so.
MOST_CLASSES: Final = 15
#: Rows of the list of confusions beside a drawing that leaves classes out.
MOST_PAIRS: Final = 40

READING = (
    "Each row is a true class, each column a predicted one. The diagonal, in bold, "
    "counts the right answers; every other cell counts one kind of error, the stronger "
    "the tint the larger its share of the row. A dot is a zero."
)
READING_CHANGE = (
    "Each cell is tuned less baseline. On the diagonal more is better; everywhere else "
    "less is better. A change that helps is tinted blue, one that hurts orange and "
    "underlined; a dot is no change."
)


def left_out(shown: int, n: int, what: str = "errors") -> str:
    """Say which classes are drawn, by what; nothing where all of them are."""
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
    """Say how many errors a case makes, and which is the commonest."""
    total = int(errors.sum())
    if total == 0:
        return f"The {variant} model makes no error on the test rows."
    value, i, j = _pairs(errors)[0]
    return (
        f"{formats.counted(total, 'error')}. The commonest takes {classes[i]} for "
        f"{classes[j]}: {formats.counted(value, 'test row')}."
    )


def change_caption(
    change: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
    """Say which errors tuning made fewer of, and which more."""
    total = int(np.trace(change))
    if not change.any():
        return "Tuning changed no cell: both make the same kinds of errors equally often."
    first = f"{signed_count(total)} right answers in all."
    grown = [cell for cell in _pairs(errors) if cell[0] > 0]
    shrunk = [cell for cell in _pairs(errors) if cell[0] < 0]
    if shrunk:
        value, i, j = shrunk[0]
        first += (
            f" The error that shrank most: {classes[i]} taken for {classes[j]} "
            f"({signed_count(value)})."
        )
    if grown:
        value, i, j = grown[0]
        first += (
            f" The one that grew most: {classes[i]} taken for {classes[j]} "
            f"({signed_count(value)})."
        )
    return first


def describe(
    counts: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
    """Tell a matrix in a sentence or two."""
    right, total = int(np.trace(counts)), int(counts.sum())
    parts = [
        f"{classes[i]} taken for {classes[j]} {formats.count(value)} times"
        for value, i, j in _pairs(errors)[:5]
    ]
    tail = " The commonest errors: " + "; ".join(parts) + "." if parts else ""
    return f"{formats.count(right)} of {formats.count(total)} test rows are right.{tail}"


def describe_change(
    change: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
    """Tell the change between two matrices in a sentence or two."""
    gains = [
        f"{name} {signed_count(int(value))}"
        for name, value in zip(classes, np.diag(change), strict=True)
        if value
    ]
    parts = [
        f"{classes[i]} taken for {classes[j]} {signed_count(value)}"
        for value, i, j in _pairs(errors)[:5]
    ]
    text = "Right answers by class, tuned less baseline: "
    text += "; ".join(gains[:20]) if gains else "no change"
    return (
        text + (". Largest changes of errors: " + "; ".join(parts) if parts else "") + "."
    )
