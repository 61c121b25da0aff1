"""What tuning changed class by class: recall with its interval, and F1."""

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import ClassChange, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    INK,
    MUTED,
    PAPER,
    SMALL,
    TUNED,
    WIDE,
    beside,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import points_tick, shorten_all

#: Classes that are drawn; of more, those that changed most.
MOST_CLASSES: Final = 15
_ROW: Final = 24.0
_TOP: Final = 30.0
_BOTTOM: Final = 46.0
_DOT: Final[dict[str, Any]] = {"markersize": 6, "markeredgewidth": 0}
_RING: Final[dict[str, Any]] = {
    "markersize": 10,
    "markerfacecolor": PAPER,
    "markeredgewidth": 1.5,
}
_HEADER: Final = (
    "Class",
    "Test rows",
    "Recall before",
    "Recall after",
    "Change of recall",
    "95 % interval",
    "Change of F1",
)


def class_change(model: ModelAnalysis) -> Chart | None:
    """Draw the change of recall and F1 of each class.

    Parameters
    ----------
    model : ModelAnalysis
        A model whose two cases compare.

    Returns
    -------
    Chart or None
        None where they do not compare.
    """
    if model.quality is None or not model.quality.per_class:
        return None
    changes = model.quality.per_class
    lost = model.quality.most_lost
    chart_id = f"figure-classes-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(_shown(changes), lost, width)),
        header=_HEADER,
        rows=tuple(_cells(change) for change in changes),
        title=f"{formats.capital(model.label)}: change in recall and F1 by class",
        caption=_caption(changes, lost),
        description=" ".join(_sentence(change) for change in _by_f1(changes)[:20]),
        reading=(
            "Right of the line at 0 the tuned model does better on that class. The dot is "
            "the change of recall, the share of the class's own rows that are predicted as "
            "it. Its bar is the 95 % interval; a class with under 50 test rows has none, "
            "since it would be too wide to mean much. The ring is the change of F1, which "
            "also counts rows of other classes that were predicted as this one. With many "
            "classes some bars miss 0 by chance: these describe, the verdict tests."
        ),
    )


def _by_f1(changes: tuple[ClassChange, ...]) -> list[ClassChange]:
    return sorted(changes, key=lambda change: change.f1_delta)


def _shown(changes: tuple[ClassChange, ...]) -> list[ClassChange]:
    if len(changes) <= MOST_CLASSES:
        return list(changes)
    most = sorted(changes, key=lambda change: -abs(change.f1_delta))[:MOST_CLASSES]
    return [change for change in changes if change in most]


def _draw(changes: list[ClassChange], lost: ClassChange | None, width: float) -> Figure:
    wide = width >= WIDE
    names = shorten_all([change.name for change in changes], 20 if wide else 11)
    left, right = 24.0 + 7.0 * max(map(len, names)), 74.0 if wide else 52.0
    figure = new_figure(width, _TOP + len(changes) * _ROW + _BOTTOM)
    axes = new_axes(figure, left=left, right=right, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(len(changes), 0)
    _scale(axes, changes, 8 if wide else 4)
    for number, change in enumerate(changes):
        y = number + 0.5
        worst = lost is not None and change.name == lost.name
        weight = "bold" if worst else "normal"
        beside(axes, names[number], y, offset=-left + 2, fontweight=weight)
        _row(axes, y, change)
        text = formats.points(change.f1_delta)
        beside(axes, text, y, offset=right - 2, edge=1, ha="right", fontweight=weight)
    beside(
        axes, "F1", -0.5, offset=right - 2, edge=1, ha="right", color=MUTED, fontsize=SMALL
    )
    intervals = any(change.recall_interval is not None for change in changes)
    _legend(figure, left, "recall, 95 % interval" if intervals else "recall")
    return figure


def _scale(axes: Axes, changes: list[ClassChange], n_ticks: int) -> None:
    ends = [0.0]
    for change in changes:
        ends += [change.recall_delta, change.f1_delta]
        if change.recall_interval is not None:
            ends += [change.recall_interval.low, change.recall_interval.high]
    low, high = 100 * min(ends), 100 * max(ends)
    room = 0.06 * max(high - low, 0.5)
    axes.set_xlim(low - room, high + room)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=MUTED, linewidth=1.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=n_ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: points_tick(value))
    axes.set_xlabel("tuned minus baseline, in percentage points")


def _row(axes: Axes, y: float, change: ClassChange) -> None:
    if change.recall_interval is not None:
        ends = [100 * change.recall_interval.low, 100 * change.recall_interval.high]
        axes.plot(ends, [y, y], color=TUNED, linewidth=1.5)
        axes.plot(ends, [y, y], "|", color=TUNED, markersize=7)
    # The ring is the larger: where both are equal the dot stands in it.
    axes.plot([100 * change.f1_delta], [y], "o", color=TUNED, **_RING)
    axes.plot([100 * change.recall_delta], [y], "o", color=TUNED, **_DOT)


def _legend(figure: Figure, left: float, recall: str) -> None:
    common: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": TUNED}
    handles = [
        Line2D([], [], label=recall, **common, **_DOT),
        Line2D([], [], label="F1", **common, **_RING),
    ]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(left / (figure.get_size_inches()[0] * 72), 1),
        ncols=2,
        fontsize=SMALL,
        handlelength=1.0,
        borderaxespad=0.3,
        labelcolor=INK,
    )


def _interval(change: ClassChange) -> str:
    if change.recall_interval is None:
        return formats.NONE
    return formats.points_interval(change.recall_interval.low, change.recall_interval.high)


def _cells(change: ClassChange) -> tuple[str, ...]:
    return (
        change.name,
        formats.count(change.support),
        formats.metric(change.baseline.recall),
        formats.metric(change.tuned.recall),
        formats.points(change.recall_delta),
        _interval(change),
        formats.points(change.f1_delta),
    )


def _caption(changes: tuple[ClassChange, ...], lost: ClassChange | None) -> str:
    gained = sum(change.f1_delta > 0 for change in changes)
    fell = sum(change.f1_delta < 0 for change in changes)
    n = formats.counted(len(changes), "class", "classes")
    text = f"F1 rises in {formats.count(gained)} of {n} and falls in {formats.count(fell)}."
    if lost is None:
        text += " No class lost F1."
    else:
        text += (
            f" The largest fall is that of {lost.name}: F1 {formats.points(lost.f1_delta)} "
            f"points, recall {formats.points(lost.recall_delta)}"
        )
        if lost.recall_interval is not None:
            text += f", 95 % interval {_interval(lost)}"
        text += "."
    if len(changes) > MOST_CLASSES:
        text += f" Drawn: the {MOST_CLASSES} whose F1 changed most; the table has all."
    return text


def _sentence(change: ClassChange) -> str:
    text = (
        f"{change.name}: recall {formats.metric(change.baseline.recall)} before, "
        f"{formats.metric(change.tuned.recall)} after "
        f"({formats.points(change.recall_delta)} points"
    )
    if change.recall_interval is not None:
        text += f", 95 % interval {_interval(change)}"
    return f"{text}), F1 {formats.points(change.f1_delta)} points."
