"""Confusion matrices: one of each case, and what tuning changed between them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from report import formats
from report.charts.base import Chart
from report.charts.canvas import (
    GRID,
    INK,
    LESS,
    MORE,
    MUTED,
    SMALL,
    TEXT,
    drawing,
    new_axes,
    new_figure,
    to_svg,
)
from report.charts.text import shorten, signed_count

#: More classes than this are not readable side by side; the ones with the most
#: errors are drawn and the caption says so.
MOST_CLASSES: Final = 15
#: Rows of the list of confusions beside a drawing that leaves classes out.
MOST_PAIRS: Final = 40
_SIDE: Final = 368.0
_RIGHT: Final = 14.0
# Tints end where ink on them still reaches 4.5:1 on both papers (test_templates.py).
_DEEPEST: Final = 0.55

_READING = (
    "Each row is a true class, each column a predicted one. The diagonal, in bold, "
    "counts the right answers; every other cell counts one kind of error, the stronger "
    "the tint the larger its share of the row. A dot is a zero."
)
_READING_CHANGE = (
    "Each cell is tuned less baseline. On the diagonal more is better; everywhere else "
    "less is better. A change that helps is tinted blue, one that hurts orange and "
    "underlined; a dot is no change."
)


def confusion_matrix(
    chart_id: str,
    label: str,
    variant: str,
    counts: NDArray[np.int64],
    classes: Sequence[str],
) -> Chart:
    """Draw the confusion matrix of one case.

    Parameters
    ----------
    chart_id : str
        Id on the page.
    label, variant : str
        The model's label, and ``baseline`` or ``tuned``.
    counts : ndarray of int64, shape (n_classes, n_classes)
        Rows are true classes, columns predicted ones.
    classes : sequence of str
        Names in the order of the codes.

    Returns
    -------
    Chart
        Counts in the cells, errors tinted by their share of the true class.
    """
    errors = counts - np.diag(np.diag(counts))
    shown = _shown(errors)
    part = counts[np.ix_(shown, shown)]
    support = np.maximum(counts.sum(axis=1)[shown], 1)
    share = part / support[:, None]
    np.fill_diagonal(share, 0.0)
    deepest = max(float(share.max()), 1e-12)
    with drawing(chart_id):
        figure, axes = _frame([classes[i] for i in shown])
        for row, column in np.ndindex(part.shape):
            value = int(part[row, column])
            right = row == column
            if value and not right:
                _tint(axes, row, column, MORE, float(share[row, column]) / deepest)
            _write(
                axes,
                row,
                column,
                formats.count(value) if value else "·",
                faint=not value,
                bold=right,
                n=len(shown),
            )
        svg = to_svg(figure, chart_id)
    header, rows = _table(counts, classes)
    return Chart(
        id=chart_id,
        svg=svg,
        header=header,
        rows=rows,
        title=f"{formats.capital(label)}, {variant}: what was taken for what",
        caption=_caption(errors, classes, variant) + _left_out(len(shown), len(classes)),
        description=_describe(counts, errors, classes),
        reading=_READING,
    )


def confusion_change(
    chart_id: str, label: str, change: NDArray[np.int64], classes: Sequence[str]
) -> Chart:
    """Draw tuned less baseline, cell by cell.

    Parameters
    ----------
    chart_id, label
        Id on the page, the model's label.
    change : ndarray of int64, shape (n_classes, n_classes)
        Tuned counts less baseline counts.
    classes : sequence of str
        Names in the order of the codes.

    Returns
    -------
    Chart
        Signed counts; the tint says whether a change helps or hurts.
    """
    errors = change - np.diag(np.diag(change))
    shown = _shown(np.abs(errors))
    part = change[np.ix_(shown, shown)]
    deepest = max(int(np.abs(part).max(initial=0)), 1)
    with drawing(chart_id):
        figure, axes = _frame([classes[i] for i in shown])
        for row, column in np.ndindex(part.shape):
            value = int(part[row, column])
            helps = value > 0 if row == column else value < 0
            if value:
                _tint(axes, row, column, LESS if helps else MORE, abs(value) / deepest)
                if not helps:
                    _underline(axes, row, column)
            _write(
                axes,
                row,
                column,
                signed_count(value) if value else "·",
                faint=not value,
                bold=row == column,
                n=len(shown),
            )
        svg = to_svg(figure, chart_id)
    header, rows = _table(change, classes, signed=True)
    return Chart(
        id=chart_id,
        svg=svg,
        header=header,
        rows=rows,
        title=f"{formats.capital(label)}: what tuning changed",
        caption=_change_caption(change, errors, classes)
        + _left_out(len(shown), len(classes)),
        description=_describe_change(change, errors, classes),
        reading=_READING_CHANGE,
    )


def _shown(weight: NDArray[np.int64]) -> list[int]:
    """Choose the classes to draw: all, or those that take part in the most errors."""
    n = len(weight)
    if n <= MOST_CLASSES:
        return list(range(n))
    total = weight.sum(axis=0) + weight.sum(axis=1)
    return sorted(np.argsort(-total, kind="stable")[:MOST_CLASSES].tolist())


def _left_out(shown: int, n: int) -> str:
    if shown == n:
        return ""
    return f" Drawn: the {shown} of {n} classes with the most; the list has the rest."


def _frame(names: Sequence[str]) -> tuple[Figure, Axes]:
    """Make square axes with a cell a class: true classes down, predicted ones across."""
    n = len(names)
    ticks = [shorten(name, 9) for name in names]
    short = max(len(tick) for tick in ticks) <= _SIDE / n / SMALL * 1.5
    left = max(44.0, 10.0 + 7.5 * max(len(tick) for tick in ticks))
    top = 40.0 if short else 26.0 + 5.5 * max(len(tick) for tick in ticks)
    figure = new_figure(left + _SIDE + _RIGHT, top + _SIDE + 2)
    axes = new_axes(figure, left=left, right=_RIGHT, top=top, bottom=2)
    axes.set_xlim(-0.5, n - 0.5)
    axes.set_ylim(n - 0.5, -0.5)
    turn: dict[str, Any] = (
        {} if short else {"rotation": 45, "ha": "left", "rotation_mode": "anchor"}
    )
    axes.tick_params(length=0, labelcolor=INK, labeltop=True, labelbottom=False)
    axes.set_xticks(range(n), ticks, **turn)
    axes.set_yticks(range(n), ticks)
    axes.spines["bottom"].set_visible(False)
    ends = [i - 0.5 for i in range(n + 1)]
    axes.hlines(ends, -0.5, n - 0.5, color=GRID, linewidth=1, clip_on=False)
    axes.vlines(ends, -0.5, n - 0.5, color=GRID, linewidth=1, clip_on=False)
    place: dict[str, Any] = {"transform": axes.transAxes, "color": MUTED, "fontsize": SMALL}
    axes.text(0, 1 + (top - 12) / _SIDE, "predicted \N{RIGHTWARDS ARROW}", **place)
    axes.text(-left / _SIDE, 1 + 7 / _SIDE, "true \N{DOWNWARDS ARROW}", **place)
    return figure, axes


def _tint(axes: Axes, row: int, column: int, colour: str, strength: float) -> None:
    # The square root keeps rare errors visible beside the commonest one.
    alpha = _DEEPEST * max(strength, 0.0) ** 0.5
    cell = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, alpha=alpha)
    cell.set_zorder(0)
    axes.add_patch(cell)


def _underline(axes: Axes, row: int, column: int) -> None:
    axes.plot([column - 0.25, column + 0.25], [row + 0.33] * 2, color=INK, linewidth=1)


def _write(
    axes: Axes, row: int, column: int, text: str, *, faint: bool, bold: bool, n: int
) -> None:
    width = _SIDE / n - 3
    size = min(TEXT, width / max(len(text), 1) / 0.6)
    axes.text(
        column,
        row,
        text,
        ha="center",
        va="center_baseline",
        color=MUTED if faint else INK,
        fontsize=size,
        fontweight="bold" if bold and not faint else "normal",
    )


def _pairs(values: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """List the cells off the diagonal that are not 0, largest size first."""
    cells = [(int(values[i, j]), int(i), int(j)) for i, j in np.argwhere(values) if i != j]
    return sorted(cells, key=lambda cell: (-abs(cell[0]), cell[1], cell[2]))


def _table(
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


def _caption(errors: NDArray[np.int64], classes: Sequence[str], variant: str) -> str:
    total = int(errors.sum())
    if total == 0:
        return f"The {variant} model makes no error on the test rows."
    value, i, j = _pairs(errors)[0]
    return (
        f"{formats.count(total)} errors. The commonest takes {classes[i]} for "
        f"{classes[j]}: {formats.count(value)} test rows."
    )


def _change_caption(
    change: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
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


def _describe(
    counts: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
    right, total = int(np.trace(counts)), int(counts.sum())
    parts = [
        f"{classes[i]} taken for {classes[j]} {formats.count(value)} times"
        for value, i, j in _pairs(errors)[:5]
    ]
    tail = " The commonest errors: " + "; ".join(parts) + "." if parts else ""
    return f"{formats.count(right)} of {formats.count(total)} test rows are right.{tail}"


def _describe_change(
    change: NDArray[np.int64], errors: NDArray[np.int64], classes: Sequence[str]
) -> str:
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
