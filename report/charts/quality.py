"""How the headline metrics changed: a dot and its interval each."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from report import formats
from report.analyse.types import Analysis, MetricComparison, ModelAnalysis
from report.charts.base import Chart
from report.charts.canvas import (
    INK,
    MUTED,
    PAPER,
    TUNED,
    beside,
    drawing,
    new_axes,
    new_figure,
    to_svg,
)
from report.charts.text import shorten

#: With more models than this only the study's own metric is drawn.
MOST_MODELS: Final = 6
_ROW: Final = 25.0
_WIDTH: Final = 620.0
_LEFT: Final = 150.0
_RIGHT: Final = 84.0
_TOP: Final = 4.0
_BOTTOM: Final = 46.0
_HEADER: Final = ("Model", "Metric", "Baseline", "Tuned", "Change", "95 % interval")


def metric_change(analysis: Analysis) -> Chart | None:
    """Draw the change of each headline metric of each model with its interval.

    Parameters
    ----------
    analysis : Analysis
        Models whose two cases can be compared are drawn.

    Returns
    -------
    Chart or None
        None when no model can be compared.
    """
    few = len(analysis.models) <= MOST_MODELS
    wanted = {spec.name for spec in analysis.headline} if few else set()
    groups = [
        (
            model,
            [
                c
                for c in model.quality.metrics
                if c.delta is not None and (c.primary or c.spec.name in wanted)
            ],
        )
        for model in analysis.models
        if model.quality is not None
    ]
    changes = [change for _, group in groups for change in group]
    if not changes:
        return None
    chart_id = "figure-metric-change"
    with drawing(chart_id):
        n_rows = len(changes) + len(groups)
        figure = new_figure(_WIDTH, _TOP + n_rows * _ROW + _BOTTOM)
        axes = new_axes(figure, left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM)
        axes.set_ylim(n_rows, 0)
        _scale(axes, changes)
        y = 0.5
        for model, group in groups:
            beside(axes, shorten(model.label, 60), y, offset=-_LEFT, fontweight="bold")
            for change in group:
                y += 1
                _row(axes, y, change, analysis.margin if change.primary else None)
            y += 1
        svg = to_svg(figure, chart_id)
    return Chart(
        id=chart_id,
        svg=svg,
        header=_HEADER,
        rows=tuple(_cells(model, change) for model, group in groups for change in group),
        title="What tuning changed on the test rows",
        caption=" ".join(_summary(model) for model, _ in groups),
        description=" ".join(
            _sentence(model, change) for model, group in groups for change in group
        ),
        reading=_reading(analysis),
    )


def _scale(axes: Axes, changes: Sequence[MetricComparison]) -> None:
    """Set an x axis in percentage points that holds 0 and every interval."""
    ends = [0.0]
    for change in changes:
        ends.append(change.delta or 0.0)
        if change.interval is not None:
            ends += [change.interval.low, change.interval.high]
    low, high = 100 * min(ends), 100 * max(ends)
    room = 0.06 * max(high - low, 0.1)
    axes.set_xlim(low - room, high + room)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=MUTED, linewidth=1.5)
    axes.xaxis.set_major_formatter(lambda value, _: _tick(value))
    axes.set_xlabel("tuned less baseline, in percentage points")


def _tick(value: float) -> str:
    text = formats.points(value / 100)
    return text.rstrip("0").rstrip(".") if "." in text and value else "0"


def _row(axes: Axes, y: float, change: MetricComparison, margin: float | None) -> None:
    assert change.delta is not None
    primary = change.primary
    if margin is not None:
        axes.fill_betweenx(
            [y - 0.42, y + 0.42], -100 * margin, 100 * margin, color=MUTED, alpha=0.16
        )
    beside(axes, change.spec.label, y, offset=-_LEFT + 12, color=INK if primary else MUTED)
    if change.interval is not None:
        ends = [100 * change.interval.low, 100 * change.interval.high]
        axes.plot(ends, [y, y], color=TUNED, linewidth=2 if primary else 1.25)
        axes.plot(ends, [y, y], "|", color=TUNED, markersize=8)
    axes.plot(
        [100 * change.delta],
        [y],
        "o",
        color=TUNED,
        markersize=8,
        markerfacecolor=TUNED if primary else PAPER,
        markeredgewidth=1.5,
    )
    axes.annotate(
        formats.delta(change.delta, change.spec.name),
        xy=(1, y),
        xycoords=("axes fraction", "data"),
        xytext=(_RIGHT - 2, 0),
        textcoords="offset points",
        ha="right",
        va="center_baseline",
        annotation_clip=False,
        fontweight="bold" if primary else "normal",
    )


def _cells(model: ModelAnalysis, change: MetricComparison) -> tuple[str, ...]:
    return (
        model.label,
        change.spec.label,
        formats.metric(change.first),
        formats.metric(change.second),
        formats.delta(change.delta, change.spec.name),
        interval_text(change),
    )


def interval_text(change: MetricComparison) -> str:
    """Write the interval of a change, or the reason why there is none."""
    if change.interval is None:
        return change.interval_reason or formats.NONE
    return formats.delta_interval(
        change.interval.low, change.interval.high, change.spec.name
    )


def _summary(model: ModelAnalysis) -> str:
    assert model.quality is not None
    test = model.quality.test
    changed = next(change for change in model.quality.metrics if change.primary)
    return (
        f"{model.label}: {changed.spec.label.lower()} changes by "
        f"{formats.delta(test.delta, test.metric)} {formats.delta_unit(test.metric)} "
        f"({test.word})."
    )


def _sentence(model: ModelAnalysis, change: MetricComparison) -> str:
    text = (
        f"{model.label}, {change.spec.label.lower()}: {formats.metric(change.first)} before, "
        f"{formats.metric(change.second)} after, "
        f"{formats.delta(change.delta, change.spec.name)} "
        f"{formats.delta_unit(change.spec.name)}".rstrip()
    )
    if change.interval is not None:
        text += f", 95 % interval {interval_text(change)}"
    return text + "."


def _reading(analysis: Analysis) -> str:
    text = (
        "Right of the line at 0 the tuned model scores higher. The bar is the 95 % interval: "
        "the differences that the test rows do not rule out. A bar that crosses 0 leaves "
        f"the direction open. {analysis.metric.label}, the filled dot, is the study's metric "
        "and the only one that is tested; hollow dots describe."
    )
    if analysis.margin is not None:
        text += (
            f" The grey band, {formats.points(analysis.margin).lstrip('+')} points either way, "
            "is what the study calls too small to matter."
        )
    return text
