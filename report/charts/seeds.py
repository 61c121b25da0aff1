"""Several seeds: the change with each of them, and the interval over all."""

from typing import Final

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, MetricComparison, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import INK, MUTED, WIDE, beside, new_axes, new_figure
from tunecard.report.charts.quality import (
    draw_change,
    interval_text,
    right_of_zero,
    scale_changes,
)
from tunecard.report.charts.svg import picture
from tunecard.report.stats.interval import INTERVAL_LEVEL

#: Of more seeds than this, those in between are left to the table.
MOST_SEEDS: Final = 20
_ROW: Final = 25.0
_TOP: Final = 4.0
_BOTTOM: Final = 46.0
_HEADER: Final = ("Baseline", "Tuned", "Change", "Interval")


def seeds_chart(model: ModelAnalysis, analysis: Analysis) -> Chart | None:
    """Draw the change of the study's metric with each seed, and over all of them.

    Parameters
    ----------
    model : ModelAnalysis
        The model, over all seeds.
    analysis : Analysis
        The run it belongs to.

    Returns
    -------
    Chart or None
        None with a single seed, or where the cases do not compare.
    """
    lines = _lines(model, analysis)
    if not lines or analysis.seeds is None:
        return None
    noun = analysis.seeds.noun
    chart_id = f"figure-seeds-{model.name}"
    label, metric = formats.capital(model.label), analysis.metric.label
    return Chart(
        id=chart_id,
        svg=picture(
            chart_id,
            lambda width: _draw(_shown(lines), analysis.margin, width),
        ),
        header=(formats.capital(noun), *_HEADER),
        rows=tuple(_cells(name, change) for name, change in lines),
        title=f"{label}: change of {metric} with each {noun}",
        caption=_caption(lines, noun),
        description=" ".join(
            f"{formats.capital(name)}: {formats.delta(change.delta, change.spec)}, "
            f"{_level(change)} interval {interval_text(change)}."
            for name, change in lines
        ),
        reading=_reading(analysis),
    )


def _level(change: MetricComparison) -> str:
    return formats.level(change.interval.level if change.interval else INTERVAL_LEVEL)


def _lines(model: ModelAnalysis, analysis: Analysis) -> list[tuple[str, MetricComparison]]:
    """List the changes to draw: those of the seeds, then that of all."""
    if analysis.seeds is None or model.quality is None:
        return []
    name = analysis.metric.name
    lines = []
    for seed, of_seed in zip(analysis.seeds.seeds, analysis.seeds.analyses, strict=True):
        quality = of_seed.model(model.name).quality
        change = quality.metric(name) if quality is not None else None
        if change is not None and change.delta is not None:
            lines.append((analysis.seeds.name_of(seed), change))
    whole = model.quality.metric(name)
    return [*lines, (f"all {analysis.seeds.noun}s", whole)] if whole is not None else []


def _shown(
    lines: list[tuple[str, MetricComparison]],
) -> list[tuple[str, MetricComparison]]:
    """Leave out what is too much to draw, never the band over all."""
    return [*lines[:-1][:MOST_SEEDS], lines[-1]]


def _draw(
    lines: list[tuple[str, MetricComparison]], margin: float | None, width: float
) -> Figure:
    left, right = (110.0, 84.0) if width >= WIDE else (92.0, 52.0)
    figure = new_figure(width, _TOP + len(lines) * _ROW + _BOTTOM)
    axes = new_axes(figure, left=left, right=right, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(len(lines), 0)
    scale_changes(axes, [change for _, change in lines], margin)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=8 if width >= WIDE else 4, steps=[1, 2, 2.5, 5, 10])
    )
    axes.axhline(len(lines) - 1, color=MUTED, linewidth=1, dashes=(1, 2.5))
    for number, (name, change) in enumerate(lines):
        y, last = number + 0.5, number == len(lines) - 1
        draw_change(axes, y, change, margin if last else None)
        weight = "bold" if last else "normal"
        color = INK if last else MUTED
        beside(axes, name, y, offset=-left, color=color, fontweight=weight)
        text = formats.delta(change.delta, change.spec)
        beside(axes, text, y, offset=right - 2, edge=1, ha="right", fontweight=weight)
    return figure


def _cells(name: str, change: MetricComparison) -> tuple[str, ...]:
    return (
        name,
        formats.metric(change.first),
        formats.metric(change.second),
        formats.delta(change.delta, change.spec),
        interval_text(change),
    )


def _caption(lines: list[tuple[str, MetricComparison]], noun: str) -> str:
    deltas = [change.delta or 0.0 for _, change in lines[:-1]]
    metric = lines[-1][1].spec
    unit = metric.delta_unit
    low, high = formats.delta(min(deltas), metric), formats.delta(max(deltas), metric)
    mean = formats.delta(lines[-1][1].delta, metric)
    return (
        f"From {low} to {high} {unit}".rstrip()
        + f" with {formats.counted(len(deltas), noun)}, "
        f"{mean} on average."
    )


def _reading(analysis: Analysis) -> str:
    assert analysis.seeds is not None
    noun = analysis.seeds.noun
    text = (
        f"A line a {noun}: right of the line at 0 the tuned model "
        f"{right_of_zero(analysis.metric)}, on the test rows of that {noun}, to which its "
        "bar applies. "
    )
    if analysis.seeds.resplit:
        text += (
            f"The last line is the mean; its bar is the interval over the {noun}s, "
            "wider than their scatter because their training parts share rows."
        )
    else:
        text += "The last line is the mean; its bar holds the bars of all seeds."
    if analysis.margin is not None:
        text += " The gray band is the range that the study treats as negligible."
    return text
