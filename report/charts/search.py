"""The search: a validation curve, or else the candidates by rank."""

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from tunecard.report import formats
from tunecard.report.analyze.types import (
    CandidateAnalysis,
    CurvePoint,
    CurveSeries,
    ModelAnalysis,
    SearchAnalysis,
    SearchCurve,
)
from tunecard.report.charts import search_words as words
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    DASHES,
    MARKERS,
    MUTED,
    PAPER,
    SERIES,
    SMALL,
    WIDE,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import shorten

#: Lines that differ by color, marker and dash; more settings than that are not drawn
#: as a curve but by rank.
MOST_SERIES: Final = len(MARKERS)
MOST_RANKS: Final = 40


def search_chart(model: ModelAnalysis, metric_label: str) -> Chart | None:
    """Draw a search: its validation curve where it has one, else its ranking.

    Parameters
    ----------
    model : ModelAnalysis
        The model whose search is drawn.
    metric_label : str
        What the search maximized.

    Returns
    -------
    Chart or None
        None without a search, or when no candidate has a score.
    """
    search = model.search
    if search is None or search.best.mean is None:
        return None
    curve = search.curve
    if curve is not None and 0 < len(curve.series) <= MOST_SERIES:
        return _validation_curve(model, search, curve, metric_label)
    return _ranking(model, search, metric_label)


def _validation_curve(
    model: ModelAnalysis, search: SearchAnalysis, curve: SearchCurve, metric_label: str
) -> Chart:
    chart_id = f"figure-search-{model.name}"
    parameter = curve.parameter.rpartition("__")[2]
    header, rows = words.table(search)
    return Chart(
        id=chart_id,
        svg=picture(
            chart_id, lambda width: _draw_curve(search, curve, metric_label, width)
        ),
        header=header,
        rows=rows,
        title=f"{formats.capital(model.label)}: {metric_label} over {parameter}",
        caption=words.caption(search),
        description=words.description(search),
        reading=words.reading(search, parameter),
    )


def _draw_curve(
    search: SearchAnalysis, curve: SearchCurve, metric_label: str, width: float
) -> Figure:
    figure, axes = _canvas(width, len(curve.series) + (4 if search.one_se else 3))
    _x_axis(axes, curve, 10 if width >= WIDE else 5)
    _y_axis(axes, _scores(search.candidates), metric_label)
    for number, (series, name) in enumerate(
        zip(curve.series, _names(curve.series), strict=True)
    ):
        _line(axes, series, number, name)
    _mark_baseline(axes, search, curve.baseline)
    for number, point in _find(curve, curve.best):
        _mark_winner(axes, point, number)
    if search.one_se is not None:
        limit = search.one_se.threshold
        label = f"best {formats.MINUS} 1 standard error"
        axes.axhline(limit, color=MUTED, linewidth=1.25, dashes=(2, 3), label=label)
    ends = dict.fromkeys((curve.low, curve.high))
    for end, text in zip(ends, ("ends of the space", None), strict=False):
        axes.axvline(end, color=MUTED, linewidth=1, dashes=(1, 2.5), label=text)
    _legend(figure, axes, width)
    return figure


def _canvas(width: float, n_marks: int) -> tuple[Figure, Axes]:
    """Make a figure with room for a legend of so many marks above the axes."""
    top = 14 + 16.0 * math.ceil(n_marks / _legend_columns(width))
    figure = new_figure(width, 308 + top)
    left, right = (64.0, 14.0) if width >= WIDE else (62.0, 8.0)
    return figure, new_axes(figure, left=left, right=right, top=top, bottom=48)


def _legend_columns(width: float) -> int:
    return 3 if width >= WIDE else 2


def _legend(figure: Figure, axes: Axes, width: float) -> None:
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(axes.get_position().x0 if width >= WIDE else 0.0, 1),
        borderaxespad=0.2,
        ncols=_legend_columns(width),
        fontsize=SMALL,
    )


def _x_axis(axes: Axes, curve: SearchCurve, n_ticks: int) -> None:
    label = shorten(curve.parameter.rpartition("__")[2], 40)
    points = [p.x for series in curve.series for p in series.points]
    points += [curve.low, curve.high]
    if curve.baseline is not None:
        points.append(curve.baseline.x)
    low, high = min(points), max(points)
    if curve.scale == "log" and low > 0:
        axes.set_xscale("log")
        room = (high / low) ** 0.03
        axes.set_xlim(low / room, high * room)
        axes.xaxis.set_major_locator(LogLocator(numticks=n_ticks))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        label += " (logarithmic)"
    else:
        room = 0.04 * (high - low or 1)
        axes.set_xlim(low - room, high + room)
        whole = all(float(x).is_integer() for x in points)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=n_ticks, integer=whole))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel(label)


def _y_axis(axes: Axes, scores: Iterable[float], label: str) -> None:
    values = list(scores)
    low, high = min(values), max(values)
    room = 0.07 * (high - low or 0.01)
    axes.set_ylim(low - room, high + room)
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    axes.set_ylabel(f"{label} on held-out folds")


def _scores(candidates: Iterable[CandidateAnalysis]) -> list[float]:
    return [s for candidate in candidates for s in candidate.scores if s is not None]


def _names(series: tuple[CurveSeries, ...]) -> list[str]:
    if len(series) == 1:
        return ["mean over folds"]
    return [shorten(formats.parameters(line.params), 22) for line in series]


def _line(axes: Axes, series: CurveSeries, number: int, label: str) -> None:
    color, marker, dash = SERIES[number], MARKERS[number], DASHES[number]
    x = [p.x for p in series.points]
    mean = np.array([p.mean for p in series.points])
    spread = np.array([p.se or 0.0 for p in series.points])
    if len(x) > 1:
        axes.fill_between(x, mean - spread, mean + spread, color=color, alpha=0.14)
    folds = [(p.x, s) for p in series.points for s in p.scores if s is not None]
    axes.plot(
        [a for a, _ in folds],
        [b for _, b in folds],
        marker,
        color=color,
        markersize=3.2,
        markeredgewidth=0,
        alpha=0.45,
    )
    axes.plot(
        x, mean, marker=marker, linestyle=dash, color=color, markersize=5, label=label
    )


def _mark_baseline(axes: Axes, search: SearchAnalysis, point: CurvePoint | None) -> None:
    """Mark the baseline at its place, or as a level line where its place is unknown."""
    if point is not None:
        axes.plot(
            [point.x],
            [point.mean],
            "D",
            color=BASELINE,
            markersize=9,
            markeredgewidth=2,
            markerfacecolor=PAPER,
            linestyle="none",
            label="baseline",
            zorder=5,
        )
    elif search.baseline is not None and search.baseline.mean is not None:
        axes.axhline(
            search.baseline.mean,
            color=BASELINE,
            linewidth=1.75,
            dashes=(7, 2, 1.5, 2),
            label="baseline",
        )


def _mark_winner(axes: Axes, point: CurvePoint, series_number: int) -> None:
    axes.plot(
        [point.x],
        [point.mean],
        "*",
        color=SERIES[series_number],
        markersize=17,
        markeredgecolor=PAPER,
        markeredgewidth=1.25,
        linestyle="none",
        label="chosen",
        zorder=6,
    )


def _find(curve: SearchCurve, index: int) -> list[tuple[int, CurvePoint]]:
    return [
        (number, point)
        for number, series in enumerate(curve.series)
        for point in series.points
        if point.candidate == index
    ]


def _ranking(model: ModelAnalysis, search: SearchAnalysis, metric_label: str) -> Chart:
    chart_id = f"figure-search-{model.name}"
    header, rows = words.table(search)
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw_ranking(search, metric_label, width)),
        header=header,
        rows=rows,
        title=f"{formats.capital(model.label)}: candidates by rank",
        caption=words.caption(search),
        description=words.description(search),
        reading=(
            "Candidates stand from best to worst by their mean over folds, the square; "
            "each small dot is one fold. A mean above the dashed line beats the baseline "
            "on the same folds."
        ),
    )


def _draw_ranking(search: SearchAnalysis, metric_label: str, width: float) -> Figure:
    ranked = words.ranked(search)[:MOST_RANKS]
    places = range(1, len(ranked) + 1)
    figure, axes = _canvas(width, 3)
    baseline = search.baseline
    _y_axis(axes, _scores([*ranked, *([baseline] if baseline else [])]), metric_label)
    axes.set_xlim(0.3, len(ranked) + 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes.set_xlabel("candidate, best first")
    folds = [
        (place, score)
        for place, candidate in zip(places, ranked, strict=True)
        for score in _scores([candidate])
    ]
    small: dict[str, Any] = {"markersize": 3.2, "markeredgewidth": 0, "alpha": 0.45}
    axes.plot(*zip(*folds, strict=True), "o", color=SERIES[0], label="one fold", **small)
    means = [candidate.mean or 0.0 for candidate in ranked]
    axes.plot(places, means, "s", color=SERIES[0], markersize=6, label="mean over folds")
    _mark_baseline(axes, search, None)
    _legend(figure, axes, width)
    return figure
