"""Confusion matrices: one of each case, and what tuning changed between them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.charts import confusion_words as words
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    GRID,
    INK,
    LESS,
    MORE,
    MUTED,
    SMALL,
    TEXT,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import one_picture
from tunecard.report.charts.text import shorten_all, signed_count

_SIDE: Final = 368.0
_RIGHT: Final = 14.0
# Tints end where ink on them still reaches 4.5:1 on both papers (test_templates.py).
_DEEPEST: Final = 0.55


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

    def draw() -> Figure:
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
        return figure

    header, rows = words.table(counts, classes)
    return Chart(
        id=chart_id,
        svg=one_picture(chart_id, draw),
        header=header,
        rows=rows,
        title=f"{formats.capital(label)}, {variant}: confusion matrix",
        caption=words.caption(errors, classes, variant)
        + words.left_out(len(shown), len(classes)),
        description=words.describe(counts, errors, classes),
        reading=words.READING,
    )


def confusion_change(
    chart_id: str, label: str, change: NDArray[np.int64], classes: Sequence[str]
) -> Chart:
    """Draw tuned minus baseline, cell by cell.

    Parameters
    ----------
    chart_id, label
        Id on the page, the model's label.
    change : ndarray of int64, shape (n_classes, n_classes)
        Tuned counts minus baseline counts.
    classes : sequence of str
        Names in the order of the codes.

    Returns
    -------
    Chart
        Signed counts; the tint shows whether a change helps or hurts.
    """
    errors = change - np.diag(np.diag(change))
    shown = _shown(np.abs(errors))
    part = change[np.ix_(shown, shown)]
    deepest = max(int(np.abs(part).max(initial=0)), 1)

    def draw() -> Figure:
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
        return figure

    header, rows = words.table(change, classes, signed=True)
    return Chart(
        id=chart_id,
        svg=one_picture(chart_id, draw),
        header=header,
        rows=rows,
        title=f"{formats.capital(label)}: confusion matrix, tuned minus baseline",
        caption=words.change_caption(change, errors, classes)
        + words.left_out(len(shown), len(classes), "changed errors"),
        description=words.describe_change(change, errors, classes),
        reading=words.READING_CHANGE,
    )


def _shown(weight: NDArray[np.int64]) -> list[int]:
    """Choose the classes to draw: all, or those that take part in the most errors."""
    n = len(weight)
    if n <= words.MOST_CLASSES:
        return list(range(n))
    total = weight.sum(axis=0) + weight.sum(axis=1)
    return sorted(np.argsort(-total, kind="stable")[: words.MOST_CLASSES].tolist())


def _side(n: int) -> float:
    """Return the side of the drawing: few classes do not need large cells."""
    return min(_SIDE, max(150.0, 60.0 * n))


def _frame(names: Sequence[str]) -> tuple[Figure, Axes]:
    """Make square axes with a cell a class: true classes down, predicted ones across."""
    n, side = len(names), _side(len(names))
    ticks = shorten_all(names, 9)
    short = max(len(tick) for tick in ticks) <= side / n / SMALL * 1.5
    left = max(44.0, 10.0 + 7.5 * max(len(tick) for tick in ticks))
    top = 40.0 if short else 26.0 + 5.5 * max(len(tick) for tick in ticks)
    figure = new_figure(left + side + _RIGHT, top + side + 2)
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
    axes.text(0, 1 + (top - 12) / side, "predicted \N{RIGHTWARDS ARROW}", **place)
    axes.text(-left / side, 1 + 7 / side, "true \N{DOWNWARDS ARROW}", **place)
    return figure, axes


def _tint(axes: Axes, row: int, column: int, color: str, strength: float) -> None:
    # The square root keeps rare errors visible next to the most common one.
    alpha = _DEEPEST * max(strength, 0.0) ** 0.5
    cell = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=color, alpha=alpha)
    cell.set_zorder(0)
    # Not add_patch, which would fit the limits to each cell; they stand already.
    axes.add_artist(cell)


def _underline(axes: Axes, row: int, column: int) -> None:
    axes.plot([column - 0.25, column + 0.25], [row + 0.33] * 2, color=INK, linewidth=1)


def _write(
    axes: Axes, row: int, column: int, text: str, *, faint: bool, bold: bool, n: int
) -> None:
    width = _side(n) / n - 3
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
