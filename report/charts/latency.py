"""How long one caller waits: single calls of predict on few rows, by batch size."""

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tunecard.report import formats
from tunecard.report.analyze.types import CaseAnalysis, LatencyAnalysis, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    GRID,
    INK,
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

_TOP: Final = 30.0
_ROW: Final = 26.0
_BOTTOM: Final = 46.0
_COLORS: Final = {"baseline": BASELINE, "tuned": TUNED}
_MEDIAN: Final[dict[str, Any]] = {"marker": "o", "markersize": 8, "markeredgewidth": 0}
_P95: Final[dict[str, Any]] = {"marker": "|", "markersize": 12, "markeredgewidth": 2}
_P99: Final[dict[str, Any]] = {
    "marker": "d",
    "markersize": 7,
    "markeredgewidth": 1.5,
    "markerfacecolor": PAPER,
}
_HEADER: Final = (
    "Rows per call",
    "Case",
    "Calls",
    "Median",
    "p95",
    "p99",
    "Rows per second",
)


def latency(model: ModelAnalysis) -> Chart | None:
    """Draw the median and the slow end of single calls, by batch size.

    Parameters
    ----------
    model : ModelAnalysis
        The model whose cases were called.

    Returns
    -------
    Chart or None
        None when no single call was timed.
    """
    groups = _groups(model)
    if not groups:
        return None
    chart_id = f"figure-latency-{model.name}"
    rows = [pair for _, pairs in groups for pair in pairs]
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(groups, width)),
        header=_HEADER,
        rows=tuple(_cells(case, timing) for case, timing in rows),
        title=f"{formats.capital(model.label)}: latency of single calls",
        caption=_caption(groups),
        description=" ".join(_sentence(case, timing) for case, timing in rows),
        reading=(
            "Each row is a case called on so many rows at once, one call after another. "
            "The dot is the median latency; the upright mark is p95, which 95 of 100 calls "
            "do not exceed, shown from 60 calls on; the open diamond is p99, shown from "
            "300 calls on, so that each rests on calls that really were that slow. The "
            "axis is logarithmic. At the right: rows per second, computed from the median."
        ),
    )


_Groups = list[tuple[int, list[tuple[CaseAnalysis, LatencyAnalysis]]]]


def _groups(model: ModelAnalysis) -> _Groups:
    """Collect what there is to draw: for each batch size its cases."""
    batches = sorted({timing.batch for case in model.cases for timing in case.latencies})
    return [
        (
            batch,
            [
                (case, timing)
                for case in model.cases
                for timing in case.latencies
                if timing.batch == batch
            ],
        )
        for batch in batches
    ]


def _draw(groups: _Groups, width: float) -> Figure:
    wide = width >= WIDE
    n_rows = sum(len(pairs) + 1 for _, pairs in groups)
    figure = new_figure(width, _TOP + n_rows * _ROW + _BOTTOM)
    left, right = (84.0, 92.0) if wide else (72.0, 76.0)
    axes = new_axes(figure, left=left, right=right, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(n_rows, 0)
    scale, unit = _unit(groups)
    _axes(axes, groups, scale, n_ticks=8 if wide else 4)
    axes.set_xlabel(f"{unit} per call (logarithmic)")
    small: dict[str, Any] = {"ha": "right", "fontsize": SMALL}
    y = 0.5
    for batch, pairs in groups:
        title = f"{formats.counted(batch, 'row')} per call"
        beside(axes, title, y, offset=-left, fontweight="bold")
        if batch == groups[0][0]:
            beside(axes, "rows per second", y, offset=right - 2, edge=1, **small)
        else:
            axes.axhline(y - 0.5, color=GRID, linewidth=1)
        for case, timing in pairs:
            y += 1
            beside(axes, case.variant, y, offset=-left)
            beside(axes, _rate(timing), y, offset=right - 2, edge=1, ha="right")
            _row(axes, y, timing, scale, _COLORS[case.variant])
        y += 1
    _legend(figure, [timing for _, pairs in groups for _, timing in pairs], left)
    return figure


def _shown_times(timing: LatencyAnalysis) -> list[float]:
    return [v for v in (timing.median, timing.p95, timing.p99) if v is not None and v > 0]


def _unit(groups: _Groups) -> tuple[float, str]:
    values = [
        value
        for _, pairs in groups
        for _, timing in pairs
        for value in _shown_times(timing)
    ]
    largest = max(values, default=1.0)
    for scale, unit in ((1.0, "seconds"), (1e-3, "milliseconds")):
        if largest >= scale:
            return scale, unit
    return 1e-6, "microseconds"


def _axes(axes: Axes, groups: _Groups, scale: float, n_ticks: int) -> None:
    values = [
        value / scale
        for _, pairs in groups
        for _, timing in pairs
        for value in _shown_times(timing)
    ] or [1.0]
    low, high = min(values), max(values)
    # At least a factor of 4, so that noise does not fill the figure.
    room = max((4 / (high / low)) ** 0.5, 1.15)
    log_axis(axes, low / room, high * room, n_ticks)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)


def _row(axes: Axes, y: float, timing: LatencyAnalysis, scale: float, color: str) -> None:
    times = [value / scale for value in _shown_times(timing)]
    axes.plot([min(times, default=0), max(times, default=0)], [y, y], color=color)
    for value, mark in ((timing.p99, _P99), (timing.p95, _P95), (timing.median, _MEDIAN)):
        if value is not None:
            axes.plot([value / scale], [y], color=color, linestyle="none", **mark)


def _legend(figure: Figure, timings: list[LatencyAnalysis], left: float) -> None:
    marks = [("median", _MEDIAN)]
    if any(timing.p95 is not None for timing in timings):
        marks.append(("p95", _P95))
    if any(timing.p99 is not None for timing in timings):
        marks.append(("p99", _P99))
    figure.legend(
        handles=[
            Line2D([], [], linestyle="none", color=INK, label=name, **mark)
            for name, mark in marks
        ],
        loc="upper left",
        bbox_to_anchor=(left / (figure.get_size_inches()[0] * 72), 1),
        ncols=3,
        fontsize=SMALL,
        handlelength=1.0,
        borderaxespad=0.3,
    )


def _rate(timing: LatencyAnalysis) -> str:
    if timing.rows_per_second is None:
        return formats.NONE
    return formats.count(round(timing.rows_per_second))


def _cells(case: CaseAnalysis, timing: LatencyAnalysis) -> tuple[str, ...]:
    return (
        formats.count(timing.batch),
        case.variant,
        formats.count(timing.n_calls),
        formats.seconds(timing.median),
        formats.seconds(timing.p95),
        formats.seconds(timing.p99),
        _rate(timing),
    )


def _caption(groups: _Groups) -> str:
    medians = []
    for batch, pairs in (groups[0], *([groups[-1]] if len(groups) > 1 else [])):
        waits = [
            f"{formats.seconds(timing.median)} {case.variant}" for case, timing in pairs
        ]
        medians.append(f"{formats.counted(batch, 'row')} per call: {formats.listed(waits)}")
    return "Median latency with " + "; with ".join(medians) + "."


def _sentence(case: CaseAnalysis, timing: LatencyAnalysis) -> str:
    text = (
        f"{case.variant.capitalize()}, {formats.counted(timing.batch, 'row')} per call: "
        f"median {formats.seconds(timing.median)} over "
        f"{formats.counted(timing.n_calls, 'call')}"
    )
    if timing.p95 is not None:
        text += f", p95 {formats.seconds(timing.p95)}"
    if timing.p99 is not None:
        text += f", p99 {formats.seconds(timing.p99)}"
    return f"{text}; {_rate(timing)} rows per second."
