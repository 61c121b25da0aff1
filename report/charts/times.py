"""Times: every call as a dot, the median of the rounds, marks for unusual calls."""

from typing import Any, Final, TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import (
    CaseAnalysis,
    ModelAnalysis,
    OperationTimes,
    TimedSample,
)
from tunecard.report.charts import times_words as words
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    GRID,
    INK,
    MUTED,
    PAPER,
    SMALL,
    TUNED,
    WIDE,
    beside,
    log_axis,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import picture
from tunecard.runner.schema import Operation

_LEFT: Final = 66.0
_RIGHT: Final = 12.0
#: Where a first call lies beyond the axis, its time stands to the right of the axis.
_RIGHT_WITH_TIMES: Final = 68.0
_ROW: Final = 44.0
_HEAD: Final = 30.0
_FOOT: Final = 40.0
_MARKS: Final[dict[str, dict[str, Any]]] = {
    "call": {"marker": "o", "markersize": 5, "markeredgewidth": 0, "alpha": 0.75},
    "disturbed": {
        "marker": "^",
        "markersize": 6.5,
        "markeredgewidth": 1.25,
        "markerfacecolor": PAPER,
    },
    "cold": {"marker": "x", "markersize": 6.5, "markeredgewidth": 1.75},
}
_WORDS: Final = {
    "call": "one call",
    "disturbed": "others were busy",
    "cold": "first call, not counted",
}
#: A linear axis would press the smaller case's calls together beyond this factor.
_LOG_BEYOND: Final = 20.0
_COLORS: Final = {"baseline": BASELINE, "tuned": TUNED}
_Panels: TypeAlias = list[tuple[Operation, list[tuple[CaseAnalysis, OperationTimes]]]]


def time_samples(model: ModelAnalysis) -> Chart | None:
    """Draw every timed call of a model's two cases, fit above predict.

    Parameters
    ----------
    model : ModelAnalysis
        The model whose cases' samples are drawn.

    Returns
    -------
    Chart or None
        None when nothing was timed.
    """
    panels = _panels(model)
    if not panels:
        return None
    chart_id = f"figure-time-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(panels, width)),
        header=words.HEADER,
        rows=tuple(words.cells(case, times) for _, rows in panels for case, times in rows),
        title=f"{formats.capital(model.label)}: every timed call",
        caption=words.caption(model),
        description=" ".join(
            words.sentence(case, times) for _, rows in panels for case, times in rows
        ),
        reading=words.READING,
    )


def _panels(model: ModelAnalysis) -> _Panels:
    """Collect what there is to draw: for each operation its cases with samples."""
    operations: tuple[Operation, ...] = ("fit", "predict")
    panels = [
        (
            operation,
            [
                (case, case.times[operation])
                for case in model.cases
                if operation in case.times and case.times[operation].samples
            ],
        )
        for operation in operations
    ]
    return [(operation, rows) for operation, rows in panels if rows]


def _draw(panels: _Panels, width: float) -> Figure:
    wide = width >= WIDE
    legend = 44.0 if wide else 62.0
    heights = [_HEAD + len(rows) * _ROW + _FOOT for _, rows in panels]
    right = _RIGHT_WITH_TIMES if any(_beyond(rows) for _, rows in panels) else _RIGHT
    figure = new_figure(width, sum(heights) + legend)
    top = 0.0
    for (operation, rows), height in zip(panels, heights, strict=True):
        axes = new_axes(
            figure,
            left=_LEFT,
            right=right,
            top=top + _HEAD,
            bottom=sum(heights) + legend - top - height + _FOOT,
        )
        _panel(axes, operation, rows, 6 if wide else 4)
        top += height
    samples = [
        sample for _, rows in panels for _, times in rows for sample in times.samples
    ]
    _legend(figure, samples, 3 if wide else 2)
    return figure


def _panel(
    axes: Axes,
    operation: Operation,
    rows: list[tuple[CaseAnalysis, OperationTimes]],
    n_ticks: int,
) -> None:
    scale, unit = _unit([times for _, times in rows])
    axes.set_ylim(len(rows), 0)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    title = f"{operation} of {formats.counted(rows[0][1].n_rows, 'row')}"
    beside(axes, title, -0.36, offset=-_LEFT, fontweight="bold")
    logarithmic = _limits(axes, [times for _, times in rows], scale, n_ticks)
    axes.set_xlabel(f"{unit} per call" + (" (logarithmic)" if logarithmic else ""))
    for number, (case, times) in enumerate(rows):
        if number:
            axes.axhline(number, color=GRID, linewidth=1)
        beside(axes, case.variant, number + 0.5, offset=-_LEFT)
        color = _COLORS[case.variant]
        _calls(axes, times, number, scale, color)
        ends = words.interval(times)
        if ends is not None:
            _bar(axes, ends.low / scale, ends.high / scale, number + 0.92, color)
        if times.seconds is not None:
            x, y = [times.seconds / scale] * 2, [number + 0.1, number + 0.9]
            axes.plot(x, y, color=color, linewidth=2.5)


def _unit(timed: list[OperationTimes]) -> tuple[float, str]:
    largest = max(sample.wall for times in timed for sample in times.samples)
    for scale, unit in ((1.0, "seconds"), (1e-3, "milliseconds"), (1e-6, "microseconds")):
        if largest >= scale:
            return scale, unit
    return 1e-9, "nanoseconds"


def _limits(axes: Axes, timed: list[OperationTimes], scale: float, n_ticks: int) -> bool:
    """Fit the axis to the calls that count; return whether it is logarithmic."""
    low, high, logarithmic = _span(timed)
    if logarithmic:
        log_axis(axes, low / scale, high / scale, n_ticks)
        return True
    axes.set_xlim(low / scale, high / scale)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=n_ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.6g}")
    return False


def _span(timed: list[OperationTimes]) -> tuple[float, float, bool]:
    """Return the ends of the axis in seconds, and whether it is logarithmic.

    It is never narrower than a fifth of the times themselves, so that noise of a
    per cent is not drawn as if it were a difference.
    """
    walls = [s.wall for times in timed for s in times.samples if s.counted]
    walls = walls or [s.wall for times in timed for s in times.samples]
    low, high = min(walls), max(walls)
    if low > 0 and high / low > _LOG_BEYOND:
        return low / 1.3, high * 1.3, True
    span = max(1.16 * (high - low), 0.2 * high)
    left = max((low + high) / 2 - span / 2, 0.0)
    return left, left + span, False


def _beyond(rows: list[tuple[CaseAnalysis, OperationTimes]]) -> bool:
    """Return whether a call lies to the right of the axis."""
    timed = [times for _, times in rows]
    right = _span(timed)[1]
    return any(sample.wall > right for times in timed for sample in times.samples)


def _bar(axes: Axes, low: float, high: float, y: float, color: str) -> None:
    """Draw an interval; an arrow head where it continues beyond the axis."""
    left, right = axes.get_xlim()
    axes.plot([max(low, left), min(high, right)], [y, y], color=color, linewidth=1.25)
    style: dict[str, Any] = {"color": color, "markersize": 5, "markeredgewidth": 1.25}
    axes.plot([max(low, left)], [y], "|" if low >= left else "<", clip_on=False, **style)
    axes.plot(
        [min(high, right)], [y], "|" if high <= right else ">", clip_on=False, **style
    )


def _calls(axes: Axes, times: OperationTimes, row: int, scale: float, color: str) -> None:
    """Draw the calls of a case, a round at a height of its own."""
    rounds = sorted({sample.round for sample in times.samples})
    step = 0.6 / max(len(rounds) - 1, 1)
    first = row + (0.2 if len(rounds) > 1 else 0.5)
    right = axes.get_xlim()[1]
    places: dict[str, list[tuple[float, float]]] = {}
    for sample in times.samples:
        x, y = sample.wall / scale, first + step * rounds.index(sample.round)
        if x > right:  # a cold call: far off, its time is written beyond the edge
            label = f"\N{RIGHTWARDS ARROW} {formats.seconds(sample.wall)}"
            beside(axes, label, y, offset=8, edge=1, color=MUTED, fontsize=SMALL)
            x = right
        places.setdefault(_kind(sample), []).append((x, y))
    for kind, points in places.items():
        x_all, y_all = zip(*points, strict=True)
        shade = MUTED if kind == "cold" else color
        axes.plot(
            x_all, y_all, linestyle="none", clip_on=False, color=shade, **_MARKS[kind]
        )


def _kind(sample: TimedSample) -> str:
    if sample.cold:
        return "cold"
    return "disturbed" if sample.contaminated else "call"


def _legend(figure: Figure, samples: list[TimedSample], ncols: int) -> None:
    """Explain the marks that occur, along the lower edge."""
    present = {_kind(sample) for sample in samples}
    handles = [
        Line2D([], [], linestyle="none", color=INK, label=words, **_MARKS[kind])
        for kind, words in _WORDS.items()
        if kind in present
    ]
    bar: dict[str, Any] = {"marker": "|", "markersize": 12, "markeredgewidth": 2.5}
    middle = "median of the rounds"
    handles.append(Line2D([], [], linestyle="none", color=INK, label=middle, **bar))
    handles.append(Line2D([], [], color=INK, linewidth=1.25, label="95 % interval"))
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 0),
        ncols=ncols,
        fontsize=SMALL,
        handlelength=1.0,
        borderaxespad=0.2,
    )
