"""The figures of a comparison: changes of the metric and ratios of time, with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types.runs import CaseChange, RunComparison, RunTime
from tunecard.report.charts import Chart
from tunecard.report.charts.canvas import (
    INK,
    MUTED,
    TUNED,
    WIDE,
    beside,
    log_axis,
    new_axes,
    new_figure,
)
from tunecard.report.charts.quality import axis_unit, right_of_zero
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import points_tick, shorten
from tunecard.report.compare.words import case_label
from tunecard.report.conclusion import interval_name
from tunecard.report.view.words import OPERATIONS, time_word
from tunecard.runner.schema import MetricSpec

_ROW: Final = 25.0
_TOP: Final = 4.0
_BOTTOM: Final = 46.0


@dataclass(frozen=True)
class _Mark:
    """A dot with its interval: where it stands, and what is written next to it."""

    label: str
    value: float
    low: float
    high: float
    text: str
    band: tuple[float, float] | None


def metric_figure(compared: RunComparison) -> Chart | None:
    """Draw the change of the study's metric in each shared case; None without any."""
    tested = [(case, case.test) for case in compared.cases if case.test is not None]
    if not tested:
        return None
    spec, label = compared.metric, compared.metric.label
    scale = formats.delta_scale(spec)
    margin = compared.margin
    marks = [
        _Mark(
            label=case_label(case),
            value=scale * test.delta,
            low=scale * test.interval.low,
            high=scale * test.interval.high,
            text=formats.delta(test.delta, spec),
            band=(-scale * margin, scale * margin) if margin is not None else None,
        )
        for case, test in tested
    ]
    chart_id = "figure-run-change"

    def draw(width: float) -> Figure:
        return _draw(marks, width, lambda axes: _changes(axes, marks, spec, width))

    return Chart(
        id=chart_id,
        svg=picture(chart_id, draw),
        header=(
            "Case",
            "Reference",
            "New",
            "Change",
            interval_name(tested[0][1]),
            "Verdict",
        ),
        rows=tuple(_metric_row(case, spec) for case, _ in tested),
        title=f"How {label} changed from the reference to the new run",
        caption=" ".join(
            f"{case_label(case)}: {formats.delta(test.delta, spec)} ({test.word})."
            for case, test in tested
        ),
        description=" ".join(
            f"{case_label(case)}: {label} changes by {formats.delta(test.delta, spec)}, "
            f"{interval_name(test)} "
            f"{formats.delta_interval(test.interval.low, test.interval.high, spec)}."
            for case, test in tested
        ),
        reading=_metric_reading(compared),
    )


def _metric_row(case: CaseChange, spec: MetricSpec) -> tuple[str, ...]:
    metric, test = case.metric(spec.name), case.test
    assert test is not None
    return (
        case_label(case),
        formats.metric(metric.first if metric else None),
        formats.metric(metric.second if metric else None),
        formats.delta(test.delta, spec),
        formats.delta_interval(test.interval.low, test.interval.high, spec),
        test.word,
    )


def _metric_reading(compared: RunComparison) -> str:
    text = (
        f"Right of the line at 0 the new run {right_of_zero(compared.metric)}. The bar is "
        "the interval of the table: the differences that the test rows do not rule out. A "
        "bar that crosses 0 leaves the direction open."
    )
    if compared.margin is not None:
        size = formats.margin(compared.margin, compared.metric)
        text += (
            f" The gray band, {size} either way, is what the study calls too small to "
            "matter."
        )
    return text


def times_figure(compared: RunComparison) -> Chart | None:
    """Draw the ratio of every time with its interval; None where none is compared."""
    timed = [
        (case, time)
        for case in compared.cases
        for time in case.times
        if time.ratio is not None and time.interval is not None
    ]
    if not timed:
        return None
    marks = [_time_mark(case, time) for case, time in timed]
    chart_id = "figure-run-times"

    def draw(width: float) -> Figure:
        return _draw(marks, width, lambda axes: _ratios(axes, marks, width))

    return Chart(
        id=chart_id,
        svg=picture(chart_id, draw),
        header=("Case", "Operation", "New / reference", "95 % interval", "Verdict"),
        rows=tuple(_time_row(case, time) for case, time in timed),
        title="How the times changed from the reference to the new run",
        caption=" ".join(
            f"{case_label(case)}, {OPERATIONS[time.operation].lower()}: {time.word}."
            for case, time in timed
            if time.word in ("faster", "slower")
        )
        or "No time is shown to have changed.",
        description=" ".join(
            f"{case_label(case)}, {OPERATIONS[time.operation].lower()}: "
            f"{formats.ratio(time.ratio)} times as long, 95 % interval {_ends(time)}."
            for case, time in timed
        ),
        reading=(
            "Right of the line at 1 the new run takes longer, relative to the calibration "
            "kernel. The bar is the 95 % interval with the noise between runs; the gray "
            "band is that noise alone. A bar that crosses 1 leaves the direction open."
        ),
    )


def _time_mark(case: CaseChange, time: RunTime) -> _Mark:
    assert time.ratio is not None
    assert time.interval is not None
    return _Mark(
        label=f"{case_label(case)}: {OPERATIONS[time.operation].lower()}",
        value=time.ratio,
        low=time.interval.low,
        high=time.interval.high,
        text=formats.ratio(time.ratio),
        band=(1 / (1 + time.floor), 1 + time.floor),
    )


def _time_row(case: CaseChange, time: RunTime) -> tuple[str, ...]:
    return (
        case_label(case),
        OPERATIONS[time.operation],
        formats.ratio(time.ratio),
        _ends(time),
        time_word(time),
    )


def _ends(time: RunTime) -> str:
    assert time.interval is not None
    return formats.ratio_interval(time.interval.low, time.interval.high)


def _draw(marks: Sequence[_Mark], width: float, scale: Callable[[Axes], None]) -> Figure:
    """Draw a row a mark: its name before its bar, above it on a phone; its value behind."""
    wide = width >= WIDE
    left, right, rows = (276.0, 52.0, 1) if wide else (10.0, 52.0, 2)
    figure = new_figure(width, _TOP + len(marks) * rows * _ROW + _BOTTOM)
    axes = new_axes(figure, left=left, right=right, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(rows * len(marks), 0)
    scale(axes)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    for number, mark in enumerate(marks):
        y = rows * (number + 1) - 0.5
        name = shorten(mark.label, 46)
        place = y if wide else y - 0.9
        beside(axes, name, place, offset=2 - left, color=INK)
        if mark.band is not None:
            axes.fill_betweenx([y - 0.42, y + 0.42], *mark.band, color=MUTED, alpha=0.16)
        axes.plot([mark.low, mark.high], [y, y], color=TUNED, linewidth=2)
        axes.plot([mark.low, mark.high], [y, y], "|", color=TUNED, markersize=8)
        axes.plot([mark.value], [y], "o", color=TUNED, markersize=8)
        beside(axes, mark.text, y, offset=right - 4, edge=1, ha="right", fontweight="bold")
    return figure


def _changes(axes: Axes, marks: Sequence[_Mark], spec: MetricSpec, width: float) -> None:
    ends = [0.0, *(end for mark in marks for end in (mark.low, mark.high))]
    widest = max(abs(end) for end in ends)
    for mark in marks:
        if mark.band is not None and mark.band[1] < 1.5 * widest:
            ends += mark.band
    room = 0.06 * max(max(ends) - min(ends), 0.001 * formats.delta_scale(spec))
    axes.set_xlim(min(ends) - room, max(ends) + room)
    axes.axvline(0, color=MUTED, linewidth=1.5)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=8 if width >= WIDE else 4, steps=[1, 2, 2.5, 5, 10])
    )
    axes.xaxis.set_major_formatter(lambda value, _: points_tick(value))
    axes.set_xlabel(f"new minus reference{axis_unit(spec)}")


def _ratios(axes: Axes, marks: Sequence[_Mark], width: float) -> None:
    ends = [1.0, *(end for mark in marks for end in (mark.low, mark.high))]
    log_axis(axes, min(ends) / 1.03, max(ends) * 1.03, 8 if width >= WIDE else 4)
    axes.axvline(1, color=MUTED, linewidth=1.5)
    axes.set_xlabel("new / reference, times as long")
