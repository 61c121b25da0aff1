"""What remains of a search's gain: over the folds, after correction, on the test rows."""

from typing import Final

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import GainStep, ModelAnalysis, TuningGain
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    MUTED,
    PAPER,
    SERIES,
    TUNED,
    WIDE,
    beside,
    new_axes,
    new_figure,
)
from tunecard.report.charts.quality import axis_unit, right_of_zero
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import points_tick

_ROW: Final = 30.0
_TOP: Final = 6.0
_BOTTOM: Final = 46.0
_COLORS: Final = (BASELINE, SERIES[0], TUNED)


def gain_steps(model: ModelAnalysis) -> Chart | None:
    """Draw the gain of a search, step by step.

    Parameters
    ----------
    model : ModelAnalysis
        The model that was searched.

    Returns
    -------
    Chart or None
        None without a search, or where no step has a value.
    """
    gain = model.search.gain if model.search is not None else None
    if gain is None or all(step.value is None for _, step in gain.steps):
        return None
    chart_id = f"figure-gain-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(gain, width)),
        header=("Gain", "Tuned minus baseline", "95 % interval", "Method"),
        rows=tuple(_cells(name, step, gain) for name, step in gain.steps),
        title=f"{formats.capital(model.label)}: what remains of the gain",
        caption=_caption(model, gain),
        description=" ".join(
            f"{formats.capital(name)}: {_describe(step, gain)}."
            for name, step in gain.steps
        ),
        reading=_reading(gain),
    )


def _draw(gain: TuningGain, width: float) -> Figure:
    left, right = (150.0, 84.0) if width >= WIDE else (104.0, 52.0)
    figure = new_figure(width, _TOP + len(gain.steps) * _ROW + _BOTTOM)
    axes = new_axes(figure, left=left, right=right, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(len(gain.steps), 0)
    scale = formats.delta_scale(gain.metric)
    ends = [0.0]
    for _, step in gain.steps:
        ends += [step.value or 0.0]
        ends += [step.interval.low, step.interval.high] if step.interval else []
    margin = gain.margin
    if margin is not None:
        if margin < 1.5 * max(abs(end) for end in ends):
            ends += [-margin, margin]
        axes.axvspan(-scale * margin, scale * margin, color=MUTED, alpha=0.16, linewidth=0)
    low, high = scale * min(ends), scale * max(ends)
    room = 0.06 * max(high - low, 0.001 * scale)
    axes.set_xlim(low - room, high + room)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=MUTED, linewidth=1.5)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=8 if width >= WIDE else 4, steps=[1, 2, 2.5, 5, 10])
    )
    if gain.metric.is_share:
        axes.xaxis.set_major_formatter(lambda value, _: points_tick(value))
    else:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    axes.set_xlabel(f"tuned minus baseline{axis_unit(gain.metric)}")
    before = None
    for number, ((name, step), color) in enumerate(zip(gain.steps, _COLORS, strict=True)):
        y = number + 0.5
        beside(axes, name, y, offset=-left + 2)
        text = formats.delta(step.value, gain.metric)
        beside(axes, text, y, offset=right - 2, edge=1, ha="right", fontweight="bold")
        if step.value is None:
            continue
        x = scale * step.value
        if before is not None:
            axes.plot(
                [before[0]] * 2, [before[1], y], color=MUTED, linewidth=1, dashes=(2, 2)
            )
        before = (x, y)
        if step.interval is not None:
            both = [scale * step.interval.low, scale * step.interval.high]
            axes.plot(both, [y, y], color=color, linewidth=2)
            axes.plot(both, [y, y], "|", color=color, markersize=9)
        hollow = number == 0
        axes.plot(
            [x], [y], "os^"[number], color=color, markersize=8, markeredgewidth=1.5,
            markerfacecolor=PAPER if hollow else color, zorder=4,
        )  # fmt: skip
    return figure


def _describe(step: GainStep, gain: TuningGain) -> str:
    if step.value is None:
        return f"none, because {step.reason}"
    return formats.change(step.value, step.interval, gain.metric)


def _cells(name: str, step: GainStep, gain: TuningGain) -> tuple[str, ...]:
    method = step.interval.method if step.interval is not None else step.reason
    if step is gain.corrected and gain.method:
        method = gain.method
    value = formats.delta(step.value, gain.metric)
    return (
        formats.capital(name),
        value,
        formats.change_interval(step.interval, gain.metric),
        method,
    )


def _caption(model: ModelAnalysis, gain: TuningGain) -> str:
    if gain.cv.value is None:
        return f"The gain over the folds is not known: {gain.cv.reason}."
    assert model.search is not None
    candidates = formats.counted(model.search.cost.n_candidates, "candidate")
    text = (
        f"Choosing the best of {candidates} gained {_describe(gain.cv, gain)} over the "
        "folds"
    )
    if gain.corrected.value is not None:
        text += (
            f"; {_describe(gain.corrected, gain)} remain after correction for the choice"
        )
    if gain.held_out.value is not None:
        text += f"; the test rows show {_describe(gain.held_out, gain)}"
    return f"{text}."


def _reading(gain: TuningGain) -> str:
    text = (
        f"Right of the line at 0 the tuned model {right_of_zero(gain.metric)}. The hollow "
        "circle is the winner's gain on the folds that chose it, and is optimistic; the "
        "square is what a winner gains on rows that did not choose it; the triangle is the "
        "gain on the test rows, on which the verdict rests. Bars are intervals."
    )
    if gain.margin is not None:
        size = formats.margin(gain.margin, gain.metric)
        text += (
            f" The gray band, {size} either way, is the range that the study treats as "
            "negligible."
        )
    return text
