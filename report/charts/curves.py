"""ROC and precision-recall curves: both cases of a model on the same axes."""

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.analyze.types import CaseAnalysis, CaseCurves, ModelAnalysis
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
from tunecard.report.charts.text import shorten
from tunecard.report.stats.interval import Interval

_TOP: Final = 30.0
_BOTTOM: Final = 48.0
#: Points of a curve that are drawn at most: a screen shows no more of them.
_POINTS: Final = 400
_RATES: Final = (0.01, 0.05, 0.1, 0.2, 0.5)
_RECALLS: Final = (0.5, 0.8, 0.9, 0.95, 0.99)
_Curves: TypeAlias = list[tuple[CaseAnalysis, CaseCurves]]


def roc_chart(model: ModelAnalysis) -> Chart | None:
    """Draw the ROC curve of each case of a model; None where no case has one."""
    curves = _curves(model)
    if not curves:
        return None
    chart_id = f"figure-roc-{model.name}"
    positive = curves[0][1].positive
    areas = [
        f"{formats.metric(entry.auc)} {case.variant}{_interval(entry.auc_interval)}"
        for case, entry in curves
    ]
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw_roc(curves, width)),
        header=("Case", *(f"Recall at {rate:g} false positives" for rate in _RATES)),
        rows=tuple(
            (case.variant, *(formats.metric(entry.curve.recall_at(r)) for r in _RATES))
            for case, entry in curves
        ),
        title=f"{formats.capital(model.label)}, ROC curve of {positive}",
        caption=f"Area under the curve: {formats.listed(areas)}.",
        description=" ".join(
            f"{case.variant.capitalize()}: recall {formats.metric(entry.recall_chosen)} at "
            f"a false positive rate of {formats.metric(entry.false_positives_chosen)} "
            f"with the predicted classes; area {formats.metric(entry.auc)}."
            for case, entry in curves
        ),
        reading=(
            "Each point is a threshold on the score: the share of the other class that it "
            f"predicts as {positive} (false positive rate) against the share of {positive} "
            "that it finds (recall). Higher and further left is better; the dashed "
            "diagonal is a random ranking. The marker is the threshold of the predicted "
            "classes. The area is the probability that a row of the class ranks above a "
            "row of the other (interval by DeLong)."
        ),
    )


def precision_chart(model: ModelAnalysis) -> Chart | None:
    """Draw the precision-recall curve of each case of a model; None where there is none."""
    curves = _curves(model)
    if not curves:
        return None
    chart_id = f"figure-precision-recall-{model.name}"
    first = curves[0][1]
    averages = [
        f"{formats.metric(entry.precision)} {case.variant}"
        f"{_interval(entry.precision_interval)}"
        for case, entry in curves
    ]
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw_precision(curves, width)),
        header=("Case", *(f"Precision at recall {recall:g}" for recall in _RECALLS)),
        rows=tuple(
            (
                case.variant,
                *(formats.metric(entry.curve.precision_at(r)) for r in _RECALLS),
            )
            for case, entry in curves
        ),
        title=f"{formats.capital(model.label)}, precision and recall of {first.positive}",
        caption=f"Average precision: {formats.listed(averages)}; a random ranking has "
        f"{formats.metric(first.prevalence)}.",
        description=" ".join(
            f"{case.variant.capitalize()}: precision "
            f"{formats.metric(entry.precision_chosen)} at recall "
            f"{formats.metric(entry.recall_chosen)} with the predicted classes; average "
            f"precision {formats.metric(entry.precision)}."
            for case, entry in curves
        ),
        reading=(
            f"Each point is a threshold on the score: the share of {first.positive} that "
            "it finds (recall) against the share of its finds that are of that class "
            "(precision). Higher and further right is better; the dashed line is a random "
            f"ranking, the share of {first.positive} among the test rows. The marker is "
            "the threshold of the predicted classes. Average precision is the area below "
            "the steps."
        ),
    )


def _curves(model: ModelAnalysis) -> _Curves:
    return [(case, case.curves) for case in model.cases if case.curves is not None]


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return ""
    ends = formats.metric_interval(interval.low, interval.high)
    return f" (95 % interval {ends})"


def _draw_roc(curves: _Curves, width: float) -> Figure:
    figure, axes = _canvas(width)
    positive = shorten(curves[0][1].positive, 20)
    axes.set_xlabel("false positive rate")
    axes.set_ylabel(f"recall of {positive}")
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.25, dashes=(4, 3), label="random")
    for case, entry in curves:
        x, y = entry.curve.false_positive_rate, entry.curve.recall
        _plot(axes, case, (x, y), (entry.false_positives_chosen, entry.recall_chosen))
    return _with_legend(figure, axes, width)


def _draw_precision(curves: _Curves, width: float) -> Figure:
    figure, axes = _canvas(width)
    positive = shorten(curves[0][1].positive, 20)
    axes.set_xlabel(f"recall of {positive}")
    axes.set_ylabel("precision")
    share = curves[0][1].prevalence
    axes.plot(
        [0, 1], [share, share], color=MUTED, linewidth=1.25, dashes=(4, 3), label="random"
    )
    for case, entry in curves:
        x, y = entry.curve.recall, entry.curve.precision
        chosen = (entry.recall_chosen, entry.precision_chosen)
        _plot(axes, case, (x, y), chosen, steps="steps-pre")
    return _with_legend(figure, axes, width)


def _canvas(width: float) -> tuple[Figure, Axes]:
    side = 320.0 if width >= WIDE else 270.0
    figure = new_figure(width, _TOP + side + _BOTTOM)
    right = width - 64.0 - side - 60.0 if width >= WIDE else 10.0
    axes = new_axes(figure, left=64.0, right=right, top=_TOP, bottom=_BOTTOM)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(0.2))
        axis.set_major_formatter(lambda value, _: f"{value:.1f}")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid()
    return figure, axes


def _plot(
    axes: Axes,
    case: CaseAnalysis,
    line: tuple[NDArray[np.float64], NDArray[np.float64]],
    chosen: tuple[float, float | None],
    steps: Literal["default", "steps-pre"] = "default",
) -> None:
    tuned = case.variant == "tuned"
    color = TUNED if tuned else BASELINE
    style: dict[str, Any] = {"color": color, "zorder": 4 if tuned else 3}
    kept = _thinned(line)
    axes.plot(
        line[0][kept],
        line[1][kept],
        drawstyle=steps,
        linestyle="-" if tuned else (0, (5, 2)),
        label=case.variant,
        **style,
    )
    if chosen[1] is not None:
        axes.plot(
            [chosen[0]],
            [chosen[1]],
            marker="o" if tuned else "D",
            markersize=8,
            markerfacecolor=color if tuned else PAPER,
            markeredgewidth=1.5,
            linestyle="none",
            **style,
        )


def _thinned(line: Sequence[NDArray[np.float64]]) -> NDArray[np.intp]:
    """Return the points that are drawn: where the line turns, or some of many."""
    x, y = line
    turns = np.ones(len(x), dtype=bool)
    turns[1:-1] = (np.diff(x)[:-1] != np.diff(x)[1:]) | (np.diff(y)[:-1] != np.diff(y)[1:])
    kept = np.flatnonzero(turns)
    if len(kept) <= _POINTS:
        return kept
    return kept[np.unique(np.linspace(0, len(kept) - 1, _POINTS).astype(np.intp))]


def _with_legend(figure: Figure, axes: Axes, width: float) -> Figure:
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(64.0 / width if width >= WIDE else 0.0, 1),
        borderaxespad=0.2,
        ncols=3,
        fontsize=SMALL,
    )
    return figure
