"""How the headline metrics changed: a dot and its interval each."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, MetricComparison, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    INK,
    MUTED,
    PAPER,
    TUNED,
    WIDE,
    beside,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import points_tick, shorten
from tunecard.runner.schema import MetricSpec

#: With more models than this only the study's own metric is drawn.
MOST_MODELS: Final = 6
_ROW: Final = 25.0
_TOP: Final = 4.0
_BOTTOM: Final = 46.0
_Groups: TypeAlias = list[tuple[ModelAnalysis, list[MetricComparison]]]
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
    groups = _groups(analysis)
    changes = [change for _, group in groups for change in group]
    if not changes:
        return None
    chart_id = "figure-metric-change"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(groups, analysis.margin, width)),
        header=_HEADER,
        rows=tuple(_cells(model, change) for model, group in groups for change in group),
        title="What tuning changed on the test rows",
        caption=" ".join(_summary(model) for model, _ in groups),
        description=" ".join(
            _sentence(model, change) for model, group in groups for change in group
        ),
        reading=_reading(analysis),
    )


def _groups(analysis: Analysis) -> _Groups:
    """Pick what is drawn: of each model that can be compared, its headline metrics.

    One axis has one unit, that of the study's metric: a share of the variance does not
    stand beside errors in the unit of the target.
    """
    few = len(analysis.models) <= MOST_MODELS
    own = _scale(analysis.metric)
    wanted = {spec.name for spec in analysis.headline if few and _scale(spec) == own}
    return [
        (
            model,
            [
                change
                for change in model.quality.metrics
                if change.delta is not None
                and (change.primary or change.spec.name in wanted)
            ],
        )
        for model in analysis.models
        if model.quality is not None
    ]


def _scale(spec: MetricSpec) -> tuple[str, bool]:
    """Return what two metrics have in common that fit one axis."""
    return spec.delta_unit, spec.range[1] is None


def _draw(groups: _Groups, margin: float | None, width: float) -> Figure:
    n_rows = sum(len(group) + 1 for _, group in groups)
    left, right = (150.0, 84.0) if width >= WIDE else (118.0, 46.0)
    figure = new_figure(width, _TOP + n_rows * _ROW + _BOTTOM)
    axes = new_axes(figure, left=left, right=right, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(n_rows, 0)
    scale_changes(axes, [change for _, group in groups for change in group], margin)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=8 if width >= WIDE else 4, steps=[1, 2, 2.5, 5, 10])
    )
    y = 0.5
    for model, group in groups:
        label = shorten(formats.capital(model.label), 60 if width >= WIDE else 40)
        beside(axes, label, y, offset=-left, fontweight="bold")
        for change in group:
            y += 1
            draw_change(axes, y, change, margin if change.primary else None)
            beside(
                axes,
                shorten(change.spec.label, 18),
                y,
                offset=-left + 10,
                color=INK if change.primary else MUTED,
            )
            text = formats.delta(change.delta, change.spec)
            weight = "bold" if change.primary else "normal"
            beside(axes, text, y, offset=right - 2, edge=1, ha="right", fontweight=weight)
        y += 1
    return figure


def scale_changes(
    axes: Axes, changes: Sequence[MetricComparison], margin: float | None
) -> None:
    """Set an x axis in the metrics' unit that holds 0 and every interval.

    It holds the margin too, unless that would press the intervals together.
    """
    spec = changes[0].spec
    scale = formats.delta_scale(spec)
    ends = [0.0]
    for change in changes:
        ends.append(change.delta or 0.0)
        if change.interval is not None:
            ends += [change.interval.low, change.interval.high]
    if margin is not None and margin < 1.5 * max(abs(end) for end in ends):
        ends += [-margin, margin]
    low, high = scale * min(ends), scale * max(ends)
    room = 0.06 * max(high - low, 0.001 * scale)
    axes.set_xlim(low - room, high + room)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=MUTED, linewidth=1.5)
    axes.xaxis.set_major_formatter(lambda value, _: points_tick(value))
    axes.set_xlabel(f"tuned minus baseline{axis_unit(spec)}")


def draw_change(
    axes: Axes, y: float, change: MetricComparison, margin: float | None
) -> None:
    """Draw a change: the margin as a band, the interval as a bar, the value as a dot."""
    assert change.delta is not None
    scale = formats.delta_scale(change.spec)
    if margin is not None:
        height, band = [y - 0.42, y + 0.42], scale * margin
        axes.fill_betweenx(height, -band, band, color=MUTED, alpha=0.16)
    if change.interval is not None:
        ends = [scale * change.interval.low, scale * change.interval.high]
        axes.plot(ends, [y, y], color=TUNED, linewidth=2 if change.primary else 1.25)
        axes.plot(ends, [y, y], "|", color=TUNED, markersize=8)
    axes.plot(
        [scale * change.delta],
        [y],
        "o",
        color=TUNED,
        markersize=8,
        markerfacecolor=TUNED if change.primary else PAPER,
        markeredgewidth=1.5,
    )


def _cells(model: ModelAnalysis, change: MetricComparison) -> tuple[str, ...]:
    return (
        model.label,
        change.spec.label,
        formats.metric(change.first),
        formats.metric(change.second),
        formats.delta(change.delta, change.spec),
        interval_text(change),
    )


def interval_text(change: MetricComparison) -> str:
    """Write the interval of a change, or the reason why there is none."""
    if change.interval is None:
        return change.interval_reason or formats.NONE
    return formats.delta_interval(change.interval.low, change.interval.high, change.spec)


def axis_unit(spec: MetricSpec) -> str:
    """Write the unit of an axis of differences, after what is on it; often nothing."""
    unit = "percentage points" if spec.is_share else spec.delta_unit
    return f", in {unit}" if unit else ""


def right_of_zero(spec: MetricSpec) -> str:
    """Return what a difference above 0 means for a model: ``scores higher``."""
    return (
        "scores higher" if spec.greater_is_better else f"has a higher {spec.label}: worse"
    )


def _summary(model: ModelAnalysis) -> str:
    assert model.quality is not None
    test = model.quality.test
    changed = next(change for change in model.quality.metrics if change.primary)
    return (
        f"{formats.capital(model.label)}: {changed.spec.label} changes by "
        + f"{formats.delta(test.delta, test.metric)} {test.metric.delta_unit}".rstrip()
        + f" ({test.word})."
    )


def _sentence(model: ModelAnalysis, change: MetricComparison) -> str:
    spec = change.spec
    text = (
        f"{formats.capital(model.label)}, {change.spec.label}: "
        f"{formats.metric(change.first)} before, {formats.metric(change.second)} after, "
        f"{formats.delta(change.delta, spec)} {spec.delta_unit}".rstrip()
    )
    if change.interval is not None:
        level = formats.level(change.interval.level)
        text += f", {level} interval {interval_text(change)}"
    return text + "."


def _own_changes(analysis: Analysis) -> list[MetricComparison]:
    return [
        change
        for model in analysis.models
        if model.quality is not None
        for change in model.quality.metrics
        if change.primary
    ]


def _reading(analysis: Analysis) -> str:
    text = (
        f"Right of the line at 0 the tuned model {right_of_zero(analysis.metric)}. The bar "
        "is the 95 % interval: the differences that the test rows do not rule out. A bar "
        "that crosses 0 leaves the direction open. The filled dot, "
        f"{analysis.metric.label}, is the study's metric and the only one that is tested; "
        "hollow dots describe."
    )
    own = [change.interval for change in _own_changes(analysis) if change.interval]
    if own and own[0].adjusted:
        text += (
            f" Its bar is the {formats.level(own[0].level)} interval, adjusted for the "
            "models that are tested together."
        )
    if analysis.margin is not None:
        size = formats.margin(analysis.margin, analysis.metric)
        text += (
            f" The gray band, {size} either way, is the range that the study treats as "
            "negligible."
        )
    return text
