"""Calibration: whether the confidence of a case matches its accuracy."""

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
from tunecard.runner.metrics import DEFAULT, get

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
    "Accuracy",
    "95 % interval",
)
_Calibrations: TypeAlias = list[tuple[CaseAnalysis, Reliability]]


def calibration(model: ModelAnalysis) -> Chart | None:
    """Draw the accuracy of each case by its confidence: a reliability diagram.

    Parameters
    ----------
    model : ModelAnalysis
        A model with probabilities.

    Returns
    -------
    Chart or None
        None where no case has any.
    """
    calibrations = [(c, c.calibration) for c in model.cases if c.calibration is not None]
    if not calibrations:
        return None
    chart_id = f"figure-calibration-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(calibrations, width)),
        header=_HEADER,
        rows=tuple(
            _cells(case, group)
            for case, reliability in calibrations
            for group in _filled(reliability)
        ),
        title=f"{formats.capital(model.label)}, calibration: "
        "does confidence match accuracy?",
        caption=_caption(calibrations),
        description=" ".join(
            _sentence(case, reliability) for case, reliability in calibrations
        ),
        reading=(
            "A reliability diagram. Test rows are grouped by confidence, the probability "
            "of the predicted class. On the diagonal, accuracy equals confidence; below it "
            "the model is overconfident, above it underconfident. The bar is the 95 % "
            f"interval; a group of under {_FEW} rows is drawn small and not joined. The "
            "lower figure counts the rows of each group (square root axis). The expected "
            "calibration error (ECE) is the mean distance from the diagonal over all rows. "
            "Even a perfectly calibrated model has an error above 0 by chance; the caption "
            "gives its size, and the root mean square error without it, over groups of "
            "equally many rows (Kumar et al. 2019)."
        ),
    )


def _filled(reliability: Reliability) -> list[ReliabilityBin]:
    return [group for group in reliability.bins if group.count]


def _draw(calibrations: _Calibrations, width: float) -> Figure:
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
    low = min(
        group.low for _, reliability in calibrations for group in _filled(reliability)
    )
    for axes in (curve, counts):
        axes.set_xlim(low - 0.01, 1.01)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _curve(curve, calibrations, low)
    _histogram(counts, calibrations)
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


def _curve(axes: Axes, calibrations: _Calibrations, low: float) -> None:
    axes.grid()
    axes.tick_params(axis="x", labelbottom=False, length=0)
    axes.set_ylabel(get(DEFAULT).label)
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    line = [max(low - 0.01, 0.0), 1.0]
    axes.plot(
        line, line, color=MUTED, linewidth=1.25, dashes=(4, 3), label="perfect calibration"
    )
    for case, reliability in calibrations:
        tuned = case.variant == "tuned"
        color = TUNED if tuned else BASELINE
        style: dict[str, Any] = {
            "marker": "o" if tuned else "D",
            "color": color,
            "markerfacecolor": color if tuned else PAPER,
            "markeredgewidth": 1.5,
            "zorder": 4 if tuned else 3,
        }
        for group in _filled(reliability):
            x, y = group.confidence or 0.0, group.accuracy or 0.0
            if group.interval is not None:
                ends = [group.interval.low, group.interval.high]
                axes.plot([x, x], ends, color=color, linewidth=1.25, alpha=0.6)
            if group.count < _FEW:
                axes.plot([x], [y], linestyle="none", markersize=4, **style)
        many = [group for group in _filled(reliability) if group.count >= _FEW]
        axes.plot(
            [group.confidence or 0.0 for group in many],
            [group.accuracy or 0.0 for group in many],
            linestyle="-" if tuned else (0, (5, 2)),
            markersize=7,
            label=case.variant,
            **style,
        )


def _histogram(axes: Axes, calibrations: _Calibrations) -> None:
    """Draw the rows of each group: the tuned case filled, the baseline hollow."""
    axes.set_ylabel("rows", labelpad=4)
    most = max(group.count for _, reliability in calibrations for group in reliability.bins)
    axes.set_yscale("function", functions=(_root, _square))
    axes.set_ylim(0, most)
    axes.set_yticks([0, most], ["0", formats.count(most)])
    for case, reliability in calibrations:
        tuned = case.variant == "tuned"
        bins = _filled(reliability)
        width = 0.42 * (bins[0].high - bins[0].low)
        centers = [(group.low + group.high) / 2 for group in bins]
        axes.bar(
            [x + (0.5 if tuned else -0.5) * width for x in centers],
            [group.count for group in bins],
            width,
            color=TUNED if tuned else PAPER,
            edgecolor=TUNED if tuned else BASELINE,
            linewidth=1.25,
        )


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.abs(values))


def _square(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.square(values)


def _cells(case: CaseAnalysis, group: ReliabilityBin) -> tuple[str, ...]:
    ends = group.interval
    return (
        case.variant,
        f"{group.low:.2f} to {group.high:.2f}",
        formats.count(group.count),
        formats.metric(group.confidence),
        formats.metric(group.accuracy),
        formats.metric_interval(ends.low, ends.high) if ends else formats.NONE,
    )


def _caption(calibrations: _Calibrations) -> str:
    errors = [
        f"{formats.metric(reliability.ece)} {case.variant}"
        for case, reliability in calibrations
    ]
    chance = max(reliability.chance for _, reliability in calibrations)
    corrected = [
        f"{formats.metric(error.value)} {case.variant} (95 % interval "
        f"{formats.metric_interval(error.interval.low, error.interval.high)})"
        for case, reliability in calibrations
        if (error := reliability.debiased) is not None
    ]
    text = (
        f"Expected calibration error: {formats.listed(errors)}; a perfectly calibrated "
        f"model could show up to {formats.metric(chance)} by chance."
    )
    if corrected:
        text += f" Corrected for chance, root mean square: {formats.listed(corrected)}."
    return text


def _sentence(case: CaseAnalysis, reliability: Reliability) -> str:
    gap = reliability.confidence - reliability.accuracy
    word = "overconfident" if gap > 0 else "underconfident"
    if abs(gap) <= reliability.chance:
        word = "confidence matches accuracy on average"
    return (
        f"{case.variant.capitalize()}: mean confidence "
        f"{formats.metric(reliability.confidence)}, accuracy "
        f"{formats.metric(reliability.accuracy)} on "
        f"{formats.counted(reliability.n, 'row')}: {word}. "
        f"Expected calibration error {formats.metric(reliability.ece)}."
    )
