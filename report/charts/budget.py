"""The budget of a search: what the best of n candidates is expected to gain."""

from typing import Final

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import BudgetCurve, ModelAnalysis, TuningGain
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    MUTED,
    SERIES,
    SMALL,
    TUNED,
    WIDE,
    new_axes,
    new_figure,
)
from tunecard.report.charts.quality import axis_unit
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import points_tick

_HEIGHT: Final = 250.0
_LEGEND: Final = 16.0


def budget_curve(model: ModelAnalysis, caption: str) -> Chart | None:
    """Draw the expected gain of the best of n candidates.

    Parameters
    ----------
    model : ModelAnalysis
        The model that was searched.
    caption : str
        Whether the budget was too large.

    Returns
    -------
    Chart or None
        None without a curve, or with a single candidate.
    """
    gain = model.search.gain if model.search is not None else None
    if gain is None or gain.budget is None or len(gain.budget.mean) < 2:
        return None
    curve = gain.budget
    chart_id = f"figure-budget-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(gain, curve, width)),
        header=("Candidates", "Expected gain", "95 % of resamples"),
        rows=tuple(_cells(gain, curve, number) for number in range(len(curve.mean))),
        title=f"{formats.capital(model.label)}: expected gain by number of candidates",
        caption=caption,
        description=_description(gain, curve),
        reading=_reading(gain, curve),
    )


def _draw(gain: TuningGain, curve: BudgetCurve, width: float) -> Figure:
    wide = width >= WIDE
    top = 14 + _LEGEND * (1 if wide else 3)
    figure = new_figure(width, _HEIGHT + top)
    left, right = (64.0, 14.0) if wide else (58.0, 8.0)
    axes = new_axes(figure, left=left, right=right, top=top, bottom=48)
    scale, n = formats.delta_scale(gain.metric), len(curve.mean)
    numbers = range(1, n + 1)
    mean = [scale * value for value in curve.mean]
    if curve.low:
        low, high = ([scale * value for value in side] for side in (curve.low, curve.high))
        axes.fill_between(numbers, low, high, color=SERIES[0], alpha=0.14, linewidth=0)
    label = "expected gain" if curve.corrected else "expected gain, not corrected"
    axes.plot(
        numbers, mean, color=SERIES[0], label=label, marker="o",
        markersize=4 if n <= 60 else 0,
    )  # fmt: skip
    axes.axhline(0, color=BASELINE, linewidth=1.75, dashes=(7, 2, 1.5, 2), label="baseline")
    if gain.held_out.value is not None:
        axes.plot(
            [n], [scale * gain.held_out.value], "^", color=TUNED, markersize=9,
            linestyle="none", label="winner on the test rows", zorder=5,
        )  # fmt: skip
    if curve.enough is not None:
        axes.axvline(
            curve.enough, color=MUTED, linewidth=1, dashes=(2, 3), label="90 % of it"
        )
    room = max(0.6, 0.03 * n)
    axes.set_xlim(1 - room, n + room)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10 if wide else 5, integer=True))
    axes.set_xlabel("candidates")
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    if gain.metric.is_share:
        axes.yaxis.set_major_formatter(lambda value, _: points_tick(value))
    else:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    unit = "points" if gain.metric.is_share else gain.metric.delta_unit
    axes.set_ylabel(f"tuned minus baseline{f', {unit}' if unit else ''}")
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(axes.get_position().x0 if wide else 0.0, 1),
        borderaxespad=0.2,
        ncols=4 if wide else 2,
        fontsize=SMALL,
    )
    return figure


def _cells(gain: TuningGain, curve: BudgetCurve, number: int) -> tuple[str, ...]:
    ends = formats.NONE
    if curve.low:
        ends = formats.delta_interval(curve.low[number], curve.high[number], gain.metric)
    return (
        formats.count(number + 1),
        formats.delta(curve.mean[number], gain.metric),
        ends,
    )


def _description(gain: TuningGain, curve: BudgetCurve) -> str:
    n = len(curve.mean)
    shown = sorted({1, max(n // 4, 1), max(n // 2, 1), n})
    parts = [
        f"{formats.counted(k, 'candidate')}: "
        f"{formats.delta(curve.mean[k - 1], gain.metric)}"
        for k in shown
    ]
    unit = axis_unit(gain.metric).removeprefix(", ")
    return f"Expected gain{f' {unit}' if unit else ''}: {'; '.join(parts)}."


def _reading(gain: TuningGain, curve: BudgetCurve) -> str:
    which = (
        "n candidates drawn from those that were tried"
        if curve.order == "random"
        else "the first n candidates, as each followed from the scores before it"
    )
    text = f"The line is the gain over the baseline that the best of n brings: {which}."
    if curve.corrected:
        text += (
            " The best is chosen on resampled rows and its gain is taken on the rows left "
            "out; the band holds 95 % of the resamples."
        )
    else:
        text += " It is taken from the scores that choose, so it is optimistic."
    if gain.held_out.value is not None:
        text += " The triangle is the winner's gain on the test rows."
    return text
