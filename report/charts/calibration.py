"""Calibration: whether a case is right as often as its probabilities say."""

from typing import Any, Final, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.analyze.types import (
    CaseAnalysis,
    ModelAnalysis,
    Reliability,
    ReliabilityBin,
)
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    MUTED,
    PAPER,
    SMALL,
    TUNED,
    WIDE,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import picture

_TOP: Final = 30.0
_COUNTS: Final = 62.0
_BETWEEN: Final = 22.0
_BOTTOM: Final = 48.0
#: Groups of fewer rows are drawn small and not joined: their place is mostly chance.
_FEW: Final = 10
_HEADER: Final = (
    "Case",
    "Confidence",
    "Test rows",
    "Mean confidence",
    "Right",
    "95 % interval",
)
_Known: TypeAlias = list[tuple[CaseAnalysis, Reliability]]


def calibration(model: ModelAnalysis) -> Chart | None:
    """Draw how often each case is right, by the confidence it had.

    Parameters
    ----------
    model : ModelAnalysis
        A model with probabilities.

    Returns
    -------
    Chart or None
        None where no case has any.
    """
    known = [(c, c.calibration) for c in model.cases if c.calibration is not None]
    if not known:
        return None
    chart_id = f"figure-calibration-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(known, width)),
        header=_HEADER,
        rows=tuple(_cells(case, one) for case, found in known for one in _filled(found)),
        title=f"{formats.capital(model.label)}: is it right as often as it says?",
        caption=_caption(known),
        description=" ".join(_sentence(case, found) for case, found in known),
        reading=(
            "Test rows stand together by confidence, the probability of the class that was "
            "predicted. A mark on the diagonal is right as often as it says; below it the "
            "model is too sure, above it not sure enough. The bar is the 95 % interval; a "
            f"group of under {_FEW} rows is drawn small and not joined. The lower figure "
            "counts the rows of each group (square root axis). The expected calibration "
            "error (ECE) is the mean distance from the diagonal over all rows; even exact "
            "probabilities have one above 0 by chance, which is told beside it."
        ),
    )


def _filled(found: Reliability) -> list[ReliabilityBin]:
    return [one for one in found.bins if one.count]


def _draw(known: _Known, width: float) -> Figure:
    wide = width >= WIDE
    left, right = 64.0, 14.0 if wide else 8.0
    side = 300.0 if wide else 250.0
    figure = new_figure(width, _TOP + side + _BETWEEN + _COUNTS + _BOTTOM)
    curve = new_axes(
        figure,
        left=left,
        right=right,
        top=_TOP,
        bottom=_BETWEEN + _COUNTS + _BOTTOM,
    )
    counts = new_axes(
        figure, left=left, right=right, top=_TOP + side + _BETWEEN, bottom=_BOTTOM
    )
    low = min(one.low for _, found in known for one in _filled(found))
    for axes in (curve, counts):
        axes.set_xlim(low - 0.01, 1.01)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _curve(curve, known, low)
    _histogram(counts, known)
    counts.set_xlabel("confidence: probability of the predicted class")
    figure.legend(
        *curve.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(left / width if wide else 0.0, 1),
        borderaxespad=0.2,
        ncols=3,
        fontsize=SMALL,
    )
    return figure


def _curve(axes: Axes, known: _Known, low: float) -> None:
    axes.grid()
    axes.tick_params(axis="x", labelbottom=False, length=0)
    axes.set_ylabel("share that is right")
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    line = [max(low - 0.01, 0.0), 1.0]
    axes.plot(line, line, color=MUTED, linewidth=1.25, dashes=(4, 3), label="exact")
    for case, found in known:
        tuned = case.variant == "tuned"
        color = TUNED if tuned else BASELINE
        style: dict[str, Any] = {
            "marker": "o" if tuned else "D",
            "color": color,
            "markerfacecolor": color if tuned else PAPER,
            "markeredgewidth": 1.5,
            "zorder": 4 if tuned else 3,
        }
        for one in _filled(found):
            x, y = one.confidence or 0.0, one.accuracy or 0.0
            if one.interval is not None:
                ends = [one.interval.low, one.interval.high]
                axes.plot([x, x], ends, color=color, linewidth=1.25, alpha=0.6)
            if one.count < _FEW:
                axes.plot([x], [y], linestyle="none", markersize=4, **style)
        many = [one for one in _filled(found) if one.count >= _FEW]
        axes.plot(
            [one.confidence or 0.0 for one in many],
            [one.accuracy or 0.0 for one in many],
            linestyle="-" if tuned else (0, (5, 2)),
            markersize=7,
            label=case.variant,
            **style,
        )


def _histogram(axes: Axes, known: _Known) -> None:
    """Draw the rows of each group: the tuned case filled, the baseline hollow."""
    axes.set_ylabel("rows", labelpad=4)
    most = max(one.count for _, found in known for one in found.bins)
    axes.set_yscale("function", functions=(_root, _square))
    axes.set_ylim(0, most)
    axes.set_yticks([0, most], ["0", formats.count(most)])
    for case, found in known:
        tuned = case.variant == "tuned"
        bins = _filled(found)
        width = 0.42 * (bins[0].high - bins[0].low)
        centers = [(one.low + one.high) / 2 for one in bins]
        axes.bar(
            [x + (0.5 if tuned else -0.5) * width for x in centers],
            [one.count for one in bins],
            width,
            color=TUNED if tuned else PAPER,
            edgecolor=TUNED if tuned else BASELINE,
            linewidth=1.25,
        )


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.abs(values))


def _square(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.square(values)


def _cells(case: CaseAnalysis, one: ReliabilityBin) -> tuple[str, ...]:
    ends = one.interval
    return (
        case.variant,
        f"{one.low:.2f} to {one.high:.2f}",
        formats.count(one.count),
        formats.metric(one.confidence),
        formats.metric(one.accuracy),
        formats.metric_interval(ends.low, ends.high) if ends else formats.NONE,
    )


def _caption(known: _Known) -> str:
    told = [
        f"{formats.metric(found.ece)} {case.variant} (95 % interval "
        f"{formats.metric_interval(found.interval.low, found.interval.high)})"
        for case, found in known
    ]
    chance = max(found.chance for _, found in known)
    return (
        f"Expected calibration error: {formats.listed(told)}; exact probabilities would "
        f"have up to about {formats.metric(chance)} on as many rows."
    )


def _sentence(case: CaseAnalysis, found: Reliability) -> str:
    gap = found.confidence - found.accuracy
    word = "too sure" if gap > 0 else "not sure enough"
    if abs(gap) <= found.chance:
        word = "as sure as it is right, on average"
    return (
        f"{case.variant.capitalize()}: mean confidence {formats.metric(found.confidence)}, "
        f"accuracy {formats.metric(found.accuracy)} on {formats.counted(found.n, 'row')}: "
        f"{word}. Expected calibration error {formats.metric(found.ece)}."
    )
