"""Times: every call as a dot, the median of the rounds, odd calls marked apart."""

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from report import formats
from report.analyse.types import CaseAnalysis, ModelAnalysis, OperationTimes, TimedSample
from report.charts.base import Chart
from report.charts.canvas import (
    BASELINE,
    GRID,
    INK,
    MUTED,
    PAPER,
    SMALL,
    TUNED,
    beside,
    drawing,
    new_axes,
    new_figure,
    to_svg,
)

_WIDTH: Final = 620.0
_LEFT: Final = 76.0
_RIGHT: Final = 22.0
_ROW: Final = 44.0
_HEAD: Final = 30.0
_FOOT: Final = 40.0
_LEGEND: Final = 26.0
#: A linear axis would press the smaller case's calls together beyond this factor.
_LOG_BEYOND: Final = 20.0
_COLOURS: Final = {"baseline": BASELINE, "tuned": TUNED}
_HEADER: Final = (
    "Operation",
    "Case",
    "Median of rounds",
    "Rounds",
    "Counted calls",
    "Fastest",
    "Slowest",
    "First call (cold)",
    "Disturbed calls",
)


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
    panels = [
        (
            operation,
            [
                (case, case.times[operation])
                for case in model.cases
                if operation in case.times and case.times[operation].samples
            ],
        )
        for operation in ("fit", "predict")
    ]
    panels = [(operation, rows) for operation, rows in panels if rows]
    if not panels:
        return None
    chart_id = f"figure-time-{model.name}"
    heights = [_HEAD + len(rows) * _ROW + _FOOT for _, rows in panels]
    with drawing(chart_id):
        figure = new_figure(_WIDTH, sum(heights) + _LEGEND)
        top = 0.0
        for (operation, rows), height in zip(panels, heights, strict=True):
            below = sum(heights) + _LEGEND - top - height
            axes = new_axes(
                figure, left=_LEFT, right=_RIGHT, top=top + _HEAD, bottom=below + _FOOT
            )
            _panel(axes, str(operation), rows)
            top += height
        _legend(
            figure,
            [sample for _, rows in panels for _, times in rows for sample in times.samples],
        )
        svg = to_svg(figure, chart_id)
    return Chart(
        id=chart_id,
        svg=svg,
        header=_HEADER,
        rows=tuple(_cells(case, times) for _, rows in panels for case, times in rows),
        title=f"{model.label}: every timed call",
        caption=_caption(model),
        description=" ".join(
            _sentence(case, times) for _, rows in panels for case, times in rows
        ),
        reading=(
            "Each dot is one timed call; dots of one round, a fresh process, lie at one height "
            "in their row. The upright line is the median of the rounds, the number that the "
            "report uses. A cross is the very first call, cold, and never counts; an open "
            "triangle is a call during which other programs used the machine: it counts, and "
            "is marked so that you can judge it. The axis is cut to the calls that count."
        ),
    )


def _panel(
    axes: Axes, operation: str, rows: list[tuple[CaseAnalysis, OperationTimes]]
) -> None:
    scale, unit = _unit([times for _, times in rows])
    axes.set_ylim(len(rows), 0)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    n_rows = rows[0][1].n_rows
    title = f"{operation} of {formats.counted(n_rows, 'row')}"
    axes.annotate(
        title,
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(-_LEFT, 10),
        textcoords="offset points",
        fontweight="bold",
        annotation_clip=False,
    )
    logarithmic = _limits(axes, [times for _, times in rows], scale)
    axes.set_xlabel(f"{unit} a call" + (" (logarithmic)" if logarithmic else ""))
    for number, (case, times) in enumerate(rows):
        if number:
            axes.axhline(number, color=GRID, linewidth=1)
        beside(axes, case.variant, number + 0.5, offset=-_LEFT)
        _calls(axes, times, number, scale, _COLOURS[case.variant])
        if times.seconds is not None:
            axes.plot(
                [times.seconds / scale] * 2,
                [number + 0.1, number + 0.9],
                color=_COLOURS[case.variant],
                linewidth=2.5,
            )


def _unit(timed: list[OperationTimes]) -> tuple[float, str]:
    largest = max(sample.wall for times in timed for sample in times.samples)
    for scale, unit in ((1.0, "seconds"), (1e-3, "milliseconds"), (1e-6, "microseconds")):
        if largest >= scale:
            return scale, unit
    return 1e-9, "nanoseconds"


def _limits(axes: Axes, timed: list[OperationTimes], scale: float) -> bool:
    """Fit the axis to the calls that count; tell whether it is logarithmic.

    It is never narrower than a fifth of the times themselves, so that noise of a
    per cent is not drawn as if it were a difference.
    """
    walls = [s.wall / scale for times in timed for s in times.samples if s.counted]
    walls = walls or [s.wall / scale for times in timed for s in times.samples]
    low, high = min(walls), max(walls)
    if low > 0 and high / low > _LOG_BEYOND:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.3, high * 1.3)
        axes.xaxis.set_major_locator(LogLocator(numticks=8))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        return True
    span = max(1.16 * (high - low), 0.2 * high)
    middle = (low + high) / 2
    left = max(middle - span / 2, 0.0)
    axes.set_xlim(left, left + span)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.6g}")
    return False


def _calls(axes: Axes, times: OperationTimes, row: int, scale: float, colour: str) -> None:
    rounds = sorted({sample.round for sample in times.samples})
    step = 0.6 / max(len(rounds) - 1, 1)
    right = axes.get_xlim()[1]
    for sample in times.samples:
        y = row + (0.2 + step * rounds.index(sample.round) if len(rounds) > 1 else 0.5)
        x = sample.wall / scale
        beyond = sample.cold and x > right
        axes.plot(
            [right if beyond else x],
            [y],
            linestyle="none",
            clip_on=False,
            **_mark(sample, colour),
        )
        if beyond:
            axes.annotate(
                f"{formats.seconds(sample.wall)} \N{RIGHTWARDS ARROW}",
                xy=(right, y),
                xytext=(-7, 0),
                textcoords="offset points",
                ha="right",
                va="center_baseline",
                color=MUTED,
                fontsize=SMALL,
            )


def _mark(sample: TimedSample, colour: str) -> dict[str, Any]:
    if sample.cold:
        return {"marker": "x", "color": MUTED, "markersize": 6.5, "markeredgewidth": 1.75}
    if sample.contaminated:
        return {
            "marker": "^",
            "color": colour,
            "markersize": 6.5,
            "markeredgewidth": 1.25,
            "markerfacecolor": PAPER,
        }
    return {
        "marker": "o",
        "color": colour,
        "markersize": 5,
        "markeredgewidth": 0,
        "alpha": 0.75,
    }


def _legend(figure: Figure, samples: list[TimedSample]) -> None:
    """Explain the marks that occur, along the lower edge."""
    entries = [("one call", {"marker": "o", "markersize": 5})]
    if any(sample.cold for sample in samples):
        entries.append(
            ("first call, cold, not counted", {"marker": "x", "markersize": 6.5})
        )
    if any(sample.contaminated and not sample.cold for sample in samples):
        entries.append(
            (
                "other programs were busy",
                {"marker": "^", "markersize": 6.5, "markerfacecolor": PAPER},
            )
        )
    handles = [
        Line2D([], [], linestyle="none", color=INK, label=label, **style)
        for label, style in entries
    ]
    handles.append(
        Line2D(
            [],
            [],
            linestyle="none",
            marker="|",
            markersize=12,
            markeredgewidth=2.5,
            color=INK,
            label="median of the rounds",
        )
    )
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 0),
        ncols=4,
        fontsize=SMALL,
        handlelength=1.0,
        borderaxespad=0.2,
    )


def _cells(case: CaseAnalysis, times: OperationTimes) -> tuple[str, ...]:
    counted = [sample.wall for sample in times.samples if sample.counted]
    return (
        times.operation,
        case.variant,
        formats.seconds(times.seconds),
        formats.count(len(times.rounds)),
        formats.count(len(counted)),
        formats.seconds(min(counted, default=None)),
        formats.seconds(max(counted, default=None)),
        formats.seconds(times.cold_seconds),
        formats.count(times.n_contaminated),
    )


def _caption(model: ModelAnalysis) -> str:
    parts = []
    for time in model.times:
        if time.operation == "fit+predict" or time.ratio is None:
            continue
        text = (
            f"{time.operation.capitalize()}: {formats.seconds(time.baseline)} before, "
            f"{formats.seconds(time.tuned)} after"
        )
        parts.append(f"{text} ({time.word}).")
    return " ".join(parts) or "Only one of the two cases was timed."


def _sentence(case: CaseAnalysis, times: OperationTimes) -> str:
    counted = [sample.wall for sample in times.samples if sample.counted]
    if not counted:
        return f"{case.variant}, {times.operation}: no counted call."
    return (
        f"{case.variant.capitalize()}, {times.operation}: "
        f"{formats.counted(len(counted), 'counted call')} in "
        f"{formats.counted(len(times.rounds), 'round')}, from "
        f"{formats.seconds(min(counted))} to {formats.seconds(max(counted))}, median of the "
        f"rounds {formats.seconds(times.seconds)}."
    )
